// Passes over observations against densities and sums written out as loops.

import Foundation
import TestSupport
import Testing

@testable import Kernels

@Suite struct MixtureSweepTests {
  /// Components and rows of multiples of 2⁻¹⁰, the covariances well conditioned.
  private struct Case {
    let weights: [Double]
    let means: Matrix<Double>
    let covariances: [Matrix<Double>]
    let rows: Matrix<Float>

    init(rows: Int, components: Int, dimensions: Int) {
      var numbers = TestNumbers(seed: 1000 * components + dimensions)
      let sizes = (0..<components).map { Double($0 + 1) }
      weights = sizes.map { $0 / sizes.reduce(0, +) }
      means = Matrix(
        rows: components, columns: dimensions,
        numbers.floats(components * dimensions).map(Double.init))
      covariances = (0..<components).map { _ in
        let factor = Matrix(
          rows: dimensions, columns: dimensions,
          numbers.floats(dimensions * dimensions).map(Double.init))
        return Matrix.symmetricProduct(of: factor) + 0.5 * Matrix.identity(dimensions)
      }
      self.rows = Matrix(
        rows: rows, columns: dimensions, numbers.floats(rows * dimensions).map { 2 * $0 })
    }

    func sweep() throws -> MixtureSweep {
      try MixtureSweep(
        weights: weights, means: means,
        factors: covariances.map { try CholeskyFactorization(of: $0) })
    }

    var observations: Matrix<Double> {
      MixtureSweep.observations(
        rows, from: [Double](repeating: 0, count: rows.columns))
    }

    /// ln wN(x; m, Σ) by elimination without pivots, which a positive definite matrix allows.
    func logJoint(_ row: Int, _ component: Int) -> Double {
      let size = rows.columns
      var matrix = (0..<size).map { covariances[component].row($0) }
      let difference = (0..<size).map { Double(rows[row, $0]) - means[component, $0] }
      var (solved, determinant) = (difference, 0.0)
      for pivot in 0..<size {
        determinant += log(matrix[pivot][pivot])
        for below in pivot + 1..<max(size, pivot + 1) {
          let ratio = matrix[below][pivot] / matrix[pivot][pivot]
          for column in pivot..<size { matrix[below][column] -= ratio * matrix[pivot][column] }
          solved[below] -= ratio * solved[pivot]
        }
      }
      for pivot in stride(from: size - 1, through: 0, by: -1) {
        for column in pivot + 1..<max(size, pivot + 1) {
          solved[pivot] -= matrix[pivot][column] * solved[column]
        }
        solved[pivot] /= matrix[pivot][pivot]
      }
      let distance = zip(difference, solved).reduce(0) { $0 + $1.0 * $1.1 }
      return log(weights[component])
        - 0.5 * (distance + determinant + Double(size) * log(2 * .pi))
    }
  }

  // 64-bit rounding through factors of condition below 10⁴ and sums of a thousand terms below 10³:
  // 10⁴ · 2⁻⁵³ · 10³ ≈ 10⁻⁹ relative to sums of that size.
  private let tolerance = 1e-9

  @Test(arguments: [(1, 1, 1), (7, 2, 3), (700, 5, 4), (300, 40, 20)], [1, 3])
  func densitiesAndMomentsMatchLoops(_ size: (Int, Int, Int), threads: Int) throws {
    let (rows, components, dimensions) = size
    let problem = Case(rows: rows, components: components, dimensions: dimensions)
    let compute = computeForTest(threads: threads)
    let densities = try problem.sweep().logDensities(of: problem.observations, compute: compute)
    let moments = try problem.sweep().moments(of: problem.observations, compute: compute)
    #expect(densities.count == rows)
    var (counts, total) = ([Double](repeating: 0, count: components), 0.0)
    var products = Matrix<Double>(rows: dimensions + 1, columns: components * dimensions)
    for row in 0..<rows {
      let joint = (0..<components).map { problem.logJoint(row, $0) }
      let density = log(joint.reduce(0) { $0 + exp($1) })
      total += density
      #expect(abs(densities[row] - density) <= tolerance * max(1, abs(density)), "row \(row)")
      for component in 0..<components {
        let weight = exp(joint[component] - density)
        counts[component] += weight
        for j in 0..<dimensions {
          let value = weight * Double(problem.rows[row, j])
          products[dimensions, component * dimensions + j] += value
          for i in 0..<dimensions {
            products[i, component * dimensions + j] += value * Double(problem.rows[row, i])
          }
        }
      }
    }
    #expect(abs(moments.logLikelihood - total) <= tolerance * Double(rows) * 100)
    for (found, expected) in zip(
      moments.counts + moments.products.elements, counts + products.elements)
    {
      #expect(abs(found - expected) <= tolerance * Double(max(rows, 10)))
    }
  }

  @Test func theSameThreadsGiveTheSameBits() throws {
    let problem = Case(rows: 700, components: 5, dimensions: 4)
    let compute = computeForTest(threads: 3)
    let first = try problem.sweep().moments(of: problem.observations, compute: compute)
    let second = try problem.sweep().moments(of: problem.observations, compute: compute)
    #expect(first.logLikelihood == second.logLikelihood)
    #expect(first.products == second.products)
  }

  @Test func aComponentWithoutWeightTakesNoPart() throws {
    let problem = Case(rows: 20, components: 2, dimensions: 3)
    let factors = try problem.covariances.map { try CholeskyFactorization(of: $0) }
    let both = try MixtureSweep(weights: [1, 0], means: problem.means, factors: factors)
    let alone = try MixtureSweep(
      weights: [1], means: Matrix([problem.means.row(0)]), factors: [factors[0]])
    let compute = computeForTest(threads: 1)
    let densities = both.logDensities(of: problem.observations, compute: compute)
    let expected = alone.logDensities(of: problem.observations, compute: compute)
    // The product's rounding may depend on its width: 2⁻⁵³ times ten or so.
    for (found, expected) in zip(densities, expected) {
      #expect(abs(found - expected) <= 1e-12 * max(1, abs(expected)))
    }
    #expect(both.moments(of: problem.observations, compute: compute).counts[1] == 0)
  }

  @Test func aRowOutOfReachHasNoDensityAndNoWeight() throws {
    let sweep = try MixtureSweep(
      weights: [1], means: [[0]], factors: [try CholeskyFactorization(of: [[1e-300]])])
    // (3·10³⁸/10⁻¹⁵⁰)² is beyond 64 bits.
    let observations = MixtureSweep.observations([[3e38]], from: [0])
    let moments = sweep.moments(of: observations, compute: computeForTest(threads: 1))
    #expect(moments.logLikelihood == -.infinity)
    #expect(moments.counts == [0])
    #expect(moments.products.elements.allSatisfy { $0 == 0 })
  }
}
