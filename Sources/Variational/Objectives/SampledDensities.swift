// ln p(z) and ln q(z|x) at the samples, and the way back of what an objective makes of them.

import Kernels

/// The log-densities of z that several objectives are made of, with their weights.
final class SampledDensities {
  private let model: Model
  private let prior: PriorPass
  private let logPriors: TermBuffer  // [R]
  private let logPosteriors: TermBuffer  // [R]
  private let factors: TermBuffer  // what goes to the encoder, [R]
  /// To be written by the objective.
  let weights: TermWeights

  /// Plans for so many rows.
  ///
  /// - Parameter likelihoodWeights: where the step keeps ∂ loss / ∂ ln p(x|z), [R]
  init(_ model: Model, rows: Int, likelihoodWeights: TermBuffer) {
    self.model = model
    prior = PriorPass(model, rows: rows, isTraining: true)
    logPriors = TermBuffer(count: rows)
    logPosteriors = TermBuffer(count: rows)
    factors = TermBuffer(count: rows)
    weights = TermWeights(
      likelihood: likelihoodWeights, prior: TermBuffer(count: rows),
      posterior: TermBuffer(count: rows), latent: TermBuffer(count: rows))
  }

  /// The terms of a minibatch.
  func terms(_ batch: LatentBatch, logLikelihoods: TermBuffer) -> SampleTerms {
    prior.prepare(seed: batch.seed, step: batch.step)
    prior.logDensity(batch.z, into: logPriors, keepingResponsibilities: true)
    model.posterior.logDensity(
      batch.head, noise: batch.noise, samples: batch.samples, into: logPosteriors,
      compute: model.compute)
    return SampleTerms(
      examples: batch.examples, samples: batch.samples, logLikelihoods: logLikelihoods,
      logPriors: logPriors, logPosteriors: logPosteriors)
  }

  /// Turns what the decoder gave to z into the gradient at z, and adds the gradients of the prior's
  /// parameters.
  ///
  /// - Parameters:
  ///   - latentGradient: dz, [R, L]
  ///   - throughLatents: whether ln q's own parameters are constants, its gradient going through z alone
  func pullBackLatents(
    _ batch: LatentBatch, latentGradient dz: MatrixView, throughLatents: Bool = false
  ) {
    for row in 0..<dz.rows {
      if weights.latent[row] != 1 { dz.row(row).scale(by: Float(weights.latent[row])) }
      factors[row] = weights.prior[row] * weights.latent[row]
    }
    prior.addScores(to: dz, z: batch.z, factors: factors)
    prior.pullBack(z: batch.z, weights: weights.prior, seed: batch.seed, step: batch.step)
    for row in 0..<dz.rows { factors[row] = weights.posterior[row] * weights.latent[row] }
    if throughLatents {
      model.posterior.addScores(
        to: dz, head: batch.head, noise: batch.noise, samples: batch.samples, factors: factors,
        compute: model.compute)
    }
  }

  /// Adds what ln q gives to the posterior's parameters, when it doesn't go through z alone.
  ///
  /// - Parameter headGradient: (dμ ‖ dr), [B, 2L]
  func pullBackHead(_ batch: LatentBatch, headGradient: MatrixView) {
    model.posterior.addTotalGradients(
      to: headGradient, derivative: batch.slope, samples: batch.samples, factors: factors)
  }
}
