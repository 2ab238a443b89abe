// The known factors of variation of some examples.

import Foundation

/// Whole numbers that say what each example was made from: one column a factor.
///
/// Factors that never vary are left out of every score; levels are renumbered from 0 in their order.
public struct FactorTable: Sendable, Hashable {
  /// The number of examples.
  public let count: Int
  /// The level of every example, from 0, for each factor that varies: [F][N].
  public let levels: [[Int]]
  /// How many levels each has, at least two, [F].
  public let levelCounts: [Int]
  /// Which columns of the table these are.
  public let columns: [Int]

  /// A table from its values.
  ///
  /// - Parameters:
  ///   - values: [N × F], row by row; another count traps
  ///   - factors: F
  public init(_ values: [Int], factors: Int) {
    precondition(
      factors > 0 && values.count % factors == 0,
      "FactorTable: \(values.count) values in rows of \(factors)")
    count = values.count / factors
    var (levels, counts, columns): ([[Int]], [Int], [Int]) = ([], [], [])
    for factor in 0..<factors {
      let column = stride(from: factor, to: values.count, by: factors).map { values[$0] }
      let distinct = Set(column).sorted()
      guard distinct.count > 1 else { continue }
      let places = Dictionary(uniqueKeysWithValues: zip(distinct, distinct.indices))
      levels.append(column.map { places[$0] ?? 0 })
      counts.append(distinct.count)
      columns.append(factor)
    }
    self.levels = levels
    levelCounts = counts
    self.columns = columns
  }

  /// The number of factors that vary.
  public var factors: Int { levels.count }

  /// H(v) of a factor, nats.
  func entropy(_ factor: Int) -> Double {
    var counts = [Int](repeating: 0, count: levelCounts[factor])
    for level in levels[factor] { counts[level] += 1 }
    return Foundation.log(Double(count)) - sumOfLogTerms(counts) / Double(count)
  }
}

/// Σ n ln n
func sumOfLogTerms(_ counts: [Int]) -> Double {
  counts.reduce(0) { $1 > 0 ? $0 + Double($1) * Foundation.log(Double($1)) : $0 }
}
