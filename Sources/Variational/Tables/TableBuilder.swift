// From rows of a file to columns of cells.

import Formats
import Kernels

/// Takes rows until a table is complete.
///
/// The first rows wait until it is known whether the first of them holds names.
struct TableBuilder {
  private let path: String
  private let reading: TableReading
  // How columns are read, where an earlier pass has found it out.
  private let plan: [ColumnReading]?
  private var waiting: [CSVRow] = []
  private var waitingBytes = 0
  private var columns: [TableCells] = []
  private var matchers: [MissingMatcher] = []
  private var lines: [UInt32] = []
  private var misfits: [Int: String] = [:]
  private var keys: [(column: Int, texts: [String])] = []
  private var hasBegun = false
  private var plannedCells = 1 << 20
  /// Whether the first row holds names; known once rows are taken.
  private(set) var hasHeader = false
  /// What a person should know.
  private(set) var notes: [String] = []

  init(path: String, reading: TableReading, plan: [ColumnReading]? = nil) {
    self.path = path
    self.reading = reading
    self.plan = plan
  }

  mutating func append(_ row: CSVRow) throws(FormatError) {
    if hasBegun { return try take(row) }
    waiting.append(row)
    waitingBytes += row.byteCount + 8 * row.count
    let isKnown = reading.hasHeader != nil && !TableBuilder.isEmpty(row)
    if isKnown || waiting.count > HeaderEvidence.mostRows
      || waitingBytes > HeaderEvidence.mostBytes
    {
      try begin()
    }
  }

  consuming func table() throws(FormatError) -> Table {
    if !hasBegun { try begin() }
    guard !columns.isEmpty else {
      throw FormatError(file: path, reason: "is empty; it should be a table")
    }
    guard !lines.isEmpty else {
      throw FormatError(
        file: path, reason: "has a line of names but no rows; is the first row data? (--no-header)")
    }
    return Table(
      name: path, columns: columns, lines: lines, hasHeader: hasHeader, notes: notes,
      onError: reading.onError, misfits: misfits,
      keys: keys.map { RowOrigins.Key(name: columns[$0.column].name, texts: $0.texts) })
  }

  // Decides about the first row and takes those that have waited.
  private mutating func begin() throws(FormatError) {
    hasBegun = true
    let rows = waiting
    waiting = []
    // In a file of one column empty lines may stand in front of the name.
    let place = rows.firstIndex { !TableBuilder.isEmpty($0) } ?? 0
    guard rows.indices.contains(place) else { return }
    let first = rows[place]
    let sample = rows[(place + 1)...].filter { $0.misfit == nil }
    let names = try self.names(first, sample: sample[...])
    hasHeader = names != nil
    if names == nil && reading.hasHeader == nil {
      notes.append(
        "\(path): the first row is taken for data, not for names; --header says otherwise.")
    }
    let all = names ?? (1...first.count).map { "column_\($0)" }
    columns = all.enumerated().map { index, name in
      TableCells(name: name, reading: plan?[index] ?? reading.column(name))
    }
    matchers = columns.map(\.reading.matcher)
    keys = columns.indices.filter { reading.isKey(columns[$0].name) }.map { ($0, []) }
    for row in names == nil ? rows[...] : rows[(place + 1)...] { try take(row) }
  }

  private mutating func take(_ row: CSVRow) throws(FormatError) {
    try askForMemory((lines.count + 1) * columns.count)
    guard row.line <= UInt32.max else {
      throw FormatError(file: path, reason: "has more than \(UInt32.max) lines")
    }
    if let reason = row.misfit { return takeMisfit(row, reason) }
    for index in columns.indices {
      guard columns[index].append(row[index], missing: matchers[index]) else {
        let reason = "column \"\(columns[index].name)\": the text is not UTF-8"
        guard reading.onError != .stop else {
          throw FormatError(
            file: path, reason: "line \(row.line), \(reason)", concernsRow: true)
        }
        misfits[lines.count] = reason
        _ = columns[index].append([], missing: matchers[index])
        continue
      }
    }
    for index in keys.indices {
      keys[index].texts.append(String(decoding: row[keys[index].column], as: UTF8.self))
    }
    lines.append(UInt32(row.line))
  }

  // A row with more or fewer fields than the first: nothing can be said of its cells.
  private mutating func takeMisfit(_ row: CSVRow, _ reason: String) {
    misfits[lines.count] = reason
    for index in columns.indices { _ = columns[index].append([], missing: matchers[index]) }
    for index in keys.indices { keys[index].texts.append("") }
    lines.append(UInt32(row.line))
  }

  private static func isEmpty(_ row: CSVRow) -> Bool { row.count == 1 && row[0].trimmed.isEmpty }

  // Asks for memory before the arrays of the columns double: up to 16 bytes a cell.
  private mutating func askForMemory(_ cells: Int) throws(FormatError) {
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

  // The names in the first row; nil if it is data.
  private func names(
    _ row: CSVRow, sample: ArraySlice<CSVRow>
  ) throws(FormatError) -> [String]? {
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
    if reading.hasHeader == nil && !isHeader(names, row, sample) { return nil }
    var places: [String: Int] = [:]
    for (index, name) in names.enumerated() {
      if let first = places.updateValue(index, forKey: name) {
        throw failure(
          row, index,
          "the name \"\(name)\" is that of column \(first + 1) too; rename one of them"
            + (reading.hasHeader == nil ? " (--no-header if the first row is data)" : ""))
      }
    }
    return names
  }

  // A model or a schema file knows its names; otherwise the rows below tell.
  private func isHeader(_ names: [String], _ row: CSVRow, _ sample: ArraySlice<CSVRow>) -> Bool {
    let known = reading.schema.map { $0.columns.map(\.name) } ?? Array(reading.changes.columns.keys)
    if !Set(known).isDisjoint(with: names) { return true }
    let marks = MissingMatcher(reading.schema.map(\.missing) ?? reading.changes.missing)
    let evidence = HeaderEvidence(row, sample: sample, marks: marks)
    // A model of a file without names expects none.
    if reading.schema != nil, known.enumerated().allSatisfy({ $1 == "column_\($0 + 1)" }) {
      return evidence.hasNameOverNumbers
    }
    return evidence.isHeader(areDifferent: Set(names).count == names.count)
  }

  private func failure(_ row: CSVRow, _ index: Int, _ reason: String) -> FormatError {
    FormatError(file: path, reason: "line \(row.line), column \(index + 1): \(reason)")
  }
}
