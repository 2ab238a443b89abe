// The arithmetic that a training step cannot avoid: its matrix products.
//
// A layer with W weights that are used at p positions of an example multiplies B·p rows by its weights:
// 2·B·p·W floating-point operations. The step does that three times, for the output, the weights'
// gradient and the input's gradient; the first layer of the encoder has no use for the last one. Taps
// that fall on padding count too, since a convolution as a matrix product multiplies their zeros.

import Variational

/// A layer that multiplies matrices, at its place in a model.
package struct WeightedLayer: Sendable {
  /// `encoder.0`, as in config.json
  package let place: String
  package let spec: LayerSpec
  /// One example.
  package let input: Shape
  package let output: Shape
  /// In the forward product, for one example.
  package let multiplications: Int
}

extension ModelSpec {
  /// Floating-point operations in the matrix products of one training step.
  ///
  /// - Precondition: convolutions pad by `same`, as all presets do.
  package func stepOperations(batchSize: Int) -> Double {
    let multiplications = weightedLayers.map(\.multiplications)
    let products = 3 * multiplications.reduce(0, +) - (multiplications.first ?? 0)
    return 2 * Double(batchSize * training.samples * products)
  }

  /// The layers that multiply matrices, the encoder's first.
  ///
  /// - Precondition: convolutions pad by `same`, as all presets do.
  package var weightedLayers: [WeightedLayer] {
    ModelSpec.weightedLayers(encoder, name: "encoder", input: data.padded)
      + ModelSpec.weightedLayers(decoder, name: "decoder", input: Shape(features: latents))
  }

  private static func weightedLayers(
    _ layers: [LayerSpec], name: String, input: Shape
  ) -> [WeightedLayer] {
    var weighted: [WeightedLayer] = []
    var shape = input
    for (index, layer) in layers.enumerated() {
      func add(_ output: Shape, multiplications: Int) {
        weighted.append(
          WeightedLayer(
            place: "\(name).\(index)", spec: layer, input: shape, output: output,
            multiplications: multiplications))
        shape = output
      }
      switch layer {
      case .dense(let outputs, _):
        add(Shape(features: outputs), multiplications: shape.count * outputs)
      case .gatedDense(let outputs, _):
        add(Shape(features: outputs), multiplications: 2 * shape.count * outputs)
      case .conv2D(let sizes):
        let output = output(of: sizes, input: shape, isTransposed: false)
        add(output, multiplications: output.pixels * weights(sizes, input: shape))
      case .convTranspose2D(let sizes):
        add(
          output(of: sizes, input: shape, isTransposed: true),
          multiplications: shape.pixels * weights(sizes, input: shape))
      case .flatten: shape = Shape(features: shape.count)
      case .reshape(let height, let width, let channels):
        shape = Shape(height: height, width: width, channels: channels)
      case .batchNorm, .relu, .leakyReLU, .elu, .silu, .gelu, .sigmoid, .tanh, .softplus,
        .dropout:
        break
      }
    }
    return weighted
  }

  private static func weights(_ sizes: ConvolutionSpec, input: Shape) -> Int {
    sizes.kernel[0] * sizes.kernel[1] * input.channels * sizes.filters
  }

  private static func output(
    of sizes: ConvolutionSpec, input: Shape, isTransposed: Bool
  ) -> Shape {
    precondition(
      sizes.padding == .same, "ModelSpec.stepOperations: padding \(sizes.padding), not same")
    func side(_ size: Int, _ axis: Int) -> Int {
      let stride = sizes.stride[axis]
      return isTransposed
        ? size * stride + sizes.outputPadding[axis] : (size + stride - 1) / stride
    }
    return Shape(
      height: side(input.height, 0), width: side(input.width, 1), channels: sizes.filters)
  }
}
