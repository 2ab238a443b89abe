// What encoder and decoder see: the data and the latents, with what has to be done to them first.

import CVector
import Kernels
import Networks

/// How an example becomes the encoder's input.
///
/// - A missing value becomes 0 (Nazábal et al., 2020, section 3.1).
/// - Counts in the parts of a mixed likelihood become ln(1 + x), which keeps large ones from drowning the other
///   columns.
/// - A class, one-hot, follows the columns of a table; an image gets a plane of ones or zeros for each class
///   behind its channels.
///
/// Where there is none of this the encoder reads the data itself and no copy is made.
struct EncoderInput: Sendable {
  /// One input.
  let shape: Shape
  /// C; 0 without a condition.
  let classes: Int
  private let data: Shape
  private let counts: [Range<Int>]
  private let mayMiss: Bool

  init(_ spec: ModelSpec) {
    data = spec.data.padded
    classes = spec.condition?.classes ?? 0
    mayMiss = spec.data.missing
    shape = Shape(height: data.height, width: data.width, channels: data.channels + classes)
    var counts: [Range<Int>] = []
    if case .mixed(let parts) = spec.likelihood {
      var first = 0
      for part in parts {
        if part.likelihood.isOfCounts { counts.append(first..<first + part.columns) }
        first += part.columns
      }
    }
    self.counts = counts
  }

  /// Whether the input is the data as it is.
  var isData: Bool { counts.isEmpty && !mayMiss && classes == 0 }

  /// Floats in a buffer for so many examples: none where the input is the data.
  func count(examples: Int) -> Int { isData ? 0 : examples * shape.count }

  /// The encoder's input for a batch: the data itself, or what is written into a buffer.
  ///
  /// - Parameters:
  ///   - x: data, [B, D]
  ///   - labels: the class of each example, [B]; empty without a condition
  ///   - buffer: at least `count(examples: B)` floats
  func prepare(
    _ x: MatrixView, labels: VectorView, buffer: VectorView, compute: Compute
  ) -> MatrixView {
    if isData { return x }
    let input = buffer.slice(0, count: x.rows * shape.count)
      .matrix(rows: x.rows, columns: shape.count)
    compute.forEachShare(of: x.rows, cost: 4 * shape.count, (self, x, labels, input)) {
      context, rows, _ in
      let (plan, x, labels, input) = context
      for row in rows {
        plan.write(
          x.row(row), label: plan.classes > 0 ? Int(labels[row]) : 0, into: input.row(row))
      }
    }
    return input
  }

  private func write(_ x: VectorView, label: Int, into input: VectorView) {
    if data.isFlat || classes == 0 {
      writeValues(x, into: input.slice(0, count: data.count))
      if classes > 0 { input.slice(data.count, count: classes).setOneHot(label) }
      return
    }
    let (channels, width) = (data.channels, shape.channels)
    for pixel in 0..<data.pixels {
      writeValues(
        x.slice(pixel * channels, count: channels),
        into: input.slice(pixel * width, count: channels))
      input.slice(pixel * width + channels, count: classes).setOneHot(label)
    }
  }

  /// Turns data into what the encoder sees of it, without the class; `input` may be `x`.
  func writeValues(_ x: VectorView, into input: VectorView) {
    if mayMiss { input.copyObserved(from: x) } else { input.copy(from: x) }
    for range in counts { mapLanes(input.slice(range), into: input.slice(range)) { log1p($0) } }
  }
}

/// How latents become the decoder's input: with the class, one-hot, behind them.
struct DecoderInput: Sendable {
  /// L
  let latents: Int
  /// C; 0 without a condition.
  let classes: Int

  init(_ spec: ModelSpec) {
    latents = spec.latents
    classes = spec.condition?.classes ?? 0
  }

  /// L + C
  var columns: Int { latents + classes }

  /// Floats in a buffer for so many rows: none where the input is the latents.
  func count(rows: Int) -> Int { classes == 0 ? 0 : rows * columns }

  /// The decoder's input for some latents: they themselves, or what is written into a buffer.
  ///
  /// - Parameters:
  ///   - z: [B·K, L]
  ///   - labels: the class of each example, [B]; empty without a condition
  ///   - buffer: at least `count(rows: B·K)` floats
  func prepare(_ z: MatrixView, labels: VectorView, samples: Int = 1, buffer: VectorView)
    -> MatrixView
  {
    if classes == 0 { return z }
    let input = matrix(buffer, rows: z.rows)
    for row in 0..<z.rows {
      input.row(row).slice(0, count: latents).copy(from: z.row(row))
      input.row(row).slice(latents, count: classes).setOneHot(Int(labels[row / samples]))
    }
    return input
  }

  /// Where the gradient of the input goes: into dz itself, or into a buffer.
  func gradient(_ latentGradient: MatrixView, buffer: VectorView) -> MatrixView {
    classes == 0 ? latentGradient : matrix(buffer, rows: latentGradient.rows)
  }

  /// Takes dz, [n, L], out of the gradient of the input, [n, L + C].
  func takeLatents(of gradient: MatrixView, into latentGradient: MatrixView) {
    if classes == 0 { return }
    for row in 0..<gradient.rows {
      latentGradient.row(row).copy(from: gradient.row(row).slice(0, count: latents))
    }
  }

  private func matrix(_ buffer: VectorView, rows: Int) -> MatrixView {
    buffer.slice(0, count: rows * columns).matrix(rows: rows, columns: columns)
  }
}

extension VectorView {
  /// 1 at a place, 0 elsewhere.
  func setOneHot(_ place: Int) {
    fill(0)
    self[place] = 1
  }
}

extension LikelihoodSpec {
  /// Whether values are counts.
  var isOfCounts: Bool {
    switch self {
    case .poisson, .negativeBinomial, .zeroInflatedNegativeBinomial: true
    default: false
    }
  }
}
