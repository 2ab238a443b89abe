// Regularised autoencoders: no noise; the latents are kept small and the decoder smooth.

import CVector
import Kernels
import Networks

/// The numbers of a regularised autoencoder; β weighs the latents' norm.
public struct RegularisedSpec: Sendable, Hashable {
  /// What keeps the decoder smooth.
  public enum Regulariser: Sendable, Hashable {
    /// ½|θ|² of all the decoder's parameters.
    case weights
    /// ½|D(z + h·v) − D(z)|²/h² with v from N(0, 1) in every dimension, the expectation of which is half the
    /// squared Frobenius norm of the decoder's Jacobian up to terms of order h.
    case gradientPenalty(step: Double)
  }

  /// What keeps the decoder smooth.
  public var regulariser: Regulariser
  /// λ, its weight.
  public var weight: Double

  /// λ is 1e-4 for weights and 1e-2 for the gradient penalty unless given.
  public init(_ regulariser: Regulariser, weight: Double? = nil) {
    self.regulariser = regulariser
    self.weight = weight ?? (regulariser == .weights ? 1e-4 : 1e-2)
  }
}

/// The step of the regularised autoencoders.
///
///     loss = reconstruction + β·½|z|² + λ·regulariser        means over the examples
///
/// The gradient penalty takes a second pass through the decoder, at z + h·v, and the loss's gradient flows
/// through both passes: first derivatives only. D is the decoder's output, which are log-odds for a
/// Bernoulli likelihood.
///
/// - SeeAlso: Ghosh et al. (2020), "From variational to deterministic autoencoders", equations 7 to 9.
final class RegularisedPass: ObjectivePass {
  private let model: Model
  private let spec: RegularisedSpec
  private let step: Double  // h
  private let second: Workspace?  // the decoder's pass at z + h·v
  private let memory: Arena
  private let moved: VectorView  // z + h·v, [R, L]
  private let movedGradient: VectorView  // [R, L]
  private let direction: VectorView  // v, [R, L]
  private let difference: VectorView  // D(z + h·v) − D(z), then its gradient, [R, P]
  private let sums: TermBuffer  // one a worker
  private var beta = 0.0

  static func floats(_ model: Model, _ spec: RegularisedSpec, rows: Int) -> Double {
    guard case .gradientPenalty = spec.regulariser else { return 0 }
    let n = Double(rows)
    return 3 * n * Double(model.spec.latents) + n * Double(model.decoder.outputShape.count)
      + Workspace.floats(model.decoder, capacity: n, isTraining: true)
  }

  init(_ model: Model, _ spec: RegularisedSpec, rows: Int) {
    self.model = model
    self.spec = spec
    var (latents, outputs) = (0, 0)
    if case .gradientPenalty(let h) = spec.regulariser {
      step = h
      second = Workspace(
        model.decoder, capacity: rows, isTraining: true, compute: model.compute,
        sharing: model.passMemory)
      (latents, outputs) = (rows * model.spec.latents, rows * model.decoder.outputShape.count)
    } else {
      step = 0
      second = nil
    }
    let flat = Arena.aligned(latents)
    let memory = Arena(count: 3 * flat + outputs)
    self.memory = memory
    moved = memory.vector(at: 0, count: latents)
    movedGradient = memory.vector(at: flat, count: latents)
    direction = memory.vector(at: 2 * flat, count: latents)
    difference = memory.vector(at: 3 * flat, count: outputs)
    sums = TermBuffer(count: model.compute.workers)
  }

  private func rows(_ vector: VectorView, _ batch: LatentBatch) -> MatrixView {
    let columns = model.spec.latents
    return vector.slice(0, count: batch.rows * columns)
      .matrix(rows: batch.rows, columns: columns)
  }

  private func differences(_ batch: LatentBatch) -> MatrixView {
    let columns = model.decoder.outputShape.count
    return difference.slice(0, count: batch.rows * columns)
      .matrix(rows: batch.rows, columns: columns)
  }

  func decoded(_ batch: LatentBatch, output: MatrixView) {
    guard let second else { return }
    let (point, v) = (rows(moved, batch), rows(direction, batch))
    RandomStream(seed: batch.seed, purpose: .latentNoise, lane: 2)
      .fillGaussian(v, step: batch.step, firstRow: 0)
    let h = Lanes(repeating: Float(step))
    mapLanes(v.vector, batch.z.vector, into: point.vector) { vector_fma($0, h, $1) }
    let other = second.forward(
      point, parameters: model.views, mode: .training, seed: batch.seed, step: batch.step)
    model.compute.forEachShare(
      of: batch.rows, cost: output.columns, (output, other, differences(batch))
    ) { context, rows, _ in
      let (output, other, difference) = context
      for row in rows {
        mapLanes(other.row(row), output.row(row), into: difference.row(row)) { $0 - $1 }
      }
    }
  }

  func weigh(_ batch: LatentBatch, _ terms: StepTerms) -> ObjectiveValue {
    let scale = model.reconstructionScale
    let n = Double(batch.rows)
    beta = terms.beta
    terms.likelihoodWeights.fill(-scale.scale / n)
    let term = scale.loss(terms.logLikelihoods.sum(first: batch.rows) / n)
    let norm = 0.5 * sumOfSquares(batch.z.vector) / n
    let regulariser =
      switch spec.regulariser {
      case .weights:
        0.5 * sumOfSquares(decoderPart(of: model.parameters.vector))
      case .gradientPenalty:
        0.5 * sumOfSquares(differences(batch).vector) / (n * step * step)
      }
    let penalty = beta * norm + spec.weight * regulariser
    return ObjectiveValue(
      loss: term + penalty, reconstruction: term, divergence: 0, penalty: penalty)
  }

  private func decoderPart(of arena: VectorView) -> VectorView {
    arena.slice(model.decoderParameters.lowerBound, count: model.decoderParameters.count)
  }

  // In 64 bits, the workers' sums added in their order.
  private func sumOfSquares(_ values: VectorView) -> Double {
    sums.fill(0)
    model.compute.forEachShare(of: values.count, multiple: 16, cost: 2, (values, sums)) {
      context, range, worker in
      let (values, sums) = context
      sums[worker] = values.slice(range.lowerBound, count: range.count).sumOfSquares
    }
    return sums.sum(first: sums.count)
  }

  func pullBackOutput(_ batch: LatentBatch, outputGradient: MatrixView) {
    guard second != nil else { return }
    // ∂/∂D(z + h·v) = λ(D(z + h·v) − D(z))/(n·h²), and its negative at D(z).
    let factor = Float(spec.weight / (Double(batch.rows) * step * step))
    model.compute.forEachShare(
      of: batch.rows, cost: outputGradient.columns,
      (outputGradient, differences(batch), factor)
    ) { context, rows, _ in
      let (gradient, difference, factor) = context
      for row in rows {
        difference.row(row).scale(by: factor)
        mapLanes(gradient.row(row), difference.row(row), into: gradient.row(row)) { $0 - $1 }
      }
    }
  }

  func pullBackLatents(_ batch: LatentBatch, latentGradient: MatrixView) {
    latentGradient.vector.add(batch.z.vector, times: Float(beta / Double(batch.rows)))
    if let second {
      let dz = rows(movedGradient, batch)
      second.backward(
        rows(moved, batch), outputGradient: differences(batch), inputGradient: dz,
        parameters: model.views, mode: .training, seed: batch.seed, step: batch.step)
      latentGradient.vector.add(dz.vector)
    } else {
      model.compute.forEachShare(
        of: model.decoderParameters.count, multiple: 16, cost: 2,
        (
          decoderPart(of: model.gradients.vector), decoderPart(of: model.parameters.vector),
          Float(spec.weight)
        )
      ) { context, range, _ in
        let (gradients, parameters, weight) = context
        gradients.slice(range.lowerBound, count: range.count)
          .add(parameters.slice(range.lowerBound, count: range.count), times: weight)
      }
    }
  }
}
