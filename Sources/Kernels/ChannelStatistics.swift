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
  forEachColumnBlock(x.columns) { column, width in
    let m = block(centre, column, width)
    let a = block(scale, column, width)
    let b = block(offset, column, width)
    for row in 0..<x.rows {
      setBlock(y.row(row), column, width, vector_fma(block(x, row, column, width) - m, a, b))
    }
  }
  for row in 0..<y.rows { activation.apply(y.row(row), into: y.row(row)) }
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
  products: VectorView
) {
  forEachColumnBlock(gradient.columns) { column, width in
    let centre = block(mean, column, width)
    var sum = Lanes.zero
    var product = Lanes.zero
    for row in 0..<gradient.rows {
      let dy = block(gradient, row, column, width)
      sum += dy
      product = vector_fma(dy, block(input, row, column, width) - centre, product)
    }
    setBlock(sums, column, width, block(sums, column, width) + sum)
    setBlock(products, column, width, block(products, column, width) + product)
  }
}

/// dX ← dY·scale + (X − centre)·slope + offset by column.
package func combineColumns(
  _ gradient: MatrixView, scale: VectorView, _ input: MatrixView, centre: VectorView,
  slope: VectorView, offset: VectorView, into result: MatrixView
) {
  precondition(
    gradient.columns == scale.count && slope.count == scale.count && offset.count == scale.count,
    "combineColumns: \(gradient.columns) columns, \(scale.count) scales")
  forEachColumnBlock(gradient.columns) { column, width in
    let s = block(scale, column, width)
    let k = block(slope, column, width)
    let c = block(offset, column, width)
    let m = block(centre, column, width)
    for row in 0..<gradient.rows {
      let dy = block(gradient, row, column, width)
      let x = block(input, row, column, width) - m
      let value = vector_fma(dy, s, vector_fma(x, k, c))
      setBlock(result.row(row), column, width, value)
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
