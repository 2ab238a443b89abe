import Foundation
import TestSupport
import Testing

@testable import Variational

@Suite struct LaplaceLikelihoodTests {
  @Test func valuesAndScoresMatchSixtyDigits() throws { try expectReferenceValues("laplace") }

  static func naive(_ x: Double, _ m: Double, _ logScale: Double) -> Double {
    -abs(x - m) / Foundation.exp(logScale) - Foundation.log(2 * Foundation.exp(logScale))
  }

  @Test(arguments: [LikelihoodSpec.ScaleSpec.shared, .perDimension])
  func gradientsMatchDifferences(_ scale: LikelihoodSpec.ScaleSpec) {
    // Data above and below every mean, so that no difference steps over the kink.
    expectGradientsMatchDifferences(
      .laplace(scale), data: { $0.float(1.5...3) * ($0.next() >> 63 == 0 ? 1 : -1) }
    ) { x, output, own in Self.naive(x, output[0], own) }
  }

  @Test func aGivenScaleIsTheLearnedOneOfThatSize() {
    let given = LikelihoodProbe(.laplace(.fixed(0.25)), dimensions: 3)
    let learned = LikelihoodProbe(
      .laplace(.shared), dimensions: 3, learned: [Foundation.log(0.25)])
    let (x, output): ([Float], [Float]) = ([0.1, -3, 2], [0.5, 0.5, 0.5])
    #expect(given.likelihood.learned == nil)
    let (a, b) = (
      given.run(x, output, writingScore: true), learned.run(x, output, writingScore: true)
    )
    #expect(a.densities == b.densities)
    #expect(a.output == b.output)
  }

  @Test func densityIntegratesToOne() {
    // The trapezium rule with a node at the kink: h²/12b² of the integral, 2·10⁻⁷ for h = b/800, and e^−20
    // of it beyond 20 scales; abscissae are rounded to floats, 20 scales' roundoffs each.
    let scale: Float = 0.25
    let probe = LikelihoodProbe(.laplace(.fixed(scale)), dimensions: 1)
    var integral = 0.0
    for step in -16_000...16_000 {
      let x = Float(step) * scale / 800
      integral += Foundation.exp(probe.run([x], [0], writingScore: false).densities[0])
    }
    integral *= Double(scale) / 800
    #expect(abs(integral - 1) <= 2e-7 + 64 * roundoff)
  }

  @Test func drawsHaveMeanAndVariance() {
    expectMoments(.laplace(.fixed(0.5)), output: [-1.5], mean: -1.5, variance: 0.5)
    expectMoments(
      .laplace(.perDimension), output: [2], learned: [-2], mean: 2,
      variance: 2 * Foundation.exp(-4))
    expectDrawsByPosition(.laplace(.shared))
  }
}
