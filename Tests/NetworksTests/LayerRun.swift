import Kernels
import Networks
import TestSupport

/// A compiled network with arenas of its own, for one forward and backward pass at a time.
struct LayerRun {
  let network: Network
  let layout: ParameterLayout
  let compute: Compute
  let workspace: Workspace
  let batch: Int
  private let values: Arena
  private let gradients: Arena
  private let statistics: Arena

  struct Result {
    let output: [Float]
    let inputGradient: [Float]
  }

  /// Tensors are named `layer.0.weight` and so on; the initial values come from seed 1.
  init(_ specs: [LayerSpec], input: Shape, batch: Int, threads: Int) throws {
    var layout = ParameterLayout()
    network = try Network(
      specs, input: input, name: "layer", initialiser: .glorotUniform, lane: 0, layout: &layout)
    self.layout = layout
    self.batch = batch
    compute = computeForTest(threads: threads)
    workspace = Workspace(network, capacity: batch, isTraining: true, compute: compute)
    values = Arena(count: layout.trainedCount)
    gradients = Arena(count: layout.trainedCount)
    statistics = Arena(count: layout.statisticsCount)
    layout.initialise(trained: values.vector, statistics: statistics.vector, seed: 1)
  }

  var views: ParameterViews {
    ParameterViews(
      values: values.vector, gradients: gradients.vector, statistics: statistics.vector)
  }

  private func find(_ name: String) -> (TensorDescription, VectorView)? {
    if let tensor = layout.trained.first(where: { $0.name == "layer.0.\(name)" }) {
      return (tensor, tensor.slot.vector(in: values.vector))
    }
    if let tensor = layout.statistics.first(where: { $0.name == "layer.0.\(name)" }) {
      return (tensor, tensor.slot.vector(in: statistics.vector))
    }
    return nil
  }

  func setTensor(_ name: String, _ torch: [Float]) throws {
    let (tensor, view) = find(name)!
    view.assign(tensor.memoryOrder(torch))
  }

  func tensor(_ name: String) -> [Float] {
    let (tensor, view) = find(name)!
    return tensor.torchOrder(view.array)
  }

  func gradient(_ name: String) -> [Float] {
    let (tensor, _) = find(name)!
    return tensor.torchOrder(tensor.slot.vector(in: gradients.vector).array)
  }

  /// All trained values, in memory order.
  var parameters: VectorView { values.vector }
  /// All gradients, in memory order.
  var parameterGradients: VectorView { gradients.vector }

  func clearGradients() { gradients.vector.fill(0) }

  func run(
    _ x: [Float], outputGradient dy: [Float], mode: Mode = .training, step: Int = 0
  ) -> Result {
    let input = Arena(count: x.count)
    input.vector.assign(x)
    let inputView = input.vector.matrix(rows: batch, columns: network.inputShape.count)
    let output = workspace.forward(
      inputView, parameters: views, mode: mode, seed: 1, step: step)
    let y = output.vector.array
    let gradient = Arena(count: dy.count)
    gradient.vector.assign(dy)
    let inputGradient = Arena(count: x.count)
    workspace.backward(
      inputView,
      outputGradient: gradient.vector.matrix(rows: batch, columns: network.outputShape.count),
      inputGradient: inputGradient.vector.matrix(
        rows: batch, columns: network.inputShape.count), parameters: views, mode: mode, seed: 1,
      step: step)
    return Result(output: y, inputGradient: inputGradient.vector.array)
  }
}
