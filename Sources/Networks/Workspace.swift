// The memory of a network's passes, planned once for a largest batch.

import Kernels

/// Activations and what backward needs besides them; gradients and scratch may be shared with others.
package final class Workspace: Sendable {
  /// The most examples a pass may have.
  package let capacity: Int
  private let network: Network
  private let compute: Compute
  private let arena: Arena
  private let shared: PassMemory
  private let outputs: [VectorView]  // one a layer, [capacity × outputs]
  private let saved: [VectorView]

  /// Plans the passes of a network.
  ///
  /// - Parameters:
  ///   - capacity: the most examples in a pass
  ///   - isTraining: whether there will be a backward pass; without one, two buffers hold the outputs of
  ///     all layers in turn
  ///   - shared: memory made for this network among others; nil for memory of its own
  package init(
    _ network: Network, capacity: Int, isTraining: Bool, compute: Compute,
    sharing shared: PassMemory? = nil
  ) {
    precondition(capacity >= 1, "Workspace: a capacity of \(capacity)")
    self.capacity = capacity
    self.network = network
    self.compute = compute
    self.shared =
      shared ?? PassMemory([(network, isTraining ? capacity : 0)], workers: compute.workers)
    var total = 0
    func reserve(_ count: Int) -> (Int, Int) {
      defer { total += Arena.aligned(count) }
      return (total, count)
    }
    let counts = network.layers.map { capacity * $0.outputShape.count }
    let outputPlan: [(Int, Int)]
    if isTraining {
      outputPlan = counts.map(reserve)
    } else {
      let sides = Workspace.widestInTurn(counts).map(reserve)
      outputPlan = counts.indices.map { (sides[$0 % 2].0, counts[$0]) }
    }
    let savedPlan = network.layers.map {
      reserve(capacity * $0.savedPerExample + $0.savedPerBatch)
    }
    let arena = Arena(count: total)
    func view(_ plan: (Int, Int)) -> VectorView { arena.vector(at: plan.0, count: plan.1) }
    self.arena = arena
    outputs = outputPlan.map(view)
    saved = savedPlan.map(view)
  }

  // The largest of every other count, from the first and from the second on.
  private static func widestInTurn(_ counts: [Int]) -> [Int] {
    (0..<2).map { side in counts.indices.filter { $0 % 2 == side }.map { counts[$0] }.max() ?? 0 }
  }

  /// Floats that a workspace would hold, shared memory not counted; see `init`. A number that `Int` may
  /// not hold.
  package static func floats(_ network: Network, capacity: Double, isTraining: Bool) -> Double {
    let counts = network.layers.map(\.outputShape.count)
    let outputs = (isTraining ? counts : widestInTurn(counts)).reduce(0.0) { $0 + Double($1) }
    return network.layers.reduce(capacity * outputs) {
      $0 + capacity * Double($1.savedPerExample) + Double($1.savedPerBatch)
    }
  }

  /// Floats that the workspace holds.
  package var count: Int { arena.count }

  /// Runs the layers.
  ///
  /// - Parameter input: X, [n, inputs], n ≤ capacity; must stay as it is until backward has run.
  /// - Returns: Y, [n, outputs], valid until the next pass.
  package func forward(
    _ input: MatrixView, parameters: ParameterViews, mode: Mode, seed: UInt64, step: Int
  ) -> MatrixView {
    precondition(
      input.rows <= capacity && input.columns == network.inputShape.count,
      """
      Workspace.forward: input [\(input.rows), \(input.columns)], planned for up to \
      [\(capacity), \(network.inputShape.count)]
      """)
    var x = input
    for index in network.layers.indices {
      let pass = pass(
        index, input: x, parameters: parameters, mode: mode, seed: seed, step: step)
      network.layers[index].forward(pass)
      x = pass.output
    }
    return x
  }

  /// The gradients of a forward pass, last layer first.
  ///
  /// - Parameters:
  ///   - input: the same X as forward's
  ///   - outputGradient: dY, [n, outputs]; overwritten
  ///   - inputGradient: receives dX, [n, inputs]; nil if nobody asks
  package func backward(
    _ input: MatrixView, outputGradient: MatrixView, inputGradient: MatrixView?,
    parameters: ParameterViews, mode: Mode, seed: UInt64, step: Int
  ) {
    var dy = outputGradient
    for index in network.layers.indices.reversed() {
      let layer = network.layers[index]
      let x = index == 0 ? input : output(index - 1, rows: input.rows)
      let pass = pass(
        index, input: x, parameters: parameters, mode: mode, seed: seed, step: step)
      let dx =
        index == 0
        ? inputGradient
        : shared.gradients[index % 2].matrix(rows: input.rows, columns: layer.inputShape.count)
      layer.backward(pass, outputGradient: dy, inputGradient: dx)
      if let dx { dy = dx }
    }
    if network.layers.isEmpty, let inputGradient {
      inputGradient.vector.copy(from: outputGradient.vector)
    }
  }

  private func output(_ index: Int, rows: Int) -> MatrixView {
    outputs[index].matrix(rows: rows, columns: network.layers[index].outputShape.count)
  }

  private func pass(
    _ index: Int, input: MatrixView, parameters: ParameterViews, mode: Mode, seed: UInt64,
    step: Int
  ) -> LayerPass {
    LayerPass(
      input: input, output: output(index, rows: input.rows), saved: saved[index],
      scratch: shared.scratch, parameters: parameters, compute: compute, mode: mode, seed: seed,
      step: step)
  }
}
