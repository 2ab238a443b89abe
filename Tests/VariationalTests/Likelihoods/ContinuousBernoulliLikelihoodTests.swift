import Foundation
import TestSupport
import Testing

@testable import Variational

@Suite struct ContinuousBernoulliLikelihoodTests {
  @Test func valuesScoresAndMeansMatchSixtyDigits() throws {
    try expectReferenceValues("continuous_bernoulli")
  }

  // x·l − ln((eˡ − 1)/l), fine in 64 bits away from l = 0.
  static func naive(_ x: Double, _ l: Double) -> Double {
    x * l - Foundation.log((Foundation.exp(l) - 1) / l)
  }

  @Test func gradientsMatchDifferences() {
    expectGradientsMatchDifferences(
      .continuousBernoulli, outputs: 0.1...4, data: { $0.float(0...1) }
    ) { x, output, _ in Self.naive(x, output[0]) }
    expectGradientsMatchDifferences(
      .continuousBernoulli, outputs: -9 ... -0.1, data: { $0.float(0...1) }
    ) { x, output, _ in Self.naive(x, output[0]) }
  }

  @Test(arguments: [-12, -1, -1e-6, 0, 0.3, 5] as [Float])
  func densityIntegratesToOne(_ logit: Float) {
    // Simpson's rule on 2,000 intervals of an exponential: h⁴l⁴/180 ≤ 10⁻¹¹ of it. ln p carries at most
    // 32 roundoffs of |l| + ln|l| + 2.
    let steps = 2000
    let probe = LikelihoodProbe(.continuousBernoulli, dimensions: 1)
    var integral = 0.0
    for step in 0...steps {
      let x = Float(step) / Float(steps)
      let weight = step == 0 || step == steps ? 1.0 : step % 2 == 1 ? 4 : 2
      integral += weight * Foundation.exp(probe.run([x], [logit], writingScore: false).densities[0])
    }
    integral /= 3 * Double(steps)
    #expect(abs(integral - 1) <= 32 * roundoff * (2 * abs(Double(logit)) + 2))
  }

  @Test(arguments: [-8, -0.7, 0, 0.01, 3] as [Float])
  func drawsHaveMeanAndVariance(_ logit: Float) {
    let l = Double(logit)
    // A′(l) and A″(l) = 1/l² − e^l/(e^l − 1)²; ½ and 1/12 with a straight line between near 0.
    let isSmall = abs(l) < 0.1
    let power = Foundation.exp(l)
    let mean = isSmall ? 0.5 + l / 12 : power / (power - 1) - 1 / l
    let variance = isSmall ? 1.0 / 12 : 1 / (l * l) - power / ((power - 1) * (power - 1))
    expectMoments(.continuousBernoulli, output: [logit], mean: mean, variance: variance)
  }

  @Test func drawsLieInTheUnitIntervalAndDependOnThePosition() {
    let probe = LikelihoodProbe(.continuousBernoulli, dimensions: 1)
    let drawn = probe.sample([Float](repeating: 60, count: 5000))
    #expect(drawn.allSatisfy { $0 >= 0 && $0 <= 1 })
    expectDrawsByPosition(.continuousBernoulli)
  }
}
