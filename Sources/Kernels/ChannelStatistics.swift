// Batch normalisation's passes: moments of each channel, the affine map, and its gradient.
//
// Moments are taken tile by tile, mean first and squared distances from it second while the tile is in
// cache, and merged by Chan, Golub and LeVeque's formula ("Updating formulae and a pairwise algorithm",
// 1979): no difference of large squares, one pass over memory.

import CVector

/// Adds a tile to running moments of every column.
///
/// - Parameters:
///   - tile: [rows, channels]
///   - count: rows seen before this tile
///   - mean: [channels], updated
///   - squares: [channels], Σ (x − mean)², updated
package func mergeMoments(
  of tile: MatrixView, count: Int, mean: VectorView, squares: VectorView
) {
  let n = Float(tile.rows)
  let before = Float(count)
  let weight = n / (before + n)
  forEachColumnBlock(tile.columns) { column, width in
    var sum = Lanes.zero
    for row in 0..<tile.rows { sum += block(tile, row, column, width) }
    let tileMean = sum / n
    var tileSquares = Lanes.zero
    for row in 0..<tile.rows {
      let difference = block(tile, row, column, width) - tileMean
      tileSquares = vector_fma(difference, difference, tileSquares)
    }
    let oldMean = block(mean, column, width)
    let shift = tileMean - oldMean
    let newMean = vector_fma(shift, Lanes(repeating: weight), oldMean)
    let between = shift * shift * (before * weight)
    setBlock(mean, column, width, newMean)
    setBlock(squares, column, width, block(squares, column, width) + tileSquares + between)
  }
}

/// Merges another set of moments of the same channels.
package func mergeMoments(
  count: Int, mean: VectorView, squares: VectorView,
  with otherCount: Int, otherMean: VectorView, otherSquares: VectorView
) {
  if otherCount == 0 { return }
  let weight = Float(otherCount) / Float(count + otherCount)
  mapLanes(squares, otherSquares, into: squares) { $0 + $1 }
  let factor = Float(count) * weight
  mapLanes(squares, mean, otherMean, into: squares) { total, mine, other in
    let shift = other - mine
    return vector_fma(shift * shift, Lanes(repeating: factor), total)
  }
  mapLanes(mean, otherMean, into: mean) { vector_fma($1 - $0, Lanes(repeating: weight), $0) }
}

/// Y ← f((X − centre)·scale + offset) by column.
///
/// The centre is taken off first: folding it into the offset would leave the difference of two large
/// numbers where a channel's mean is large beside its deviation.
package func mapColumns(
  _ x: MatrixView, centre: VectorView, scale: VectorView, offset: VectorView, into y: MatrixView,
  then activation: Activation
) {
  // Row after row, as memory lies; a few at a time, so that the activation finds them in cache.
  var first = 0
  while first < x.rows {
    let last = min(first + 32, x.rows)
    for row in first..<last {
      let (source, target) = (x.row(row), y.row(row))
      forEachColumnBlock(x.columns) { column, width in
        let difference = block(source, column, width) - block(centre, column, width)
        setBlock(
          target, column, width,
          vector_fma(difference, block(scale, column, width), block(offset, column, width)))
      }
    }
    for row in first..<last { activation.apply(y.row(row), into: y.row(row)) }
    first = last
  }
}

/// The derivative of a piecewise linear activation of z = (x − centre)·scale + offset: 1 where z > 0,
/// `slope` elsewhere. It is found again from x, which the gradient reads anyway, so neither the output is
/// read nor a changed gradient written: for large images normalisation costs what memory costs.
package struct PiecewiseDerivative: Sendable {
  let scale: VectorView
  let offset: VectorView
  let slope: Float

  /// - Parameters:
  ///   - scale: [channels]
  ///   - offset: [channels]
  ///   - slope: 0 for ReLU, 1 for the identity
  package init(scale: VectorView, offset: VectorView, slope: Float) {
    self.scale = scale
    self.offset = offset
    self.slope = slope
  }
}

/// Column sums that normalisation's gradient needs: Σ dy and Σ dy·(x − mean), added up.
///
/// - Parameters:
///   - gradient: dY, [rows, channels]
///   - input: X, [rows, channels]
///   - mean: [channels]
///   - sums: [channels], Σ dy, accumulated
///   - products: [channels], Σ dy·(x − mean), accumulated
package func addGradientSums(
  _ gradient: MatrixView, input: MatrixView, mean: VectorView, sums: VectorView,
  products: VectorView, through derivative: PiecewiseDerivative? = nil
) {
  for row in 0..<gradient.rows {
    let (dyRow, xRow) = (gradient.row(row), input.row(row))
    forEachColumnBlock(gradient.columns) { column, width in
      let x = block(xRow, column, width) - block(mean, column, width)
      let dz = pulledBack(block(dyRow, column, width), x, column, width, derivative)
      setBlock(sums, column, width, block(sums, column, width) + dz)
      setBlock(products, column, width, vector_fma(dz, x, block(products, column, width)))
    }
  }
}

// dY ⊙ f′ at x − centre; dY itself without a derivative.
@inline(__always)
private func pulledBack(
  _ dy: Lanes, _ x: Lanes, _ column: Int, _ width: Int, _ derivative: PiecewiseDerivative?
) -> Lanes {
  guard let derivative else { return dy }
  let z = vector_fma(
    x, block(derivative.scale, column, width), block(derivative.offset, column, width))
  return dy.replacing(with: dy * derivative.slope, where: .!(z .> 0))
}

/// dX ← dY·scale + (X − centre)·slope + offset by column.
package func combineColumns(
  _ gradient: MatrixView, scale: VectorView, _ input: MatrixView, centre: VectorView,
  slope: VectorView, offset: VectorView, into result: MatrixView,
  through derivative: PiecewiseDerivative? = nil
) {
  precondition(
    gradient.columns == scale.count && slope.count == scale.count && offset.count == scale.count,
    "combineColumns: \(gradient.columns) columns, \(scale.count) scales")
  for row in 0..<gradient.rows {
    let (dyRow, xRow, target) = (gradient.row(row), input.row(row), result.row(row))
    forEachColumnBlock(gradient.columns) { column, width in
      let x = block(xRow, column, width) - block(centre, column, width)
      let dz = pulledBack(block(dyRow, column, width), x, column, width, derivative)
      let fromInput = vector_fma(
        x, block(slope, column, width), block(offset, column, width))
      setBlock(target, column, width, vector_fma(dz, block(scale, column, width), fromInput))
    }
  }
}

// Columns in blocks of sixteen, the last one narrower.
@inline(__always)
private func forEachColumnBlock(_ columns: Int, _ body: (Int, Int) -> Void) {
  var column = 0
  while column < columns {
    body(column, min(16, columns - column))
    column += 16
  }
}

@inline(__always)
private func block(_ matrix: MatrixView, _ row: Int, _ column: Int, _ width: Int) -> Lanes {
  let line = VectorView(base: matrix.base + row &* matrix.stride, count: matrix.columns)
  return block(line, column, width)
}

@inline(__always)
private func block(_ vector: VectorView, _ column: Int, _ width: Int) -> Lanes {
  width == 16 ? vector.lanes(at: column) : vector.partialLanes(at: column, count: width)
}

@inline(__always)
private func setBlock(_ vector: VectorView, _ column: Int, _ width: Int, _ value: Lanes) {
  if width == 16 {
    vector.setLanes(value, at: column)
  } else {
    vector.setPartialLanes(value, at: column, count: width)
  }
}
