// DIP-VAE: the covariance of the latents over the data is drawn towards the identity.

import CVector
import Foundation
import Kernels

/// The numbers of a DIP-VAE objective.
public struct DisentangledPriorSpec: Sendable, Hashable {
  /// Whether the covariance is that of z (II), the posteriors' variances in it; otherwise of the means (I).
  public var includesVariances: Bool
  /// λ_od, the weight of the squared covariances of different latents.
  public var offDiagonal: Double
  /// λ_d, the weight of the squared deviations of the variances from one.
  public var diagonal: Double

  /// λ_od = 10 unless given, λ_d ten times that for I, as much for II, as the authors have it.
  public init(includesVariances: Bool, offDiagonal: Double = 10, diagonal: Double? = nil) {
    self.includesVariances = includesVariances
    self.offDiagonal = offDiagonal
    self.diagonal = diagonal ?? (includesVariances ? 1 : 10) * offDiagonal
  }
}

/// The evidence bound and a penalty on the covariance C of the latents over the minibatch.
///
///     loss = reconstruction + β·KL + λ_od Σ_{i≠j} C_ij² + λ_d Σᵢ (C_ii − 1)²
///
/// I: C = Cov(μ). II: C = Cov(μ) + mean of diag e^ℓ, the covariance of z itself.
///
/// - SeeAlso: Kumar, Sattigeri and Balakrishnan (2018), "Variational inference of disentangled latent
///   concepts from unlabeled observations", equations 5 to 7.
struct DisentangledPrior: Sendable {
  let spec: DisentangledPriorSpec

  /// The penalty; the covariance becomes ∂ penalty / ∂ C.
  ///
  /// - Parameter covariance: C, [L, L], overwritten
  func penalty(_ covariance: MatrixView) -> Double {
    var total = 0.0
    let (off, on) = (spec.offDiagonal, spec.diagonal)
    for row in 0..<covariance.rows {
      let line = covariance.row(row)
      let variance = Double(line[row])
      total += off * (line.sumOfSquares - variance * variance)
      total += on * (variance - 1) * (variance - 1)
      line.scale(by: Float(2 * off))
      line[row] = Float(2 * on * (variance - 1))
    }
    return total
  }
}

/// The step of the DIP-VAE objectives.
final class CovariancePass: ObjectivePass {
  private let model: Model
  private let objective: DisentangledPrior
  private let memory: Arena
  private let centred: VectorView  // μ − its mean, [B, L]
  private let pulled: VectorView  // the same times ∂ penalty / ∂ C, [B, L]
  private let covariance: MatrixView  // [L, L]
  private let means: VectorView  // [L]

  init(_ model: Model, _ spec: DisentangledPriorSpec, examples: Int) {
    self.model = model
    objective = DisentangledPrior(spec: spec)
    let latents = model.spec.latents
    let rows = Arena.aligned(examples * latents)
    let square = Arena.aligned(latents * latents)
    let memory = Arena(count: 2 * rows + square + latents)
    self.memory = memory
    centred = memory.vector(at: 0, count: examples * latents)
    pulled = memory.vector(at: rows, count: examples * latents)
    covariance = memory.vector(at: 2 * rows, count: latents * latents)
      .matrix(rows: latents, columns: latents)
    means = memory.vector(at: 2 * rows + square, count: latents)
  }

  func weigh(_ batch: LatentBatch, _ step: StepTerms) -> ObjectiveValue {
    let scale = model.reconstructionScale
    let examples = Double(batch.examples)
    step.likelihoodWeights.fill(-scale.scale / Double(batch.rows))
    step.divergenceWeights.fill(step.beta / examples)
    writeCovariance(batch)
    let penalty = objective.penalty(covariance)
    let term = scale.loss(step.logLikelihoods.sum(first: batch.rows) / Double(batch.rows))
    let divergence = step.divergences.sum(first: batch.examples) / examples
    return ObjectiveValue(
      loss: term + step.beta * divergence + penalty, reconstruction: term, divergence: divergence,
      penalty: penalty)
  }

  private func matrix(_ vector: VectorView, _ batch: LatentBatch) -> MatrixView {
    vector.slice(0, count: batch.examples * model.spec.latents)
      .matrix(rows: batch.examples, columns: model.spec.latents)
  }

  private func writeCovariance(_ batch: LatentBatch) {
    let (latents, scale) = (model.spec.latents, Float(1 / Double(batch.examples)))
    let centred = matrix(centred, batch)
    let scaled = matrix(pulled, batch)
    means.fill(0)
    for row in 0..<batch.examples {
      means.add(batch.head.row(row).slice(0, count: latents), times: scale)
    }
    for row in 0..<batch.examples {
      mapLanes(batch.head.row(row).slice(0, count: latents), means, into: centred.row(row)) {
        $0 - $1
      }
      mapLanes(centred.row(row), into: scaled.row(row)) { $0 * scale }
    }
    // (μ − μ̄)ᵀ [L×B] · (μ − μ̄)/B [B×L] → C [L×L]
    model.compute.multiply(centred.transposed, by: scaled, into: covariance)
    guard objective.spec.includesVariances else { return }
    means.fill(0)
    for row in 0..<batch.examples {
      mapLanes(means, batch.head.row(row).slice(latents, count: latents), into: means) {
        vector_fma(exp($1), Lanes(repeating: scale), $0)
      }
    }
    for latent in 0..<latents { covariance[latent, latent] += means[latent] }
  }

  // dμ = (2/B)·∂/∂C·(μ − μ̄), symmetric; what the mean would get sums to zero. dℓ = ∂/∂C_jj·e^ℓ/B.
  func pullBackHead(_ batch: LatentBatch, headGradient: MatrixView) {
    let (latents, scale) = (model.spec.latents, Float(1 / Double(batch.examples)))
    let pulled = matrix(pulled, batch)
    // (μ − μ̄) [B×L] · ∂/∂C [L×L] → [B×L]
    model.compute.multiply(matrix(centred, batch), by: covariance, into: pulled)
    for latent in 0..<latents { means[latent] = covariance[latent, latent] * scale }
    for row in 0..<batch.examples {
      let target = headGradient.row(row)
      target.slice(0, count: latents).add(pulled.row(row), times: 2 * scale)
      guard objective.spec.includesVariances else { continue }
      let logVariance = batch.head.row(row).slice(latents, count: latents)
      mapLanes(logVariance, batch.slope.row(row), means, into: pulled.row(row)) {
        exp($0) * $1 * $2
      }
      target.slice(latents, count: latents).add(pulled.row(row))
    }
  }
}
