import Kernels
import Networks
import TestSupport
import Testing

/// The layers that multiply by Winograd's F(2, 2), against the convolution's definition.
///
/// All numbers are small integers, and so are the forms, products and sums of the algorithm: nothing is
/// rounded, and results must be equal.
@Suite struct WinogradConvolutionTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let height, width: Int  // of the coarse image
    let coarse, fine: Int  // channels
    let padding: Int
    let isTransposed: Bool
    let batch: Int
    var testDescription: String {
      "\(batch) of \(height)×\(width), \(coarse) and \(fine) channels, padding \(padding), "
        + (isTransposed ? "transposed" : "plain")
    }
    var coarseShape: Shape { Shape(height: height, width: width, channels: coarse) }
    var fineShape: Shape { Shape(height: 2 * height, width: 2 * width, channels: fine) }
    var input: Shape { isTransposed ? coarseShape : fineShape }
    var output: Shape { isTransposed ? fineShape : coarseShape }
    var spec: LayerSpec {
      // Explicit padding of a transposed convolution is cut off: of 2n + 1 rows one goes on one side.
      let sides = Padding.explicit(
        top: padding, bottom: 1 - padding, left: padding, right: 1 - padding)
      let sizes = ConvolutionSpec(
        filters: output.channels, kernel: [3, 3], stride: [2, 2], padding: sides)
      return isTransposed ? .convTranspose2D(sizes) : .conv2D(sizes)
    }
  }

  static let cases: [Case] = [false, true].flatMap { isTransposed in
    [0, 1].flatMap { padding in
      [
        Case(
          height: 4, width: 6, coarse: 16, fine: 32, padding: padding, isTransposed: isTransposed,
          batch: 43),
        Case(
          height: 2, width: 2, coarse: 32, fine: 16, padding: padding, isTransposed: isTransposed,
          batch: 257),
        Case(
          height: 16, width: 16, coarse: 16, fine: 16, padding: padding,
          isTransposed: isTransposed, batch: 5),
      ]
    }
  }

  private struct Expected {
    var output, inputGradient, weightGradient, biasGradient: [Float]
  }

  // What a convolution is: every tap of every position once, in each of the three directions.
  private func definition(
    _ test: Case, x: [Float], dy: [Float], weights: [Float], bias: [Float]
  ) -> Expected {
    let (coarse, fine) = (test.coarseShape, test.fineShape)
    let (inputs, outputs) = (test.input.channels, test.output.channels)
    var result = Expected(
      output: (0..<test.batch * test.output.count).map { bias[$0 % outputs] },
      inputGradient: [Float](repeating: 0, count: x.count),
      weightGradient: [Float](repeating: 0, count: weights.count),
      biasGradient: [Float](repeating: 0, count: outputs))
    for (index, value) in dy.enumerated() { result.biasGradient[index % outputs] += value }
    for image in 0..<test.batch {
      for y in 0..<coarse.height {
        for px in 0..<coarse.width {
          for tap in 0..<9 {
            let (fineY, fineX) = (2 * y + tap / 3 - test.padding, 2 * px + tap % 3 - test.padding)
            guard (0..<fine.height).contains(fineY), (0..<fine.width).contains(fineX) else {
              continue
            }
            let there = image * fine.pixels + fineY * fine.width + fineX
            let here = image * coarse.pixels + y * coarse.width + px
            let (from, to) = test.isTransposed ? (here, there) : (there, here)
            for o in 0..<outputs {
              for i in 0..<inputs {
                let pair = test.isTransposed ? i * outputs + o : o * inputs + i
                let weight = weights[pair * 9 + tap]
                result.output[to * outputs + o] += weight * x[from * inputs + i]
                result.inputGradient[from * inputs + i] += weight * dy[to * outputs + o]
                result.weightGradient[pair * 9 + tap] += x[from * inputs + i] * dy[to * outputs + o]
              }
            }
          }
        }
      }
    }
    return result
  }

  private func integers(_ count: Int, _ numbers: inout TestNumbers) -> [Float] {
    numbers.floats(count).map { ($0 * 2).rounded() }
  }

  @Test(arguments: cases)
  func everyDirectionFollowsTheDefinition(_ test: Case) throws {
    var numbers = TestNumbers(seed: 21)
    let x = integers(test.batch * test.input.count, &numbers)
    let dy = integers(test.batch * test.output.count, &numbers)
    let weights = integers(9 * test.coarse * test.fine, &numbers)
    let bias = integers(test.output.channels, &numbers)
    let expected = definition(test, x: x, dy: dy, weights: weights, bias: bias)
    for threads in [1, 3] {
      let harness = try Harness(
        [test.spec], input: test.input, capacity: test.batch, threads: threads)
      #expect(harness.network.layers[0] is WinogradConvolution)
      let tensors = harness.layout.trained
      tensors[0].slot.vector(in: harness.values.vector).assign(tensors[0].memoryOrder(weights))
      tensors[1].slot.vector(in: harness.values.vector).assign(bias)
      let result = harness.run(x, dy)
      #expect(result.output == expected.output)
      #expect(result.inputGradient == expected.inputGradient)
      let gradients = harness.gradients.vector
      #expect(
        tensors[0].torchOrder(tensors[0].slot.vector(in: gradients).array)
          == expected.weightGradient)
      #expect(tensors[1].slot.vector(in: gradients).array == expected.biasGradient)
    }
  }

  // Inside the convolution's last pass or by itself: the same operations on the same numbers.
  @Test(arguments: [LayerSpec.relu, .leakyReLU(slope: 0.25), .elu(alpha: 1)])
  func activationsAreThoseOfTheirOwnLayer(_ activation: LayerSpec) throws {
    for isTransposed in [false, true] {
      let test = Case(
        height: 4, width: 6, coarse: 16, fine: 16, padding: 0, isTransposed: isTransposed,
        batch: 43)
      var numbers = TestNumbers(seed: 22)
      let x = integers(test.batch * test.input.count, &numbers)
      let dy = integers(test.batch * test.output.count, &numbers)
      let fused = try Harness([test.spec, activation], input: test.input, capacity: test.batch)
      let plain = try Harness([test.spec], input: test.input, capacity: test.batch)
      let after = try Harness([activation], input: test.output, capacity: test.batch)
      fused.values.vector.assign(integers(fused.values.count, &numbers))
      plain.values.vector.copy(from: fused.values.vector)
      #expect(fused.network.layers.count == 1)
      let y = after.run(plain.forward(x), dy)
      let result = fused.run(x, dy)
      #expect(result.output == y.output)
      let expected = plain.run(x, y.inputGradient)
      #expect(result.inputGradient == expected.inputGradient)
      #expect(fused.gradients.vector.array == plain.gradients.vector.array)
    }
  }

  @Test func otherGeometriesAndFewTilesTakeThePlainLayer() throws {
    func layer(_ spec: ConvolutionSpec, _ input: Shape) throws -> any Layer {
      try Harness([.conv2D(spec)], input: input, capacity: 1).network.layers[0]
    }
    let shape = Shape(height: 8, width: 8, channels: 16)
    let fitting = ConvolutionSpec(filters: 16, kernel: [3, 3], stride: [2, 2], padding: .same)
    #expect(try layer(fitting, shape) is WinogradConvolution)
    var other = fitting
    other.filters = 24
    #expect(try layer(other, shape) is Conv2D)
    other = fitting
    other.kernel = [4, 4]
    #expect(try layer(other, shape) is Conv2D)
    other = fitting
    other.stride = [1, 1]
    #expect(try layer(other, shape) is Conv2D)
    other = fitting
    other.padding = .valid
    #expect(try layer(other, shape) is Conv2D)
    #expect(try layer(fitting, Shape(height: 6, width: 8, channels: 16)) is Conv2D)
    // One image has four tiles: the same numbers, by the plain layer that the other one holds.
    var numbers = TestNumbers(seed: 23)
    let harness = try Harness([.conv2D(fitting)], input: shape, capacity: 80)
    harness.values.vector.assign(integers(harness.values.count, &numbers))
    let x = integers(80 * shape.count, &numbers)
    let all = harness.forward(x)
    let one = harness.forward(Array(x[..<shape.count]))
    #expect(Array(all[..<one.count]) == one)
  }
}
