import TestSupport
import Testing

@testable import Kernels

@Suite struct ShiftedPlanesTests {
  /// A stride-one convolution in Double, from its definition.
  struct Naive {
    let height, width, outputHeight, outputWidth, channels, kernel, dilation, top, left: Int
    let isTransposed: Bool

    /// Calls `body(tap, input pixel, output pixel)` for every product of the map.
    ///
    /// A convolution's output (y, x) reads input (y + ky·d − top, x + kx·d − left). The transposed one is
    /// its adjoint: input (y, x) is added to output (y + ky·d − top, x + kx·d − left).
    func forEach(_ body: (Int, Int, Int) -> Void) {
      for tapY in 0..<kernel {
        for tapX in 0..<kernel {
          let (dy, dx) = (tapY * dilation - top, tapX * dilation - left)
          let (rows, columns) = isTransposed ? (height, width) : (outputHeight, outputWidth)
          for y in 0..<rows {
            for x in 0..<columns {
              let (toY, toX) = (y + dy, x + dx)
              let (otherRows, otherColumns) =
                isTransposed ? (outputHeight, outputWidth) : (height, width)
              guard toY >= 0, toY < otherRows, toX >= 0, toX < otherColumns else { continue }
              let (here, there) = (y * columns + x, toY * otherColumns + toX)
              body(
                tapY * kernel + tapX, isTransposed ? here : there, isTransposed ? there : here)
            }
          }
        }
      }
    }

    var geometry: ShiftGeometry {
      ShiftGeometry(
        inputHeight: height, inputWidth: width, outputHeight: outputHeight,
        outputWidth: outputWidth, channels: channels, kernelHeight: kernel, kernelWidth: kernel,
        dilationHeight: dilation, dilationWidth: dilation, top: top, left: left,
        isTransposed: isTransposed)
    }
  }

  static func cases(_ isTransposed: Bool) -> [Naive] {
    var numbers = TestNumbers(seed: isTransposed ? 5 : 6)
    return (0..<60).map { index in
      Naive(
        height: numbers.integer(1...8), width: numbers.integer(1...20),
        outputHeight: numbers.integer(1...9), outputWidth: numbers.integer(1...22),
        channels: index % 8 + 1, kernel: numbers.integer(1...5), dilation: numbers.integer(1...3),
        top: numbers.integer(0...7), left: numbers.integer(0...7), isTransposed: isTransposed)
    }
  }

  static let images = 3

  /// Sums of at most 26 multiples of 2⁻¹⁰: exact in float.
  @Test(arguments: [false, true])
  func planesAreSummedAsTheDefinitionSays(isTransposed: Bool) {
    var numbers = TestNumbers(seed: 1)
    for naive in Self.cases(isTransposed) {
      let g = naive.geometry
      let t = numbers.floats(g.planes * Self.images * g.inputPixels)
      let bias = numbers.floats(g.channels)
      let planes = MatrixFixture(rows: g.planes, columns: Self.images * g.inputPixels, t)
      let output = MatrixFixture(rows: Self.images, columns: g.outputPixels * g.channels)
      output.view.vector.fill(.nan)
      let scratch = Arena(count: g.outputPixels)
      let biases = MatrixFixture(rows: 1, columns: g.channels, bias)
      var expected = (0..<Self.images * g.outputPixels * g.channels).map {
        Double(bias[$0 % g.channels])
      }
      for image in 0..<Self.images {
        naive.forEach { tap, input, output in
          for c in 0..<g.channels {
            let row = tap * g.channels + c
            expected[(image * g.outputPixels + output) * g.channels + c] += Double(
              t[(row * Self.images + image) * g.inputPixels + input])
          }
        }
      }
      sumShiftedPlanes(
        planes.view, g, into: output.view, bias: biases.view.vector, then: .identity,
        scratch: scratch.vector)
      #expect(output.values == expected.map { Float($0) }, "\(naive)")
      sumShiftedPlanes(
        planes.view, g, into: output.view, bias: biases.view.vector, then: .relu,
        scratch: scratch.vector)
      #expect(output.values == expected.map { Float(max($0, 0)) }, "\(naive)")
      sumShiftedPlanes(
        planes.view, g, into: output.view, bias: nil, then: .identity, scratch: scratch.vector)
      let bare = expected.enumerated().map { Float($1 - Double(bias[$0 % g.channels])) }
      #expect(output.values == bare, "\(naive)")
    }
  }

  /// ⟨sum T, Y⟩ = ⟨T, spread Y⟩: all sums and products exact, both sides added in Double.
  @Test(arguments: [false, true])
  func spreadIsTheAdjointOfSum(isTransposed: Bool) {
    var numbers = TestNumbers(seed: 2)
    for naive in Self.cases(isTransposed) {
      let g = naive.geometry
      let t = numbers.floats(g.planes * Self.images * g.inputPixels)
      let y = numbers.floats(Self.images * g.outputPixels * g.channels)
      let planes = MatrixFixture(rows: g.planes, columns: Self.images * g.inputPixels, t)
      let output = MatrixFixture(rows: Self.images, columns: g.outputPixels * g.channels)
      let gradient = MatrixFixture(rows: Self.images, columns: g.outputPixels * g.channels, y)
      let scratch = Arena(count: g.outputPixels)
      let bias = Arena(count: g.channels)
      bias.vector.fill(1)
      sumShiftedPlanes(
        planes.view, g, into: output.view, bias: nil, then: .identity, scratch: scratch.vector)
      let left = innerProduct(output.values, y)
      planes.view.vector.fill(.nan)
      spreadShiftedPlanes(
        gradient.view, g, into: planes.view, biasGradient: bias.vector, scratch: scratch.vector)
      #expect(left == innerProduct(t, planes.values), "\(naive)")
      #expect(gradient.values == y)
      for c in 0..<g.channels {
        let sum = stride(from: c, to: y.count, by: g.channels).reduce(1) { $0 + Double(y[$1]) }
        #expect(Double(bias.vector[c]) == sum)
      }
    }
  }
}
