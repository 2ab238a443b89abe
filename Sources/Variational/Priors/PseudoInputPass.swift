// A VampPrior's pseudo-inputs on their way through the encoder and back.

import CVector
import Kernels
import Networks

/// The pass that turns pseudo-inputs into the components' means and log-variances.
///
/// The parameters are unbounded; what the encoder sees is cut off at the data's range, and where it is,
/// the gradient is zero: the authors' code does so (`Hardtanh`).
///
/// - SeeAlso: Tomczak and Welling (2018), "VAE with a VampPrior", equation 9.
final class PseudoInputPass {
  private let model: Model
  private let workspace: Workspace?  // of training; otherwise the model's own in chunks
  private let memory: Arena
  private let inputs: MatrixView  // what the encoder sees, [C, D]
  private let slope: MatrixView  // dℓ/dr, [C, L]

  /// Floats that the buffers would take.
  static func floats(_ model: Model, isTraining: Bool) -> Double {
    let prior = model.prior
    guard prior.pseudoInputs != nil else { return 0 }
    let components = Double(prior.components)
    let buffers = components * Double(prior.dimensions + prior.latents)
    return isTraining
      ? buffers
        + Workspace.floats(
          model.encoder, capacity: components, isTraining: true, workers: model.compute.workers)
      : buffers
  }

  init(_ model: Model, isTraining: Bool) {
    self.model = model
    let (count, dimensions) = (model.prior.components, model.prior.dimensions)
    workspace =
      isTraining
      ? Workspace(model.encoder, capacity: count, isTraining: true, compute: model.compute) : nil
    let first = Arena.aligned(count * dimensions)
    memory = Arena(count: first + count * model.prior.latents)
    inputs = memory.vector.matrix(rows: count, columns: dimensions)
    slope = memory.vector(at: first, count: count * model.prior.latents)
      .matrix(rows: count, columns: model.prior.latents)
  }

  private var range: (lowest: Float, highest: Float) {
    guard case .vampPrior(let spec) = model.prior.spec, let range = spec.range else {
      return (-.greatestFiniteMagnitude, .greatestFiniteMagnitude)
    }
    return (range.lowerBound, range.upperBound)
  }

  private func values(in arena: VectorView) -> VectorView {
    guard let slot = model.prior.pseudoInputs else {
      preconditionFailure("PseudoInputPass: the prior has no pseudo-inputs")
    }
    return slot.vector(in: arena)
  }

  /// Overwrites the components' heads, [C, 2L], logVariance bounded.
  func forward(into heads: MatrixView, seed: UInt64, step: Int) {
    model.compute.forEachShare(
      of: inputs.count, multiple: 16, cost: 2, (values(in: model.parameters.vector), inputs, range)
    ) { context, part, _ in
      let (values, inputs, range) = context
      let (lowest, highest) = (Lanes(repeating: range.lowest), Lanes(repeating: range.highest))
      mapLanes(
        values.slice(part.lowerBound, count: part.count),
        into: inputs.vector.slice(part.lowerBound, count: part.count)
      ) { vector_min(vector_max($0, lowest), highest) }
    }
    if let workspace {
      let output = workspace.forward(
        inputs, parameters: model.views, mode: .training, seed: seed, step: step)
      heads.vector.copy(from: output.vector)
    } else {
      let inference = model.inferenceWorkspace()
      for first in stride(from: 0, to: inputs.rows, by: inference.capacity) {
        let count = min(inference.capacity, inputs.rows - first)
        let output = inference.encoder.forward(
          inputs.rows(first, count: count), parameters: model.views, mode: .inference, seed: 0,
          step: 0)
        heads.rows(first, count: count).vector.copy(from: output.vector)
      }
    }
    _ = model.posterior.bound(heads, derivative: slope)
  }

  /// Adds the encoder's gradients and writes the pseudo-inputs'.
  ///
  /// - Parameter headGradient: (dμ ‖ dℓ), [C, 2L]; overwritten
  func backward(_ headGradient: MatrixView, seed: UInt64, step: Int) {
    guard let workspace else { preconditionFailure("PseudoInputPass: planned for inference") }
    let latents = slope.columns
    for row in 0..<slope.rows {
      let gradient = headGradient.row(row).slice(latents, count: latents)
      mapLanes(gradient, slope.row(row), into: gradient) { $0 * $1 }
    }
    // Nobody else has a gradient for them, so what the encoder overwrites is the place in the arena.
    let gradients = values(in: model.gradients.vector)
    workspace.backward(
      inputs, outputGradient: headGradient,
      inputGradient: gradients.matrix(rows: inputs.rows, columns: inputs.columns),
      parameters: model.views, mode: .training, seed: seed, step: step)
    model.compute.forEachShare(
      of: gradients.count, multiple: 16, cost: 2,
      (values(in: model.parameters.vector), gradients, range)
    ) { context, part, _ in
      let (values, gradients, range) = context
      let target = gradients.slice(part.lowerBound, count: part.count)
      mapLanes(target, values.slice(part.lowerBound, count: part.count), into: target) { g, v in
        g.replacing(with: 0, where: v .< range.lowest).replacing(with: 0, where: v .> range.highest)
      }
    }
  }
}
