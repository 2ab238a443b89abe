// A CSV file in memory, its cells told apart but not yet understood.

import Formats
import Kernels

/// Named columns of cells: what a schema is made from and what it turns into examples.
///
///     let table = try Table.read("people.csv")
///     let schema = try TableSchema(inferredFrom: table)
///     let people = try schema.dataSet(from: table)
public struct Table: Sendable {
  /// The file.
  public let name: String
  /// How many rows there are besides the header.
  public let rowCount: Int
  let columns: [TableCells]
  // The line on which each row begins, [rows].
  let lines: [UInt32]
  /// What happens when a row cannot be read.
  let onError: RowErrorPolicy
  /// The rows that are none, all of whose cells are missing here, with the reason.
  let misfits: [Int: String]
  /// The cells of the columns that are keys, as they are written.
  let keys: [RowOrigins.Key]

  /// The columns' names in the file's order; `column_1`, `column_2`, … where the file gives none.
  public var columnNames: [String] { columns.map(\.name) }

  /// Reads a CSV file, gzipped or not, into memory.
  ///
  /// - Throws: `FormatError` with line and column for what is not CSV, not UTF-8, has the same name twice, holds no
  ///   rows, or does not fit in memory.
  /// - Complexity: O(size), one pass; 8 to 12 bytes a cell.
  public static func read(
    _ path: String, _ reading: TableReading = TableReading()
  ) throws(FormatError) -> Table {
    var builder = TableBuilder(path: path, reading: reading)
    var limits = CSVParser.Limits()
    limits.allowsMisfits = reading.onError != .stop
    try CSV.read(path, delimiter: reading.delimiter, limits: limits) { (row) throws(FormatError) in
      try builder.append(row)
    }
    return try builder.table()
  }

  init(
    name: String, columns: [TableCells], lines: [UInt32], onError: RowErrorPolicy = .stop,
    misfits: [Int: String] = [:], keys: [RowOrigins.Key] = []
  ) {
    self.name = name
    self.columns = columns
    self.lines = lines
    self.onError = onError
    self.misfits = misfits
    self.keys = keys
    rowCount = lines.count
  }

  /// The column of a name.
  func column(_ name: String) -> TableCells? { columns.first { $0.name == name } }

  /// Some of the rows, in the order given.
  func subset(_ rows: [Int]) -> Table {
    var kept: [Int: String] = [:]
    if !misfits.isEmpty {
      for (index, row) in rows.enumerated() { kept[index] = misfits[row] }
    }
    return Table(
      name: name, columns: columns.map { $0.subset(rows) }, lines: rows.map { lines[$0] },
      onError: onError, misfits: kept,
      keys: keys.map { key in
        RowOrigins.Key(name: key.name, texts: rows.map { key.texts[$0] })
      })
  }

  /// Where a cell stands, for errors.
  func place(row: Int, column: String) -> String {
    "\(name): line \(lines[row]), column \"\(column)\""
  }

  /// An error at a cell, with its line and its column's name.
  ///
  /// - Parameter canBeLeftOut: whether the other rows can be read without this one
  func failure(
    row: Int, column: String, canBeLeftOut: Bool = true, _ reason: String
  ) -> FormatError {
    FormatError(
      file: name, reason: "line \(lines[row]), column \"\(column)\": \(reason)",
      concernsRow: canBeLeftOut)
  }
}

/// Takes rows until a table is complete.
private struct TableBuilder {
  let path: String
  let reading: TableReading
  private let marks: MissingMarks
  private var columns: [TableCells] = []
  private var lines: [UInt32] = []
  private var misfits: [Int: String] = [:]
  private var keys: [(column: Int, texts: [String])] = []
  private var hasBegun = false
  private var plannedCells = 1 << 20

  init(path: String, reading: TableReading) {
    self.path = path
    self.reading = reading
    marks = reading.missing
  }

  mutating func append(_ row: CSVRow) throws(FormatError) {
    if !hasBegun {
      hasBegun = true
      let names = try self.names(row)
      columns = (names ?? (1...row.count).map { "column_\($0)" }).map { TableCells(name: $0) }
      keys = columns.indices.filter { reading.isKey(columns[$0].name) }.map { ($0, []) }
      if names != nil { return }
    }
    try plan((lines.count + 1) * columns.count)
    guard row.line <= UInt32.max else {
      throw FormatError(file: path, reason: "has more than \(UInt32.max) lines")
    }
    if let reason = row.misfit { return appendMisfit(row, reason) }
    for index in columns.indices {
      guard columns[index].append(row[index], missing: marks) else {
        let reason = "column \"\(columns[index].name)\": the text is not UTF-8"
        guard reading.onError != .stop else {
          throw FormatError(
            file: path, reason: "line \(row.line), \(reason)", concernsRow: true)
        }
        misfits[lines.count] = reason
        _ = columns[index].append([], missing: marks)
        continue
      }
    }
    for index in keys.indices {
      keys[index].texts.append(String(decoding: row[keys[index].column], as: UTF8.self))
    }
    lines.append(UInt32(row.line))
  }

  // A row with more or fewer fields than the first: nothing can be said of its cells.
  private mutating func appendMisfit(_ row: CSVRow, _ reason: String) {
    misfits[lines.count] = reason
    for index in columns.indices { _ = columns[index].append([], missing: marks) }
    for index in keys.indices { keys[index].texts.append("") }
    lines.append(UInt32(row.line))
  }

  // Asks for memory before the arrays of the columns double: up to 16 bytes a cell.
  private mutating func plan(_ cells: Int) throws(FormatError) {
    guard cells > plannedCells else { return }
    plannedCells = 2 * cells
    let floats = Double(plannedCells) * 4
    guard Memory.holds(floats: floats) else {
      throw FormatError(
        file: path,
        reason: "after \(lines.count) rows of \(columns.count) columns the table takes "
          + "\(Memory.text(floats: floats)) of memory, more than is free")
    }
  }

  consuming func table() throws(FormatError) -> Table {
    guard hasBegun else { throw FormatError(file: path, reason: "is empty; it should be a table") }
    guard !lines.isEmpty else {
      throw FormatError(
        file: path, reason: "has a line of names but no rows; is the first row data? (--no-header)")
    }
    return Table(
      name: path, columns: columns, lines: lines, onError: reading.onError, misfits: misfits,
      keys: keys.map { RowOrigins.Key(name: columns[$0.column].name, texts: $0.texts) })
  }

  // The names in the first row; nil if it is data.
  private func names(_ row: CSVRow) throws(FormatError) -> [String]? {
    if reading.hasHeader == false { return nil }
    var names: [String] = []
    for index in 0..<row.count {
      guard let name = String(validating: row[index].trimmed, as: UTF8.self) else {
        throw failure(row, index, "the column's name is not UTF-8")
      }
      guard name.utf8.count <= TableCells.longestText else {
        throw failure(
          row, index, "the column's name has more than \(TableCells.longestText) bytes")
      }
      names.append(name.isEmpty ? "column_\(index + 1)" : name)
    }
    if reading.hasHeader == nil && !isHeader(names, row) { return nil }
    var places: [String: Int] = [:]
    for (index, name) in names.enumerated() {
      if let first = places.updateValue(index, forKey: name) {
        throw failure(
          row, index, "the name \"\(name)\" is that of column \(first + 1) too; rename one of them")
      }
    }
    return names
  }

  // A model knows its names. Otherwise a first row of different texts, none of them a number, is taken for names.
  private func isHeader(_ names: [String], _ row: CSVRow) -> Bool {
    if let schema = reading.schema {
      if schema.columns.contains(where: { names.contains($0.name) }) { return true }
    } else if names.contains(where: { reading.changes.columns[$0] != nil }) {
      return true
    }
    let holdsNumbers = (0..<row.count).contains { DecimalNumber(row[$0].trimmed) != nil }
    return !holdsNumbers && Set(names).count == names.count
  }

  private func failure(_ row: CSVRow, _ index: Int, _ reason: String) -> FormatError {
    FormatError(file: path, reason: "line \(row.line), column \(index + 1): \(reason)")
  }
}
