import Foundation

/// Finds what Linux's JSONDecoder leaves out: for bad grammar and for a number that does not fit its
/// field it says "not valid JSON" alike, and names no place.
enum UnfitJSON {
  /// What is wrong with a model's description that could not be decoded.
  static func sentence(_ bytes: [UInt8]) -> String {
    do {
      let value = try JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
      return unfitNumber(in: value, at: [], isWhole: false)
        ?? "one of its numbers does not fit its field"
    } catch {
      let detail = (error as NSError).userInfo["NSDebugDescription"] as? String ?? ""
      let clause = detail.replacingOccurrences(of: " in Swift", with: "")
        .trimmingCharacters(in: CharacterSet(charactersIn: ". "))
      return "this is not valid JSON" + (clause.isEmpty ? "" : ": " + clause)
    }
  }

  // Fields, and lists of them, that hold whole numbers.
  private static let wholeNumbers: Set<String> = [
    "batch_size", "channels", "decimals", "dilation", "dimensions", "epochs", "filters",
    "format_version",
    "height", "kernel", "output_padding", "outputs", "padding", "patience", "rows", "samples",
    "seed",
    "stride", "warm_up_steps", "width",
  ]

  private static func unfitNumber(in value: Any, at path: [String], isWhole: Bool) -> String? {
    switch value {
    case let object as [String: Any]:
      for (key, value) in object.sorted(by: { $0.key < $1.key }) {
        let isWhole = wholeNumbers.contains(key)
        if let found = unfitNumber(in: value, at: path + [key], isWhole: isWhole) { return found }
      }
      return nil
    case let list as [Any]:
      for (index, value) in list.enumerated() {
        if let found = unfitNumber(in: value, at: path + ["\(index)"], isWhole: isWhole) {
          return found
        }
      }
      return nil
    case let number as NSNumber:
      let place = "at \(path.joined(separator: ".")): \(number)"
      if isWhole && UInt64(exactly: number.doubleValue) == nil {
        return "\(place) should be a whole number of at least 0"
      }
      return abs(number.doubleValue) > Double(Float.greatestFiniteMagnitude)
        ? "\(place) is too large" : nil
    default: return nil
    }
  }
}
