// What one pass over a column's cells tells about it.

import Foundation

/// The facts by which a column's kind is decided.
struct ColumnProfile: Sendable {
  /// Different values that are listed; beyond, only that there are more is known.
  static let mostListed = 50

  let present: Int
  let texts: Int
  /// Whether all numbers are whole.
  private(set) var isWhole = true
  private(set) var least = Double.infinity
  private(set) var largest = -Double.infinity
  /// Mean and variance (divided by the count) of the numbers.
  private(set) var mean = 0.0
  private(set) var variance = 0.0
  /// The different numbers, ascending; nil if there are more than `mostListed`.
  let numbers: [Double]?
  /// Whether each number is its predecessor's successor, with no cell missing: a row's number.
  private(set) var isSequence: Bool

  /// - Complexity: O(rows).
  init(_ cells: TableCells) {
    present = cells.count - cells.missing
    texts = cells.textCount
    isSequence = cells.missing == 0 && cells.textCount == 0 && cells.count >= 20
    var different: Set<Double> = []
    var (count, squares, previous) = (0.0, 0.0, Double.nan)
    for number in cells.numbers where !number.isNaN {
      isWhole = isWhole && number == number.rounded()
      (least, largest) = (min(least, number), max(largest, number))
      // Welford (1962): no difference of large sums.
      count += 1
      let difference = number - mean
      mean += difference / count
      squares += difference * (number - mean)
      if different.count <= Self.mostListed { different.insert(number) }
      if !previous.isNaN && number != previous + 1 { isSequence = false }
      previous = number
    }
    variance = count > 0 ? squares / count : 0
    numbers = different.count <= Self.mostListed ? different.sorted() : nil
  }
}
