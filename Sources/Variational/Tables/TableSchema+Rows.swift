// From a model's numbers back to cells.

import Formats
public import Kernels
import Networks

extension TableSchema {
  /// The columns that output has: those of the model, and those with one value.
  public var writtenColumns: [Column] { columns.filter { $0.isModelled || $0.constant != nil } }

  /// A model's rows as a CSV file in the table's columns, names, units and types.
  ///
  /// Reals are moved and scaled back and get the column's decimals; counts are rounded to whole numbers; of a binary or
  /// categorical column the likeliest name is written, which for a draw is the drawn one.
  ///
  /// - Parameter rows: [N, width], draws or means as `Model.sample` and `Model.reconstruct` give them; another width
  ///   traps. What is not a number becomes an empty cell.
  /// - Throws: `SpecError` for a schema that is none.
  /// - Complexity: O(cells).
  public func csv(_ rows: Matrix<Float>) throws(SpecError) -> [UInt8] {
    let layout = try TableLayout(self)
    precondition(
      rows.columns == layout.width,
      "TableSchema.csv: rows of \(rows.columns) numbers, but the table has \(layout.width)")
    let places = Dictionary(uniqueKeysWithValues: layout.places.map { ($0.column, $0) })
    let written = columns.indices.filter { columns[$0].isModelled || columns[$0].constant != nil }
    let elements = rows.elements
    var writer = CSVWriter()
    writer.append(written.map { columns[$0].name })
    for row in 0..<rows.rows {
      let start = row * layout.width
      writer.append(
        written.map { index in
          guard let place = places[index] else { return columns[index].constant ?? "" }
          let first = start + place.offset
          return columns[index].cell(elements[first..<first + place.width])
        })
    }
    return writer.bytes
  }
}

extension TableSchema {
  /// The cells of a model's rows under ``writtenColumns``, as ``csv(_:)`` writes them.
  ///
  /// - Parameter rows: [N, width]; another width traps.
  /// - Throws: `SpecError` for a schema that is none.
  public func cells(_ rows: Matrix<Float>) throws(SpecError) -> [[String]] {
    let layout = try TableLayout(self)
    precondition(
      rows.columns == layout.width,
      "TableSchema.cells: rows of \(rows.columns) numbers, but the table has \(layout.width)")
    let places = Dictionary(uniqueKeysWithValues: layout.places.map { ($0.column, $0) })
    return (0..<rows.rows).map { row in
      let values = rows.row(row)
      return columns.indices.compactMap { index in
        guard let place = places[index] else { return columns[index].constant }
        return columns[index].cell(values[place.offset..<place.offset + place.width])
      }
    }
  }
}

extension Encodings {
  /// The posterior means as a CSV file: a line of names z1, z2, …, then a line an example, every number in the fewest
  /// digits that give it back.
  public var csv: [UInt8] {
    var writer = CSVWriter()
    writer.append((1...means.columns).map { "z\($0)" })
    let elements = means.elements
    for row in 0..<means.rows {
      let start = row * means.columns
      writer.append(elements[start..<start + means.columns].map { "\($0)" })
    }
    return writer.bytes
  }
}

extension TableSchema.Column {
  /// The cell of the column's numbers in a row; empty where one of them is none.
  func cell(_ values: ArraySlice<Float>) -> String {
    guard let value = values.first, values.allSatisfy(\.isFinite) else { return "" }
    switch kind {
    case .real: return real(Double(value) * deviation + mean)
    case .count: return written(max(0, Double(value)).rounded())
    case .binary: return categories[value >= 0.5 ? 1 : 0]
    case .categorical:
      var best = values.startIndex
      for index in values.indices where values[index] > values[best] { best = index }
      return categories[best - values.startIndex]
    case .ignore, .label: return constant ?? ""
    }
  }

  // A model's float tells a standardised value to 2⁻²⁴ of its size: more digits would be noise.
  private func real(_ value: Double) -> String {
    guard value.isFinite else { return "" }
    guard let decimals else { return written(value, TableSchema.text(Double(Float(value)))) }
    return written(value, fixedPoint(value, decimals: decimals))
  }
}

/// A number with so many digits after the point, as every locale of a program writes it.
private func fixedPoint(_ value: Double, decimals: Int) -> String {
  let scale = (0..<decimals).reduce(1.0) { product, _ in product * 10 }
  let scaled = (abs(value) * scale).rounded()
  // Beyond 2⁵³ there are no digits after the point to round.
  guard scaled < 0x1p53 else { return TableSchema.text(value) }
  let whole = UInt64(scaled)
  var digits = String(whole)
  if decimals > 0 {
    if digits.count <= decimals {
      digits = String(repeating: "0", count: decimals + 1 - digits.count) + digits
    }
    digits.insert(".", at: digits.index(digits.endIndex, offsetBy: -decimals))
  }
  return value < 0 && whole > 0 ? "-" + digits : digits
}
