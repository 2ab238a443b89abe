// What a layer is: a map with a vector-Jacobian product.

import Kernels

/// Whether batch statistics and dropout are on.
package enum Mode: Sendable, Equatable {
  case training
  case inference
}

/// The arenas a layer reads its parameters from and adds its gradients to.
package struct ParameterViews: Sendable {
  /// Trained values.
  package let values: VectorView
  /// Their gradients: accumulated, never overwritten.
  package let gradients: VectorView
  /// Running statistics.
  package let statistics: VectorView

  package init(values: VectorView, gradients: VectorView, statistics: VectorView) {
    self.values = values
    self.gradients = gradients
    self.statistics = statistics
  }
}

/// All that one call of a layer needs besides its own sizes. The layer keeps nothing between calls.
package struct LayerPass: Sendable {
  /// X, [n, inputs]
  package let input: MatrixView
  /// Y, [n, outputs]
  package let output: MatrixView
  /// What forward leaves for backward besides X and Y; see `Layer.savedPerExample`.
  package let saved: VectorView
  /// Memory for the length of the call, one part a worker.
  package let scratch: [VectorView]
  package let parameters: ParameterViews
  package let compute: Compute
  package let mode: Mode
  /// Dropout's random numbers are a function of the seed and the step.
  package let seed: UInt64
  package let step: Int
}

/// A differentiable map Y = f(X; W) on n examples.
package protocol Layer: Sendable {
  var inputShape: Shape { get }
  var outputShape: Shape { get }
  /// Floats kept for backward: for each example, and once a batch.
  var savedPerExample: Int { get }
  var savedPerBatch: Int { get }
  /// Floats of scratch that each worker needs.
  func scratchPerWorker(workers: Int) -> Int
  /// Overwrites `pass.output`.
  func forward(_ pass: LayerPass)
  /// Adds to the parameters' gradients and overwrites `inputGradient`.
  ///
  /// - Parameters:
  ///   - outputGradient: dY, [n, outputs]; may be overwritten
  ///   - inputGradient: dX, [n, inputs]; nil for the layer that sees the data
  func backward(_ pass: LayerPass, outputGradient: MatrixView, inputGradient: MatrixView?)
}

extension Layer {
  package var savedPerExample: Int { 0 }
  package var savedPerBatch: Int { 0 }
  package func scratchPerWorker(workers: Int) -> Int { 0 }
}

/// A layer whose last act can be an elementwise function, applied while its output is in cache.
package protocol FusingLayer: Layer {
  var activation: Activation { get set }
}
