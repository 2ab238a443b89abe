import Foundation
import TestSupport
import Testing

@testable import Variational

@Suite struct StudentTLikelihoodTests {
  @Test func valuesAndScoresMatchSixtyDigits() throws { try expectReferenceValues("student_t") }

  static func naive(_ x: Double, _ m: Double, _ logScale: Double, freedom: Double) -> Double {
    let s = Foundation.exp(logScale)
    let square = (x - m) * (x - m) / (s * s)
    return Foundation.log(tgamma((freedom + 1) / 2) / tgamma(freedom / 2))
      - 0.5 * Foundation.log(freedom * .pi * s * s)
      - 0.5 * (freedom + 1) * Foundation.log(1 + square / freedom)
  }

  @Test(arguments: [LikelihoodSpec.ScaleSpec.shared, .perDimension], [1, 5] as [Float])
  func gradientsMatchDifferences(_ scale: LikelihoodSpec.ScaleSpec, freedom: Float) {
    expectGradientsMatchDifferences(
      .studentT(degreesOfFreedom: freedom, scale: scale), data: { $0.float(-3...3) }
    ) { x, output, own in Self.naive(x, output[0], own, freedom: Double(freedom)) }
  }

  @Test(arguments: [1, 4, 50] as [Float])
  func densityIntegratesToOne(_ freedom: Float) {
    // x = tan φ makes the tails finite; Simpson's rule on 4,000 intervals of a smooth function.
    let probe = LikelihoodProbe(
      .studentT(degreesOfFreedom: freedom, scale: .fixed(0.5)), dimensions: 1)
    let steps = 4000
    var integral = 0.0
    for step in 1..<steps {
      let angle = Double.pi * (Double(step) / Double(steps) - 0.5)
      let x = Float(Foundation.tan(angle))
      let density = Foundation.exp(probe.run([x], [0.25], writingScore: false).densities[0])
      integral +=
        (step % 2 == 1 ? 4.0 : 2) * density / (Foundation.cos(angle) * Foundation.cos(angle))
    }
    // At both ends the integrand tends to s/π for ν = 1 and to 0 above.
    let ends = freedom == 1 ? 2 * 0.5 / Double.pi : 0
    integral = (integral + ends) * Double.pi / Double(3 * steps)
    // ln p is within 32 roundoffs of magnitudes below 30 where there is mass; x is rounded to a float, which
    // moves the density by (ν + 1) roundoffs at most.
    #expect(abs(integral - 1) <= (32 * 30 + Double(freedom)) * roundoff)
  }

  @Test func drawsHaveMeanAndVariance() {
    // The fourth moment of the draws' fourth powers exists from ν = 8 on.
    expectMoments(
      .studentT(degreesOfFreedom: 12, scale: .fixed(0.5)), output: [1], mean: 1,
      variance: 0.25 * 12 / 10)
    expectMoments(
      .studentT(degreesOfFreedom: 10_000, scale: .shared), output: [0], learned: [0.7], mean: 0,
      variance: Foundation.exp(1.4) * 10_000 / 9_998)
    expectDrawsByPosition(.studentT(degreesOfFreedom: 3, scale: .shared))
  }

  @Test func drawsOfOneDegreeOfFreedomHaveCauchyQuartiles() {
    // P(|t| < 1) = ½ for ν = 1; five standard errors of a share of 40,000.
    let probe = LikelihoodProbe(
      .studentT(degreesOfFreedom: 1, scale: .fixed(1)), dimensions: 1)
    let drawn = probe.sample([Float](repeating: 0, count: 40_000))
    let share = Double(drawn.count { abs($0) < 1 }) / 40_000
    #expect(abs(share - 0.5) <= 5 * 0.5 / 200)
  }
}
