// Elementwise nonlinearities: applied where a layer has its output in cache, differentiated there too.

import CVector

/// An elementwise function y = f(x).
package enum Activation: Sendable, Equatable {
  case identity
  /// max(x, 0)
  case relu
  /// x for x > 0, slope·x otherwise; 0 ≤ slope ≤ 1
  case leakyReLU(slope: Float)
  /// x for x > 0, α(eˣ − 1) otherwise; α > 0
  case elu(alpha: Float)
  /// x·σ(x)
  case silu
  /// x·Φ(x), Φ the normal's cumulative distribution
  case gelu
  /// σ(x) = 1/(1 + e^−x)
  case sigmoid
  case tanh
  /// ln(1 + eˣ)
  case softplus

  /// Whether f′ can be computed from y alone, so that the output may overwrite the input.
  package var isReversible: Bool {
    switch self {
    case .silu, .gelu: false
    default: true
    }
  }

  /// The slope below zero of a function that is the identity above it; nil for the others.
  package var slopeBelowZero: Float? {
    switch self {
    case .identity: 1
    case .relu: 0
    case .leakyReLU(let slope): slope
    default: nil
    }
  }

  /// y ← f(x); x and y may be the same vector.
  package func apply(_ x: VectorView, into y: VectorView) {
    switch self {
    case .identity:
      if x.base != y.base { y.copy(from: x) }
    case .relu:
      mapLanes(x, into: y) { $0.replacing(with: 0, where: $0 .< 0) }
    case .leakyReLU(let slope):
      mapLanes(x, into: y) { $0.replacing(with: $0 * slope, where: $0 .< 0) }
    case .elu(let alpha):
      mapLanes(x, into: y) { $0.replacing(with: expm1($0) * alpha, where: $0 .< 0) }
    case .silu:
      mapLanes(x, into: y) { $0 * Kernels.sigmoid($0) }
    case .gelu:
      mapLanes(x, into: y) { $0 * normalCumulative($0) }
    case .sigmoid:
      mapLanes(x, into: y) { Kernels.sigmoid($0) }
    case .tanh:
      mapLanes(x, into: y) { Kernels.tanh($0) }
    case .softplus:
      mapLanes(x, into: y) { Kernels.softplus($0) }
    }
  }

  /// dX ← dY ⊙ f′, with f′ from the output y.
  ///
  /// dX may be dY. Only for reversible functions; the others take the input (`pullBack(…input:…)`).
  package func pullBack(_ gradient: VectorView, output y: VectorView, into result: VectorView) {
    switch self {
    case .identity:
      if gradient.base != result.base { result.copy(from: gradient) }
    case .relu:
      mapLanes(gradient, y, into: result) { $0.replacing(with: 0, where: .!($1 .> 0)) }
    case .leakyReLU(let slope):
      mapLanes(gradient, y, into: result) { $0.replacing(with: $0 * slope, where: .!($1 .> 0)) }
    case .elu(let alpha):
      mapLanes(gradient, y, into: result) {
        $0.replacing(with: $0 * ($1 + alpha), where: .!($1 .> 0))
      }
    case .sigmoid:
      mapLanes(gradient, y, into: result) { $0 * $1 * (1 - $1) }
    case .tanh:
      mapLanes(gradient, y, into: result) { $0 * (1 - $1 * $1) }
    case .softplus:
      mapLanes(gradient, y, into: result) { -$0 * expm1(-$1) }
    case .silu, .gelu:
      preconditionFailure("Activation.pullBack: \(self) needs its input")
    }
  }

  /// dX ← dY ⊙ f′, with f′ from the input x and the output y. dX may be dY.
  package func pullBack(
    _ gradient: VectorView, input x: VectorView, output y: VectorView, into result: VectorView
  ) {
    switch self {
    case .silu:
      mapLanes(gradient, x, into: result) {
        let s = Kernels.sigmoid($1)
        return $0 * s * (1 + $1 * (1 - s))
      }
    case .gelu:
      mapLanes(gradient, x, into: result) {
        let density = exp(-0.5 * $1 * $1) * 0.398942280
        return $0 * (normalCumulative($1) + $1 * density)
      }
    default:
      pullBack(gradient, output: y, into: result)
    }
  }
}

/// Y ← f(Y + b) row by row: the end of a dense layer or a convolution, while the tile is in cache.
///
/// - Parameters:
///   - y: [rows, columns]
///   - bias: [columns], nil for none
package func addBias(_ bias: VectorView?, to y: MatrixView, then activation: Activation) {
  guard let bias else {
    for row in 0..<y.rows { activation.apply(y.row(row), into: y.row(row)) }
    return
  }
  switch activation {
  case .identity:
    for row in 0..<y.rows { mapLanes(y.row(row), bias, into: y.row(row)) { $0 + $1 } }
  case .relu:
    for row in 0..<y.rows {
      mapLanes(y.row(row), bias, into: y.row(row)) {
        let sum = $0 + $1
        return sum.replacing(with: 0, where: sum .< 0)
      }
    }
  case .leakyReLU(let slope):
    for row in 0..<y.rows {
      mapLanes(y.row(row), bias, into: y.row(row)) {
        let sum = $0 + $1
        return sum.replacing(with: sum * slope, where: sum .< 0)
      }
    }
  default:
    for row in 0..<y.rows {
      mapLanes(y.row(row), bias, into: y.row(row)) { $0 + $1 }
      activation.apply(y.row(row), into: y.row(row))
    }
  }
}

/// dY ← dY ⊙ f′(y) in place, and the bias's gradient grows by the column sums.
///
/// - Parameters:
///   - gradient: [rows, columns], overwritten by the gradient at the affine map's output
///   - output: [rows, columns], what the layer returned; not read for the identity
///   - biasGradient: [columns], accumulated; nil for none
package func pullBackBias(
  _ gradient: MatrixView, through activation: Activation, output: MatrixView,
  biasGradient: VectorView?
) {
  if activation != .identity {
    for row in 0..<gradient.rows {
      let row = (gradient.row(row), output.row(row))
      activation.pullBack(row.0, output: row.1, into: row.0)
    }
  }
  if let biasGradient { addColumnSums(of: gradient, to: biasGradient) }
}

/// v ← v + Σ over rows of M, 64 columns at a time in registers.
package func addColumnSums(of matrix: MatrixView, to sums: VectorView) {
  precondition(
    sums.count == matrix.columns,
    "addColumnSums: \(matrix.columns) columns into \(sums.count) sums")
  var column = 0
  while column &+ 64 <= matrix.columns {
    var (s0, s1, s2, s3) = (Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero)
    for row in 0..<matrix.rows {
      let line = VectorView(base: matrix.base + (row &* matrix.stride &+ column), count: 64)
      s0 += line.lanes(at: 0)
      s1 += line.lanes(at: 16)
      s2 += line.lanes(at: 32)
      s3 += line.lanes(at: 48)
    }
    sums.setLanes(sums.lanes(at: column) + s0, at: column)
    sums.setLanes(sums.lanes(at: column + 16) + s1, at: column + 16)
    sums.setLanes(sums.lanes(at: column + 32) + s2, at: column + 32)
    sums.setLanes(sums.lanes(at: column + 48) + s3, at: column + 48)
    column &+= 64
  }
  while column < matrix.columns {
    let width = min(16, matrix.columns - column)
    if width == 16 {
      var sum = Lanes.zero
      for row in 0..<matrix.rows {
        sum += VectorView(base: matrix.base + row &* matrix.stride, count: matrix.columns)
          .lanes(at: column)
      }
      sums.setLanes(sums.lanes(at: column) + sum, at: column)
    } else {
      for narrow in column..<column + width {
        var sum: Float = 0
        for row in 0..<matrix.rows { sum += matrix.base[row &* matrix.stride &+ narrow] }
        sums.base[narrow] += sum
      }
    }
    column &+= width
  }
}
