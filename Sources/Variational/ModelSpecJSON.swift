import Formats
import Foundation
import Networks

extension ModelSpec {
  /// The description as indented JSON with sorted keys.
  public func json() -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(self) else {
      preconditionFailure("ModelSpec.json: the description holds a number that is not finite")
    }
    return Array(data)
  }

  /// Reads a description from a JSON file.
  ///
  /// - Throws: `FormatError` that names the file, the place in it and the reason.
  public static func read(_ path: String) throws(FormatError) -> ModelSpec {
    let bytes = try FileBytes.read(path)
    if bytes.isEmpty {
      throw FormatError(file: path, reason: "is empty; it should hold a model as JSON")
    }
    do {
      return try JSONDecoder().decode(ModelSpec.self, from: Data(bytes))
    } catch let error as DecodingError {
      throw FormatError(file: path, reason: sentence(error, bytes))
    } catch {
      throw FormatError(file: path, reason: "\(error)")
    }
  }

  static func sentence(_ error: DecodingError, _ bytes: [UInt8]) -> String {
    func place(_ path: [any CodingKey]) -> String {
      let text = path.map { $0.intValue.map(String.init) ?? $0.stringValue }
        .joined(separator: ".")
      return text.isEmpty ? "" : "at \(text): "
    }
    switch error {
    case .keyNotFound(let key, let context):
      return "\(place(context.codingPath))the field \"\(key.stringValue)\" is missing"
    case .typeMismatch(let type, let context):
      return "\(place(context.codingPath))should be \(describe(type))"
    case .valueNotFound(let type, let context):
      return "\(place(context.codingPath))should be \(describe(type)), not null"
    case .dataCorrupted(let context):
      if context.codingPath.isEmpty && context.debugDescription.contains("not valid JSON") {
        return UnfitJSON.sentence(bytes)
      }
      return place(context.codingPath) + context.debugDescription
    @unknown default: return "\(error)"
    }
  }

  private static func describe(_ type: Any.Type) -> String {
    switch type {
    case is String.Type: "a text"
    case is Int.Type, is UInt64.Type: "a whole number"
    case is Float.Type, is Double.Type: "a number"
    case is [Any].Type, is [Int].Type, is [Float].Type, is [LayerSpec].Type: "a list"
    case is [String: Any].Type: "an object"
    default: "another type of value"
    }
  }
}
