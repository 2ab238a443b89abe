import Foundation
import Kernels
import Networks
import Testing

@testable import Variational

@Suite struct TableRangesTests {
  // One real column of mean 0 and deviation 1 between bounds, drawn under N(mean, 1).
  private func draws(_ bounds: ColumnBounds?, mean: Float, _ count: Int) throws -> [Float] {
    var column = TableSchema.Column(name: "x", kind: .real)
    column.bounds = bounds
    let ranges = TableRanges(TableSchema(columns: [column], rows: 0))
    var layout = ParameterLayout()
    let likelihood = Likelihood(.gaussian(.fixed(1)), dimensions: 1, layout: &layout)
    let output = Arena(count: count)
    output.vector.fill(mean)
    let empty = Arena(count: 16)
    let views = ParameterViews(
      values: empty.vector, gradients: empty.vector, statistics: empty.vector)
    ranges.sample(
      likelihood, output.vector.matrix(rows: count, columns: 1),
      stream: RandomStream(seed: 4, purpose: .sampling), firstRow: 0, parameters: views)
    return output.vector.array
  }

  private func density(_ x: Double) -> Double { exp(-x * x / 2) / (2 * Double.pi).squareRoot() }
  private func cumulative(_ x: Double) -> Double { erfc(-x / 2.0.squareRoot()) / 2 }

  /// Between a and b a standard normal number has the mean (φ(a) − φ(b)) / (Φ(b) − Φ(a)) and the variance
  /// 1 + (aφ(a) − bφ(b)) / (Φ(b) − Φ(a)) − mean².
  @Test(arguments: [(-0.5, 1.0), (0.75, 3.0), (-4.0, -1.0)])
  func drawsAreThoseOfTheTruncatedNormal(_ lower: Double, _ upper: Double) throws {
    let count = 40_000
    let values = try draws(ColumnBounds(lower: lower, upper: upper), mean: 0, count).map(
      Double.init)
    #expect(values.allSatisfy { $0 >= lower && $0 <= upper })
    let mass = cumulative(upper) - cumulative(lower)
    let mean = (density(lower) - density(upper)) / mass
    let variance =
      1 + (lower * density(lower) - upper * density(upper)) / mass - mean * mean
    let found = values.reduce(0, +) / Double(count)
    // Five standard errors, and what 32 draws miss: (1 − mass)³² at most, put on a bound.
    let missed = pow(1 - mass, 33) * (upper - lower)
    #expect(abs(found - mean) < 5 * (variance / Double(count)).squareRoot() + missed)
    // Nothing is heaped up at the bounds.
    #expect(
      values.count { $0 == lower || $0 == upper } <= Int(3 * pow(1 - mass, 33) * Double(count)) + 3)
  }

  @Test func drawsWithinTheBoundsAreThoseWithoutBounds() throws {
    let free = try draws(nil, mean: 0, 2_000)
    let bounded = try draws(ColumnBounds(lower: -1), mean: 0, 2_000)
    for (one, other) in zip(free, bounded) where one >= -1 { #expect(one == other) }
    #expect(try draws(ColumnBounds(lower: -1), mean: 0, 2_000) == bounded)
  }

  @Test func whereNothingLiesInsideTheBoundIsTaken() throws {
    #expect(try draws(ColumnBounds(upper: 1), mean: 60, 5) == [1, 1, 1, 1, 1])
    #expect(try draws(ColumnBounds(lower: 2, upper: 2), mean: 0, 3) == [2, 2, 2])
  }
}
