import Foundation
import Kernels
import Testing

@testable import Variational

@Suite struct TwoStagePriorTests {
  /// Rows near a circle of radius 3 around (10, −5).
  private func ring(_ count: Int, seed: UInt64) -> Matrix<Float> {
    var generator = SeededGenerator(state: seed)
    return Matrix(
      (0..<count).map { _ in
        let angle = generator.float(0...6.2831853)
        return [10 + 3 * cos(angle), -5 + 3 * sin(angle)].map {
          $0 + 0.2 * Float(generator.normal())
        }
      })
  }

  private func spec(epochs: Int) -> ModelSpec {
    var spec = ModelSpec.secondStage(dimensions: 2)
    spec.training.epochs = epochs
    return spec
  }

  @Test func aRingIsFittedBetterThanByANormalDistribution() throws {
    let prior = try TwoStagePrior(fitting: ring(4_000, seed: 1), spec: spec(epochs: 60), threads: 2)
    let heldOut = ring(1_000, seed: 2)
    let gaussian = try GaussianPrior(fitting: ring(4_000, seed: 1))
    let normal = try gaussian.logDensity(of: heldOut).reduce(0, +) / 1_000
    let found = try prior.meanLogDensity(of: heldOut, importanceSamples: 200)
    // The ring's own density is −(ln 6π + ½ ln 2πe·0.04) ≈ −2.7 nats, the normal one's about −4.3.
    #expect(found > normal + 0.3, "\(found) against \(normal)")
    #expect(found < -2.4)
    let draws = prior.sample(count: 2_000, seed: 3)
    var inside = 0
    for row in 0..<draws.rows {
      inside += hypot(draws[row, 0] - 10, draws[row, 1] + 5) < 1.5 ? 1 : 0
    }
    // A normal distribution of the same moments has 1 − exp(−1.5²/9) = 22 % there, the ring nothing.
    #expect(inside < 200, "\(inside) of 2000 draws in the ring's hole")
  }

  @Test func theSameSeedGivesTheSameBits() throws {
    let rows = ring(200, seed: 1)
    let first = try TwoStagePrior(fitting: rows, spec: spec(epochs: 1), threads: 2)
    let second = try TwoStagePrior(fitting: rows, spec: spec(epochs: 1), threads: 2)
    #expect(first.model.weightsChecksum == second.model.weightsChecksum)
    #expect(first.sample(count: 9, seed: 5) == second.sample(count: 9, seed: 5))
    #expect(first.sample(count: 9, seed: 5) != first.sample(count: 9, seed: 6))
  }

  @Test func aLatentThatNeverChangesIsNoTrap() throws {
    let rows = Matrix((0..<64).map { [Float($0), 3] })
    let prior = try TwoStagePrior(fitting: rows, spec: spec(epochs: 1), threads: 1)
    #expect(prior.deviation[1] == 1)
    #expect(prior.sample(count: 20, seed: 1).elements.allSatisfy { $0.isFinite })
    #expect(try prior.meanLogDensity(of: rows, importanceSamples: 5).isFinite)
  }

  @Test func partsThatAreNoSecondStageAreRefused() throws {
    let model = try Model(spec(epochs: 1), threads: 1)
    let bernoulli = try Model(.smallDense(), threads: 1)
    func refusal(_ model: Model, _ mean: [Double], _ deviation: [Double]) -> String {
      sentence { try TwoStagePrior(model: model, mean: mean, deviation: deviation).mean }
    }
    #expect(refusal(model, [0], [1, 1]).contains("do not fit 2"))
    #expect(refusal(model, [0, 0], [1, 0]).contains("positive"))
    #expect(refusal(model, [0, .nan], [1, 1]).contains("finite"))
    #expect(refusal(bernoulli, [0, 0], [1, 1]).contains("Gaussian likelihood"))
    #expect(
      sentence { try TwoStagePrior(fitting: [[1, 1], [1, 1]], threads: 1).mean }
        .contains("the same"))
    #expect(
      sentence {
        try TwoStagePrior(fitting: [[1, 1, 1], [1, 1, 2]], spec: spec(epochs: 1), threads: 1).mean
      }.contains("do not fit 2"))
  }
}
