// The arithmetic that a training step cannot avoid: its matrix products.
//
// A layer with W weights that are used at p positions of an example multiplies B·p rows by its weights:
// 2·B·p·W floating-point operations. The step does that three times, for the output, the weights'
// gradient and the input's gradient; the first layer of the encoder has no use for the last one. Taps
// that fall on padding count too, since a convolution as a matrix product multiplies their zeros.

import Variational

extension ModelSpec {
  /// Floating-point operations in the matrix products of one training step.
  ///
  /// - Precondition: convolutions pad by `same`, as all presets do.
  package func stepOperations(batchSize: Int) -> Double {
    let encoding = multiplications(encoder, input: data.padded)
    let decoding = multiplications(decoder, input: Shape(features: latents))
    let products = 3 * (encoding + decoding).reduce(0, +) - (encoding.first ?? 0)
    return 2 * Double(batchSize * training.samples * products)
  }

  /// Multiplications in the forward product of every layer that has one, for one example.
  private func multiplications(_ layers: [LayerSpec], input: Shape) -> [Int] {
    var counts: [Int] = []
    var shape = input
    for layer in layers {
      switch layer {
      case .dense(let outputs, _):
        counts.append(shape.count * outputs)
        shape = Shape(features: outputs)
      case .gatedDense(let outputs, _):
        counts.append(2 * shape.count * outputs)
        shape = Shape(features: outputs)
      case .conv2D(let sizes):
        let output = ModelSpec.output(of: sizes, input: shape, isTransposed: false)
        counts.append(output.pixels * ModelSpec.weights(sizes, input: shape))
        shape = output
      case .convTranspose2D(let sizes):
        counts.append(shape.pixels * ModelSpec.weights(sizes, input: shape))
        shape = ModelSpec.output(of: sizes, input: shape, isTransposed: true)
      case .flatten: shape = Shape(features: shape.count)
      case .reshape(let height, let width, let channels):
        shape = Shape(height: height, width: width, channels: channels)
      case .batchNorm, .relu, .leakyReLU, .elu, .silu, .gelu, .sigmoid, .tanh, .softplus,
        .dropout:
        break
      }
    }
    return counts
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
