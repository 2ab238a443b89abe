import Foundation
import TestSupport
import Testing

@testable import Variational

/// ln p of a negative binomial count, straight from its definition in 64 bits.
func naiveNegativeBinomial(_ x: Double, logMean: Double, logTheta: Double) -> Double {
  let (mean, theta) = (Foundation.exp(logMean), Foundation.exp(logTheta))
  var coefficient = 0.0
  for index in 0..<Int(x) {
    coefficient += Foundation.log((theta + Double(index)) / Double(index + 1))
  }
  return coefficient + theta * Foundation.log(theta / (theta + mean))
    + x * Foundation.log(mean / (theta + mean))
}

@Suite struct NegativeBinomialLikelihoodTests {
  @Test func valuesScoresAndMeansMatchSixtyDigits() throws {
    try expectReferenceValues("negative_binomial")
  }

  @Test(arguments: [-1...1, 1...2, 4...5] as [ClosedRange<Float>])
  func gradientsMatchDifferences(_ logTheta: ClosedRange<Float>) {
    // On both sides of θ = 4, where the formula changes.
    expectGradientsMatchDifferences(
      .negativeBinomial, learned: logTheta, data: { Float($0.next() >> 33 & 15) }
    ) { x, output, own in naiveNegativeBinomial(x, logMean: output[0], logTheta: own) }
  }

  @Test(arguments: [(1, 0), (0, 2), (2, -1)] as [(Float, Float)])
  func countsSumToOne(_ logMean: Float, _ logTheta: Float) {
    let probe = LikelihoodProbe(.negativeBinomial, dimensions: 1, learned: [logTheta])
    var (sum, error) = (0.0, 0.0)
    // The tail falls by σ(t) ≤ 0.953 a count: 0.953^1500 < 10⁻³⁰.
    for count in 0...1500 {
      let density = probe.run([Float(count)], [logMean], writingScore: false).densities[0]
      sum += Foundation.exp(density)
      let x = Double(count)
      error += Foundation.exp(density) * 32 * roundoff * (x * (2 * Foundation.log(x + 8) + 8) + 40)
    }
    #expect(abs(sum - 1) <= error)
  }

  @Test(arguments: [(1, 0), (0, 2), (4, -1), (2, 9)] as [(Float, Float)])
  func drawsHaveMeanAndVariance(_ logMean: Float, _ logTheta: Float) {
    let (mean, theta) = (Foundation.exp(Double(logMean)), Foundation.exp(Double(logTheta)))
    expectMoments(
      .negativeBinomial, output: [logMean], learned: [logTheta], mean: mean,
      variance: mean + mean * mean / theta)
  }

  @Test func withMuchInverseDispersionItIsAPoisson() {
    // The two differ by O(x²/θ): 10⁴/e¹³ would show, 10²/e²⁰ = 2·10⁻⁷ does not beside 32 roundoffs of 60.
    let counts: [Float] = [0, 1, 4, 10]
    for (index, x) in counts.enumerated() {
      let eta = Float(index) * 0.5
      let poisson = LikelihoodProbe(.poisson, dimensions: 1)
        .run([x], [eta], writingScore: false).densities[0]
      let binomial = LikelihoodProbe(.negativeBinomial, dimensions: 1, learned: [20])
        .run([x], [eta], writingScore: false).densities[0]
      // x·|t| with t = η − 20 is the largest term: 200.
      #expect(abs(poisson - binomial) <= 2e-7 + 32 * roundoff * 260)
    }
  }

  @Test func drawsDependOnThePosition() { expectDrawsByPosition(.negativeBinomial, learned: 0.3) }
}
