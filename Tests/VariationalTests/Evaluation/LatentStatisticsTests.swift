import Foundation
import Kernels
import Testing

@testable import Variational

@Suite struct LatentStatisticsTests {
  @Test func statisticsMatchNaiveLoops() throws {
    let (model, data) = try InferenceTests.model(.smallDense())
    let detail = try model.evaluateInDetail(data)
    let encodings = try model.encode(data)
    let logVariances = try #require(encodings.logVariances)
    let n = Double(data.count)
    let latents = detail.latents
    for column in 0..<2 {
      let means = encodings.means.column(column).map(Double.init)
      let logs = logVariances.column(column).map(Double.init)
      let mean = means.reduce(0, +) / n
      let spread = means.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / n
      let noise = logs.reduce(0) { $0 + exp($1) } / n
      let kl =
        zip(means, logs).reduce(0) {
          $0 + DiagonalGaussianTests.divergence($1.0, $1.1)
        } / n
      // The same Float codes on both sides; sums of some hundred terms of order one in 64 bits.
      let bound = 1e-12
      #expect(abs(latents.aggregateMean[column] - mean) <= bound)
      #expect(abs(latents.meanVariance[column] - spread) <= bound)
      #expect(abs(latents.aggregateVariance[column] - spread - noise) <= bound * noise)
      #expect(abs(try #require(latents.kl)[column] - kl) <= bound * max(1, kl))
    }
    // The dimensions' divergences sum to the whole, which is summed from floats.
    let sum = try #require(latents.kl).reduce(0, +)
    #expect(abs(sum - detail.summary.kl) <= 1e-5 * max(1, sum))
    #expect(latents.reference == .standardNormal)
    #expect(latents.priorMean == [0, 0] && latents.priorVariance == [1, 1])
  }

  @Test func activityIsJudgedByTheMeansVariance() {
    var accumulator = LatentAccumulator(latents: 3, isVariational: true)
    // Means ±0.2 (variance 0.04), ±0.05 (0.0025), constant 7.
    for sign in [Float(1), -1, 1, -1] {
      accumulator.add([0.2 * sign, 0.05 * sign, 7, 0, -1, 21])
    }
    let found = accumulator.statistics(priorMoments: nil)
    #expect(found.activeUnits == 1)
    #expect(abs(found.meanVariance[0] - 0.04) <= 1e-8)
    #expect(found.meanVariance[2] == 0)
    #expect(found.saturations == [0, 0, 4])
  }

  @Test func withALearnedPriorTheReferenceIsTheAggregatesGaussian() throws {
    var accumulator = LatentAccumulator(latents: 1, isVariational: true)
    var heads: [(mean: Double, logVariance: Double)] = []
    var generator = SeededGenerator(state: 4)
    for _ in 0..<50 {
      let head = (Float(generator.normal() * 2 + 5), Float(generator.normal() * 0.3 - 1))
      heads.append((Double(head.0), Double(head.1)))
      accumulator.add([head.0, head.1])
    }
    let found = accumulator.statistics(priorMoments: ([4], [9]))
    let (m, v) = (found.aggregateMean[0], found.aggregateVariance[0])
    var kl = 0.0
    for head in heads {
      let difference = head.mean - m
      let square = exp(head.logVariance) + difference * difference
      kl += 0.5 * (square / v - 1 + log(v) - head.logVariance) / 50
    }
    #expect(abs(try #require(found.kl)[0] - kl) <= 1e-12)
    #expect(found.reference == .aggregateGaussian)
    #expect(found.priorMean == [4] && found.priorVariance == [9])
  }

  @Test func aMixturesMomentsMatchItsComponents() throws {
    var spec = ModelSpec.smallDense()
    spec.prior = .mixture(components: 4)
    let (model, _) = try InferenceTests.model(spec)
    func values(_ name: String) throws -> [Double] {
      let tensor = try #require(model.layout.trained.first { $0.name == name })
      return tensor.slot.vector(in: model.parameters.vector).array.map(Double.init)
    }
    let (means, logs) = (try values("prior.means"), try values("prior.log_variances"))
    let weights = try values("prior.logits").map { exp($0) }
    let total = weights.reduce(0, +)
    let found = try #require(model.priorMoments())
    for column in 0..<2 {
      var (mean, square) = (0.0, 0.0)
      for component in 0..<4 {
        let m = means[component * 2 + column]
        mean += weights[component] / total * m
        square += weights[component] / total * (m * m + exp(logs[component * 2 + column]))
      }
      #expect(abs(found.mean[column] - mean) <= 1e-12)
      #expect(abs(found.variance[column] - (square - mean * mean)) <= 1e-12 * square)
    }
  }
}
