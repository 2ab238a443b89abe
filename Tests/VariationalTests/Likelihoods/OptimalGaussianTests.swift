import Foundation
import TestSupport
import Testing

@testable import Variational

@Suite struct OptimalGaussianTests {
  static func meanSquare(_ x: [Float], _ output: [Float]) -> Double {
    zip(x, output).reduce(0) {
      $0 + (Double($1.0) - Double($1.1)) * (Double($1.0) - Double($1.1))
    } / Double(x.count)
  }

  @Test func trainingTakesTheVarianceThatMaximisesTheDensity() {
    var generator = SeededGenerator(state: 41)
    let (rows, dimensions) = (6, 37)
    let x = generator.floats(rows * dimensions, 0...1)
    let output = generator.floats(rows * dimensions, 0...1)
    let probe = LikelihoodProbe(.gaussian(.optimal), dimensions: dimensions, threads: 2)
    let result = probe.run(x, output, writingScore: true, mode: .training)
    let variance = Self.meanSquare(x, output)
    let total = result.densities.reduce(0, +)
    func density(_ variance: Double) -> Double {
      -0.5 * Double(x.count)
        * (Self.meanSquare(x, output) / variance + Foundation.log(2 * .pi * variance))
    }
    // Squares of 3 roundoffs, three to a lane, a variance rounded to a float; of terms of about 1 each.
    #expect(abs(total - density(variance)) <= 24 * roundoff * Double(x.count))
    #expect(total > density(variance * 1.1) && total > density(variance * 0.9))
    // The score is that of a constant variance, and by the envelope theorem the maximum's own.
    let h = 1e-4
    for index in [0, 17, x.count - 1] {
      func maximum(_ shift: Double) -> Double {
        var square = Self.meanSquare(x, output) * Double(x.count)
        let difference = Double(x[index]) - Double(output[index])
        square += (difference - shift) * (difference - shift) - difference * difference
        return -0.5 * Double(x.count)
          * (1 + Foundation.log(2 * .pi * square / Double(x.count)))
      }
      let slope = (maximum(h) - maximum(-h)) / (2 * h)
      #expect(abs(Double(result.output[index]) - slope) <= 16 * roundoff * abs(slope) + 1e-6)
    }
  }

  @Test func evaluationTakesTheRunningMeanOfTheMinibatchesVariances() throws {
    let probe = LikelihoodProbe(.gaussian(.optimal), dimensions: 4)
    let x: [Float] = [0, 0, 0, 0]
    func expected(_ variance: Double) -> Double {
      -0.5 * (4 * 0.25 / variance + 4 * Foundation.log(2 * .pi * variance))
    }
    let half = [Float](repeating: 0.5, count: 4)
    // Before the first minibatch 1, then its variance, then a tenth of the way to the next.
    #expect(
      abs(probe.run(x, half, writingScore: false).densities[0] - expected(1)) <= 1e-6)
    _ = probe.run(x, [1, 1, 1, 1], writingScore: true, mode: .training)
    #expect(probe.statistics.vector[0] == 1)
    _ = probe.run(x, [2, 2, 2, 2], writingScore: true, mode: .training)
    #expect(abs(probe.statistics.vector[0] - 1.3) <= 1e-6)
    #expect(
      abs(probe.run(x, half, writingScore: false).densities[0] - expected(1.3)) <= 1e-5)
    #expect(abs(probe.statistics.vector[0] - 1.3) <= 1e-6)
  }

  @Test func aPerfectReconstructionIsFinite() {
    let probe = LikelihoodProbe(.gaussian(.optimal), dimensions: 3)
    let result = probe.run([1, 2, 3], [1, 2, 3], writingScore: true, mode: .training)
    #expect(result.densities[0].isFinite)
    #expect(result.output == [0, 0, 0])
  }

  @Test func drawsHaveTheRunningVariance() {
    let probe = LikelihoodProbe(.gaussian(.optimal), dimensions: 1)
    _ = probe.run([0], [0.5], writingScore: true, mode: .training)
    let drawn = probe.sample([Float](repeating: 2, count: 40_000)).map { Double($0) - 2 }
    let variance = drawn.reduce(0) { $0 + $1 * $1 } / 40_000
    #expect(abs(variance - 0.25) <= 5 * 0.25 * (2.0 / 40_000).squareRoot())
  }
}
