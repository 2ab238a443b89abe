// From a model's numbers back to cells.

import Formats
public import Kernels
import Networks

extension TableSchema {
  /// The columns that output has: those of the model, and those with one value.
  public var writtenColumns: [Column] { columns.filter { $0.isModelled || $0.constant != nil } }

  /// A model's rows as a CSV file in the table's columns, names, units and types.
  ///
  /// Reals are moved and scaled back and get the column's decimals; counts are rounded to whole numbers; both are held
  /// within the column's bounds. Of a binary or categorical column the likeliest name is written, which for a draw
  /// is the drawn one. Where the model learns which cells are missing, one that is likelier missing is empty.
  ///
  /// - Parameters:
  ///   - rows: [N, width], draws or means as `Model.sample` and `Model.reconstruct` give them; another width traps.
  ///     What is not a number becomes an empty cell.
  ///   - labels: the label of each row, [N], written in the label's own column; nil leaves that column out
  ///   - isFilled: writes every cell, also of what is likelier missing
  /// - Throws: `SpecError` for a schema that is none.
  /// - Complexity: O(cells).
  public func csv(
    _ rows: Matrix<Float>, labels: [String]? = nil, isFilled: Bool = false
  ) throws(SpecError) -> [UInt8] {
    let text = try RowText(self, isFilled: isFilled)
    precondition(
      rows.columns == text.width,
      "TableSchema.csv: rows of \(rows.columns) numbers, but the table has \(text.width)")
    let elements = rows.elements
    var writer = CSVWriter()
    let written = columns.filter {
      $0.isModelled || $0.constant != nil || labels != nil && $0.kind == .label
    }
    writer.append(written.map(\.name))
    for row in 0..<rows.rows {
      writer.append(
        text.cells(
          elements[row * text.width..<(row + 1) * text.width], label: labels.map { $0[row] }))
    }
    return writer.bytes
  }

  /// The cells of a model's rows under ``writtenColumns``, as ``csv(_:labels:isFilled:)`` writes them.
  ///
  /// - Parameter rows: [N, width]; another width traps.
  /// - Throws: `SpecError` for a schema that is none.
  public func cells(_ rows: Matrix<Float>) throws(SpecError) -> [[String]] {
    let text = try RowText(self)
    precondition(
      rows.columns == text.width,
      "TableSchema.cells: rows of \(rows.columns) numbers, but the table has \(text.width)")
    return (0..<rows.rows).map { text.cells(rows.row($0)[...]) }
  }
}

/// A model's row as cells.
struct RowText {
  private let schema: TableSchema
  private let isFilled: Bool
  private let places: [TableLayout.Place?]  // of each column
  private let indicators: [Int?]  // where each column's indicator stands
  /// Numbers in a row.
  let width: Int

  /// - Parameter isFilled: whether cells that are likelier missing are written all the same
  /// - Throws: `SpecError` for a schema that is none.
  init(_ schema: TableSchema, isFilled: Bool = false) throws(SpecError) {
    let layout = try TableLayout(schema)
    var places = [TableLayout.Place?](repeating: nil, count: schema.columns.count)
    var indicators = [Int?](repeating: nil, count: schema.columns.count)
    for place in layout.places { places[place.column] = place }
    for place in layout.indicators { indicators[place.column] = place.offset }
    self.schema = schema
    self.isFilled = isFilled
    self.places = places
    self.indicators = indicators
    width = layout.width
  }

  /// The cells of a row, [width], under `TableSchema.writtenColumns`, and with a label under its column too.
  func cells(_ values: ArraySlice<Float>, label: String? = nil) -> [String] {
    schema.columns.indices.compactMap { column in
      if places[column] != nil { return cell(column, values) }
      let column = schema.columns[column]
      return column.kind == .label ? label ?? column.constant : column.constant
    }
  }

  /// The cell of a modelled column in a row, [width].
  func cell(_ column: Int, _ values: ArraySlice<Float>) -> String {
    guard let place = places[column] else { return "" }
    let first = values.startIndex + place.offset
    return schema.columns[column].cell(
      values[first..<first + place.width],
      missing: isFilled ? nil : indicators[column].map { values[values.startIndex + $0] })
  }

  /// Where the numbers of a column begin in a row; nil if no model sees it.
  func offset(_ column: Int) -> Int? { places[column]?.offset }
}

extension Encodings {
  /// The posterior means as a CSV file: a line of names z1, z2, …, then a line an example, every number in the fewest
  /// digits that give it back.
  public var csv: [UInt8] { csv([]) }

  /// The same with columns in front that say where each example comes from.
  public func csv(_ origins: [OriginColumn]) -> [UInt8] {
    var writer = CSVWriter()
    writer.append(origins.map(\.name) + (1...means.columns).map { "z\($0)" })
    let elements = means.elements
    for row in 0..<means.rows {
      let start = row * means.columns
      writer.append(
        origins.map { $0[row] } + elements[start..<start + means.columns].map { "\($0)" })
    }
    return writer.bytes
  }
}

extension TableSchema.Column {
  /// The cell of the column's numbers in a row; empty where one of them is none.
  func cell(_ values: ArraySlice<Float>) -> String {
    guard let value = values.first, values.allSatisfy(\.isFinite) else { return "" }
    switch kind {
    case .real: return text(of: Double(value) * deviation + mean)
    case .count: return text(ofCount: Double(value))
    case .binary: return text(ofCategory: value >= 0.5 ? 1 : 0)
    case .categorical:
      var best = values.startIndex
      for index in values.indices where values[index] > values[best] { best = index }
      return text(ofCategory: best - values.startIndex)
    case .ignore, .label, .key: return constant ?? ""
    }
  }
}
