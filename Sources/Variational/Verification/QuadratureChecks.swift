// Importance sampling against an integral that can be computed: two latents, a decoder that is not linear.

import Foundation
import Kernels
import Networks

/// Trains a small model with two latents and compares ln p(x) by importance sampling with a grid.
struct QuadratureChecks {
  let model: Model
  let data: DataSet
  private let isQuick: Bool

  /// Values in [0, 1] get a Bernoulli likelihood, others a Gaussian with one learned variance.
  init(
    _ data: DataSet, _ standardised: StandardisedData, isQuick: Bool, threads: Int?
  ) throws {
    let size = standardised.dimensions
    let isUnit = (try? data.checkValues(for: .bernoulli)) != nil
    var flat = standardised.dataSet
    if isUnit {
      let arena = Arena(count: size)
      var floats: [Float] = []
      for index in standardised.chosen.prefix(2_000) {
        data.copyExample(index, into: arena.vector)
        floats += arena.vector.array
      }
      flat = try DataSet(floats: floats, shape: Shape(features: size), name: data.name)
    }
    let hidden = 16
    let batchSize = min(100, flat.count)
    let spec = ModelSpec(
      name: "two latents", data: DataSpec(height: 1, width: 1, channels: size),
      encoder: [.dense(outputs: 2 * hidden), .tanh, .dense(outputs: 4)], latents: 2,
      decoder: [.dense(outputs: hidden), .tanh, .dense(outputs: size)],
      likelihood: isUnit ? .bernoulli : .gaussian(.shared),
      training: TrainingSpec(
        learningRate: 3e-3, batchSize: batchSize,
        epochs: max(1, (isQuick ? 300 : 1_000) * batchSize / flat.count)))
    let trained = try Model(spec, seed: 2, threads: threads)
    _ = try Fit(try Trainer(trained, data: flat)).run()
    model = try trained.copy(kind: spec.objective.kind, wideningPosteriorBy: 2.5)
    self.data = flat
    self.isQuick = isQuick
  }

  /// The comparisons.
  ///
  /// - Parameter planted: added to the integral's logarithm; for tests
  func checks(planted: Double = 0) throws -> [VerificationCheck] {
    let examples = Array(0..<(isQuick ? 5 : 12))
    let some = data.subset(examples)
    let x = try matrix(some)
    let codes = try model.encode(some)
    let farthest = codes.means.elements.map { abs(Double($0)) }.max() ?? 0
    let grid = TwoLatentGrid(model, reach: max(8, farthest + 3))
    // Halved until the integral stands still.
    var step = 0.2
    var values = grid.logEvidence(x, step: step)
    var change = Double.infinity
    while change > 1e-5 && step > 0.02 {
      step /= 2
      let finer = grid.logEvidence(x, step: step)
      change = zip(values, finer).map { abs($0 - $1) }.max() ?? 0
      values = finer
    }
    let expected = values.reduce(0, +) / Double(values.count)
    let estimate = try ImportanceReplicates(
      model, data, examples: examples, samples: isQuick ? 200 : 1_000, replicates: 64, seed: 300)
    let name = model.spec.likelihood.name
    return [
      VerificationCheck(
        .quadrature, "grid", "largest change of ln ∫p(x|z)p(z)dz when the grid's step is halved",
        got: change, expected: 0, allowance: 1e-4),
      VerificationCheck(
        .quadrature, "importance sampling", "ln p(x), \(name), two latents; grid of step \(step)",
        got: estimate.logLikelihood, expected: expected + planted,
        allowance: estimate.bias + rounding(values) + change,
        standardError: estimate.standardError),
    ]
  }

  // Each of D terms of ln p(x|z) is off by some 32 u of its size (sixteen products a layer), at most so their
  // sum; terms of both signs are bounded by D·max(1, |ln p|/D).
  private func rounding(_ values: [Double]) -> Double {
    let largest = values.map { abs($0) }.max() ?? 0
    return 32 * 0x1p-24 * max(Double(data.shape.count), largest)
  }

  private func matrix(_ data: DataSet) throws -> Matrix<Double> {
    let arena = Arena(count: data.shape.count)
    var values: [Double] = []
    for index in 0..<data.count {
      data.copyExample(index, into: arena.vector)
      values += arena.vector.array.map(Double.init)
    }
    return Matrix(rows: data.count, columns: data.shape.count, values)
  }
}
