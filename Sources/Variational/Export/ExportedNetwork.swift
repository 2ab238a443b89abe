// A network's layers as ONNX operators.
//
// The engine computes in NHWC, ONNX in NCHW. Weights need no change, for on disk they have PyTorch's layouts,
// which are ONNX's; only values that are images turn: [N, height, width, channels] → [N, channels, height, width].
// A flat value is [N, features] on both sides, and flattening is in NCHW order in the engine too.

import Formats
import Networks

/// A tensor in PyTorch's layout, which is ONNX's.
struct ExportedTensor: Sendable {
  let shape: [Int]
  let floats: [Float]
}

/// Where the layers have got to: a graph, and the value that the next layer takes.
struct ExportedNetwork {
  private(set) var graph: ONNXGraph
  /// The value's name.
  private(set) var value: String
  /// One example as the engine sees it.
  var shape: Shape
  // [N, channels, height, width]; otherwise [N, features].
  private var isImage: Bool
  private let tensors: [String: ExportedTensor]

  /// - Parameters:
  ///   - value: an input of the graph, [N, C, H, W] or, if the shape is flat, [N, D]
  ///   - tensors: the model's, under the names of model.safetensors
  init(_ graph: ONNXGraph, value: String, shape: Shape, tensors: [String: ExportedTensor]) {
    self.graph = graph
    self.value = value
    self.shape = shape
    self.tensors = tensors
    isImage = !shape.isFlat
  }

  /// The dimensions of a value of the current shape with other channels.
  func dimensions(channels: Int? = nil) -> [ONNXGraph.Dimension] {
    let channels = ONNXGraph.Dimension.fixed(channels ?? shape.channels)
    return isImage
      ? [.named("N"), channels, .fixed(shape.height), .fixed(shape.width)]
      : [.named("N"), channels]
  }

  // MARK: layers

  /// Appends a list of layers that `Network` has accepted.
  ///
  /// - Parameter name: the list's name in config.json, with which the tensors' names begin
  mutating func append(_ layers: [LayerSpec], name: String) throws(SpecError) {
    for (index, layer) in layers.enumerated() {
      let place = "\(name).\(index)"
      // Compiled by itself the layer tells its output's shape and, of a convolution, the padding.
      var layout = ParameterLayout()
      let output = try Network(
        [layer], input: shape, name: place, initialiser: .zeros, lane: 0, layout: &layout
      ).outputShape
      try append(layer, place: place, output: output)
      shape = output
    }
  }

  private mutating func append(
    _ layer: LayerSpec, place: String, output: Shape
  ) throws(SpecError) {
    switch layer {
    case .dense:
      makeVector(place)
      value = affine(place, named: place)
    case .gatedDense:
      makeVector(place)
      let content = affine("\(place).h", named: "\(place).content")
      let logit = affine("\(place).g", named: "\(place).logit")
      let gate = graph.apply("Sigmoid", to: [logit], named: "\(place).gate")
      value = graph.apply("Mul", to: [content, gate], named: place)
    case .conv2D(let spec):
      let sizes = try ConvolutionSizes(spec, input: shape, isTransposed: false, place: place)
      convolution(spec, sizes, place)
    case .convTranspose2D(let spec):
      let sizes = try ConvolutionSizes(spec, input: shape, isTransposed: true, place: place)
      transposedConvolution(spec, sizes, place)
    case .batchNorm(let epsilon, _):
      let inputs = ["weight", "bias", "running_mean", "running_var"].map {
        tensor("\(place).\($0)")
      }
      value = graph.apply(
        "BatchNormalization", to: [value] + inputs, ["epsilon": .float(epsilon)], named: place)
    case .dropout: break
    case .flatten: makeVector(place)
    case .reshape:
      makeVector(place)
      makeImage(output, place)
    case .relu, .leakyReLU, .elu, .silu, .gelu, .sigmoid, .tanh, .softplus:
      value = activation(layer, place)
    }
  }

  // x [N×in] · Wᵀ [in×out] + b → [N×out]
  private mutating func affine(_ tensors: String, named name: String) -> String {
    graph.apply(
      "Gemm", to: [value, tensor("\(tensors).weight"), tensor("\(tensors).bias")],
      ["transB": .int(1)], named: name)
  }

  private mutating func convolution(
    _ spec: ConvolutionSpec, _ sizes: ConvolutionSizes, _ place: String
  ) {
    makeImage(shape, place)
    // What the last window needs beyond the image; nothing where the stride leaves rows over.
    func after(_ axis: Int, _ output: Int, _ input: Int, _ before: Int) -> Int {
      let reach = (spec.kernel[axis] - 1) * spec.dilation[axis] + 1
      return max(0, (output - 1) * spec.stride[axis] + reach - input - before)
    }
    let pads = [
      sizes.top, sizes.left, after(0, sizes.output.height, shape.height, sizes.top),
      after(1, sizes.output.width, shape.width, sizes.left),
    ]
    value = graph.apply(
      "Conv", to: [value, tensor("\(place).weight"), tensor("\(place).bias")],
      attributes(spec, pads: pads), named: place)
  }

  // Where the output reaches beyond the last window there is nothing but the bias: zeros are put there before
  // it is added.
  private mutating func transposedConvolution(
    _ spec: ConvolutionSpec, _ sizes: ConvolutionSizes, _ place: String
  ) {
    makeImage(shape, place)
    func excess(_ axis: Int, _ output: Int, _ input: Int, _ before: Int) -> Int {
      let reach = (spec.kernel[axis] - 1) * spec.dilation[axis] + 1
      return (input - 1) * spec.stride[axis] + reach - before - output
    }
    let bottom = excess(0, sizes.output.height, shape.height, sizes.top)
    let right = excess(1, sizes.output.width, shape.width, sizes.left)
    let pads = [sizes.top, sizes.left, max(0, bottom), max(0, right)]
    let weight = tensor("\(place).weight")
    let settings = attributes(spec, pads: pads)
    if bottom >= 0 && right >= 0 {
      value = graph.apply(
        "ConvTranspose", to: [value, weight, tensor("\(place).bias")], settings, named: place)
      return
    }
    value = graph.apply("ConvTranspose", to: [value, weight], settings, named: "\(place).windows")
    let zeros = graph.constant(
      "\(place).zeros", [0, 0, 0, 0, 0, 0, max(0, -bottom), max(0, -right)])
    value = graph.apply("Pad", to: [value, zeros], named: "\(place).padded")
    let bias = exported("\(place).bias").floats
    let shaped = graph.constant("\(place).bias", bias, shape: [1, bias.count, 1, 1])
    value = graph.apply("Add", to: [value, shaped], named: place)
  }

  private func attributes(
    _ spec: ConvolutionSpec, pads: [Int]
  ) -> [String: ONNXGraph.Attribute] {
    [
      "kernel_shape": .ints(spec.kernel), "strides": .ints(spec.stride),
      "dilations": .ints(spec.dilation), "pads": .ints(pads),
    ]
  }

  private mutating func activation(_ layer: LayerSpec, _ place: String) -> String {
    func apply(_ operation: String, _ attributes: [String: ONNXGraph.Attribute] = [:]) -> String {
      graph.apply(operation, to: [value], attributes, named: place)
    }
    switch layer {
    case .relu: return apply("Relu")
    case .leakyReLU(let slope): return apply("LeakyRelu", ["alpha": .float(slope)])
    case .elu(let alpha): return apply("Elu", ["alpha": .float(alpha)])
    case .sigmoid: return apply("Sigmoid")
    case .tanh: return apply("Tanh")
    case .softplus: return apply("Softplus")
    case .silu:
      let gate = graph.apply("Sigmoid", to: [value], named: "\(place).gate")
      return graph.apply("Mul", to: [value, gate], named: place)
    case .gelu:
      // x·Φ(x) = ½x·(1 + erf(x/√2)), and ½x + ½x·erf(x/√2) has one operator less.
      let scaled = multiply(value, by: Float(0.5.squareRoot()), named: "\(place).scaled")
      let error = graph.apply("Erf", to: [scaled], named: "\(place).erf")
      let half = multiply(value, by: 0.5, named: "\(place).half")
      let product = graph.apply("Mul", to: [half, error], named: "\(place).product")
      return graph.apply("Add", to: [half, product], named: place)
    default: preconditionFailure("ExportedNetwork: \(layer.typeName) is no activation")
    }
  }

  private mutating func multiply(_ value: String, by factor: Float, named name: String) -> String {
    let factor = graph.constant("\(name).factor", [factor], shape: [])
    return graph.apply("Mul", to: [value, factor], named: name)
  }

  // MARK: shapes

  /// Puts zeros around every image.
  mutating func pad(_ padding: ImagePadding, named name: String) {
    guard padding != 0 else { return }
    let widths = [0, 0, padding.top, padding.left, 0, 0, padding.bottom, padding.right]
    let pads = graph.constant("\(name).pads", widths)
    value = graph.apply("Pad", to: [value, pads], named: name)
    shape = Shape(
      height: padding.top + shape.height + padding.bottom,
      width: padding.left + shape.width + padding.right,
      channels: shape.channels)
  }

  /// Makes [N, features] of an image, channel by channel.
  mutating func makeVector(_ place: String) {
    guard isImage else { return }
    value = graph.apply("Flatten", to: [value], ["axis": .int(1)], named: "\(place).vector")
    shape = Shape(features: shape.count)
    isImage = false
  }

  // [N, features] as images; the inverse.
  private mutating func makeImage(_ image: Shape, _ place: String) {
    guard !isImage else { return }
    let extents = graph.constant(
      "\(place).shape", [-1, image.channels, image.height, image.width])
    value = graph.apply("Reshape", to: [value, extents], named: "\(place).image")
    isImage = true
  }

  // MARK: tensors

  private func exported(_ name: String) -> ExportedTensor {
    guard let tensor = tensors[name] else {
      preconditionFailure("ExportedNetwork: there is no tensor \(name)")
    }
    return tensor
  }

  private mutating func tensor(_ name: String) -> String {
    let tensor = exported(name)
    return graph.constant(name, tensor.floats, shape: tensor.shape)
  }

  /// Changes the graph and the value beyond the layers.
  mutating func transform(_ body: (inout ONNXGraph, String) -> String) {
    value = body(&graph, value)
  }
}
