// Classes by name or number.

import Networks

extension DataSet {
  /// The classes of the examples.
  ///
  /// - Throws: `DataError` when they have none.
  func classLabels(for text: String) throws(DataError) -> ClassLabels {
    guard let labels else {
      throw DataError(name, "its examples have no classes, so none is called \"\(text)\"")
    }
    return ClassLabels(source: name, labels: labels, names: classNames)
  }

  /// The number of the class that a name or a number means.
  ///
  /// A name in another case will do where only one differs in nothing else. A number is no place in the list where
  /// some names are numbers themselves.
  ///
  /// - Throws: `DataError` when the examples have no classes, or none that is called so; it lists those there are.
  public func classNumber(_ text: String) throws(DataError) -> Int {
    try classLabels(for: text).number(text)
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
    guard let first = (only + excluding).first else { return self }
    let selection = ClassSelection(only: only, excluded: excluding)
    return subset(try classLabels(for: first).taken(selection).0)
  }
}

extension DataParts {
  /// The same parts with the examples of some classes only; see ``DataSet/selectingClasses(only:excluding:)``.
  ///
  /// The parts are those that all classes together were split into, and so are a table's statistics. For statistics
  /// and categories of what remains set ``DataReading/classes`` before reading.
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
      table: table, classes: classes)
  }
}
