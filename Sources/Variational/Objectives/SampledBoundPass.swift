import Kernels

/// The step of the bounds that are functions of ln p(x|z), ln p(z) and ln q(z|x) at the samples.
final class SampledBoundPass: ObjectivePass {
  private let model: Model
  private let kind: ObjectiveKind
  private let densities: SampledDensities

  init(_ model: Model, _ densities: SampledDensities) {
    self.model = model
    self.densities = densities
    kind = model.spec.objective.kind
  }

  private var isDoublyReparameterised: Bool {
    kind == .importanceWeighted(.doublyReparameterised)
  }

  func weigh(_ batch: LatentBatch, _ step: StepTerms) -> ObjectiveValue {
    let terms = densities.terms(batch, logLikelihoods: step.logLikelihoods)
    let logWeight = LogWeight(reconstruction: model.reconstructionScale, beta: step.beta)
    let weights = densities.weights
    step.divergenceWeights.fill(0)
    switch kind {
    case .importanceWeighted(.all):
      return ImportanceWeightedBound(logWeight: logWeight, groups: 1).weigh(terms, into: weights)
    case .importanceWeighted(.multiple(let groups)):
      return ImportanceWeightedBound(logWeight: logWeight, groups: groups)
        .weigh(terms, into: weights)
    case .importanceWeighted(.doublyReparameterised):
      return DoublyReparameterisedBound(logWeight: logWeight).weigh(terms, into: weights)
    case .importanceWeighted(.partial(let groups)):
      return PartiallyImportanceWeightedBound(logWeight: logWeight, groups: groups)
        .weigh(terms, into: weights)
    case .importanceWeighted(.combined(let share)):
      return CombinedImportanceWeightedBound(logWeight: logWeight, share: share)
        .weigh(terms, into: weights)
    default:
      // One sample a group: the evidence bound.
      return ImportanceWeightedBound(logWeight: logWeight, groups: batch.samples)
        .weigh(terms, into: weights)
    }
  }

  func pullBackLatents(_ batch: LatentBatch, latentGradient: MatrixView) {
    densities.pullBackLatents(
      batch, latentGradient: latentGradient, throughLatents: isDoublyReparameterised)
  }

  func pullBackHead(_ batch: LatentBatch, headGradient: MatrixView) {
    if !isDoublyReparameterised { densities.pullBackHead(batch, headGradient: headGradient) }
  }
}
