import Foundation
public import Kernels
import Networks

/// A second variational autoencoder as the distribution of the first one's z: u → z → x.
///
/// The second stage sees latents with mean zero and deviation one in every dimension, has as many
/// dimensions as the first and learns its own variance.
///
/// - SeeAlso: Dai and Wipf (2019), "Diagnosing and enhancing VAE models", section 3.
public struct TwoStagePrior {
  /// The second stage, on standardised latents.
  public let model: Model
  /// What is subtracted from z before the second stage sees it, [L].
  public let mean: [Double]
  /// What z is then divided by, [L]; one for a latent that never changes.
  public let deviation: [Double]

  init(trusting model: Model, mean: [Double], deviation: [Double]) {
    (self.model, self.mean, self.deviation) = (model, mean, deviation)
  }

  /// A second stage from its parts.
  ///
  /// - Parameters:
  ///   - model: a variational autoencoder of rows of L values under a Gaussian likelihood
  ///   - mean: [L]
  ///   - deviation: [L], positive
  /// - Throws: `SpecError` for another model, other sizes, or numbers that are none.
  public init(model: Model, mean: [Double], deviation: [Double]) throws(SpecError) {
    let shape = model.spec.data.padded
    guard case .gaussian = model.spec.likelihood, shape.isFlat, model.isVariational else {
      throw SpecError(
        "second stage",
        "it should be a variational autoencoder of rows under a Gaussian likelihood")
    }
    guard mean.count == shape.count && deviation.count == shape.count else {
      throw SpecError(
        "second stage",
        "\(mean.count) means and \(deviation.count) deviations do not fit \(shape.count) latents")
    }
    guard mean.allSatisfy(\.isFinite) && deviation.allSatisfy({ $0 > 0 && $0.isFinite }) else {
      throw SpecError("second stage", "its means should be finite, its deviations positive")
    }
    self.init(trusting: model, mean: mean, deviation: deviation)
  }

  /// L, the dimensions of z.
  public var dimensions: Int { mean.count }

  /// Trains a second stage on latents.
  ///
  /// - Parameters:
  ///   - latents: z, [N, L]: draws from the aggregate posterior, or a plain autoencoder's encodings
  ///   - spec: the second stage and how it is trained; nil takes `ModelSpec.secondStage`
  ///   - threads: how many share the work; nil takes one for each processor
  ///   - report: told of every step and epoch
  ///   - shouldStop: asked after every step; true ends the training where it is
  /// - Throws: `DataError` for latents that are none or all the same, `SpecError` for a description that
  ///   does not fit, `TrainingError` for a training that leaves the finite numbers.
  public init(
    fitting latents: Matrix<Float>, spec: ModelSpec? = nil, threads: Int? = nil,
    report: (FitEvent) -> Void = { _ in }, shouldStop: () -> Bool = { false }
  ) throws {
    let moments = try LatentMoments(of: latents)
    let deviation = moments.covariance.diagonal.map { $0 > 0 ? $0.squareRoot() : 1 }
    let model = try Model(
      spec ?? ModelSpec.secondStage(dimensions: latents.columns), threads: threads)
    try self.init(model: model, mean: moments.mean, deviation: deviation)
    let trainer = try Trainer(model, data: try standardised(latents))
    _ = try Fit(trainer).run(report: report, shouldStop: shouldStop)
  }

  /// Rows as the second stage sees them.
  private func standardised(_ latents: Matrix<Float>) throws(DataError) -> DataSet {
    precondition(
      latents.columns == dimensions,
      "TwoStagePrior: latents [\(latents.rows), \(latents.columns)], but L = \(dimensions)")
    let values = latents.elements.enumerated().map { index, value in
      let column = index % dimensions
      return Float((Double(value) - mean[column]) / deviation[column])
    }
    return try DataSet(floats: values, shape: model.spec.data.stored, name: "latents")
  }

  /// Draws u from the second stage's prior and z from its likelihood, noise included.
  ///
  /// - Parameters:
  ///   - count: N
  ///   - seed: the same seed gives the same rows.
  /// - Returns: [N, L]
  public func sample(count: Int, seed: UInt64) -> Matrix<Float> {
    let draws = model.sample(count, seed: seed, drawingData: true)
    let values = draws.elements.enumerated().map { index, value in
      let column = index % dimensions
      return Float(Double(value) * deviation[column] + mean[column])
    }
    return Matrix(rows: count, columns: dimensions, values)
  }

  /// The mean of ln p(z) over the rows, in nats, by importance sampling: below the truth on average, and
  /// nearer with more samples.
  ///
  /// - Parameters:
  ///   - latents: z, [N, L]; another width traps.
  ///   - importanceSamples: draws of u for each row
  ///   - seed: what the draws are derived from
  /// - Throws: `DataError` for latents that are no numbers.
  public func meanLogDensity(
    of latents: Matrix<Float>, importanceSamples: Int = 100, seed: UInt64 = 1
  ) throws(DataError) -> Double {
    let result = try model.evaluate(
      try standardised(latents), importanceSamples: importanceSamples, seed: seed)
    // z = mean + deviation·y: ln p(z) = ln p(y) − Σ ln deviation
    return deviation.reduce(result.logLikelihood ?? result.elbo) { $0 - log($1) }
  }
}

extension ModelSpec {
  /// The usual second stage: two hidden layers of 256 on each side, as many latents as it has values, and the
  /// variance that is best for the minibatch; the divergence is warmed up, or the first steps would settle
  /// on latents that say nothing.
  ///
  /// - Parameter dimensions: L of the first stage
  public static func secondStage(dimensions: Int) -> ModelSpec {
    let hidden: [LayerSpec] = [.dense(outputs: 256), .relu, .dense(outputs: 256), .relu]
    return ModelSpec(
      name: "second stage", data: DataSpec(height: 1, width: 1, channels: dimensions),
      encoder: hidden + [.dense(outputs: 2 * dimensions)], latents: dimensions,
      decoder: hidden + [.dense(outputs: dimensions)], likelihood: .gaussian(.optimal),
      objective: ObjectiveSpec(warmUpEpochs: 5),
      training: TrainingSpec(
        learningRate: 1e-3, schedule: Schedule(.cosine(floor: 0.01)), batchSize: 128, epochs: 20))
  }
}
