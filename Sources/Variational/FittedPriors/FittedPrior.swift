import Foundation
public import Kernels

/// A distribution of z that was fitted to a trained model's aggregate posterior.
public enum FittedPrior {
  /// What kinds there are.
  public enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
    /// One normal distribution with a full covariance.
    case gaussian
    /// A mixture of them.
    case mixture
    /// A second variational autoencoder.
    case twoStage = "two-stage"
  }

  /// One normal distribution.
  case gaussian(GaussianPrior)
  /// A mixture.
  case mixture(GaussianMixture)
  /// A second variational autoencoder.
  case twoStage(TwoStagePrior)

  /// Which kind it is.
  public var kind: Kind {
    switch self {
    case .gaussian: .gaussian
    case .mixture: .mixture
    case .twoStage: .twoStage
    }
  }

  /// L, the dimensions of z.
  public var dimensions: Int {
    switch self {
    case .gaussian(let prior): prior.dimensions
    case .mixture(let prior): prior.dimensions
    case .twoStage(let prior): prior.dimensions
    }
  }

  /// Draws of z.
  ///
  /// - Returns: [count, L]; the same seed gives the same rows.
  public func sample(count: Int, seed: UInt64) -> Matrix<Float> {
    switch self {
    case .gaussian(let prior): prior.sample(count: count, seed: seed)
    case .mixture(let prior): prior.sample(count: count, seed: seed)
    case .twoStage(let prior): prior.sample(count: count, seed: seed)
    }
  }

  /// The mean of ln p(z) over the rows, in nats; for a second stage estimated with 100 importance samples.
  ///
  /// - Parameters:
  ///   - latents: z, [N, L]; another width traps.
  ///   - threads: how many share the work; one for each processor unless given
  /// - Throws: `DataError` for latents that are no numbers, `ResourceError` without threads or memory.
  public func meanLogDensity(of latents: Matrix<Float>, threads: Int? = nil) throws -> Double {
    switch self {
    case .gaussian(let prior): try mean(prior.logDensity(of: latents, threads: threads))
    case .mixture(let prior): try mean(prior.logDensity(of: latents, threads: threads))
    case .twoStage(let prior): try prior.meanLogDensity(of: latents)
    }
  }

  private func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
}

extension Encodings {
  /// One draw from every posterior: rows of the aggregate posterior, the mixture of all of them.
  ///
  /// A plain autoencoder's encodings are its draws.
  ///
  /// - Parameter seed: the same seed draws the same rows.
  /// - Returns: z, [N, L]
  public func draws(seed: UInt64 = 1) -> Matrix<Float> {
    guard let logVariances else { return means }
    let noise = RandomStream(seed: seed, purpose: .evaluation, lane: 1)
      .gaussian(count: means.rows * means.columns)
    let (mean, logVariance) = (means.elements, logVariances.elements)
    let values = noise.indices.map { index in
      mean[index] + Foundation.exp(0.5 * logVariance[index]) * noise[index]
    }
    return Matrix(rows: means.rows, columns: means.columns, values)
  }
}

extension Model {
  /// Draws from the aggregate posterior: one z for each example.
  ///
  /// - Returns: [N, L]
  /// - Throws: `DataError` when the data does not fit the model.
  public func aggregatePosteriorSamples(
    _ data: DataSet, seed: UInt64 = 1
  ) throws(DataError) -> Matrix<Float> {
    try encode(data).draws(seed: seed)
  }

  /// Examples with z from a fitted prior: the likelihood's mean for each.
  ///
  /// - Parameters:
  ///   - count: how many
  ///   - prior: of this model's dimensions; any other traps
  ///   - chosen: for a conditional model the class of all of them; nil draws classes in proportion to the training examples
  ///   - seed: the same seed gives the same examples
  /// - Returns: [count, data values], padding included.
  public func sample(
    _ count: Int, from prior: FittedPrior, class chosen: Int? = nil, seed: UInt64 = 1
  ) -> Matrix<Float> {
    decode(
      prior.sample(count: count, seed: seed), classes: classes(chosen, count: count, seed: seed))
  }

  /// Examples with z from N(0, 1) in every dimension, whatever the model's own prior is.
  ///
  /// - Parameters:
  ///   - count: how many
  ///   - chosen: for a conditional model the class of all of them; nil draws classes in proportion to the training examples
  ///   - seed: the same seed gives the same examples
  /// - Returns: [count, data values], padding included.
  public func sampleFromStandardNormal(
    _ count: Int, class chosen: Int? = nil, seed: UInt64 = 1
  ) -> Matrix<Float> {
    decode(
      standardNormalLatents(count, seed: seed), classes: classes(chosen, count: count, seed: seed))
  }

  /// Latents from N(0, 1) in every dimension, [count, L].
  public func standardNormalLatents(_ count: Int, seed: UInt64 = 1) -> Matrix<Float> {
    let latents = Arena(count: count * spec.latents)
    RandomStream(seed: seed, purpose: .sampling).fillGaussian(
      latents.vector.matrix(rows: count, columns: spec.latents), step: 0, firstRow: 0)
    return Matrix(rows: count, columns: spec.latents, latents.vector.array)
  }
}
