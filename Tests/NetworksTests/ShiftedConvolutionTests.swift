import Kernels
import Networks
import TestSupport
import Testing

/// The layers that take the shortcut, against the convolution's definition in Double.
@Suite struct ShiftedConvolutionTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let filters, height, width, channels, kernel, dilation: Int
    let padding: Padding
    let isTransposed: Bool
    var testDescription: String {
      "\(filters) of \(height)×\(width)×\(channels), \(kernel)/\(dilation), \(padding), \(isTransposed)"
    }
    var input: Shape { Shape(height: height, width: width, channels: channels) }
    var spec: LayerSpec {
      let sizes = ConvolutionSpec(
        filters: filters, kernel: [kernel, kernel], padding: padding,
        dilation: [dilation, dilation])
      return isTransposed ? .convTranspose2D(sizes) : .conv2D(sizes)
    }
    var before: Int {
      let reach = (kernel - 1) * dilation + 1
      switch padding {
      case .same: return (reach - 1) / 2
      case .valid: return 0
      case .explicit(let top, _, _, _): return top
      }
    }
  }

  static let cases: [Case] = [false, true].flatMap { isTransposed in
    (1...8).flatMap { filters in
      [
        Case(
          filters: filters, height: 5, width: 6, channels: 9, kernel: 3, dilation: 1,
          padding: .same, isTransposed: isTransposed),
        Case(
          filters: filters, height: 5, width: 7, channels: 16, kernel: 2, dilation: 2,
          padding: .explicit(top: 1, bottom: 2, left: 1, right: 0), isTransposed: isTransposed),
        Case(
          filters: filters, height: 40, width: 33, channels: 10, kernel: 4, dilation: 1,
          padding: .valid, isTransposed: isTransposed),
      ]
    }
  }

  /// A sum of kernel² · channels products and a bias, all terms below 1½.
  @Test(arguments: cases)
  func outputFollowsTheDefinition(_ test: Case) throws {
    let batch = 3
    let harness = try Harness([test.spec], input: test.input, capacity: batch, threads: 2)
    #expect(harness.network.layers[0] is ShiftedConvolution)
    harness.scatterValues(seed: 8)
    let output = harness.network.outputShape
    let weights = harness.layout.trained[0].torchOrder(
      harness.layout.trained[0].slot.vector(in: harness.values.vector).array)
    let bias = harness.layout.trained[1].slot.vector(in: harness.values.vector).array
    var numbers = TestNumbers(seed: 9)
    let x = numbers.floats(batch * test.input.count)
    var exact = (0..<batch * output.count).map { Double(bias[$0 % test.filters]) }
    let (k, channels) = (test.kernel, test.channels)
    for image in 0..<batch {
      for tapY in 0..<k {
        for tapX in 0..<k {
          let (dy, dx) = (tapY * test.dilation - test.before, tapX * test.dilation - test.before)
          let grid = test.isTransposed ? test.input : output
          for y in 0..<grid.height {
            for px in 0..<grid.width {
              let (otherY, otherX) = (y + dy, px + dx)
              let other = test.isTransposed ? output : test.input
              guard (0..<other.height).contains(otherY), (0..<other.width).contains(otherX) else {
                continue
              }
              let here = image * grid.pixels + y * grid.width + px
              let there = image * other.pixels + otherY * other.width + otherX
              let (from, to) = test.isTransposed ? (here, there) : (there, here)
              for o in 0..<test.filters {
                var sum = 0.0
                for i in 0..<channels {
                  let pair = test.isTransposed ? i * test.filters + o : o * channels + i
                  sum +=
                    Double(weights[(pair * k + tapY) * k + tapX]) * Double(x[from * channels + i])
                }
                exact[to * test.filters + o] += sum
              }
            }
          }
        }
      }
    }
    let largest = max(1, largestMagnitude(weights))
    let n = k * k * channels
    let bound = sumBound(n + 1) * (Double(n) * largest + 1)
    let y = harness.forward(x)
    #expect(zip(y, exact).allSatisfy { abs(Double($0) - $1) <= bound })
  }
}
