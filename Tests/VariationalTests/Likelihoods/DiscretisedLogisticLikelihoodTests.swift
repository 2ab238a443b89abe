import Foundation
import TestSupport
import Testing

@testable import Variational

@Suite struct DiscretisedLogisticLikelihoodTests {
  @Test func valuesScoresAndMeansMatchSixtyDigits() throws {
    try expectReferenceValues("discretised_logistic")
  }

  static func naive(_ x: Double, _ m: Double, _ logScale: Double) -> Double {
    func cumulative(_ t: Double) -> Double {
      1 / (1 + Foundation.exp(-(t - m) / Foundation.exp(logScale)))
    }
    let half = 1.0 / 510
    let upper = x > 1 - half ? 1 : cumulative(x + half)
    let lower = x < half ? 0 : cumulative(x - half)
    return Foundation.log(upper - lower)
  }

  @Test(arguments: [LikelihoodSpec.ScaleSpec.shared, .perDimension])
  func gradientsMatchDifferences(_ scale: LikelihoodSpec.ScaleSpec) {
    expectGradientsMatchDifferences(
      .discretisedLogistic(scale), learned: -3 ... -1, outputs: 0...1,
      data: { Float(Int($0.next() >> 33) % 256) / 255 }
    ) { x, output, own in Self.naive(x, output[0], own) }
  }

  @Test(arguments: [-0.4, 0, 0.31, 1] as [Float], [0.0005, 0.02, 0.5] as [Float])
  func levelsSumToOne(_ centre: Float, _ scale: Float) {
    let probe = LikelihoodProbe(.discretisedLogistic(.fixed(scale)), dimensions: 1)
    var sum = 0.0
    for level in 0...255 {
      sum += Foundation.exp(
        probe.run([Float(level) / 255], [centre], writingScore: false).densities[0])
    }
    // Each probability is e to a log-density within 32 roundoffs of magnitudes below 10 + |m|/s where it is
    // not negligible; s itself is a logarithm's exponential, 4 roundoffs of a distance of |m|/s.
    #expect(abs(sum - 1) <= 32 * roundoff * (20 + 2 / Double(scale)))
  }

  @Test func drawsAreLevelsWithTheirMeanAndVariance() {
    for (centre, scale) in [(0.4, 0.05), (0.95, 0.1), (0.5, 0.001)] as [(Float, Float)] {
      let spec = LikelihoodSpec.discretisedLogistic(.fixed(scale))
      var (mean, square) = (0.0, 0.0)
      for level in 0...255 {
        let x = Double(level) / 255
        let p = Foundation.exp(Self.naive(x, Double(centre), Foundation.log(Double(scale))))
        mean += p * x
        square += p * x * x
      }
      expectMoments(spec, output: [centre], mean: mean, variance: square - mean * mean)
    }
    let probe = LikelihoodProbe(.discretisedLogistic(.fixed(0.3)), dimensions: 1)
    let drawn = probe.sample([Float](repeating: 0.5, count: 2000))
    let levels = Set((0...255).map { Float($0) / 255 })
    #expect(drawn.allSatisfy(levels.contains))
    expectDrawsByPosition(.discretisedLogistic(.shared), learned: -2)
  }
}
