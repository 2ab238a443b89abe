import Foundation
import Kernels
import TestSupport
import Testing

@testable import Variational

@Suite struct MeanDiscrepancyTests {
  @Test(arguments: MeanDiscrepancySpec.Kernel.allCases)
  func kernelSumsAndSlopesMatchTheirFormula(_ kernel: MeanDiscrepancySpec.Kernel) {
    var generator = SeededGenerator(state: 1)
    let (latents, count) = (3, 37)
    let spec = MeanDiscrepancySpec(isWasserstein: true, kernel: kernel, scale: 0.8)
    let discrepancy = MeanDiscrepancy(spec, latents: latents)
    let u = generator.normals(latents).map(Double.init)
    let others = (0..<count).map { _ in generator.normals(latents).map(Double.init) }
    func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
    func value(_ d: Double) -> Double {
      let width = 2 * Double(latents) * 0.8
      return kernel == .gaussian
        ? exp(-d / width)
        : [0.1, 0.2, 0.5, 1, 2, 5, 10].reduce(0) { $0 + width * $1 / (width * $1 + d) }
    }
    let distances = others.map { dot(u, u) + dot($0, $0) - 2 * dot(u, $0) }
    let products = MatrixFixture(rows: 1, columns: count, others.map { Float(dot(u, $0)) })
    let squares = MatrixFixture(rows: 1, columns: count, others.map { Float(dot($0, $0)) })
    let sum = discrepancy.row(
      products.arena.vector, square: Float(dot(u, u)), squares: squares.arena.vector, slope: 2)
    // Distances from numbers of up to 40 in float; slopes of the kernels are below 7/0.48.
    let bound = 40 * 8 * roundoff * 15
    #expect(abs(sum - distances.reduce(0) { $0 + value($1) }) <= bound * Double(count))
    for (actual, d) in zip(products.values, distances) {
      let slope = (value(d + 1e-5) - value(d - 1e-5)) / 2e-5
      #expect(abs(Double(actual) - 2 * slope) <= 100 * bound)
    }
    #expect(abs(discrepancy.largest - value(0)) <= 1e-14)
  }

  @Test func drawsFromThePriorHaveNoDiscrepancyFromIt() {
    // The estimate is unbiased: over 200 pairs of samples its mean is within 4 standard errors of zero, and
    // that of shifted samples is not.
    var generator = SeededGenerator(state: 9)
    let spec = MeanDiscrepancySpec(isWasserstein: false)
    func rows(_ shift: Double) -> [[Double]] {
      (0..<20).map { _ in (0..<2).map { _ in generator.normal() + shift } }
    }
    for (shift, isZero) in [(0.0, true), (1.0, false)] {
      let values = (0..<200).map { _ in NaiveStep.discrepancy(rows(shift), rows(0), spec) }
      let mean = values.reduce(0, +) / 200
      let error = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 200 / 199).squareRoot()
      #expect((abs(mean) <= 4 * error) == isZero)
    }
  }
}
