// Examples whose classes are numbered as a conditional model numbers them.

import Kernels
import Networks
internal import Wording

extension DataSet {
  /// The same examples with the classes' numbers and names of a conditional model; the values are shared.
  ///
  /// Classes are matched by name, whatever their order in the data: the very name, or the only one that differs
  /// in upper and lower case alone. Data without names has numbers only, which are those of the training data. Named
  /// classes and a model that knows numbers only: names that are numbers are those; others count from 0 in the
  /// data's order, and a note says so.
  ///
  /// - Parameter condition: the model's classes; nil leaves the data as it is, as does data without labels
  /// - Throws: `DataError` that names the classes that the model does not know, their place, and those it knows.
  /// - Complexity: O(N)
  public func matchingClasses(of condition: ConditionSpec?) throws(DataError) -> DataSet {
    try matchingClasses(of: condition, canLeaveOut: false)
  }

  /// The same; the error says how to leave the unknown class out where there is a way.
  func matchingClasses(
    of condition: ConditionSpec?, canLeaveOut: Bool
  ) throws(DataError) -> DataSet {
    guard let condition, let labels else { return self }
    let present = Set(labels).sorted()
    let namesAreNumbers = ClassNames.areNumbers(classNames)
    let isByPosition = condition.names.isEmpty && !classNames.isEmpty && !namesAreNumbers
    var places: [Int: Int] = [:]
    for label in present {
      let place: Int?
      if !classNames.indices.contains(label) || isByPosition {
        place = condition.label(ofNumber: label)
      } else if condition.names.isEmpty {
        place = Int(classNames[label]).flatMap(condition.label(ofNumber:))
      } else {
        // Most often the order is the model's.
        let isSame = label < condition.classes && condition.names[label] == classNames[label]
        place = isSame ? label : condition.label(ofName: classNames[label])
      }
      places[label] = place
    }
    let unknown = present.filter { places[$0] == nil }
    guard unknown.isEmpty else { throw unknownClasses(unknown, condition, canLeaveOut) }
    let isNameless = condition.names.isEmpty && condition.numbers == nil && !namesAreNumbers
    var result = numbered(
      labels.map { places[$0] ?? 0 }, isNameless ? classNames : condition.listed)
    if isByPosition {
      let pairs = present.prefix(20).map {
        "\(classNames[$0]) is \(condition.number(of: places[$0] ?? 0))"
      }
      result.notes.append(
        "\(name): the model knows its classes by number only; \(pairs.joined(separator: ", "))"
          + (present.count > pairs.count ? ", …" : ""))
    }
    return result
  }

  private func unknownClasses(
    _ unknown: [Int], _ condition: ConditionSpec, _ canLeaveOut: Bool
  ) -> DataError {
    let label = unknown[0]
    guard classNames.indices.contains(label) else { return unknownNumber(label, condition) }
    let others = unknown.dropFirst().prefix(8).map { "\"\(className($0))\"" }
    return DataError(
      classPlaces[classNames[label]] ?? name,
      unknownName(classNames[label], what: "class", valid: condition.listed)
        + (others.isEmpty ? "" : "; nor does the model know \(others.joined(separator: ", "))")
        + (unknown.count > 9 ? " and \(unknown.count - 9) more" : "")
        + (canLeaveOut ? "; --exclude-class leaves a class out" : ""))
  }

  private func unknownNumber(_ label: Int, _ condition: ConditionSpec) -> DataError {
    let example = labels?.firstIndex(of: label) ?? 0
    let known =
      condition.names.isEmpty && condition.numbers == nil
      ? "but the model has \(condition.classes) classes, counted from 0"
      : "which is none of the model's classes; they are "
        + (0..<min(condition.classes, 40)).map { index in
          ClassNames.holdNumbers(condition.names) || condition.names.isEmpty
            ? condition.name(of: index)
            : "\(condition.number(of: index)) \(condition.name(of: index))"
        }.joined(separator: ", ") + (condition.classes > 40 ? ", …" : "")
    return DataError(name, "the label of example \(example) is \(label), \(known)")
  }

  /// Checks that every example has one of the classes that a model is told, under the model's own number.
  func checkLabels(for condition: ConditionSpec) throws(DataError) {
    guard let labels else {
      throw DataError(
        name,
        "\(labelAbsence ?? "has no labels"), but the model is told one of \(condition.classes) classes"
      )
    }
    if let bad = labels.first(where: { $0 >= condition.classes }) {
      throw unknownNumber(bad, condition)
    }
    // Numbers alone would pass for other classes.
    if condition.names.isEmpty && condition.numbers == nil { return }
    let isOtherwise = Set(labels).sorted().first { label in
      guard classNames.indices.contains(label) else { return condition.numbers != nil }
      return condition.name(of: label) != classNames[label]
        && condition.label(ofName: classNames[label]) != label
    }
    if let isOtherwise {
      throw DataError(
        name,
        "its class \(isOtherwise) is \"\(className(isOtherwise))\", but the model's is "
          + "\"\(condition.name(of: isOtherwise))\": matchingClasses(of:) numbers them as the model does"
      )
    }
  }

  /// Writes the classes of some examples, as floats, which hold them exactly.
  func copyLabels(_ indices: ArraySlice<Int>, into target: VectorView) {
    guard let labels, target.count > 0 else { return }
    for (row, index) in indices.enumerated() { target[row] = Float(labels[index]) }
  }
}

extension ConditionSpec {
  /// "2 classes: cat (20), dog (30)", with the numbers of training examples if they are known.
  var words: String {
    let isPlain = names.isEmpty && numbers == nil && examples == nil
    let list = (0..<classes).map { label in
      name(of: label) + (examples.map { " (\($0[label]))" } ?? "")
    }
    return "\(classes) classes" + (isPlain ? "" : ": " + Wording.listed(list))
  }

  /// The same classes with the number of examples that each has in training.
  ///
  /// - Throws: `DataError` for a class that is none of these.
  public func counting(_ training: DataSet) throws(DataError) -> ConditionSpec {
    var result = self
    guard let labels = try training.matchingClasses(of: self).labels else { return self }
    var counts = [Int](repeating: 0, count: classes)
    for label in labels where label < classes { counts[label] += 1 }
    result.examples = counts
    return result
  }
}

extension DataParts {
  /// The same parts, their classes numbered as a conditional model numbers them; see
  /// ``DataSet/matchingClasses(of:)``.
  public func matchingClasses(of condition: ConditionSpec?) throws(DataError) -> DataParts {
    guard condition != nil else { return self }
    var (held, tested): (DataSet?, DataSet?)
    if let validation { held = try validation.matchingClasses(of: condition) }
    if let test { tested = try test.matchingClasses(of: condition) }
    return DataParts(
      all: try all.matchingClasses(of: condition),
      training: try training.matchingClasses(of: condition), validation: held, test: tested,
      table: table, classes: classes)
  }
}
