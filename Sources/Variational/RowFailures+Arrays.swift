// Examples of an array that cannot be used, found in its values and by what a model takes.

import Kernels
import Networks

extension DataSet {
  /// Examples as floats, those with a value that is no finite number among them: they are marked instead of refused.
  ///
  /// - Throws: `DataError` when the sizes don't fit.
  init(
    marking floats: [Float], shape: Shape, labels: [Int]?, classNames: [String], name: String,
    allowsMissing: Bool
  ) throws(DataError) {
    try self.init(
      storage: .floats(floats), values: floats.count, shape: shape, labels: labels,
      classNames: classNames, name: name, allowsMissing: allowsMissing)
    for example in 0..<count {
      let values = floats[example * shape.count..<(example + 1) * shape.count]
      if let bad = values.firstIndex(where: { !($0.isFinite || allowsMissing && $0.isNaN) }) {
        failures[example] =
          "value \(bad - values.startIndex) is \(floats[bad]), not a finite number"
      }
    }
  }

  /// The set with those examples marked that a model cannot take, such as a fraction where it counts.
  ///
  /// - Throws: `DataError` when it can take none of them: then the data are of another kind.
  /// - Complexity: one look at each value; a second one where some do not fit.
  public func markingUnfit(for spec: ModelSpec) throws(DataError) -> DataSet {
    let complaint: DataError
    do throws(DataError) {
      try usable.check(against: spec)
      return self
    } catch { complaint = error }
    var marked = self
    var fitting = 0
    for example in 0..<count where failure(of: example) == nil {
      do throws(DataError) {
        try subset([example]).check(against: spec)
        fitting += 1
      } catch {
        let number = "example 0, "
        let reason = error.reason
        marked.failures[selection?[example] ?? example] =
          reason.hasPrefix(number) ? String(reason.dropFirst(number.count)) : reason
      }
    }
    guard fitting > 0 else { throw complaint }
    return marked
  }

  /// The same examples with a conditional model's numbers of classes; rows of a table whose class it does not know are
  /// marked. A folder or an array with an unknown class is other data than the model's.
  ///
  /// - Throws: `DataError` for such data, and when the model knows none of the classes.
  func matchingOrMarkingClasses(of condition: ConditionSpec?) throws(DataError) -> DataSet {
    guard let condition, let labels else { return self }
    let complaint: DataError
    do throws(DataError) {
      return try matchingClasses(of: condition, canLeaveOut: true)
    } catch { complaint = error }
    guard case .lines = origins.place else { throw complaint }
    var marked = self
    var isKnown: [Int: Bool] = [:]
    var known: [Int] = []
    for (example, label) in labels.enumerated() {
      let knows = isKnown[label] ?? subset([example]).hasClasses(of: condition)
      isKnown[label] = knows
      if knows {
        known.append(example)
      } else if failure(of: example) == nil {
        let name = className(label)
        marked.failures[selection?[example] ?? example] =
          name.isEmpty ? "has no label" : "unknown class \"\(name.prefix(40))\""
      }
    }
    guard !known.isEmpty else { throw complaint }
    let matched = try subset(known).matchingClasses(of: condition, canLeaveOut: true)
    var numbers = [Int](repeating: 0, count: count)
    for (example, number) in zip(known, matched.labels ?? []) { numbers[example] = number }
    var result = marked.numbered(numbers, matched.classNames)
    result.notes = matched.notes
    return result
  }

  private func hasClasses(of condition: ConditionSpec) -> Bool {
    (try? matchingClasses(of: condition, canLeaveOut: true)) != nil
  }
}
