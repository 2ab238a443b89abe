import Foundation
import Networks
import TestSupport
import Testing

@testable import Variational

@Suite struct ZeroInflatedNegativeBinomialLikelihoodTests {
  static func naive(_ x: Double, _ output: [Double], _ logTheta: Double) -> Double {
    let counts = naiveNegativeBinomial(x, logMean: output[0], logTheta: logTheta)
    let dropout = 1 / (1 + Foundation.exp(-output[1]))
    return Foundation.log((x == 0 ? dropout : 0) + (1 - dropout) * Foundation.exp(counts))
  }

  @Test func valuesScoresAndMeansMatchSixtyDigits() throws {
    try expectReferenceValues("zero_inflated_negative_binomial")
  }

  @Test func gradientsMatchDifferences() {
    // Half of the data are zeros.
    expectGradientsMatchDifferences(
      .zeroInflatedNegativeBinomial, data: { Float(max(0, Int($0.next() >> 33 & 15) - 7)) },
      naive: Self.naive)
  }

  @Test func countsSumToOne() {
    let probe = LikelihoodProbe(.zeroInflatedNegativeBinomial, dimensions: 1, learned: [0.5])
    var (sum, error) = (0.0, 0.0)
    for count in 0...400 {
      let density = probe.run([Float(count)], [1, -0.4], writingScore: false).densities[0]
      let x = Double(count)
      sum += Foundation.exp(density)
      error += Foundation.exp(density) * 32 * roundoff * (x * (2 * Foundation.log(x + 8) + 8) + 40)
    }
    #expect(abs(sum - 1) <= error)
  }

  @Test func drawsHaveMeanAndVariance() {
    let (mean, theta, kept) = (
      Foundation.exp(1.5), Foundation.exp(0.5), 1 / (1 + Foundation.exp(-0.4))
    )
    let second = mean + mean * mean / theta + mean * mean
    expectMoments(
      .zeroInflatedNegativeBinomial, output: [1.5, -0.4], learned: [0.5], mean: kept * mean,
      variance: kept * second - kept * kept * mean * mean)
    expectDrawsByPosition(.zeroInflatedNegativeBinomial, learned: 0.3)
  }

  @Test func anImageHasItsTwoOutputsAtEveryPixel() {
    // Two pixels of two channels: outputs (m₀ m₁ λ₀ λ₁) of the one, then of the other.
    let spec = LikelihoodSpec.zeroInflatedNegativeBinomial
    var generator = SeededGenerator(state: 31)
    let learned = generator.floats(4, -1...1)
    let probe = LikelihoodProbe(
      spec, shape: Shape(height: 1, width: 2, channels: 2), learned: learned)
    let (x, output) = ([0, 3, 1, 0] as [Float], generator.floats(8, -1...1))
    let image = probe.run(x, output, writingScore: true)
    let (means, draws) = (probe.mean(output), probe.sample(output))
    var density = 0.0
    for value in 0..<4 {
      let place = value / 2 * 4 + value % 2
      let alone = LikelihoodProbe(spec, dimensions: 1, learned: [learned[value]])
      let outputs = [output[place], output[place + 2]]
      let single = alone.run([x[value]], outputs, writingScore: true)
      density += single.densities[0]
      #expect([image.output[place], image.output[place + 2]] == single.output)
      #expect(image.own[value] == single.own[0])
      #expect(means[value] == alone.mean(outputs)[0])
      #expect(draws[value] >= 0)
    }
    // The same terms, added in another order.
    #expect(abs(image.densities[0] - density) <= 4 * roundoff * abs(density))
  }
}
