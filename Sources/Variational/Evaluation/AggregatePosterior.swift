// How far the aggregate posterior lies from the prior, and how much the code says about the data.

import Foundation
import Kernels

/// Monte Carlo estimates about the aggregate posterior of M examples, q(z) = 1/M Σₙ q(z|xₙ).
///
///     KL(q(z) ‖ p(z)) = E ln q(z) − ln p(z)        I(x; z) = E ln q(z|x) − ln q(z)
///
/// with one z from each component. The two add up to the mean of KL(q(z|x) ‖ p(z)). Both belong to the M
/// examples, not to the distribution they came from: the information cannot exceed ln M, and where it
/// comes near, the divergence is too large by what the information misses.
///
/// - SeeAlso: Hoffman and Johnson (2016), "ELBO surgery", section 2.
public struct AggregatePosterior: Sendable, Hashable, Codable {
  /// M, the components and draws.
  public var examples: Int
  /// KL(q(z) ‖ p(z)), nats.
  public var divergence: Double
  /// Its standard error over the draws, nats.
  public var divergenceStandardError: Double?
  /// I(x; z), nats.
  public var mutualInformation: Double
  /// Its standard error over the draws, nats.
  public var mutualInformationStandardError: Double?
  /// ln M, which the information cannot exceed, nats.
  public var informationCeiling: Double

  enum CodingKeys: String, CodingKey {
    case examples
    case divergence = "kl"
    case divergenceStandardError = "kl_standard_error"
    case mutualInformation = "mutual_information"
    case mutualInformationStandardError = "mutual_information_standard_error"
    case informationCeiling = "information_ceiling"
  }
}

/// Diagonal Gaussians in equal parts, in 64 bits.
struct PosteriorMixture: Sendable {
  private let table: Matrix<Double>  // (−½e^−ℓ ‖ μe^−ℓ), [M, 2L]
  private let constants: [Double]  // −½ Σ (ln 2π + ℓ + μ²e^−ℓ), [M]

  /// - Parameters:
  ///   - means: μ, [M, L]
  ///   - logVariances: ℓ, [M, L]
  init(means: Matrix<Double>, logVariances: Matrix<Double>) {
    let latents = means.columns
    var table = Matrix<Double>(rows: means.rows, columns: 2 * latents)
    var constants: [Double] = []
    for row in 0..<means.rows {
      var sum = Double(latents) * Foundation.log(2 * Double.pi)
      for column in 0..<latents {
        let (mean, logVariance) = (means[row, column], logVariances[row, column])
        let precision = Foundation.exp(-logVariance)
        table[row, column] = -0.5 * precision
        table[row, latents + column] = mean * precision
        sum += logVariance + mean * mean * precision
      }
      constants.append(-0.5 * sum)
    }
    self.table = table
    self.constants = constants
  }

  /// ln N(z; μᵢ, e^ℓᵢ) of every row of z under every component, in nats: [n, M].
  ///
  /// In 64 bits, as the square expands to terms of size μ²e^−ℓ that cancel.
  func logDensities(at z: Matrix<Double>) -> Matrix<Double> {
    let latents = z.columns
    var features = Matrix<Double>(rows: z.rows, columns: 2 * latents)
    for row in 0..<z.rows {
      for column in 0..<latents {
        let value = z[row, column]
        features[row, column] = value * value
        features[row, latents + column] = value
      }
    }
    // (z² ‖ z) [n×2L] · tableᵀ [2L×M] → [n×M]
    var result = Matrix(rows: z.rows, columns: constants.count, constantRows(z.rows))
    result.accumulateProduct(of: features, by: table, transposed: true)
    return result
  }

  private func constantRows(_ rows: Int) -> [Double] {
    (0..<rows).flatMap { _ in constants }
  }
}

/// ln Σ e^aᵢ
func logSumExp(_ a: [Double]) -> Double {
  guard let largest = a.max(), largest > -.infinity else { return -.infinity }
  return largest + Foundation.log(a.reduce(0) { $0 + Foundation.exp($1 - largest) })
}

extension Model {
  /// Estimates the aggregate posterior's divergence from the prior on a seeded subset of the data.
  ///
  /// - Parameters:
  ///   - data: the examples
  ///   - examples: M at most
  ///   - seed: what the subset and the draws are derived from
  /// - Returns: nil for a plain autoencoder, whose code has no density.
  /// - Throws: `DataError` when the data does not fit the model.
  /// - Complexity: O(M²·L) as one matrix product, M² exponentials, O(M) memory.
  public func aggregatePosterior(
    of data: DataSet, examples: Int = 4096, seed: UInt64 = 1
  ) throws(DataError) -> AggregatePosterior? {
    let stream = RandomStream(seed: seed, purpose: .evaluation, lane: 1)
    let encodings = try encode(
      data.randomSubset(spec.affordable(examples), stream))
    guard let logVariances = encodings.logVariances?.map(Double.init) else { return nil }
    let means = encodings.means.map(Double.init)
    let (count, latents) = (means.rows, means.columns)
    let mixture = PosteriorMixture(means: means, logVariances: logVariances)
    let noise = stream.gaussian(count: count * latents, step: 1).map(Double.init)
    let prior = PriorPass(self, rows: 256, isTraining: false)
    prior.prepare()

    var (divergence, information) = (RunningMean(), RunningMean())
    for first in stride(from: 0, to: count, by: 256) {
      let rows = min(256, count - first)
      var z = Matrix<Double>(rows: rows, columns: latents)
      for row in 0..<rows {
        for column in 0..<latents {
          z[row, column] =
            means[first + row, column]
            + Foundation.exp(0.5 * logVariances[first + row, column])
            * noise[(first + row) * latents + column]
        }
      }
      let densities = mixture.logDensities(at: z)
      let priorDensities = logPriorDensities(z, prior)
      for row in 0..<rows {
        let aggregate = logSumExp(densities.row(row)) - Foundation.log(Double(count))
        divergence.add(aggregate - priorDensities[row])
        information.add(densities[row, first + row] - aggregate)
      }
    }
    return AggregatePosterior(
      examples: count, divergence: divergence.mean,
      divergenceStandardError: divergence.toldError, mutualInformation: information.mean,
      mutualInformationStandardError: information.toldError,
      informationCeiling: Foundation.log(Double(count)))
  }

  private func logPriorDensities(_ z: Matrix<Double>, _ prior: PriorPass) -> [Double] {
    let arena = Arena(count: z.rows * z.columns)
    arena.vector.assign(z.elements.map { Float($0) })
    let terms = TermBuffer(count: z.rows)
    prior.logDensity(arena.vector.matrix(rows: z.rows, columns: z.columns), into: terms)
    return (0..<z.rows).map { terms[$0] }
  }
}

extension DataSet {
  /// `count` examples at random in a random order, or all if there are no more.
  func randomSubset(_ count: Int, _ stream: RandomStream, skipping: Int = 0) -> DataSet {
    let order = stream.permutation(count: self.count)
    return subset(Array(order.dropFirst(skipping).prefix(count)))
  }
}

extension ModelSpec {
  /// `wanted` examples, or as many as keep a matrix of their values, or of their posteriors, at 2²⁶ numbers.
  func affordable(_ wanted: Int) -> Int {
    min(wanted, max(8, (1 << 26) / max(data.padded.count, 2 * latents)))
  }
}
