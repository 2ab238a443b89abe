import Kernels
import Networks
import TestSupport
import Testing

/// A compiled network with arenas of its own whose passes take and return arrays.
final class Harness {
  let network: Network
  let layout: ParameterLayout
  let workspace: Workspace
  let values: Arena
  let gradients: Arena
  let statistics: Arena

  init(
    _ specs: [LayerSpec], input: Shape, capacity: Int, threads: Int = 1, lane: Int = 0,
    seed: UInt64 = 1
  ) throws {
    var layout = ParameterLayout()
    network = try Network(
      specs, input: input, name: "net", initialiser: .glorotUniform, lane: lane, layout: &layout)
    self.layout = layout
    workspace = Workspace(
      network, capacity: capacity, isTraining: true, compute: computeForTest(threads: threads))
    values = Arena(count: layout.trainedCount)
    gradients = Arena(count: layout.trainedCount)
    statistics = Arena(count: layout.statisticsCount)
    layout.initialise(trained: values.vector, statistics: statistics.vector, seed: seed)
  }

  var views: ParameterViews {
    ParameterViews(
      values: values.vector, gradients: gradients.vector, statistics: statistics.vector)
  }

  /// Moves every trained value by up to ½ and rounds it to a multiple of 2⁻¹².
  func scatterValues(seed: Int) {
    var numbers = TestNumbers(seed: seed)
    for tensor in layout.trained {
      let vector = tensor.slot.vector(in: values.vector)
      let isWeight = tensor.shape.count > 1
      for index in 0..<vector.count {
        let value = vector[index] + (isWeight ? 0 : numbers.float() / 2)
        vector[index] = (value * 4096).rounded() / 4096
      }
    }
  }

  private func matrix(_ arena: Arena, _ columns: Int) -> MatrixView {
    arena.vector.matrix(rows: arena.count / columns, columns: columns)
  }

  func forward(
    _ x: [Float], mode: Mode = .training, seed: UInt64 = 1, step: Int = 0
  ) -> [Float] {
    let input = arena(x)
    return withExtendedLifetime(input) {
      let y = workspace.forward(
        matrix(input, network.inputShape.count), parameters: views, mode: mode, seed: seed,
        step: step)
      return (0..<y.rows).flatMap { y.row($0).array }
    }
  }

  /// Forward and backward; parameters' gradients are added to `gradients`.
  @discardableResult
  func run(
    _ x: [Float], _ dy: [Float], mode: Mode = .training, seed: UInt64 = 1, step: Int = 0,
    wantsInputGradient: Bool = true
  ) -> (output: [Float], inputGradient: [Float]) {
    let (input, gradient, result) = (arena(x), arena(dy), Arena(count: x.count))
    return withExtendedLifetime((input, gradient, result)) {
      let view = matrix(input, network.inputShape.count)
      let y = workspace.forward(view, parameters: views, mode: mode, seed: seed, step: step)
      let output = (0..<y.rows).flatMap { y.row($0).array }
      workspace.backward(
        view, outputGradient: matrix(gradient, network.outputShape.count),
        inputGradient: wantsInputGradient ? matrix(result, network.inputShape.count) : nil,
        parameters: views, mode: mode, seed: seed, step: step)
      return (output, result.vector.array)
    }
  }

  private func arena(_ values: [Float]) -> Arena {
    let arena = Arena(count: values.count)
    arena.vector.assign(values)
    return arena
  }
}

/// Networks of every layer kind, and some compositions, for what must hold of all.
struct NetworkCase: Sendable, CustomTestStringConvertible {
  let name: String
  let specs: [LayerSpec]
  let input: Shape
  /// Roundings on the longest path: fan-ins, and sixteen for a function.
  let roundings: Int
  var testDescription: String { name }

  init(_ name: String, _ specs: [LayerSpec], _ input: Shape, roundings: Int) {
    self.name = name
    self.specs = specs
    self.input = input
    self.roundings = roundings
  }

  static let image = Shape(height: 6, width: 5, channels: 3)
  static let deep = Shape(height: 4, width: 5, channels: 9)

  static let functions: [(String, LayerSpec)] = [
    ("relu", .relu), ("leaky", .leakyReLU(slope: 0.3)), ("elu", .elu(alpha: 0.7)), ("silu", .silu),
    ("gelu", .gelu), ("sigmoid", .sigmoid), ("tanh", .tanh), ("softplus", .softplus),
  ]

  static let single: [NetworkCase] =
    [
      NetworkCase("dense", [.dense(outputs: 7)], Shape(features: 11), roundings: 12),
      NetworkCase("gated", [.gatedDense(outputs: 7)], Shape(features: 11), roundings: 40),
      NetworkCase("conv", [.conv2D(filters: 5, stride: 2)], image, roundings: 28),
      NetworkCase(
        "conv dilated",
        [
          .conv2D(
            ConvolutionSpec(
              filters: 4, kernel: [2, 3], stride: [1, 2],
              padding: .explicit(top: 1, bottom: 2, left: 3, right: 0), dilation: [2, 1]))
        ], image, roundings: 20),
      NetworkCase("conv shifted", [.conv2D(filters: 3)], deep, roundings: 82),
      NetworkCase(
        "transposed", [.convTranspose2D(filters: 5, stride: 2)], image, roundings: 28),
      NetworkCase(
        "transposed, output padding",
        [
          .convTranspose2D(
            ConvolutionSpec(
              filters: 4, kernel: [3, 2], stride: [2, 3],
              padding: .explicit(top: 1, bottom: 1, left: 0, right: 1), outputPadding: [1, 0]))
        ], image, roundings: 20),
      NetworkCase(
        "norm", [.batchNorm()], Shape(height: 3, width: 3, channels: 17), roundings: 150),
      NetworkCase("norm flat", [.batchNorm()], Shape(features: 5), roundings: 150),
      NetworkCase("dropout", [.dropout(rate: 0.4)], image, roundings: 2),
      NetworkCase("flatten", [.flatten], image, roundings: 0),
      NetworkCase(
        "reshape", [.reshape(height: 2, width: 3, channels: 4)], Shape(features: 24), roundings: 0),
    ]
    + functions.map { NetworkCase($0.0, [$0.1], image, roundings: 16) }
    + functions.map {
      NetworkCase("dense " + $0.0, [.dense(outputs: 9), $0.1], Shape(features: 6), roundings: 23)
    }

  static let composed: [NetworkCase] =
    [
      NetworkCase(
        "image encoder",
        [
          .conv2D(filters: 4, stride: 2), .batchNorm(), .leakyReLU(slope: 0.3), .flatten,
          .dense(outputs: 10),
        ], Shape(height: 4, width: 4, channels: 3), roundings: 100),
      NetworkCase(
        "mixed",
        [
          .dense(outputs: 20), .tanh, .gatedDense(outputs: 12), .dropout(rate: 0.4),
          .dense(outputs: 5),
        ], Shape(features: 9), roundings: 100),
      NetworkCase(
        "there and back",
        [
          .dense(outputs: 36), .reshape(height: 3, width: 3, channels: 4), .conv2D(filters: 6),
          .silu, .flatten, .dense(outputs: 4), .softplus,
        ], Shape(features: 5), roundings: 150),
      NetworkCase(
        "normed decoder",
        [
          .dense(outputs: 12), .batchNorm(), .relu, .reshape(height: 2, width: 2, channels: 3),
          .convTranspose2D(filters: 10, stride: 2), .batchNorm(), .gelu,
          .convTranspose2D(filters: 3), .sigmoid,
        ], Shape(features: 4), roundings: 300),
    ]
    + (1...8).map { channels in
      NetworkCase(
        "transposed chain to \(channels)",
        [
          .reshape(height: 2, width: 3, channels: 4), .convTranspose2D(filters: 16, stride: 2),
          .tanh, .convTranspose2D(filters: channels),
        ], Shape(features: 24), roundings: 200)
    }

  static let all = single + composed
}
