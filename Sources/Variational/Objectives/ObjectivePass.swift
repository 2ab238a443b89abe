// What an objective other than the evidence bound with its divergence in closed form adds to a step.

import Kernels

/// A minibatch between encoder and decoder.
struct LatentBatch {
  /// (μ ‖ ℓ), [B, 2L], or z itself for a deterministic posterior
  let head: MatrixView
  /// dℓ/dr of the log-variance's bound, [B, L]
  let slope: MatrixView
  /// ε, [B·K, L]
  let noise: MatrixView
  /// z, [B·K, L]
  let z: MatrixView
  /// B
  let examples: Int
  /// K
  let samples: Int
  /// Examples in the training data.
  let population: Int
  /// Of the step: the encoder's dropout and every draw are functions of them.
  let seed: UInt64
  let step: Int
}

/// The buffers of an objective and its share of a step: values and weights before the way back, gradients
/// on it.
final class ObjectivePass {
  private let model: Model
  private let kind: ObjectiveKind
  private let prior: PriorPass
  private let terms: (logPriors: TermBuffer, logPosteriors: TermBuffer)  // [R]
  private let weights: TermWeights  // [R]
  private let factors: TermBuffer  // what goes to the encoder, [R]

  /// Whether the model needs one.
  static func isNeeded(_ model: Model) -> Bool {
    model.spec.objective.kind != .evidenceBound(isSampled: false)
      || !model.prior.hasClosedFormDivergence && model.isVariational
  }

  /// Floats that the buffers would take.
  static func floats(_ model: Model, examples: Int, samples: Int) -> Double {
    isNeeded(model)
      ? PriorPass.floats(model, rows: examples * samples, isTraining: true)
        + 12 * Double(examples * samples) : 0
  }

  /// Plans for at most so many examples.
  ///
  /// - Parameter likelihoodWeights: where the step keeps ∂ loss / ∂ ln p(x|z), [R]
  init(_ model: Model, examples: Int, samples: Int, likelihoodWeights: TermBuffer) {
    self.model = model
    kind = model.spec.objective.kind
    let rows = examples * samples
    prior = PriorPass(model, rows: rows, isTraining: true)
    terms = (TermBuffer(count: rows), TermBuffer(count: rows))
    weights = TermWeights(
      likelihood: likelihoodWeights, prior: TermBuffer(count: rows),
      posterior: TermBuffer(count: rows), latent: TermBuffer(count: rows))
    factors = TermBuffer(count: rows)
  }

  private var isDoublyReparameterised: Bool {
    kind == .importanceWeighted(.doublyReparameterised)
  }

  // MARK: 6. Loss in, weights out

  /// The loss; what weighs ln p(x|z) is written to the step's buffer, the other weights are kept.
  func weigh(_ batch: LatentBatch, logLikelihoods: TermBuffer, beta: Double) -> ObjectiveValue {
    let terms = densities(batch, logLikelihoods)
    let logWeight = LogWeight(reconstruction: model.reconstructionScale, beta: beta)
    let groups =
      switch kind {
      case .evidenceBound: batch.samples
      case .importanceWeighted(.multiple(let groups)), .importanceWeighted(.partial(let groups)):
        groups
      case .importanceWeighted: 1
      }
    switch kind {
    case .evidenceBound, .importanceWeighted(.all), .importanceWeighted(.multiple):
      return ImportanceWeightedBound(logWeight: logWeight, groups: groups)
        .weigh(terms, into: weights)
    case .importanceWeighted(.doublyReparameterised):
      return DoublyReparameterisedBound(logWeight: logWeight).weigh(terms, into: weights)
    case .importanceWeighted(.partial):
      return PartiallyImportanceWeightedBound(logWeight: logWeight, groups: groups)
        .weigh(terms, into: weights)
    case .importanceWeighted(.combined(let share)):
      return CombinedImportanceWeightedBound(logWeight: logWeight, share: share)
        .weigh(terms, into: weights)
    }
  }

  private func densities(_ batch: LatentBatch, _ logLikelihoods: TermBuffer) -> SampleTerms {
    prior.prepare(seed: batch.seed, step: batch.step)
    prior.logDensity(batch.z, into: terms.logPriors, keepingResponsibilities: true)
    model.posterior.logDensity(
      batch.head, noise: batch.noise, samples: batch.samples, into: terms.logPosteriors,
      compute: model.compute)
    return SampleTerms(
      examples: batch.examples, samples: batch.samples, logLikelihoods: logLikelihoods,
      logPriors: terms.logPriors, logPosteriors: terms.logPosteriors)
  }

  // MARK: 7. Backwards

  /// Turns what the decoder gave to z into the objective's gradient at z, and adds the gradients of the
  /// prior's parameters.
  ///
  /// - Parameter latentGradient: dz, [R, L]
  func pullBackLatents(_ batch: LatentBatch, latentGradient dz: MatrixView) {
    for row in 0..<dz.rows {
      if weights.latent[row] != 1 { dz.row(row).scale(by: Float(weights.latent[row])) }
      factors[row] = weights.prior[row] * weights.latent[row]
    }
    prior.addScores(to: dz, z: batch.z, factors: factors)
    prior.pullBack(z: batch.z, weights: weights.prior, seed: batch.seed, step: batch.step)
    for row in 0..<dz.rows { factors[row] = weights.posterior[row] * weights.latent[row] }
    if isDoublyReparameterised {
      model.posterior.addScores(
        to: dz, head: batch.head, noise: batch.noise, samples: batch.samples, factors: factors,
        compute: model.compute)
    }
  }

  /// Adds what reaches the posterior's parameters other than through z.
  ///
  /// - Parameter headGradient: (dμ ‖ dr), [B, 2L]
  func pullBackHead(_ batch: LatentBatch, headGradient: MatrixView) {
    if isDoublyReparameterised { return }
    model.posterior.addTotalGradients(
      to: headGradient, derivative: batch.slope, samples: batch.samples, factors: factors)
  }
}
