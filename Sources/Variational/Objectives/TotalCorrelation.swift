// β-TC: the divergence taken apart, with the aggregate posterior estimated from the minibatch.

import Foundation
import Kernels

/// The numbers of a β-TC objective; β itself, the weight of the total correlation, is the objective's.
public struct TotalCorrelationSpec: Sendable, Hashable {
  /// Whether the minibatch is counted as a stratified sample of the data; otherwise it is weighted.
  public var isStratified: Bool
  /// α, the weight of the information between an example and its latents.
  public var mutualInformation: Double
  /// γ, the weight of the divergence of every latent by itself.
  public var dimensionWise: Double

  /// The authors' α = γ = 1 unless given.
  public init(isStratified: Bool, mutualInformation: Double = 1, dimensionWise: Double = 1) {
    self.isStratified = isStratified
    self.mutualInformation = mutualInformation
    self.dimensionWise = dimensionWise
  }
}

/// The evidence bound with the divergence's three parts weighed by themselves.
///
///     loss = reconstruction + α(ln q(z|x) − ln q(z)) + β(ln q(z) − Σ ln q(z_l)) + γ(Σ ln q(z_l) − ln p(z))
///
/// Every term is linear, so the weights are known before the terms.
///
/// - SeeAlso: Chen et al. (2018), "Isolating sources of disentanglement in VAEs", equations 2 to 4; the
///   estimators of ln q(z) in their appendix C.
struct TotalCorrelation: Sendable {
  let reconstruction: ReconstructionScale
  let spec: TotalCorrelationSpec
  let beta: Double

  /// ∂ loss / ∂ ln q(z), for each of R rows.
  func jointWeight(rows: Int) -> Double { (beta - spec.mutualInformation) / Double(rows) }

  /// ∂ loss / ∂ Σ ln q(z_l), for each of R rows.
  func marginalWeight(rows: Int) -> Double { (spec.dimensionWise - beta) / Double(rows) }

  /// The loss and the weights of the other terms.
  ///
  /// - Parameters:
  ///   - joint: ln q(z), [R]
  ///   - marginals: Σ ln q(z_l), [R]
  func weigh(
    _ terms: SampleTerms, joint: TermBuffer, marginals: TermBuffer, into weights: TermWeights
  ) -> ObjectiveValue {
    let rows = Double(terms.rows)
    weights.likelihood.fill(-reconstruction.scale / rows)
    weights.posterior.fill(spec.mutualInformation / rows)
    weights.prior.fill(-spec.dimensionWise / rows)
    weights.latent.fill(1)
    func mean(_ buffer: TermBuffer) -> Double { buffer.sum(first: terms.rows) / rows }
    let (posterior, prior) = (mean(terms.logPosteriors), mean(terms.logPriors))
    let (whole, parts) = (mean(joint), mean(marginals))
    let term = reconstruction.loss(terms.meanLogLikelihood)
    let loss =
      term + spec.mutualInformation * (posterior - whole) + beta * (whole - parts)
      + spec.dimensionWise * (parts - prior)
    return ObjectiveValue(
      loss: loss, reconstruction: term, divergence: posterior - prior, penalty: whole - parts)
  }

  /// ln of the weight that example `other` of the minibatch has in the estimate of q(z), z drawn from
  /// example `own`.
  ///
  /// Weighted: 1/(N·B) for all. Stratified: 1/N for its own, and 1/M for the M = B − 1 others but one, which
  /// stands for the rest of the data with (N − M)/(N·M); here the one after it.
  func logWeight(own: Int, other: Int, examples: Int, population: Int) -> Double {
    let (n, m) = (Double(population), Double(examples - 1))
    guard spec.isStratified else { return -log(n * Double(examples)) }
    if examples == 1 { return 0 }
    if other == own { return -log(n) }
    return other == (own + 1) % examples ? log((n - m) / (n * m)) : -log(m)
  }
}

/// The step of the β-TC objectives.
final class TotalCorrelationPass: ObjectivePass {
  private let model: Model
  private let spec: TotalCorrelationSpec
  private let densities: SampledDensities
  private let memory: Arena
  private let posteriors: VectorView
  private let scratch: [VectorView]  // one a worker
  private let gradient: VectorView  // at z, [R, L]
  private let joint: TermBuffer  // [R]
  private let marginals: TermBuffer  // [R]

  static func floats(examples: Int, rows: Int, latents: Int, workers: Int) -> Double {
    let scratch = PairwiseGaussians.scratchFloats(examples: examples, latents: latents)
    return Double(PairwiseGaussians.floats(examples: examples, latents: latents))
      + Double(workers) * Double(scratch) + Double(rows) * Double(latents + 4)
  }

  init(
    _ model: Model, _ spec: TotalCorrelationSpec, _ densities: SampledDensities, examples: Int,
    samples: Int
  ) {
    self.model = model
    self.spec = spec
    self.densities = densities
    let latents = model.spec.latents
    let rows = examples * samples
    let own = PairwiseGaussians.floats(examples: examples, latents: latents)
    let each = PairwiseGaussians.scratchFloats(examples: examples, latents: latents)
    let workers = model.compute.workers
    let memory = Arena(count: own + workers * each + rows * latents)
    self.memory = memory
    posteriors = memory.vector(at: 0, count: own)
    scratch = (0..<workers).map { memory.vector(at: own + $0 * each, count: each) }
    gradient = memory.vector(at: own + workers * each, count: rows * latents)
    joint = TermBuffer(count: rows)
    marginals = TermBuffer(count: rows)
  }

  func weigh(_ batch: LatentBatch, _ step: StepTerms) -> ObjectiveValue {
    let terms = densities.terms(batch, logLikelihoods: step.logLikelihoods)
    step.divergenceWeights.fill(0)
    let objective = TotalCorrelation(
      reconstruction: model.reconstructionScale, spec: spec, beta: step.beta)
    let latents = model.spec.latents
    let pairs = PairwiseGaussians(
      examples: batch.examples, latents: latents, memory: posteriors)
    pairs.set(0..<batch.examples, head: batch.head)
    let dz = gradient.slice(0, count: batch.rows * latents)
      .matrix(rows: batch.rows, columns: latents)
    for part in scratch { part.fill(0) }
    model.compute.forEachShare(
      of: batch.rows, cost: 32 * batch.examples * latents,
      (objective, pairs, batch, scratch, dz, joint, marginals)
    ) { context, rows, worker in
      let (objective, pairs, batch, scratch, dz, joint, marginals) = context
      let part = PairwiseGaussians.Scratch(
        examples: batch.examples, latents: pairs.latents, memory: scratch[worker])
      let jointWeight = Float(objective.jointWeight(rows: batch.rows))
      let marginalWeight = Float(objective.marginalWeight(rows: batch.rows))
      var previous = -1
      for row in rows {
        let own = row / batch.samples
        if own != previous {
          objective.writeLogWeights(own, batch, into: part.logWeights)
          previous = own
        }
        (joint[row], marginals[row]) = pairs.row(
          batch.z.row(row), jointWeight: jointWeight, marginalWeight: marginalWeight,
          latentGradient: dz.row(row), part)
      }
    }
    return objective.weigh(
      terms, joint: joint, marginals: marginals, into: densities.weights)
  }

  func pullBackLatents(_ batch: LatentBatch, latentGradient: MatrixView) {
    densities.pullBackLatents(batch, latentGradient: latentGradient)
    latentGradient.vector.add(gradient.slice(0, count: latentGradient.count))
  }

  // The workers' sums are added in their order.
  func pullBackHead(_ batch: LatentBatch, headGradient: MatrixView) {
    densities.pullBackHead(batch, headGradient: headGradient)
    let latents = model.spec.latents
    let columns = PairwiseGaussians.columns(latents)
    for memory in scratch {
      let part = PairwiseGaussians.Scratch(
        examples: batch.examples, latents: latents, memory: memory
      ).headGradient
      for row in 0..<batch.examples {
        let target = headGradient.row(row)
        target.slice(0, count: latents).add(part.row(row).slice(0, count: latents))
        let varianceGradient = target.slice(latents, count: latents)
        mapLanes(
          varianceGradient, part.row(row).slice(columns, count: latents), batch.slope.row(row),
          into: varianceGradient
        ) { $0 + $1 * $2 }
      }
    }
  }
}

extension TotalCorrelation {
  fileprivate func writeLogWeights(_ own: Int, _ batch: LatentBatch, into result: VectorView) {
    // Three different numbers; everything but two of them is the same.
    let examples = batch.examples
    let usual = logWeight(
      own: own, other: (own + 2) % examples, examples: examples, population: batch.population)
    result.fill(Float(usual))
    for other in [0, 1] where other < examples {
      let place = (own + other) % examples
      result[place] = Float(
        logWeight(own: own, other: place, examples: examples, population: batch.population))
    }
  }
}
