// From cells to the numbers that a model is trained on.

import Formats
import Kernels
import Networks

extension TableSchema {
  /// A table's rows as examples: reals standardised, binary columns 0 or 1, categories one-hot, counts as they are,
  /// missing cells not a number; then 1 for each cell that is missing, of the columns where a model learns that.
  ///
  /// Columns are found by name, in whatever order. Ignored columns, keys and the label may be left out. A label that no
  /// training row had is a further class. If the table was read with another policy than `stop`, rows that cannot be
  /// read are in the set with missing values, and ``DataSet/failure(of:)`` tells why.
  ///
  /// - Throws: `FormatError` that names missing and unknown columns, or line and column of a cell that does not fit.
  /// - Complexity: O(cells); 4 bytes a number.
  public func dataSet(from table: Table) throws -> DataSet {
    let notes = try checkNames(table)
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
    let failures = RowFailures(table.misfits)
    for place in layout.places {
      try fill(&values, place, stride: layout.width, table, failures)
    }
    for place in layout.indicators {
      guard let cells = table.column(columns[place.column].name) else { continue }
      for row in 0..<table.rowCount {
        values[row * layout.width + place.offset] = cells.isMissing(row) ? 1 : 0
      }
    }
    let labels = try label.flatMap { (column) throws(FormatError) in
      try TableSchema.labels(column, table, failures.reasons)
    }
    var set = try DataSet(
      floats: values, shape: Shape(features: layout.width), labels: labels?.classes,
      classNames: labels?.names ?? [], name: table.name, allowsMissing: true)
    if labels == nil {
      set.labelAbsence = labelAbsence(table)
    } else if let label {
      set.classPlaces =
        labels?.firstRows.mapValues { table.place(row: $0, column: label.name) } ?? [:]
    }
    set.notes = notes
    set.labelName = label.flatMap { table.column($0.name)?.name }
    set.origins = RowOrigins(place: .lines(table.lines), keys: table.keys)
    set.failures = failures.reasons
    return set
  }

  private func fill(
    _ values: inout [Float], _ place: TableLayout.Place, stride: Int, _ table: Table,
    _ failures: RowFailures
  ) throws(FormatError) {
    let column = columns[place.column]
    guard let cells = table.column(column.name) else { return }
    let reader = CellReader(column, table, cells, table.onError == .stop ? nil : failures)
    for row in 0..<table.rowCount {
      let target = row * stride + place.offset
      switch column.kind {
      case .real:
        guard let number = try reader.number(row) else { continue }
        let near = column.clip?.clamped(number) ?? number
        let value = Float((near - column.mean) / column.deviation)
        guard value.isFinite else {
          let _: Float? = try reader.refuse(
            row, "\(number) is too far from the mean \(column.mean) of the training rows")
          continue
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
      case .ignore, .label, .key: break
      }
    }
  }

  // Every column of the model, and none that nobody knows: where rows are marked, that is said and no error.
  private func checkNames(_ table: Table) throws(FormatError) -> [String] {
    let found = Set(table.columnNames)
    let known = Set(columns.map(\.name))
    let lacking = modelled.map(\.name).filter { !found.contains($0) }
    let spare = table.columnNames.filter { !known.contains($0) }
    guard !lacking.isEmpty || !spare.isEmpty else { return [] }
    if lacking.isEmpty && table.onError == .mark {
      return ["\(table.name): \(list(spare)), which the model does not know, ignored"]
    }
    var parts: [String] = []
    if !lacking.isEmpty { parts.append("lacks \(list(lacking)), which the model was trained with") }
    if !spare.isEmpty { parts.append("has \(list(spare)), which the model does not know") }
    let remedy =
      lacking.isEmpty
      ? "; a schema file that calls such columns \"ignore\" goes on without them" : ""
    throw FormatError(file: table.name, reason: parts.joined(separator: ", and ") + remedy)
  }

  private func list(_ names: [String]) -> String {
    let shown = names.prefix(8).map { "\"\($0)\"" }.joined(separator: ", ")
    return (names.count == 1 ? "the column " : "the columns ") + shown
      + (names.count > 8 ? " and \(names.count - 8) more" : "")
  }

  /// The class of each row, what classes are called, and the first row of each; names that the column does not
  /// have follow those it has.
  typealias Labels = (classes: [Int], names: [String], firstRows: [String: Int])

  /// The classes of a label column; nil where the file has no such column, or a cell is missing. Where rows are marked,
  /// those without a label are a class of their own that has no name.
  ///
  /// - Parameter failures: the rows that cannot be read, which need no label
  /// - Throws: `FormatError` where the cells are too many different ones for classes.
  static func labels(
    _ label: Column, _ table: Table, _ failures: [Int: String]
  ) throws(FormatError) -> Labels? {
    guard let cells = table.column(label.name), cells.missing < cells.count else { return nil }
    let needsAll = table.onError != .mark
    if needsAll && cells.missing > 0 {
      let lacks = (0..<cells.count).contains { cells.isMissing($0) && failures[$0] == nil }
      if lacks { return nil }
    }
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
    let unlabelled = column.categories.count
    let names = column.categories + (cells.missing > 0 && !needsAll ? [""] : [])
    var firstRows: [String: Int] = [:]
    for row in 0..<table.rowCount {
      let found = try reader.category(row) ?? (needsAll ? 0 : unlabelled)
      classes.append(found)
      if firstRows[names[found]] == nil { firstRows[names[found]] = row }
    }
    return (classes, names, firstRows)
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
