// One layer by itself, for benchmarks. It is no part of the interface: only a client that imports
// this module with `@_spi(Benchmarks)` sees it.

import Kernels

/// A layer with random weights, input and output gradient, ready to run.
@_spi(Benchmarks)
public final class LayerProbe {
  /// The shape of one output.
  public let outputShape: Shape
  private let compute: Compute
  private let workspace: Workspace
  private let views: ParameterViews
  // What the views look into.
  private let arenas: [Arena]
  private let input: MatrixView  // X, [n, inputs]
  private let inputGradient: MatrixView?  // dX, [n, inputs]
  private let outputGradient: MatrixView  // dY, [n, outputs]

  /// Compiles one layer.
  ///
  /// - Parameters:
  ///   - spec: the layer
  ///   - input: the shape of one example
  ///   - batchSize: n
  ///   - needsInputGradient: whether backward computes dX; a model's first layer has no use for it
  ///   - threads: how many share the work
  ///   - backend: who multiplies
  /// - Throws: `SpecError` if the layer doesn't take the shape, `ResourceError` without threads or memory.
  public init(
    _ spec: LayerSpec, input shape: Shape, batchSize: Int, needsInputGradient: Bool, threads: Int,
    backend: MatrixBackend
  ) throws {
    var layout = ParameterLayout()
    let network = try Network(
      [spec], input: shape, name: "layer", initialiser: .glorotUniform, lane: 0, layout: &layout)
    outputShape = network.outputShape
    compute = try Compute(threads: threads, backend: backend)
    workspace = Workspace(network, capacity: batchSize, isTraining: true, compute: compute)
    let counts = [
      layout.trainedCount, layout.trainedCount, layout.statisticsCount, batchSize * shape.count,
      batchSize * shape.count, batchSize * network.outputShape.count,
    ]
    arenas = counts.map { Arena(count: $0) }
    views = ParameterViews(
      values: arenas[0].vector, gradients: arenas[1].vector, statistics: arenas[2].vector)
    layout.initialise(trained: views.values, statistics: views.statistics, seed: 1)
    input = arenas[3].vector.matrix(rows: batchSize, columns: shape.count)
    inputGradient =
      needsInputGradient ? arenas[4].vector.matrix(rows: batchSize, columns: shape.count) : nil
    outputGradient = arenas[5].vector.matrix(rows: batchSize, columns: network.outputShape.count)
    let stream = RandomStream(seed: 1)
    stream.fillGaussian(input, step: 0, firstRow: 0)
    stream.fillGaussian(outputGradient, step: 1, firstRow: 0)
  }

  /// Y from X.
  public func forward() {
    _ = workspace.forward(input, parameters: views, mode: .training, seed: 1, step: 0)
  }

  /// dW and dX from dY, once forward has run. dW accumulates.
  public func backward() {
    workspace.backward(
      input, outputGradient: outputGradient, inputGradient: inputGradient, parameters: views,
      mode: .training, seed: 1, step: 0)
  }
}
