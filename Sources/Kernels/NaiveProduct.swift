// Matrix products without a library: what OpenBLAS is compared with.
//
// The loops are as good as plain loops get: the inner one runs over consecutive elements of two matrices
// and is compiled to vector instructions; a product with Bᵀ is a dot product with sixteen partial sums.
// Nothing is blocked, so a matrix that leaves the cache is read again and again.

import CVector

/// C ← A·B or C ← C + A·B by three loops.
func multiplyNaively(
  _ a: MatrixOperand, _ b: MatrixOperand, _ c: MatrixView, accumulate: Bool
) {
  // The step from one k to the next in a row of op(A).
  let (rowStep, innerStep) = a.isTransposed ? (1, a.view.stride) : (a.view.stride, 1)
  for row in 0..<c.rows {
    let target = c.row(row)
    let left = a.view.base + row &* rowStep
    if b.isTransposed {
      for column in 0..<c.columns {
        let sum = dotProduct(
          left, step: innerStep, b.view.base + column &* b.view.stride, count: a.columns)
        target.base[column] = accumulate ? target.base[column] + sum : sum
      }
    } else {
      if !accumulate { target.fill(0) }
      for inner in 0..<a.columns {
        let factor = Lanes(repeating: left[inner &* innerStep])
        let source = VectorView(base: b.view.base + inner &* b.view.stride, count: c.columns)
        mapLanes(source, target, into: target) { vector_fma(factor, $0, $1) }
      }
    }
  }
}

// Σ xₖ·yₖ with x at a step and y contiguous.
private func dotProduct(
  _ x: UnsafeMutablePointer<Float>, step: Int, _ y: UnsafeMutablePointer<Float>, count: Int
) -> Float {
  var index = 0
  var total: Float = 0
  if step == 1 {
    let (xs, ys) = (VectorView(base: x, count: count), VectorView(base: y, count: count))
    var sums = Lanes.zero
    while index &+ 16 <= count {
      sums = vector_fma(xs.lanes(at: index), ys.lanes(at: index), sums)
      index &+= 16
    }
    total = sums.sum()
  }
  while index < count {
    total += x[index &* step] * y[index]
    index &+= 1
  }
  return total
}
