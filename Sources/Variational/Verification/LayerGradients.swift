// Every layer kind by itself: backward against differences of forward.

import Kernels
import Networks

/// ⟨v, Jᵀu⟩ from backward against ⟨u, J v⟩ from differences, u and v random signs, for the input and for every
/// tensor.
///
/// Inputs and weights are multiples of 2⁻¹², so x ± hv is exact. A function with a kink at zero sees inputs
/// farther than the step from it.
struct LayerGradients {
  private static let image = Shape(height: 6, width: 5, channels: 3)
  private static let batch = 4

  /// What every kind is tried on; a kind that is not here is reported as not covered.
  private static func examples(_ kind: String) -> [(name: String, spec: LayerSpec, input: Shape)] {
    let flat = Shape(features: 11)
    return switch kind {
    case "dense": [("", .dense(outputs: 7), flat)]
    case "gated_dense": [("", .gatedDense(outputs: 7), flat)]
    case "conv2d":
      [
        (", stride 2", .conv2D(filters: 5, stride: 2), image),
        (", stride 1", .conv2D(filters: 9), image),
        (", few filters", .conv2D(filters: 2), Shape(height: 4, width: 5, channels: 9)),
        // 256 tiles in four images: below that the plain layer runs.
        (", Winograd", .conv2D(filters: 16, stride: 2), Shape(height: 32, width: 32, channels: 16)),
      ]
    case "conv_transpose2d":
      [
        (", stride 2", .convTranspose2D(filters: 5, stride: 2), image),
        (", stride 1", .convTranspose2D(filters: 9), image),
        (
          ", Winograd", .convTranspose2D(filters: 16, stride: 2),
          Shape(height: 16, width: 16, channels: 16)
        ),
      ]
    case "batch_norm":
      [
        ("", .batchNorm(), Shape(height: 3, width: 3, channels: 17)),
        (", flat", .batchNorm(), flat),
      ]
    case "relu": [("", .relu, image)]
    case "leaky_relu": [("", .leakyReLU(slope: 0.3), image)]
    case "elu": [("", .elu(alpha: 0.7), image)]
    case "silu": [("", .silu, image)]
    case "gelu": [("", .gelu, image)]
    case "sigmoid": [("", .sigmoid, image)]
    case "tanh": [("", .tanh, image)]
    case "softplus": [("", .softplus, image)]
    case "dropout": [("", .dropout(rate: 0.4), image)]
    case "flatten": [("", .flatten, image)]
    case "reshape": [("", .reshape(height: 2, width: 3, channels: 4), Shape(features: 24))]
    default: []
    }
  }

  /// The comparisons.
  ///
  /// - Parameter planted: what gradients are multiplied by; for tests
  func checks(planted: Double = 1) -> [VerificationCheck] {
    LayerSpec.typeNames.flatMap { kind -> [VerificationCheck] in
      let examples = LayerGradients.examples(kind)
      guard !examples.isEmpty else {
        return [.notCovered(.gradients, "layer \(kind)", "there is no example of it")]
      }
      return examples.flatMap { example -> [VerificationCheck] in
        let name = "layer \(kind)\(example.name)"
        do {
          return try LayerTrial(example.spec, example.input, batch: LayerGradients.batch)
            .checks(name, planted: planted)
        } catch {
          return [.notCovered(.gradients, name, "\(error)")]
        }
      }
    }
  }
}

/// One layer with its memory.
private final class LayerTrial {
  private let network: Network
  private let layout: ParameterLayout
  private let workspace: Workspace
  private let views: ParameterViews
  private let arenas: [Arena]
  private let batch: Int

  init(_ spec: LayerSpec, _ input: Shape, batch: Int) throws {
    var layout = ParameterLayout()
    network = try Network(
      [spec], input: input, name: "layer", initialiser: .glorotUniform, lane: 0, layout: &layout)
    self.layout = layout
    self.batch = batch
    workspace = Workspace(
      network, capacity: batch, isTraining: true, compute: try Compute(threads: 1))
    let outputs = network.outputShape.count
    arenas = [
      layout.trainedCount, layout.trainedCount, layout.statisticsCount, batch * input.count,
      batch * input.count, batch * outputs,
    ].map { Arena(count: $0) }
    views = ParameterViews(
      values: arenas[0].vector, gradients: arenas[1].vector, statistics: arenas[2].vector)
    layout.initialise(trained: views.values, statistics: views.statistics, seed: 1)
    let moves = RandomStream(seed: 2).gaussian(count: views.values.count)
    for tensor in layout.trained {
      for index in tensor.slot.offset..<tensor.slot.offset + tensor.slot.count {
        views.values[index] = grid(views.values[index] + 0.25 * moves[index])
      }
    }
    let values = RandomStream(seed: 3).gaussian(count: batch * input.count)
    // Away from zero, where a function may have its kink.
    arenas[3].vector.assign(values.map { grid($0 < 0 ? $0 - 0.125 : $0 + 0.125) })
  }

  private func grid(_ value: Float) -> Float { (value * 4_096).rounded() / 4_096 }

  private var input: MatrixView {
    arenas[3].vector.matrix(rows: batch, columns: network.inputShape.count)
  }

  private func forward() -> MatrixView {
    workspace.forward(input, parameters: views, mode: .training, seed: 1, step: 0)
  }

  // ⟨u, f⟩, and the largest |f|.
  private func product(_ u: [Float]) -> (sum: Double, largest: Double) {
    let y = forward().vector.array
    var (sum, largest) = (0.0, 1.0)
    for (sign, value) in zip(u, y) {
      sum += Double(sign) * Double(value)
      largest = max(largest, abs(Double(value)))
    }
    return (sum, largest)
  }

  func checks(_ name: String, planted: Double) -> [VerificationCheck] {
    let outputs = network.outputShape.count
    let u = randomSigns(batch * outputs, seed: 4)
    let largest = product(u).largest
    arenas[5].vector.assign(u)
    let inputGradient = arenas[4].vector.matrix(
      rows: batch, columns: network.inputShape.count)
    workspace.backward(
      input, outputGradient: arenas[5].vector.matrix(rows: batch, columns: outputs),
      inputGradient: inputGradient, parameters: views, mode: .training, seed: 1, step: 0)
    // Each output is off by some 4·√n·u of its size, n the longest sum (Higham and Mary, 2019), sixteen more
    // for a function; over m outputs with random signs the errors add up like a random walk.
    let terms = Double(
      (layout.trained.map(\.fanIn).max() ?? 1) + (layout.statistics.isEmpty ? 16 : 16 * batch * 9))
    let rounding =
      4 * 0x1p-24 * largest * terms.squareRoot() * 4 * Double(u.count).squareRoot()
    var checks = [
      check(
        "\(name), input", arenas[3].vector, arenas[4].vector, u, rounding, planted: planted)
    ]
    for tensor in layout.trained {
      let suffix = tensor.name.split(separator: ".").last ?? "tensor"
      checks.append(
        check(
          "\(name), \(suffix)", tensor.slot.vector(in: views.values),
          tensor.slot.vector(in: views.gradients), u, rounding, planted: planted))
    }
    return checks
  }

  private func check(
    _ name: String, _ values: VectorView, _ gradient: VectorView, _ u: [Float],
    _ rounding: Double, planted: Double
  ) -> VerificationCheck {
    let start = values.array
    let v = randomSigns(start.count, seed: 5)
    defer { values.assign(start) }
    let difference = DirectionalDifference(step: 0x1p-4, rounding: rounding) { h in
      values.assign(zip(start, v).map { $0 + Float(h) * $1 })
      return product(u).sum
    }
    let found = zip(gradient.array, v).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
    return VerificationCheck(
      .gradients, name, "backward along a random direction; central differences of forward",
      got: found * planted, expected: difference.value, allowance: difference.tolerance)
  }
}
