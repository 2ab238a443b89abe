// What is minimised: a pure function of a few numbers an example.

import Foundation
import Networks

/// How the reconstruction term is counted.
public enum ReconstructionLoss: Sendable, Hashable {
  /// −ln p(x|z), summed over dimensions: the term of the evidence bound.
  case negativeLogLikelihood
  /// `weight` times a mean over dimensions, as many published models have it: of the cross-entropy for a
  /// Bernoulli, of the squared error for a Gaussian of fixed variance (whose constant is left out).
  case weightedMean(weight: Double)
}

/// The objective of training.
public struct ObjectiveSpec: Sendable, Hashable {
  /// Which objective, with its own numbers.
  public var kind: ObjectiveKind
  /// The weight of the divergence (Higgins et al., 2017); 1 is the evidence lower bound.
  public var beta: Double
  /// Epochs over which β rises from zero; 0 for none.
  public var warmUpEpochs: Double
  /// How it rises.
  public var warmUp: WarmUp
  /// How the reconstruction term is counted.
  public var reconstruction: ReconstructionLoss

  /// An objective; the default is the evidence lower bound.
  public init(
    _ kind: ObjectiveKind = .evidenceBound(isSampled: false), beta: Double = 1,
    warmUpEpochs: Double = 0, warmUp: WarmUp = .linear,
    reconstruction: ReconstructionLoss = .negativeLogLikelihood
  ) {
    self.kind = kind
    self.beta = beta
    self.warmUp = warmUp
    self.warmUpEpochs = warmUpEpochs
    self.reconstruction = reconstruction
  }

  /// β at a step, the warm-up in it.
  public func beta(step: Int, stepsPerEpoch: Int) -> Double {
    let length = warmUpEpochs * Double(stepsPerEpoch)
    return length > 0 ? beta * warmUp.factor(Double(step) / length) : beta
  }

  func validate(likelihood: LikelihoodSpec) throws(SpecError) {
    guard beta >= 0 && beta.isFinite else {
      throw SpecError("objective", "beta \(beta) should be a number of at least 0")
    }
    guard warmUpEpochs >= 0 && warmUpEpochs.isFinite else {
      throw SpecError("objective", "warm_up_epochs \(warmUpEpochs) should be at least 0")
    }
    try warmUp.validate()
    if case .weightedMean(let weight) = reconstruction {
      guard weight > 0 && weight.isFinite else {
        throw SpecError("objective", "the reconstruction weight \(weight) should be positive")
      }
      switch likelihood {
      case .bernoulli, .gaussian(.fixed): break
      case .gaussian:
        throw SpecError(
          "objective",
          "a weighted mean of squared errors cannot teach a variance; "
            + "use the negative log-likelihood, or a fixed variance")
      default:
        throw SpecError(
          "objective",
          "a weighted mean is one of cross-entropies or squared errors, which the "
            + "\(likelihood.name) likelihood has not; use the negative log-likelihood")
      }
    }
  }
}

/// The reconstruction term as a linear function of the log-likelihood: scale·(−ln p) − shift.
struct ReconstructionScale: Sendable, Equatable {
  let scale: Double
  let shift: Double

  init(_ objective: ObjectiveSpec, likelihood: LikelihoodSpec, dimensions: Int) {
    switch (objective.reconstruction, likelihood) {
    case (.weightedMean(let weight), .gaussian(.fixed(let variance))):
      // Σ(x − m)² = 2σ²·(−ln p − ½D·ln 2πσ²)
      scale = weight / Double(dimensions) * 2 * Double(variance)
      shift =
        scale * 0.5 * Double(dimensions) * Foundation.log(2 * Double.pi * Double(variance))
    case (.weightedMean(let weight), _):
      scale = weight / Double(dimensions)
      shift = 0
    case (.negativeLogLikelihood, _):
      scale = 1
      shift = 0
    }
  }

  /// The reconstruction loss of a log-likelihood, in the objective's units.
  func loss(_ logLikelihood: Double) -> Double { -scale * logLikelihood - shift }
}

/// The evidence lower bound's terms for one minibatch, in and out.
///
///     loss = mean over examples of (reconstruction + β·KL)
///
/// with reconstruction the mean over the K samples of the scaled −ln p(x|zₖ).
struct EvidenceBound: Sendable {
  let reconstruction: ReconstructionScale
  let beta: Double

  typealias Value = ObjectiveValue

  /// The loss from sums over the minibatch.
  ///
  /// - Parameters:
  ///   - logLikelihood: Σ ln p(x|z) over all B·K rows, nats
  ///   - divergence: Σ KL over the B examples, nats
  func value(
    logLikelihood: Double, divergence: Double, examples: Int, samples: Int
  ) -> Value {
    let rows = Double(examples * samples)
    let term = reconstruction.loss(logLikelihood / rows)
    let meanDivergence = divergence / Double(examples)
    return Value(
      loss: term + beta * meanDivergence, reconstruction: term, divergence: meanDivergence)
  }

  /// ∂ loss / ∂ ln p(x|zₖ), the same for every row.
  func likelihoodWeight(examples: Int, samples: Int) -> Double {
    -reconstruction.scale / Double(examples * samples)
  }

  /// ∂ loss / ∂ KL, the same for every example.
  func divergenceWeight(examples: Int) -> Double { beta / Double(examples) }
}
