import TestSupport
import Testing

@testable import Kernels

@Suite struct PatchesTests {
  /// One number of a patch matrix and the pixel it stands for, from PatchGeometry's definition.
  struct Visit {
    let position: Int
    let entry: Int
    let pixel: Int?
  }

  static func visits(_ g: PatchGeometry) -> [Visit] {
    var result: [Visit] = []
    for gridY in 0..<g.gridHeight {
      for gridX in 0..<g.gridWidth {
        for tapY in 0..<g.kernelHeight {
          for tapX in 0..<g.kernelWidth {
            let y = gridY * g.strideHeight + tapY * g.dilationHeight - g.top
            let x = gridX * g.strideWidth + tapX * g.dilationWidth - g.left
            let isInside = (0..<g.imageHeight).contains(y) && (0..<g.imageWidth).contains(x)
            for channel in 0..<g.channels {
              result.append(
                Visit(
                  position: gridY * g.gridWidth + gridX,
                  entry: (tapY * g.kernelWidth + tapX) * g.channels + channel,
                  pixel: isInside ? (y * g.imageWidth + x) * g.channels + channel : nil))
            }
          }
        }
      }
    }
    return result
  }

  /// Kernels 1…5, strides and dilations 1…3, grids that leave part of the image unseen or reach far
  /// beyond it, images smaller than the kernel, paddings wider than the kernel's reach.
  static func geometries(channels: Int) -> [PatchGeometry] {
    var numbers = TestNumbers(seed: 1000 + channels)
    let random = (0..<40).map { _ in
      PatchGeometry(
        imageHeight: numbers.integer(1...7), imageWidth: numbers.integer(1...9),
        channels: channels, kernelHeight: numbers.integer(1...5),
        kernelWidth: numbers.integer(1...5), strideHeight: numbers.integer(1...3),
        strideWidth: numbers.integer(1...3), dilationHeight: numbers.integer(1...3),
        dilationWidth: numbers.integer(1...3), top: numbers.integer(0...6),
        left: numbers.integer(0...6), gridHeight: numbers.integer(1...6),
        gridWidth: numbers.integer(1...6))
    }
    func square(_ image: Int, _ kernel: Int, _ stride: Int, _ pad: Int, _ grid: Int)
      -> PatchGeometry
    {
      PatchGeometry(
        imageHeight: image, imageWidth: image, channels: channels, kernelHeight: kernel,
        kernelWidth: kernel, strideHeight: stride, strideWidth: stride, dilationHeight: 1,
        dilationWidth: 1, top: pad, left: pad, gridHeight: grid, gridWidth: grid)
    }
    return random + [
      square(1, 5, 1, 2, 1),  // the image is smaller than the kernel
      square(2, 5, 1, 4, 6), square(8, 3, 2, 0, 4), square(4, 3, 1, 1, 4),
      square(1, 1, 1, 0, 1), square(3, 2, 1, 7, 9),  // the padding is wider than the kernel
    ]
  }

  /// A matrix whose rows lie further apart than they are long, in an arena full of marks.
  struct Window {
    let arena: Arena
    let view: MatrixView
    let gap: Int

    // A scatter takes patches without gaps.
    init(rows: Int, columns: Int, _ values: [Float]? = nil, gap: Int = 5) {
      self.gap = gap
      arena = Arena(count: rows * (columns + gap) + 7)
      arena.vector.fill(-321)
      view = MatrixView(
        base: arena.vector.base + 7, rows: rows, columns: columns, stride: columns + gap)
      if let values {
        for row in 0..<rows {
          view.row(row).assign(Array(values[row * columns..<(row + 1) * columns]))
        }
      }
    }

    var values: [Float] { (0..<view.rows).flatMap { view.row($0).array } }

    var marksAreIntact: Bool {
      let all = arena.vector.array
      guard all[..<7].allSatisfy({ $0 == -321 }) else { return false }
      return (0..<view.rows).allSatisfy { row in
        let end = 7 + row * view.stride + view.columns
        return all[end..<end + gap].allSatisfy { $0 == -321 }
      }
    }
  }

  static let images = 2

  @Test(arguments: [1, 3, 16, 17, 40])
  func gatherFollowsTheDefinition(channels: Int) {
    var numbers = TestNumbers(seed: channels)
    for g in Self.geometries(channels: channels) {
      let x = numbers.floats(Self.images * g.imageSize)
      let source = Window(rows: Self.images, columns: g.imageSize, x)
      let patches = Window(rows: Self.images * g.positions, columns: g.patchSize)
      gatherPatches(source.view, g, into: patches.view)
      var expected = [Float](repeating: .nan, count: Self.images * g.positions * g.patchSize)
      for image in 0..<Self.images {
        for visit in Self.visits(g) {
          expected[(image * g.positions + visit.position) * g.patchSize + visit.entry] =
            visit.pixel.map { x[image * g.imageSize + $0] } ?? 0
        }
      }
      #expect(patches.values == expected, "\(g)")
      #expect(patches.marksAreIntact && source.marksAreIntact)
    }
  }

  /// At most 25 taps, numbers that are multiples of 2⁻¹⁰ up to 1: every sum is exact in float.
  @Test(arguments: [1, 3, 16, 17, 40])
  func scatterFollowsTheDefinition(channels: Int) {
    var numbers = TestNumbers(seed: 50 + channels)
    for g in Self.geometries(channels: channels) {
      let values = numbers.floats(Self.images * g.positions * g.patchSize)
      let bias = numbers.floats(channels)
      let biasArena = Arena(count: channels)
      biasArena.vector.assign(bias)
      let patches = Window(
        rows: Self.images * g.positions, columns: g.patchSize, values, gap: 0)
      var sums = [Double](repeating: 0, count: Self.images * g.imageSize)
      for image in 0..<Self.images {
        for visit in Self.visits(g) {
          if let pixel = visit.pixel {
            sums[image * g.imageSize + pixel] += Double(
              values[(image * g.positions + visit.position) * g.patchSize + visit.entry])
          }
        }
      }
      let plain = Window(rows: Self.images, columns: g.imageSize)
      scatterPatches(patches.view, g, into: plain.view)
      #expect(plain.values == sums.map { Float($0) }, "\(g)")
      #expect(plain.marksAreIntact && patches.marksAreIntact)

      let biased = sums.enumerated().map { Float($1 + Double(bias[$0 % channels])) }
      let finished = Window(rows: Self.images, columns: g.imageSize)
      scatterPatches(patches.view, g, into: finished.view, bias: biasArena.vector)
      #expect(finished.values == biased, "\(g)")
      scatterPatches(
        patches.view, g, into: finished.view, bias: biasArena.vector, then: .leakyReLU(slope: 0.25))
      #expect(finished.values == biased.map { $0 < 0 ? 0.25 * $0 : $0 }, "\(g)")
      #expect(finished.marksAreIntact)
    }
  }

  /// ⟨gather x, y⟩ = ⟨x, scatter y⟩. Scatter's sums are exact here, the products too (20 bits), and both
  /// inner products run in 64 bits: the two sides are the same sum of exact terms in two orders, at most
  /// 2¹⁷ of them below 2⁵³⁻²⁰, so they are equal.
  @Test(arguments: [1, 3, 16, 17, 40])
  func gatherAndScatterAreAdjoint(channels: Int) {
    var numbers = TestNumbers(seed: 70 + channels)
    for g in Self.geometries(channels: channels) {
      let x = numbers.floats(Self.images * g.imageSize)
      let y = numbers.floats(Self.images * g.positions * g.patchSize)
      let images = Window(rows: Self.images, columns: g.imageSize, x)
      let patches = Window(rows: Self.images * g.positions, columns: g.patchSize)
      gatherPatches(images.view, g, into: patches.view)
      let left = innerProduct(patches.values, y)
      let other = Window(rows: Self.images * g.positions, columns: g.patchSize, y, gap: 0)
      scatterPatches(other.view, g, into: images.view)
      #expect(left == innerProduct(x, images.values), "\(g)")
    }
  }
}
