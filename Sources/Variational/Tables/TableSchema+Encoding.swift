// From cells to the numbers that a model is trained on.

import Formats
import Kernels
import Networks

extension TableSchema {
  /// A table's rows as examples: reals standardised, binary columns 0 or 1, categories one-hot, counts as they are,
  /// missing cells not a number; then 1 for each cell that is missing, of the columns where a model learns that.
  ///
  /// Columns are found by name, in whatever order. Ignored columns and the label may be left out. A label that no
  /// training row had is a further class.
  ///
  /// - Throws: `FormatError` that names missing and unknown columns, or line and column of a cell that does not fit.
  /// - Complexity: O(cells); 4 bytes a number.
  public func dataSet(from table: Table) throws -> DataSet {
    try checkNames(table)
    let layout = try TableLayout(self)
    let floats = Double(table.rowCount) * Double(layout.width)
    guard Memory.holds(floats: floats) else {
      throw FormatError(
        file: table.name,
        reason: "its \(table.rowCount) rows of \(layout.width) numbers take "
          + "\(Memory.text(floats: floats)) of memory, more than is free")
    }
    // [rows, width]; what stays not a number is missing.
    var values = [Float](repeating: .nan, count: table.rowCount * layout.width)
    for place in layout.places {
      try fill(&values, place, stride: layout.width, table)
    }
    for place in layout.indicators {
      guard let cells = table.column(columns[place.column].name) else { continue }
      for row in 0..<table.rowCount {
        values[row * layout.width + place.offset] = cells.isMissing(row) ? 1 : 0
      }
    }
    let labels = try label.flatMap { (column) throws(FormatError) in
      try TableSchema.labels(column, table)
    }
    var set = try DataSet(
      floats: values, shape: Shape(features: layout.width), labels: labels?.classes,
      classNames: labels?.names ?? [], name: table.name, allowsMissing: true)
    set.tableLines = table.lines
    if labels == nil {
      set.labelAbsence = labelAbsence(table)
    } else if let label {
      set.classPlaces =
        labels?.firstRows.mapValues { table.place(row: $0, column: label.name) } ?? [:]
    }
    return set
  }

  private func fill(
    _ values: inout [Float], _ place: TableLayout.Place, stride: Int, _ table: Table
  ) throws(FormatError) {
    let column = columns[place.column]
    guard let cells = table.column(column.name) else { return }
    let reader = CellReader(column, table, cells)
    for row in 0..<table.rowCount {
      let target = row * stride + place.offset
      switch column.kind {
      case .real:
        guard let number = try reader.number(row) else { continue }
        let near = column.clip?.clamped(number) ?? number
        let value = Float((near - column.mean) / column.deviation)
        guard value.isFinite else {
          throw table.failure(
            row: row, column: column.name,
            "\(number) is too far from the mean \(column.mean) of the training rows")
        }
        values[target] = value
      case .count:
        guard let number = try reader.count(row) else { continue }
        values[target] = Float(number)
      case .binary:
        guard let index = try reader.category(row) else { continue }
        values[target] = Float(index)
      case .categorical:
        guard let index = try reader.category(row) else { continue }
        for offset in 0..<place.width { values[target + offset] = offset == index ? 1 : 0 }
      case .ignore, .label: break
      }
    }
  }

  // Every column of the model, and none that nobody knows.
  private func checkNames(_ table: Table) throws(FormatError) {
    let found = Set(table.columnNames)
    let known = Set(columns.map(\.name))
    let lacking = modelled.map(\.name).filter { !found.contains($0) }
    let spare = table.columnNames.filter { !known.contains($0) }
    guard !lacking.isEmpty || !spare.isEmpty else { return }
    var parts: [String] = []
    if !lacking.isEmpty { parts.append("lacks \(list(lacking)), which the model was trained with") }
    if !spare.isEmpty { parts.append("has \(list(spare)), which the model does not know") }
    throw FormatError(file: table.name, reason: parts.joined(separator: ", and "))
  }

  private func list(_ names: [String]) -> String {
    let shown = names.prefix(8).map { "\"\($0)\"" }.joined(separator: ", ")
    return (names.count == 1 ? "the column " : "the columns ") + shown
      + (names.count > 8 ? " and \(names.count - 8) more" : "")
  }

  /// The class of each row, what classes are called, and the first row of each; names that the column does not
  /// have follow those it has.
  typealias Labels = (classes: [Int], names: [String], firstRows: [String: Int])

  /// The classes of a label column; nil where the file has no such column, or a cell is missing.
  ///
  /// - Throws: `FormatError` where the cells are too many different ones for classes.
  static func labels(_ label: Column, _ table: Table) throws(FormatError) -> Labels? {
    guard let cells = table.column(label.name), cells.missing == 0 else { return nil }
    guard !cells.hasFreeText else {
      throw FormatError(
        file: table.name,
        reason:
          "column \"\(label.name)\": a label has at most \(TableCells.mostTexts) classes, each of at most "
          + "\(TableCells.longestText) bytes")
    }
    var column = label
    let known = Set(column.categories)
    column.categories += TableSchema.categories(cells, ColumnProfile(cells), kind: .label)
      .filter { !known.contains($0) }
    guard column.categories.count <= TableCells.mostTexts else {
      throw FormatError(
        file: table.name,
        reason: "column \"\(label.name)\": a label has at most \(TableCells.mostTexts) classes")
    }
    let reader = CellReader(column, table, cells)
    var classes: [Int] = []
    var firstRows: [String: Int] = [:]
    for row in 0..<table.rowCount {
      let found = try reader.category(row) ?? 0
      classes.append(found)
      if firstRows[column.categories[found]] == nil { firstRows[column.categories[found]] = row }
    }
    return (classes, column.categories, firstRows)
  }

  // What to say to whoever needs labels.
  private func labelAbsence(_ table: Table) -> String {
    guard let label else { return "has no labels (a --schema file makes a column the \"label\")" }
    guard let cells = table.column(label.name) else {
      return "has no labels: it lacks the column \"\(label.name)\""
    }
    let row = (0..<table.rowCount).first(where: cells.isMissing) ?? 0
    return
      "has no labels: \(table.place(row: row, column: label.name).dropFirst(table.name.count + 2)), is empty"
  }
}
