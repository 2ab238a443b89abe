import Kernels

/// The evidence bound whose divergence is held at a capacity instead of being made small.
///
///     loss = reconstruction + β·γ·|KL − C|        KL the minibatch's mean
///
/// C rises linearly, so that the latents take up what matters most first.
///
/// - SeeAlso: Burgess et al. (2018), "Understanding disentangling in β-VAE", equation 8.
struct Capacity: Sendable {
  let reconstruction: ReconstructionScale
  /// β·γ
  let weight: Double
  /// C, nats
  let capacity: Double

  /// The loss from means over the minibatch, nats.
  func value(logLikelihood: Double, divergence: Double) -> ObjectiveValue {
    let term = reconstruction.loss(logLikelihood)
    let penalty = abs(divergence - capacity)
    return ObjectiveValue(
      loss: term + weight * penalty, reconstruction: term, divergence: divergence,
      penalty: penalty)
  }

  /// ∂ loss / ∂ the mean divergence; zero where it is the capacity itself.
  func divergenceWeight(_ divergence: Double) -> Double {
    divergence > capacity ? weight : divergence < capacity ? -weight : 0
  }
}

/// The step of the capacity objective.
final class CapacityPass: ObjectivePass {
  private let model: Model
  private let densities: SampledDensities?  // under a learned prior
  private let penaltyWeight: Double

  init(_ model: Model, _ densities: SampledDensities?) {
    self.model = model
    self.densities = densities
    penaltyWeight =
      if case .capacity(_, _, let weight) = model.spec.objective.kind { weight } else { 1 }
  }

  func weigh(_ batch: LatentBatch, _ step: StepTerms) -> ObjectiveValue {
    let rows = Double(batch.rows)
    let objective = Capacity(
      reconstruction: model.reconstructionScale, weight: step.beta * penaltyWeight,
      capacity: step.capacity)
    step.likelihoodWeights.fill(-objective.reconstruction.scale / rows)
    let terms = densities?.terms(batch, logLikelihoods: step.logLikelihoods)
    let divergence =
      terms?.meanDivergence
      ?? step.divergences.sum(first: batch.examples) / Double(batch.examples)
    let slope = objective.divergenceWeight(divergence)
    step.divergenceWeights.fill(slope / Double(batch.examples))
    if let densities {
      step.divergenceWeights.fill(0)
      densities.weights.posterior.fill(slope / rows)
      densities.weights.prior.fill(-slope / rows)
      densities.weights.latent.fill(1)
    }
    return objective.value(
      logLikelihood: step.logLikelihoods.sum(first: batch.rows) / rows, divergence: divergence)
  }

  func pullBackLatents(_ batch: LatentBatch, latentGradient: MatrixView) {
    densities?.pullBackLatents(batch, latentGradient: latentGradient)
  }

  func pullBackHead(_ batch: LatentBatch, headGradient: MatrixView) {
    densities?.pullBackHead(batch, headGradient: headGradient)
  }
}
