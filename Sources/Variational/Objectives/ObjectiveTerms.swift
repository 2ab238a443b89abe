// What goes into an objective and what comes out of it: one number a sample or an example.

import Kernels

/// Log-densities of a minibatch, nats. R = B·K rows; the K samples of an example follow each other.
struct SampleTerms: Sendable {
  /// B
  let examples: Int
  /// K
  let samples: Int
  /// ln p(x|z), [R]
  let logLikelihoods: TermBuffer
  /// ln p(z), [R]
  let logPriors: TermBuffer
  /// ln q(z|x), [R]
  let logPosteriors: TermBuffer

  /// R
  var rows: Int { examples * samples }

  /// The mean over the rows of ln q(z|x) − ln p(z): the estimate of KL(q(z|x) ‖ p(z)) per example.
  var meanDivergence: Double {
    (logPosteriors.sum(first: rows) - logPriors.sum(first: rows)) / Double(rows)
  }

  /// The mean over the rows of ln p(x|z).
  var meanLogLikelihood: Double { logLikelihoods.sum(first: rows) / Double(rows) }
}

/// The weight of every term, ∂ loss / ∂ term, as far as backward needs it.
///
/// Generative parameters (of the decoder, the likelihood and the prior) get `likelihood` and `prior`.
/// What goes on to the encoder, through z or through ln q's own parameters, is multiplied by `latent` of
/// its row: one for a gradient of the loss itself, something else for estimators that treat encoder and
/// decoder differently.
struct TermWeights: Sendable {
  /// ∂ loss / ∂ ln p(x|z), [R]
  let likelihood: TermBuffer
  /// ∂ loss / ∂ ln p(z), [R]
  let prior: TermBuffer
  /// ∂ loss / ∂ ln q(z|x), [R]
  let posterior: TermBuffer
  /// The factor of what a row gives to the encoder, [R]
  let latent: TermBuffer

  init(
    likelihood: TermBuffer, prior: TermBuffer, posterior: TermBuffer, latent: TermBuffer
  ) {
    self.likelihood = likelihood
    self.prior = prior
    self.posterior = posterior
    self.latent = latent
  }

  /// Buffers for so many rows.
  init(rows: Int) {
    self.init(
      likelihood: TermBuffer(count: rows), prior: TermBuffer(count: rows),
      posterior: TermBuffer(count: rows), latent: TermBuffer(count: rows))
  }
}

/// The loss and its parts, means over the examples.
struct ObjectiveValue: Sendable, Equatable {
  /// What is minimised, in the objective's units.
  var loss: Double
  /// The reconstruction term, in the objective's units.
  var reconstruction: Double
  /// KL(q(z|x) ‖ p(z)) or its estimate, nats.
  var divergence: Double
  /// What the objective penalises, where that is not the divergence; without its weight.
  var penalty: Double?
}

/// ln p(x|z) and ln p(z) − ln q(z|x) as one number: the logarithm of an importance weight.
///
///     ln w = s·ln p(x|z) + shift + β·(ln p(z) − ln q(z|x))
///
/// With s = β = 1 and no shift it is the importance weight of ln p(x); otherwise that of a tempered model.
struct LogWeight: Sendable {
  let reconstruction: ReconstructionScale
  let beta: Double

  /// ln w of one row.
  func callAsFunction(_ terms: SampleTerms, _ row: Int) -> Double {
    -reconstruction.loss(terms.logLikelihoods[row])
      + beta * (terms.logPriors[row] - terms.logPosteriors[row])
  }

  /// Writes a row's weights for ∂ loss / ∂ ln w = −`share`.
  func spread(_ share: Double, _ row: Int, into weights: TermWeights) {
    weights.likelihood[row] = -reconstruction.scale * share
    weights.prior[row] = -beta * share
    weights.posterior[row] = beta * share
  }

  /// The value of a bound on these terms.
  func value(bound: Double, _ terms: SampleTerms) -> ObjectiveValue {
    ObjectiveValue(
      loss: -bound, reconstruction: reconstruction.loss(terms.meanLogLikelihood),
      divergence: terms.meanDivergence)
  }
}
