// A description compiled once: shapes checked, offsets laid out, activations fused, memory counted.

import Kernels

/// A chain of layers, ready to run.
package struct Network: Sendable {
  package let inputShape: Shape
  package let outputShape: Shape
  /// The layers that compute something; a reshape of flat data, for instance, is none.
  package let layers: [any Layer]

  /// Whether backward needs the network's output, which must then be kept apart from its gradient. With no
  /// layers the output is the input, whose owner may need it.
  package var readsOutputBackward: Bool {
    if let last = layers.last as? any FusingLayer { return last.activation != .identity }
    return layers.isEmpty || layers.last is ActivationLayer
  }

  /// Compiles a list of layers.
  ///
  /// - Parameters:
  ///   - specs: the description
  ///   - name: the list's name in config.json and in the weights' names, `encoder`
  ///   - lane: the number from which dropout layers count their random streams
  ///   - layout: receives the tensors
  /// - Throws: `SpecError` at the first layer that does not fit.
  package init(
    _ specs: [LayerSpec], input: Shape, name: String, initialiser: Initialiser, lane: Int,
    layout: inout ParameterLayout
  ) throws(SpecError) {
    guard specs.count <= NetworkLimits.layers else {
      throw SpecError(name, "\(specs.count) layers are more than \(NetworkLimits.layers)")
    }
    inputShape = input
    var shape = input
    var layers: [any Layer] = []
    for (index, spec) in specs.enumerated() {
      let place = "\(name).\(index)"
      var builder = LayerBuilder(
        place: place, shape: shape, initialiser: initialiser, lane: lane + index, layout: layout)
      if let activation = try builder.activation(spec) {
        layers = Network.appending(activation, to: layers, shape: shape)
        continue
      }
      if let layer = try builder.layer(spec) { layers.append(layer) }
      shape = builder.shape
      layout = builder.layout
    }
    self.layers = layers
    outputShape = shape
  }

  // Fuses the activation into the layer before it where that is possible.
  private static func appending(
    _ activation: Activation, to layers: [any Layer], shape: Shape
  ) -> [any Layer] {
    var layers = layers
    if var last = layers.last as? any FusingLayer, last.activation == .identity,
      activation.isReversible
    {
      last.activation = activation
      layers[layers.count - 1] = last
    } else {
      layers.append(ActivationLayer(inputShape: shape, activation: activation))
    }
    return layers
  }
}

// Makes one layer; carries the shape and the layout along.
private struct LayerBuilder {
  let place: String
  var shape: Shape
  let initialiser: Initialiser
  let lane: Int
  var layout: ParameterLayout

  func activation(_ spec: LayerSpec) throws(SpecError) -> Activation? {
    switch spec {
    case .relu: return .relu
    case .leakyReLU(let slope):
      guard slope >= 0 && slope <= 1 else {
        throw SpecError(place, "leaky_relu's slope \(slope) should lie between 0 and 1")
      }
      return .leakyReLU(slope: slope)
    case .elu(let alpha):
      guard alpha > 0 && alpha.isFinite else {
        throw SpecError(place, "elu's alpha \(alpha) should be positive")
      }
      return .elu(alpha: alpha)
    case .silu: return .silu
    case .gelu: return .gelu
    case .sigmoid: return .sigmoid
    case .tanh: return .tanh
    case .softplus: return .softplus
    default: return nil
    }
  }

  mutating func layer(_ spec: LayerSpec) throws(SpecError) -> (any Layer)? {
    switch spec {
    case .dense(let outputs, let own):
      try checkDense(outputs, own)
      defer { shape = Shape(features: outputs) }
      return Dense(
        inputs: shape.count, outputs: outputs, name: place, initialiser: own ?? initialiser,
        layout: &layout)
    case .gatedDense(let outputs, let own):
      try checkDense(outputs, own)
      defer { shape = Shape(features: outputs) }
      return GatedDense(
        inputs: shape.count, outputs: outputs, name: place, initialiser: own ?? initialiser,
        layout: &layout)
    case .conv2D(let spec): return try convolution(spec, isTransposed: false)
    case .convTranspose2D(let spec): return try convolution(spec, isTransposed: true)
    case .batchNorm(let epsilon, let momentum):
      guard epsilon > 0 && epsilon.isFinite else {
        throw SpecError(place, "batch_norm's epsilon \(epsilon) should be positive")
      }
      guard momentum > 0 && momentum <= 1 else {
        throw SpecError(place, "batch_norm's momentum \(momentum) should lie in (0, 1]")
      }
      return BatchNorm(
        shape: shape, epsilon: epsilon, momentum: momentum, name: place, layout: &layout)
    case .dropout(let rate):
      guard rate >= 0 && rate < 1 else {
        throw SpecError(place, "dropout's rate \(rate) should lie in [0, 1)")
      }
      return Dropout(inputShape: shape, rate: rate, lane: lane)
    case .flatten:
      let image = shape
      shape = Shape(features: image.count)
      return reorder(from: image, to: shape, image: image, toVector: true)
    case .reshape(let height, let width, let channels):
      guard [height, width, channels].allSatisfy({ $0 > 0 && $0 <= NetworkLimits.extent }),
        height * width * channels == shape.count
      else {
        throw SpecError(
          place, "\(shape.count) values cannot be reshaped to \(height)×\(width)×\(channels)")
      }
      let flat = shape
      shape = Shape(height: height, width: width, channels: channels)
      guard flat.isFlat else {
        throw SpecError(place, "reshape takes a flat input, not \(flat); put a flatten before it")
      }
      return reorder(from: flat, to: shape, image: shape, toVector: false)
    case .relu, .leakyReLU, .elu, .silu, .gelu, .sigmoid, .tanh, .softplus:
      preconditionFailure("LayerBuilder.layer: \(spec.typeName) is an activation")
    }
  }

  private func checkDense(_ outputs: Int, _ initialiser: Initialiser?) throws(SpecError) {
    try initialiser?.validate(place: place)
    guard outputs >= 1 && outputs <= NetworkLimits.outputs else {
      throw SpecError(
        place, "outputs \(outputs) should lie between 1 and \(NetworkLimits.outputs)")
    }
    guard shape.isFlat else {
      throw SpecError(
        place, "a dense layer takes a flat input, not \(shape); put a flatten before it")
    }
    try checkSize(shape.count, outputs, of: "weights", place: place)
  }

  private func reorder(from: Shape, to: Shape, image: Shape, toVector: Bool) -> (any Layer)? {
    if image.pixels == 1 || image.channels == 1 { return nil }
    return ChannelOrder(inputShape: from, outputShape: to, image: image, toVector: toVector)
  }

  private mutating func convolution(
    _ spec: ConvolutionSpec, isTransposed: Bool
  ) throws(SpecError) -> any Layer {
    try spec.initialiser?.validate(place: place)
    let input = shape
    let sizes = try ConvolutionSizes(
      spec, input: input, isTransposed: isTransposed, place: place)
    guard sizes.output.count <= NetworkLimits.values else {
      throw SpecError(
        place, "an output of \(sizes.output) is larger than \(NetworkLimits.values) values")
    }
    shape = sizes.output
    let own = spec.initialiser ?? initialiser
    if spec.stride == [1, 1] && spec.filters <= ShiftedConvolution.mostChannels
      && spec.filters < input.channels
    {
      let geometry = ShiftGeometry(
        inputHeight: input.height, inputWidth: input.width, outputHeight: shape.height,
        outputWidth: shape.width, channels: spec.filters, kernelHeight: spec.kernel[0],
        kernelWidth: spec.kernel[1], dilationHeight: spec.dilation[0],
        dilationWidth: spec.dilation[1], top: sizes.top, left: sizes.left,
        isTransposed: isTransposed)
      return ShiftedConvolution(
        input: input, output: shape, geometry: geometry, kernelHeight: spec.kernel[0],
        kernelWidth: spec.kernel[1], isTransposed: isTransposed, name: place, initialiser: own,
        layout: &layout)
    }
    let (image, grid) = isTransposed ? (shape, input) : (input, shape)
    let geometry = PatchGeometry(
      imageHeight: image.height, imageWidth: image.width, channels: image.channels,
      kernelHeight: spec.kernel[0], kernelWidth: spec.kernel[1], strideHeight: spec.stride[0],
      strideWidth: spec.stride[1], dilationHeight: spec.dilation[0],
      dilationWidth: spec.dilation[1], top: sizes.top, left: sizes.left,
      gridHeight: grid.height, gridWidth: grid.width)
    if isTransposed {
      let layer = ConvTranspose2D(
        input: input, output: shape, geometry: geometry, name: place, initialiser: own,
        layout: &layout)
      return WinogradConvolution(layer) ?? layer
    }
    let layer = Conv2D(
      input: input, output: shape, geometry: geometry, name: place, initialiser: own,
      layout: &layout)
    return WinogradConvolution(layer) ?? layer
  }
}
