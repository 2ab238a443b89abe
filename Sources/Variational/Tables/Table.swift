// A CSV file in memory, its cells told apart but not yet understood.

import Formats

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
  /// What a person should know of how it was read.
  public internal(set) var notes: [String]
  let columns: [TableCells]
  // Whether the first row holds the names.
  let hasHeader: Bool
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
  /// Where numbers turn out to have other marks than a decimal point, or cells to be dates, the file is read a second
  /// time by what was found.
  ///
  /// - Throws: `FormatError` with line and column for what is not CSV, not UTF-8, has the same name twice, holds no
  ///   rows, or does not fit in memory.
  /// - Complexity: O(size), one pass or two; 8 to 12 bytes a cell.
  public static func read(
    _ path: String, _ reading: TableReading = TableReading()
  ) throws(FormatError) -> Table {
    var builder = TableBuilder(path: path, reading: reading)
    var limits = CSVParser.Limits()
    limits.allowsMisfits = reading.onError != .stop
    let delimiter = try CSV.read(path, delimiter: reading.delimiter, limits: limits) {
      (row) throws(FormatError) in
      try builder.append(row)
    }
    let first = try builder.table()
    if reading.delimiter == nil { try first.rejectSpaces() }
    let plan = NotationPlan(
      first.columns, delimiter: delimiter, hasDecimalComma: reading.hasDecimalComma)
    guard plan.isChanged else { return first.adding(plan.notes) }
    var known = reading
    known.hasHeader = first.hasHeader
    var again = TableBuilder(path: path, reading: known, plan: plan.columns)
    try CSV.read(path, delimiter: delimiter, limits: limits) { (row) throws(FormatError) in
      try again.append(row)
    }
    let second = try again.table()
    guard second.rowCount == first.rowCount, second.columnNames == first.columnNames else {
      throw FormatError(file: path, reason: "was changed while it was read")
    }
    return second.adding(first.notes + plan.notes)
  }

  init(
    name: String, columns: [TableCells], lines: [UInt32], hasHeader: Bool, notes: [String],
    onError: RowErrorPolicy = .stop, misfits: [Int: String] = [:], keys: [RowOrigins.Key] = []
  ) {
    self.name = name
    self.columns = columns
    self.lines = lines
    self.hasHeader = hasHeader
    self.notes = notes
    self.onError = onError
    self.misfits = misfits
    self.keys = keys
    rowCount = lines.count
  }

  private func adding(_ notes: [String]) -> Table {
    var table = self
    table.notes += notes
    return table
  }

  // Rows of one field whose parts are divided by spaces, all into equally many, with numbers among them.
  private func rejectSpaces() throws(FormatError) {
    guard columns.count == 1, columns[0].textCount * 2 > rowCount else { return }
    func parts(_ text: String) -> [Substring] { text.split { $0 == " " || $0 == "\t" } }
    let texts = columns[0].texts.prefix(1_000).map(parts)
    guard let first = texts.first, first.count > 1, texts.count > 1 || !hasHeader,
      texts.allSatisfy({ $0.count == first.count }),
      !hasHeader || parts(columns[0].name).count == first.count,
      first.contains(where: { DecimalNumber(Array($0.utf8)[...]) != nil }),
      columns[0].evidence.written * 2 <= rowCount
    else { return }
    throw FormatError(
      file: name,
      reason:
        "each row is one field, such as \"\(columns[0].texts[0].prefix(40))\", whose parts are "
        + "divided by spaces; --delimiter ' ' makes columns of them")
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
      hasHeader: hasHeader, notes: notes, onError: onError, misfits: kept,
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
