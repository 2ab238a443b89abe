// A table's file with its missing cells filled, everything else as it was.

import Formats
public import Kernels

extension TableSchema {
  /// The rows of a CSV file again, in its order, columns and delimiter, with the missing cells of modelled columns
  /// filled. All other cells are copied as text: those that are there, and those of columns that no model sees.
  ///
  /// The file is read a second time, a row at a time.
  ///
  /// - Parameters:
  ///   - data: examples as ``dataSet(from:)`` made them of the file, or some of them
  ///   - draw: a completed row for each of them, [N, width]; another size traps
  ///   - isMissing: whether each number was missing, [N × width]
  ///   - reading: how the file was read
  /// - Returns: nil if the examples come from no CSV file.
  /// - Throws: `FormatError` when the file is no longer the one that the examples were read from, `SpecError` for a
  ///   schema that is none.
  /// - Complexity: O(size of the file); memory for the result.
  public func completedCSV(
    of data: DataSet, with draw: Matrix<Float>, isMissing: [Bool], _ reading: TableReading
  ) throws -> [UInt8]? {
    guard try DataSource.isTable(data.name) else { return nil }
    var completion = try Completion(self, data, draw, isMissing, hasHeader: reading.hasHeader)
    let delimiter = try reading.delimiter ?? CSV.delimiter(ofFile: data.name)
    var writer = CSVWriter(delimiter: delimiter)
    var limits = CSVParser.Limits()
    limits.allowsMisfits = reading.onError != .stop
    try CSV.read(data.name, delimiter: reading.delimiter, limits: limits) {
      (row) throws(FormatError) in
      if let cells = try completion.next(row) { writer.append(cells) }
    }
    try completion.finish()
    return writer.bytes
  }
}

/// Goes through a file's rows beside the completed ones.
private struct Completion {
  private let schema: TableSchema
  private let text: RowText
  private let data: DataSet
  private let draw: Matrix<Float>
  private let isMissing: [Bool]
  private let hasHeader: Bool?
  private let places: [Int?]  // the completed row of each of the file's rows
  private var columns: [Int?] = []  // of the schema, for each of the file's columns
  private var row: Int?  // the next of the file's rows; nil before the first line was seen

  init(
    _ schema: TableSchema, _ data: DataSet, _ draw: Matrix<Float>, _ isMissing: [Bool],
    hasHeader: Bool?
  ) throws {
    self.schema = schema
    text = try RowText(schema, isFilled: true)
    precondition(
      draw.rows == data.count && draw.columns == text.width
        && isMissing.count == data.count * text.width,
      "TableSchema.completedCSV: [\(draw.rows), \(draw.columns)] for \(data.count) rows")
    var places = [Int?](repeating: nil, count: data.storedCount)
    for index in 0..<data.count { places[data.storedIndex(index)] = index }
    self.places = places
    self.data = data
    self.draw = draw
    self.isMissing = isMissing
    self.hasHeader = hasHeader
  }

  // The cells to write for a row of the file; nil if it is none of the examples.
  mutating func next(_ line: CSVRow) throws(FormatError) -> [String]? {
    let cells = (0..<line.count).map { String(decoding: line[$0], as: UTF8.self) }
    if row == nil {
      let isHeader = begin(line)
      row = isHeader ? 0 : 1
      return isHeader ? cells : try completed(cells, 0)
    }
    let current = row ?? 0
    row = current + 1
    return try completed(cells, current)
  }

  // A model's file has a header if it has a column's name; else columns are numbered.
  private mutating func begin(_ line: CSVRow) -> Bool {
    let known = Dictionary(
      schema.columns.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    let names = (0..<line.count).map {
      let name = String(decoding: line[$0].trimmed, as: UTF8.self)
      return name.isEmpty ? "column_\($0 + 1)" : name
    }
    let isHeader = hasHeader ?? names.contains { known[$0] != nil }
    columns = (isHeader ? names : (0..<line.count).map { "column_\($0 + 1)" }).map { known[$0] }
    return isHeader
  }

  private func completed(_ cells: [String], _ row: Int) throws(FormatError) -> [String]? {
    guard row < places.count else { throw changed() }
    guard let place = places[row] else { return nil }
    let values = draw.row(place)
    return cells.indices.map { index in
      guard let column = columns[index], let offset = text.offset(column),
        isMissing[place * text.width + offset]
      else { return cells[index] }
      return text.cell(column, values[...])
    }
  }

  func finish() throws(FormatError) {
    guard row == places.count else { throw changed() }
  }

  private func changed() -> FormatError {
    FormatError(
      file: data.name,
      reason: "has other rows than the \(places.count) that were read; was it changed meanwhile?")
  }
}

extension DataSet {
  /// How many examples its storage holds, of which it may be a selection.
  var storedCount: Int {
    switch storage {
    case .bytes(let bytes): bytes.count / shape.count
    case .floats(let floats): floats.count / shape.count
    case .mapped: (selection?.max() ?? count - 1) + 1
    }
  }

  /// Where an example stands in the storage.
  func storedIndex(_ index: Int) -> Int { selection?[index] ?? index }
}
