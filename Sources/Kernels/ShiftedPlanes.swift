// Convolutions of stride one with few output channels (the last layer of an image decoder): multiply
// first, shift and add afterwards.
//
// Patches of a 3×3 kernel would be nine times the input, for a GEMM of one to eight columns. Instead
// one GEMM gives the plane of products of every tap and output channel,
//
//   T[(tap, c), pixel] = Σ_i W[(tap, c), i] · X[pixel, i],
//
// and the output's plane c is the sum of the taps' planes, each moved by its tap's offset: runs of a
// whole image row, with no index arithmetic inside. The gradient moves the output's planes the other
// way and multiplies.

import CVector

/// The taps of a stride-one convolution (or transposed convolution) with few output channels.
package struct ShiftGeometry: Sendable, Equatable {
  package let inputHeight: Int
  package let inputWidth: Int
  package let outputHeight: Int
  package let outputWidth: Int
  /// Output channels.
  package let channels: Int
  /// What tap t adds to an output position to get the input position it reads: (rows, columns).
  package let offsets: [SIMD2<Int>]

  /// Offsets for a kernel of stride one.
  ///
  /// A convolution's output y reads input y + ky·dilation − top; a transposed one's reads
  /// y + top − ky·dilation.
  package init(
    inputHeight: Int, inputWidth: Int, outputHeight: Int, outputWidth: Int, channels: Int,
    kernelHeight: Int, kernelWidth: Int, dilationHeight: Int, dilationWidth: Int, top: Int,
    left: Int, isTransposed: Bool
  ) {
    self.inputHeight = inputHeight
    self.inputWidth = inputWidth
    self.outputHeight = outputHeight
    self.outputWidth = outputWidth
    self.channels = channels
    let sign = isTransposed ? -1 : 1
    var offsets: [SIMD2<Int>] = []
    for tapY in 0..<kernelHeight {
      for tapX in 0..<kernelWidth {
        offsets.append(
          SIMD2(sign * (tapY * dilationHeight - top), sign * (tapX * dilationWidth - left)))
      }
    }
    self.offsets = offsets
  }

  /// Rows of T: taps × output channels.
  package var planes: Int { offsets.count * channels }
  /// Pixels of one input image.
  package var inputPixels: Int { inputHeight * inputWidth }
  /// Pixels of one output image.
  package var outputPixels: Int { outputHeight * outputWidth }

  // The output rows (columns) for which the tap reads inside the input.
  @inline(__always)
  func insideRows(_ tap: Int) -> Range<Int> {
    ShiftGeometry.inside(offsets[tap].x, input: inputHeight, output: outputHeight)
  }

  @inline(__always)
  func insideColumns(_ tap: Int) -> Range<Int> {
    ShiftGeometry.inside(offsets[tap].y, input: inputWidth, output: outputWidth)
  }

  private static func inside(_ offset: Int, input: Int, output: Int) -> Range<Int> {
    let lower = min(max(0, -offset), output)
    return lower..<max(lower, min(output, input - offset))
  }
}

/// Y ← f(bias + Σ over taps of T moved by the tap's offset).
///
/// - Parameters:
///   - planes: T, [taps × channels, n × input pixels]
///   - images: [n, output pixels × channels], overwritten
///   - scratch: [output pixels] at least
package func sumShiftedPlanes(
  _ planes: MatrixView, _ geometry: ShiftGeometry, into images: MatrixView, bias: VectorView?,
  then activation: Activation, scratch: VectorView
) {
  let g = geometry
  precondition(
    planes.rows == g.planes && planes.columns == images.rows * g.inputPixels
      && images.columns == g.outputPixels * g.channels && scratch.count >= g.outputPixels,
    "sumShiftedPlanes: T [\(planes.rows), \(planes.columns)], images \(images.rows)")
  for image in 0..<images.rows {
    let target = images.row(image)
    for channel in 0..<g.channels {
      let plane = g.channels == 1 ? target : scratch.slice(0, count: g.outputPixels)
      plane.fill(bias?[channel] ?? 0)
      for tap in 0..<g.offsets.count {
        let offset = g.offsets[tap]
        let columns = g.insideColumns(tap)
        let start = (tap &* g.channels &+ channel) &* planes.stride &+ image &* g.inputPixels
        let source = planes.base + start
        for y in g.insideRows(tap) {
          let line = (y &+ offset.x) &* g.inputWidth
          addRun(
            source + (line &+ columns.lowerBound &+ offset.y),
            to: plane.base + (y &* g.outputWidth &+ columns.lowerBound), count: columns.count)
        }
      }
      if g.channels > 1 {
        for pixel in 0..<g.outputPixels {
          target.base[pixel &* g.channels &+ channel] = plane.base[pixel]
        }
      }
    }
    activation.apply(target, into: target)
  }
}

/// The adjoint: dT[(tap, c), pixel] = dY[pixel − offset, c], zero where that lies outside, and the
/// bias's gradient grows by the planes' sums.
///
/// - Parameters:
///   - gradient: [n, output pixels × channels]
///   - planes: dT, [taps × channels, n × input pixels], overwritten
///   - biasGradient: [channels], accumulated; nil for none
///   - scratch: [output pixels] at least
package func spreadShiftedPlanes(
  _ gradient: MatrixView, _ geometry: ShiftGeometry, into planes: MatrixView,
  biasGradient: VectorView?, scratch: VectorView
) {
  let g = geometry
  precondition(
    planes.rows == g.planes && planes.columns == gradient.rows * g.inputPixels
      && gradient.columns == g.outputPixels * g.channels && scratch.count >= g.outputPixels,
    "spreadShiftedPlanes: dT [\(planes.rows), \(planes.columns)], images \(gradient.rows)")
  for image in 0..<gradient.rows {
    let source = gradient.row(image)
    for channel in 0..<g.channels {
      var plane = source
      if g.channels > 1 {
        plane = scratch.slice(0, count: g.outputPixels)
        for pixel in 0..<g.outputPixels {
          plane.base[pixel] = source.base[pixel &* g.channels &+ channel]
        }
      }
      if let biasGradient {
        biasGradient[channel] += Float(sumLanes(plane, plane) { value, _ in value })
      }
      for tap in 0..<g.offsets.count {
        let offset = g.offsets[tap]
        let (rows, columns) = (g.insideRows(tap), g.insideColumns(tap))
        let start = (tap &* g.channels &+ channel) &* planes.stride &+ image &* g.inputPixels
        let target = planes.base + start
        if rows.count &* columns.count < g.inputPixels {
          target.update(repeating: 0, count: g.inputPixels)
        }
        for y in rows {
          let line = (y &+ offset.x) &* g.inputWidth
          (target + (line &+ columns.lowerBound &+ offset.y)).update(
            from: plane.base + (y &* g.outputWidth &+ columns.lowerBound), count: columns.count)
        }
      }
    }
  }
}

@inline(__always)
private func addRun(
  _ source: UnsafeMutablePointer<Float>, to target: UnsafeMutablePointer<Float>, count: Int
) {
  let (source, target) = (
    VectorView(base: source, count: count), VectorView(base: target, count: count)
  )
  mapLanes(source, target, into: target) { $0 + $1 }
}
