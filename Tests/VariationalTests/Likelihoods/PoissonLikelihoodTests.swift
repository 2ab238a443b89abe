import Foundation
import TestSupport
import Testing

@testable import Variational

@Suite struct PoissonLikelihoodTests {
  @Test func valuesScoresAndMeansMatchSixtyDigits() throws { try expectReferenceValues("poisson") }

  @Test func gradientsMatchDifferences() {
    expectGradientsMatchDifferences(.poisson, data: { Float($0.next() >> 33 & 7) }) {
      x, output, _ in x * output[0] - Foundation.exp(output[0]) - Foundation.log(tgamma(x + 1))
    }
  }

  @Test(arguments: [-3, 0, 2, 5] as [Float])
  func countsSumToOne(_ logRate: Float) {
    let probe = LikelihoodProbe(.poisson, dimensions: 1)
    let rate = Foundation.exp(Double(logRate))
    var (sum, error) = (0.0, 0.0)
    // Beyond 12 standard deviations and 40 counts more there is less than 10⁻²⁰.
    for count in 0...Int(rate + 12 * rate.squareRoot() + 40) {
      let density = probe.run([Float(count)], [logRate], writingScore: false).densities[0]
      sum += Foundation.exp(density)
      let magnitude =
        rate + Double(count) * (abs(Double(logRate)) + 2 * Foundation.log(Double(count + 1)) + 2)
      error += Foundation.exp(density) * 32 * roundoff * (magnitude + 12)
    }
    #expect(abs(sum - 1) <= error)
  }

  @Test(arguments: [-4, 0, 2, 2.5, 6, 12] as [Float])
  func drawsHaveMeanAndVariance(_ logRate: Float) {
    // Both samplers: below a mean of 10 and above.
    let rate = Foundation.exp(Double(logRate))
    expectMoments(.poisson, output: [logRate], mean: rate, variance: rate)
  }

  @Test func drawsAreWholeNumbersByPosition() {
    let drawn = LikelihoodProbe(.poisson, dimensions: 1).sample(
      [Float](repeating: 3, count: 500))
    #expect(drawn.allSatisfy { $0 >= 0 && $0 == $0.rounded() })
    expectDrawsByPosition(.poisson)
  }
}
