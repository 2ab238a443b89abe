// Classes by name or number.

import Networks

extension DataSet {
  /// The number of the class that a name or a number means.
  ///
  /// - Throws: `DataError` when the examples have no classes, or none that is called so; it lists those there are.
  public func classNumber(_ text: String) throws(DataError) -> Int {
    guard let labels else {
      throw DataError(name, "its examples have no classes, so none is called \"\(text)\"")
    }
    let lowercased = text.lowercased()
    if let index = classNames.firstIndex(where: { $0.lowercased() == lowercased }) { return index }
    let present = Set(labels)
    if let number = Int(text), present.contains(number) || classNames.indices.contains(number) {
      return number
    }
    let valid = classNames.isEmpty ? present.sorted().map(String.init) : classNames
    throw DataError(name, unknownName(text, what: "class", valid: valid))
  }

  /// The places of the examples of some classes, in order; of none if there are no labels.
  public func examples(ofClasses classes: Set<Int>) -> [Int] {
    guard let labels else { return [] }
    return labels.indices.filter { classes.contains(labels[$0]) }
  }

  /// The examples of some classes only, or all but those of some; the values are shared, not copied.
  ///
  /// - Parameters:
  ///   - only: names or numbers of the classes that are kept; empty for all
  ///   - excluding: names or numbers of classes that are left out
  /// - Throws: `DataError` when there is no such class, or no example is left.
  public func selectingClasses(
    only: [String] = [], excluding: [String] = []
  ) throws(DataError) -> DataSet {
    if only.isEmpty && excluding.isEmpty { return self }
    var (kept, left) = (Set<Int>(), Set<Int>())
    for text in only { kept.insert(try classNumber(text)) }
    for text in excluding { left.insert(try classNumber(text)) }
    let classes = (only.isEmpty ? Set(labels ?? []) : kept).subtracting(left)
    let places = examples(ofClasses: classes)
    guard !places.isEmpty else {
      throw DataError(name, "no example is left when classes are selected")
    }
    return subset(places)
  }
}

extension DataParts {
  /// The same parts with the examples of some classes only; see ``DataSet/selectingClasses(only:excluding:)``.
  ///
  /// The parts are those that all classes together were split into; a table's statistics are of all classes.
  public func selectingClasses(
    only: [String] = [], excluding: [String] = []
  ) throws(DataError) -> DataParts {
    func select(_ data: DataSet) throws(DataError) -> DataSet {
      try data.selectingClasses(only: only, excluding: excluding)
    }
    var (held, tested): (DataSet?, DataSet?)
    if let validation { held = try select(validation) }
    if let test { tested = try select(test) }
    return DataParts(
      all: try select(all), training: try select(training), validation: held, test: tested,
      table: table)
  }
}
