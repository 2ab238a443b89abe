import CVector
import Kernels

/// The evidence bound in which a group of latents may use λ nats for nothing.
///
///     loss = reconstruction + β·Σ_g max(λ, KL_g)        KL_g the minibatch's mean of the group's divergence
///
/// - SeeAlso: Kingma et al. (2016), "Improved variational inference with inverse autoregressive flow",
///   appendix C.8.
struct FreeBits: Sendable {
  /// λ, nats a group
  let nats: Double
  /// Dimensions in a group; the last one may be smaller.
  let groupSize: Int

  /// Σ_g max(λ, KL_g), and for each dimension whether its group is above λ.
  ///
  /// - Parameters:
  ///   - divergences: the minibatch's mean divergence of every dimension, nats, [L]
  ///   - weights: receives ∂ result / ∂ divergence, 1 or 0, [L]
  func penalty(_ divergences: TermBuffer, weights: VectorView) -> Double {
    var total = 0.0
    for first in stride(from: 0, to: weights.count, by: groupSize) {
      let group = first..<min(first + groupSize, weights.count)
      var divergence = 0.0
      for latent in group { divergence += divergences[latent] }
      total += max(nats, divergence)
      for latent in group { weights[latent] = divergence > nats ? 1 : 0 }
    }
    return total
  }
}

/// The step of the free-bits objective.
final class FreeBitsPass: ObjectivePass {
  private let model: Model
  private let freeBits: FreeBits
  private let memory: Arena
  private let parts: VectorView  // KL of every example and dimension, [B, L]
  private let weights: VectorView  // [L]
  private let divergences: TermBuffer  // [L]

  init(_ model: Model, _ freeBits: FreeBits, examples: Int) {
    self.model = model
    self.freeBits = freeBits
    let latents = model.spec.latents
    let first = Arena.aligned(examples * latents)
    memory = Arena(count: first + latents)
    parts = memory.vector(at: 0, count: examples * latents)
    weights = memory.vector(at: first, count: latents)
    divergences = TermBuffer(count: latents)
  }

  func weigh(_ batch: LatentBatch, _ step: StepTerms) -> ObjectiveValue {
    let scale = model.reconstructionScale
    let (examples, latents) = (batch.examples, model.spec.latents)
    step.likelihoodWeights.fill(-scale.scale / Double(batch.rows))
    step.divergenceWeights.fill(0)
    let parts = parts.slice(0, count: examples * latents)
      .matrix(rows: examples, columns: latents)
    model.compute.forEachShare(of: examples, cost: 16 * latents, (batch.head, parts, latents)) {
      context, rows, _ in
      let (head, parts, latents) = context
      for row in rows {
        let logVariance = head.row(row).slice(latents, count: latents)
        mapLanes(head.row(row).slice(0, count: latents), logVariance, into: parts.row(row)) {
          0.5 * ($0 * $0 + (expm1($1) - $1))
        }
      }
    }
    divergences.fill(0)
    for row in 0..<examples {
      for latent in 0..<latents {
        divergences[latent] += Double(parts[row, latent]) / Double(examples)
      }
    }
    let penalty = freeBits.penalty(divergences, weights: weights)
    weights.scale(by: Float(step.beta / Double(examples)))
    let term = scale.loss(step.logLikelihoods.sum(first: batch.rows) / Double(batch.rows))
    return ObjectiveValue(
      loss: term + step.beta * penalty, reconstruction: term,
      divergence: divergences.sum(first: latents), penalty: penalty)
  }

  // The weight of every dimension by itself: dμ += w·μ, dr += w·½(e^ℓ − 1)·dℓ/dr.
  func pullBackHead(_ batch: LatentBatch, headGradient: MatrixView) {
    let latents = model.spec.latents
    model.compute.forEachShare(
      of: batch.examples, cost: 16 * latents,
      (batch.head, batch.slope, headGradient, weights, latents)
    ) { context, rows, _ in
      let (head, slope, gradient, weights, latents) = context
      for row in rows {
        let target = gradient.row(row)
        let meanGradient = target.slice(0, count: latents)
        mapLanes(meanGradient, head.row(row).slice(0, count: latents), weights, into: meanGradient)
        { vector_fma($1, $2, $0) }
        // The slope is multiplied in first: a fourth operand would be one too many.
        let varianceGradient = target.slice(latents, count: latents)
        let logVariance = head.row(row).slice(latents, count: latents)
        mapLanes(logVariance, slope.row(row), weights, into: slope.row(row)) {
          0.5 * expm1($0) * $1 * $2
        }
        varianceGradient.add(slope.row(row))
      }
    }
  }
}
