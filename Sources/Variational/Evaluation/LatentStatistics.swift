// What each latent dimension does on a data set.

import Foundation
import Kernels

/// Divergence, activity and moments of each latent dimension, over a data set.
///
/// The aggregate posterior q(z) = 1/N Σₙ q(z|xₙ) is what the decoder is trained on, the prior what
/// samples are drawn from; where their moments differ, samples come from places that the decoder has not
/// seen.
public struct LatentStatistics: Sendable, Hashable, Codable {
  /// What a dimension's divergence is taken against.
  public enum Reference: String, Sendable, Hashable, Codable {
    /// N(0, 1), the prior; the divergences sum to KL(q(z|x) ‖ p(z)).
    case standardNormal = "standard_normal"
    /// The Gaussian with the aggregate posterior's mean and variance: a learned prior has no divergence
    /// of each dimension. Never less than the information that the dimension carries about x.
    case aggregateGaussian = "aggregate_gaussian"
  }

  /// What `kl` is taken against; nil for a plain autoencoder.
  public var reference: Reference?
  /// The mean divergence of each dimension, nats, [L]; nil for a plain autoencoder.
  public var kl: [Double]?
  /// Varₓ of each posterior mean, [L].
  public var meanVariance: [Double]
  /// Dimensions whose posterior mean varies by more than 0.01.
  public var activeUnits: Int
  /// The aggregate posterior's means, [L].
  public var aggregateMean: [Double]
  /// Its variances, E[e^ℓ] + Var(μ), [L].
  public var aggregateVariance: [Double]
  /// The prior's means, [L].
  public var priorMean: [Double]
  /// The prior's variances, [L].
  public var priorVariance: [Double]
  /// How many examples have a log-variance beyond the soft bound, [L]; nil for a plain autoencoder.
  public var saturations: [Int]?

  /// What Var(μ) must exceed in an active unit.
  ///
  /// - SeeAlso: Burda, Grosse and Salakhutdinov (2016), "Importance weighted autoencoders", section 5.2.
  public static let activityThreshold = 0.01

  enum CodingKeys: String, CodingKey {
    case reference, kl, saturations
    case meanVariance = "mean_variance"
    case activeUnits = "active_units"
    case aggregateMean = "aggregate_mean"
    case aggregateVariance = "aggregate_variance"
    case priorMean = "prior_mean"
    case priorVariance = "prior_variance"
  }
}

/// Sums over the examples, from which `LatentStatistics` follow.
struct LatentAccumulator: Sendable {
  private let latents: Int
  private let isVariational: Bool
  private var means: [RunningMean]  // μ, [L]
  private var variances: [RunningMean]  // e^ℓ, [L]
  private var logVariances: [RunningMean]  // ℓ, [L]
  private var divergences: [RunningMean]  // KL against N(0, 1), [L]
  private var saturations: [Int]

  // What a log-variance that met no bound lies inside.
  private let inside: Range<Double>

  /// - Parameter logVarianceRange: what log-variances are cut off at; nil for the soft bound
  init(latents: Int, isVariational: Bool, logVarianceRange: ClosedRange<Float>? = nil) {
    let soft = Double(DiagonalGaussian.bound)
    let range = logVarianceRange.map { Double($0.lowerBound)...Double($0.upperBound) }
    inside = range.map { $0.lowerBound.nextUp..<$0.upperBound } ?? -soft..<soft.nextUp
    self.latents = latents
    self.isVariational = isVariational
    means = Array(repeating: RunningMean(), count: latents)
    variances = means
    logVariances = means
    divergences = means
    saturations = Array(repeating: 0, count: latents)
  }

  /// Adds an example.
  ///
  /// - Parameter head: (mean ‖ logVariance), [2L], or the latent of a plain autoencoder, [L]
  mutating func add(_ head: [Float]) {
    for index in 0..<latents {
      let mean = Double(head[index])
      means[index].add(mean)
      guard isVariational else { continue }
      let logVariance = Double(head[latents + index])
      variances[index].add(Foundation.exp(logVariance))
      logVariances[index].add(logVariance)
      divergences[index].add(
        0.5 * (mean * mean + Foundation.expm1(logVariance) - logVariance))
      if !inside.contains(logVariance) { saturations[index] += 1 }
    }
  }

  /// - Parameter priorMoments: of a learned prior; nil for N(0, 1)
  func statistics(
    priorMoments: (mean: [Double], variance: [Double])?
  ) -> LatentStatistics {
    let spread = means.map(\.populationVariance)
    let total = zip(spread, variances).map { $0 + $1.mean }
    // E KL(N(μ, e^ℓ) ‖ N(m, v)) with m and v the aggregate's own moments is ½(ln v − E ℓ).
    let gaussian = zip(total, logVariances).map { 0.5 * (Foundation.log($0) - $1.mean) }
    let isStandard = priorMoments == nil
    return LatentStatistics(
      reference: isVariational ? (isStandard ? .standardNormal : .aggregateGaussian) : nil,
      kl: isVariational ? (isStandard ? divergences.map(\.mean) : gaussian) : nil,
      meanVariance: spread,
      activeUnits: spread.count { $0 > LatentStatistics.activityThreshold },
      aggregateMean: means.map(\.mean), aggregateVariance: total,
      priorMean: priorMoments?.mean ?? Array(repeating: 0, count: latents),
      priorVariance: priorMoments?.variance ?? Array(repeating: 1, count: latents),
      saturations: isVariational ? saturations : nil)
  }
}

extension Model {
  /// The mean and variance of each dimension of a learned prior; nil for N(0, 1).
  func priorMoments() -> (mean: [Double], variance: [Double])? {
    guard prior.components > 0 else { return nil }
    let pass = PriorPass(self, rows: 0, isTraining: false)
    pass.prepare()
    return pass.dimensionMoments
  }
}

extension PriorPass {
  /// E z = Σ w·μ and Var z = Σ w·(e^ℓ + μ²) − (E z)² of each dimension; `prepare` first.
  var dimensionMoments: (mean: [Double], variance: [Double]) {
    let latents = prior.latents
    var mean = [Double](repeating: 0, count: latents)
    var square = mean
    for component in 0..<prior.components {
      let weight = Foundation.exp(logWeights[component])
      let head = heads.row(component).array
      for index in 0..<latents {
        let m = Double(head[index])
        mean[index] += weight * m
        square[index] += weight * (Foundation.exp(Double(head[latents + index])) + m * m)
      }
    }
    return (mean, zip(square, mean).map { max(0, $0 - $1 * $1) })
  }
}
