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

  /// R = B·K
  var rows: Int { examples * samples }
}

/// The step's own terms, and where their weights go.
struct StepTerms {
  /// ln p(x|z), [R]
  let logLikelihoods: TermBuffer
  /// KL(q(z|x) ‖ N(0, 1)), [B]
  let divergences: TermBuffer
  /// ∂ loss / ∂ ln p(x|z), [R]
  let likelihoodWeights: TermBuffer
  /// ∂ loss / ∂ KL, [B]
  let divergenceWeights: TermBuffer
  /// β of this step.
  let beta: Double
  /// C of this step, nats; only the capacity objective has one.
  let capacity: Double
}

/// The buffers of an objective and its share of a step, in the order of the calls.
///
/// Everything is allocated by the initialiser.
protocol ObjectivePass: AnyObject {
  /// 4. The decoder's output is there, [R, P], and not yet overwritten by its score.
  func decoded(_ batch: LatentBatch, output: MatrixView)
  /// 6. The loss; writes the weights of the step's own terms.
  func weigh(_ batch: LatentBatch, _ terms: StepTerms) -> ObjectiveValue
  /// 7. Adds to the gradient at the decoder's output, [R, P].
  func pullBackOutput(_ batch: LatentBatch, outputGradient: MatrixView)
  /// 7. Turns what the decoder gave to z into the objective's gradient, [R, L]; adds gradients of
  /// parameters that nothing else touches.
  func pullBackLatents(_ batch: LatentBatch, latentGradient: MatrixView)
  /// 7. Adds what reaches the posterior's parameters other than through z: (dμ ‖ dr), [B, 2L]. Not called
  /// for a deterministic posterior.
  func pullBackHead(_ batch: LatentBatch, headGradient: MatrixView)
}

extension ObjectivePass {
  func decoded(_ batch: LatentBatch, output: MatrixView) {}
  func pullBackOutput(_ batch: LatentBatch, outputGradient: MatrixView) {}
  func pullBackLatents(_ batch: LatentBatch, latentGradient: MatrixView) {}
  func pullBackHead(_ batch: LatentBatch, headGradient: MatrixView) {}
}

extension Model {
  private var needsSampledDivergence: Bool { isVariational && !prior.hasClosedFormDivergence }

  /// The objective's pass for at most so many examples; nil for the evidence bound with its divergence in
  /// closed form, which the step does itself.
  ///
  /// - Parameter likelihoodWeights: where the step keeps ∂ loss / ∂ ln p(x|z), [R]
  func objectivePass(
    examples: Int, samples: Int, likelihoodWeights: TermBuffer
  ) -> (any ObjectivePass)? {
    let rows = examples * samples
    func densities() -> SampledDensities {
      SampledDensities(self, rows: rows, likelihoodWeights: likelihoodWeights)
    }
    switch spec.objective.kind {
    case .evidenceBound(let isSampled):
      return isSampled || needsSampledDivergence ? SampledBoundPass(self, densities()) : nil
    case .importanceWeighted: return SampledBoundPass(self, densities())
    case .capacity:
      return CapacityPass(self, needsSampledDivergence ? densities() : nil)
    case .freeBits(let nats, let groupSize):
      return FreeBitsPass(
        self, FreeBits(nats: nats, groupSize: groupSize), examples: examples)
    case .totalCorrelation(let spec):
      return TotalCorrelationPass(self, spec, densities(), examples: examples, samples: samples)
    case .disentangledPrior(let spec): return CovariancePass(self, spec, examples: examples)
    case .maximumMeanDiscrepancy(let spec): return DiscrepancyPass(self, spec, rows: rows)
    case .regularised(let spec): return RegularisedPass(self, spec, rows: rows)
    }
  }

  /// Floats that the pass would take.
  func objectivePassFloats(examples: Int, samples: Int) -> Double {
    let rows = examples * samples
    let (n, r, l) = (Double(examples), Double(rows), Double(spec.latents))
    let densities = PriorPass.floats(self, rows: rows, isTraining: true) + 12 * r
    switch spec.objective.kind {
    case .evidenceBound(let isSampled): return isSampled || needsSampledDivergence ? densities : 0
    case .importanceWeighted: return densities
    case .capacity: return needsSampledDivergence ? densities : 0
    case .freeBits: return n * l + 4 * l
    case .totalCorrelation:
      return densities
        + TotalCorrelationPass.floats(
          examples: examples, rows: rows, latents: spec.latents, workers: compute.workers)
    case .disentangledPrior: return 2 * n * l + 2 * l * l + l
    case .maximumMeanDiscrepancy: return 2 * r * r + 2 * r * l + 3 * r
    case .regularised(let spec): return RegularisedPass.floats(self, spec, rows: rows)
    }
  }
}
