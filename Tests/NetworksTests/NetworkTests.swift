import Kernels
import Networks
import TestSupport
import Testing

@Suite struct NetworkTests {
  static let flat = Shape(features: 6)
  static let image = Shape(height: 4, width: 3, channels: 2)

  private func compile(_ specs: [LayerSpec], _ input: Shape) throws(SpecError) -> Network {
    var layout = ParameterLayout()
    return try Network(
      specs, input: input, name: "encoder", initialiser: .zeros, lane: 0, layout: &layout)
  }

  struct Fault: Sendable, CustomTestStringConvertible {
    let spec: LayerSpec
    let input: Shape
    let reason: String
    var testDescription: String { reason }

    init(_ spec: LayerSpec, _ input: Shape, _ reason: String) {
      self.spec = spec
      self.input = input
      self.reason = reason
    }
  }

  static func convolution(
    filters: Int = 1, kernel: [Int] = [3, 3], stride: [Int] = [1, 1], padding: Padding = .same,
    dilation: [Int] = [1, 1], outputPadding: [Int] = [0, 0]
  ) -> ConvolutionSpec {
    ConvolutionSpec(
      filters: filters, kernel: kernel, stride: stride, padding: padding, dilation: dilation,
      outputPadding: outputPadding)
  }

  static let faults: [Fault] = [
    Fault(.dense(outputs: 0), flat, "outputs 0 should lie between 1 and 16777216"),
    Fault(.dense(outputs: 1 << 25), flat, "outputs 33554432"),
    Fault(.gatedDense(outputs: -1), flat, "outputs -1 should lie between 1 and 16777216"),
    Fault(.dense(outputs: 3), image, "a dense layer takes a flat input, not 4×3×2; put a flatten"),
    Fault(.gatedDense(outputs: 3), image, "takes a flat input, not 4×3×2"),
    Fault(.leakyReLU(slope: -0.1), flat, "slope -0.1 should lie between 0 and 1"),
    Fault(.leakyReLU(slope: 1.5), flat, "slope 1.5 should lie between 0 and 1"),
    Fault(.leakyReLU(slope: .nan), flat, "slope nan"),
    Fault(.elu(alpha: 0), flat, "alpha 0.0 should be positive"),
    Fault(.elu(alpha: .infinity), flat, "alpha inf"),
    Fault(.batchNorm(epsilon: 0), flat, "epsilon 0.0 should be positive"),
    Fault(.batchNorm(epsilon: .nan), flat, "epsilon nan"),
    Fault(.batchNorm(momentum: 0), flat, "momentum 0.0 should lie in (0, 1]"),
    Fault(.batchNorm(momentum: 1.25), flat, "momentum 1.25 should lie in (0, 1]"),
    Fault(.dropout(rate: 1), flat, "rate 1.0 should lie in [0, 1)"),
    Fault(.dropout(rate: -0.5), flat, "rate -0.5 should lie in [0, 1)"),
    Fault(
      .reshape(height: 2, width: 2, channels: 2), flat, "6 values cannot be reshaped to 2×2×2"),
    Fault(.reshape(height: 0, width: 2, channels: 3), flat, "cannot be reshaped to 0×2×3"),
    Fault(
      .reshape(height: -1, width: -2, channels: 3), flat, "cannot be reshaped to -1×-2×3"),
    Fault(
      .reshape(height: 1 << 40, width: 1 << 40, channels: 1), flat, "cannot be reshaped to"),
    Fault(
      .reshape(height: 2, width: 3, channels: 4), image, "reshape takes a flat input, not 4×3×2"),
    Fault(.conv2D(convolution(filters: 0)), image, "filters 0 should lie between 1 and 1048576"),
    Fault(.conv2D(convolution(kernel: [3])), image, "kernel [3] should be two numbers"),
    Fault(.conv2D(convolution(kernel: [0, 3])), image, "kernel [0, 3] should be two numbers"),
    Fault(.conv2D(convolution(stride: [1, 0])), image, "stride [1, 0] should be two numbers"),
    Fault(.conv2D(convolution(dilation: [1, 2, 3])), image, "dilation [1, 2, 3] should be two"),
    Fault(
      .convTranspose2D(convolution(outputPadding: [0, -1])), image, "output_padding [0, -1]"),
    Fault(
      .conv2D(convolution(outputPadding: [1, 0])), image,
      "output_padding [1, 0] belongs to a transposed convolution"),
    Fault(
      .conv2D(convolution(padding: .explicit(top: 0, bottom: -1, left: 0, right: 0))), image,
      "padding [0, -1, 0, 0] should lie between 0 and 4096 on each side"),
    Fault(
      .conv2D(convolution(kernel: [5, 3], padding: .valid)), image,
      "the kernel's height of 5 does not fit an input height of 4"),
    Fault(
      .conv2D(convolution(kernel: [3, 2], padding: .valid, dilation: [1, 3])), image,
      "the kernel's width of 4 does not fit an input width of 3"),
    Fault(
      .convTranspose2D(convolution(padding: .explicit(top: 3, bottom: 3, left: 0, right: 0))),
      image, "the output would be empty"),
    Fault(
      .conv2D(convolution(kernel: [4097, 1])), image,
      "kernel [4097, 1] should be two numbers [height, width] between 1 and 4096"),
    Fault(
      .convTranspose2D(convolution(stride: [1 << 20, 1 << 20])), image,
      "stride [1048576, 1048576] should be two numbers [height, width] between 1 and 4096"),
    Fault(
      .conv2D(convolution(padding: .explicit(top: 0, bottom: 0, left: 4097, right: 0))), image,
      "padding [0, 0, 4097, 0] should lie between 0 and 4096 on each side"),
    Fault(.conv2D(convolution(filters: .max)), image, "filters 9223372036854775807 should lie"),
    // Each size is within its limits, but not their product.
    Fault(
      .conv2D(convolution(filters: 1 << 20, kernel: [4096, 4096])), image,
      "weights; 2³¹ is the most"),
    Fault(
      .convTranspose2D(
        convolution(filters: 1 << 20, kernel: [1, 1], stride: [4096, 4096])),
      image, "outputs an example; 2³¹ is the most"),
    Fault(.dense(outputs: 1 << 24), Shape(features: 1 << 24), "weights; 2³¹ is the most"),
  ]

  @Test(arguments: faults)
  func whatDoesNotFitIsAnErrorWithItsPlace(_ fault: Fault) {
    let error = #expect(throws: SpecError.self) { try compile([fault.spec], fault.input) }
    #expect(error?.place == "encoder.0")
    #expect(error?.reason.contains(fault.reason) == true, "\(error?.reason ?? "")")
    // The place counts all layers, activations too.
    let second = #expect(throws: SpecError.self) {
      try compile([.relu, .dropout(rate: 0), fault.spec], fault.input)
    }
    #expect(second?.place == "encoder.2")
    #expect(second?.description == "encoder.2: \(second?.reason ?? "")")
  }

  @Test func shapesFollowTheLayers() throws {
    let network = try compile(
      [
        .conv2D(filters: 8, stride: 2), .batchNorm(), .relu, .flatten, .dense(outputs: 12),
        .reshape(height: 2, width: 2, channels: 3), .convTranspose2D(filters: 5, stride: 2),
      ], Self.image)
    #expect(network.outputShape == Shape(height: 4, width: 4, channels: 5))
    #expect(network.inputShape == Self.image)
    // ReLU is in the normalisation; flatten and reshape reorder.
    #expect(network.layers.count == 6)
    let next = network.layers.dropFirst().map(\.inputShape)
    #expect(Array(next) == network.layers.dropLast().map(\.outputShape))
  }

  @Test func reshapesThatMoveNothingAreNoLayers() throws {
    let grey = Shape(height: 4, width: 3, channels: 1)
    #expect(try compile([.flatten], grey).layers.isEmpty)
    #expect(try compile([.flatten], grey).outputShape == Shape(features: 12))
    #expect(try compile([.flatten], Self.flat).layers.isEmpty)
    #expect(try compile([.reshape(height: 2, width: 3, channels: 1)], Self.flat).layers.isEmpty)
    #expect(try compile([.reshape(height: 1, width: 1, channels: 6)], Self.flat).layers.isEmpty)
    #expect(try compile([.flatten], Self.image).layers.count == 1)
  }

  @Test func fewOutputChannelsAreShifted() throws {
    func layer(_ specs: [LayerSpec], channels: Int) throws -> any Layer {
      try compile(specs, Shape(height: 4, width: 4, channels: channels)).layers[0]
    }
    #expect(try layer([.conv2D(filters: 8)], channels: 9) is ShiftedConvolution)
    #expect(try layer([.convTranspose2D(filters: 1)], channels: 2) is ShiftedConvolution)
    #expect(try layer([.conv2D(filters: 9)], channels: 16) is Conv2D)
    #expect(try layer([.conv2D(filters: 8)], channels: 8) is Conv2D)
    #expect(try layer([.conv2D(filters: 1, stride: 2)], channels: 9) is Conv2D)
    #expect(try layer([.convTranspose2D(filters: 1, stride: 2)], channels: 9) is ConvTranspose2D)
  }

  static let affine: [(String, LayerSpec, Shape)] = [
    ("dense", .dense(outputs: 33), Shape(features: 10)),
    ("conv", .conv2D(filters: 5), Shape(height: 5, width: 5, channels: 3)),
    ("shifted", .conv2D(filters: 3), Shape(height: 5, width: 5, channels: 8)),
    (
      "transposed", .convTranspose2D(filters: 5, stride: 2), Shape(height: 3, width: 3, channels: 3)
    ),
    ("norm", .batchNorm(), Shape(height: 3, width: 4, channels: 5)),
  ]

  /// A dropout of rate 0 in between keeps the function from being fused. The same operations run on the
  /// same numbers either way, so the results are equal bit by bit.
  @Test(arguments: NetworkCase.functions.map(\.1), 0..<affine.count)
  func aFusedFunctionEqualsASeparateOne(_ function: LayerSpec, _ index: Int) throws {
    let (_, layer, input) = Self.affine[index]
    let fused = try Harness([layer, function], input: input, capacity: 6, threads: 2)
    let apart = try Harness(
      [layer, .dropout(rate: 0), function], input: input, capacity: 6, threads: 2)
    let isFusing = ![.silu, .gelu].contains(function)
    #expect(fused.network.layers.count == (isFusing ? 1 : 2))
    #expect(apart.network.layers.count == 3)
    for harness in [fused, apart] { harness.scatterValues(seed: 4) }
    var numbers = TestNumbers(seed: 5)
    let x = numbers.floats(6 * input.count)
    let dy = numbers.floats(6 * fused.network.outputShape.count)
    let (a, b) = (fused.run(x, dy), apart.run(x, dy))
    #expect(a.output == b.output)
    #expect(a.inputGradient == b.inputGradient)
    #expect(fused.gradients.vector.array == apart.gradients.vector.array)
  }

  @Test func onlyTheFirstOfTwoFunctionsIsFused() throws {
    let network = try compile([.dense(outputs: 3), .relu, .tanh], Self.flat)
    #expect(network.layers.count == 2 && network.layers[1] is ActivationLayer)
  }
}
