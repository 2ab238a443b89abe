// The bounds of a table's columns among a model's numbers.

import Kernels
import Networks

/// Between what each number of a model's rows has to lie, for the columns with bounds.
struct TableRanges: Sendable {
  /// A bounded number of a row.
  struct Range: Sendable {
    let column: Int  // of the matrix
    let lower: Float
    let upper: Float

    func isOutside(_ value: Float) -> Bool { value < lower || value > upper }
  }

  /// How often a value outside is drawn again before it is moved to the bound.
  private static let attempts = 32

  let ranges: [Range]
  private let places: [Int: Int]  // a matrix's column to its range

  /// - Parameter schema: nil for no bounds
  init(_ schema: TableSchema?) {
    var ranges: [Range] = []
    if let schema, let layout = try? TableLayout(schema) {
      for place in layout.places {
        let column = schema.columns[place.column]
        guard column.hasBounds, let bounds = column.bounds else { continue }
        func number(_ value: Double) -> Float {
          let number = column.kind == .count ? value : (value - column.mean) / column.deviation
          // A bound beyond all floats is the largest of them.
          return Float(min(max(number, -0x1p127), 0x1p127))
        }
        ranges.append(
          Range(
            column: place.offset, lower: bounds.lower.map(number) ?? -.infinity,
            upper: bounds.upper.map(number) ?? .infinity))
      }
    }
    self.ranges = ranges
    places = Dictionary(uniqueKeysWithValues: ranges.enumerated().map { ($1.column, $0) })
  }

  /// Whether a number lies outside its column's bounds.
  func isOutside(_ value: Float, column: Int) -> Bool {
    places[column].map { ranges[$0].isOutside(value) } ?? false
  }

  /// Moves every number of some rows to the nearest within bounds.
  func clamp(_ rows: inout Matrix<Float>) {
    for row in 0..<rows.rows {
      for range in ranges where range.isOutside(rows[row, range.column]) {
        rows[row, range.column] = min(max(rows[row, range.column], range.lower), range.upper)
      }
    }
  }

  /// Draws data from a likelihood under the condition that it lies within the bounds.
  ///
  /// Columns are independent given z, so a value outside is drawn again from its own distribution; where that has next
  /// to nothing inside, 32 draws are followed by the bound itself.
  ///
  /// - Parameters:
  ///   - output: the decoder's, [n, outputs], overwritten by draws in the first columns
  ///   - chosen: the numbers that matter, as columns of each row; nil for all
  func sample(
    _ likelihood: Likelihood, _ output: MatrixView, stream: RandomStream, firstRow: Int,
    parameters: ParameterViews, chosen: [Int: [Int]]? = nil
  ) {
    guard !ranges.isEmpty else {
      return likelihood.sample(
        output, stream: stream, firstRow: firstRow, parameters: parameters)
    }
    let original = Arena(count: output.count)
    original.vector.copy(from: output.vector)
    likelihood.sample(output, stream: stream, firstRow: firstRow, parameters: parameters)
    let source = original.vector.matrix(rows: output.rows, columns: output.columns)
    let scratch = Arena(count: output.columns)
    let again = scratch.vector.matrix(rows: 1, columns: output.columns)
    for row in 0..<output.rows {
      let columns = chosen.map { $0[row] ?? [] } ?? ranges.map(\.column)
      var outside = columns.filter { isOutside(output[row, $0], column: $0) }
      var attempt = 1
      while !outside.isEmpty && attempt <= TableRanges.attempts {
        again.vector.copy(from: source.row(row))
        likelihood.sample(
          again, stream: stream.repeated(attempt), firstRow: firstRow + row,
          parameters: parameters)
        for column in outside { output[row, column] = again[0, column] }
        outside.removeAll { !isOutside(output[row, $0], column: $0) }
        attempt += 1
      }
      for column in outside {
        guard let place = places[column] else { continue }
        let range = ranges[place]
        output[row, column] = min(max(output[row, column], range.lower), range.upper)
      }
    }
    withExtendedLifetime((original, scratch)) {}
  }
}

extension Model {
  /// Between what the numbers of its rows lie.
  var ranges: TableRanges { TableRanges(spec.table) }

  /// Decoded rows of a table with every number within its column's bounds; others as they are.
  public func withinBounds(_ rows: Matrix<Float>) -> Matrix<Float> {
    let ranges = ranges
    guard !ranges.ranges.isEmpty, rows.columns == spec.data.padded.count else { return rows }
    var result = rows
    ranges.clamp(&result)
    return result
  }
}
