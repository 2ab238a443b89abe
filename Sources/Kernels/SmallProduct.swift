// A·B for small matrices with one to eight columns over a multiple of sixteen: a head of four outputs.
//
// It is here because OpenBLAS (0.3.21, AVX-512 kernels) takes a heap block for every such product of at
// most 10⁶ multiplications with 32 of them or more to an element (found by counting over all sizes up to
// 64 × 96 × 140, transposed and not), and a training step allocates nothing.
// Rows of B are read as they lie, so nothing is packed: 8 × 32 elements of C are summed in registers.

import CVector

/// Whether `multiplySmall` should stand in for the library.
func isSmallAndRagged(_ a: MatrixOperand, _ b: MatrixOperand, _ c: MatrixView) -> Bool {
  !a.isTransposed && !b.isTransposed && (1...8).contains(c.columns % 16) && a.columns >= 32
    && c.rows * c.columns * a.columns <= 1_000_000
}

/// C ← A·B or C ← C + A·B.
///
/// - Parameters:
///   - a: [m, k]
///   - b: [k, n]
///   - c: [m, n]
func multiplySmall(_ a: MatrixView, _ b: MatrixView, _ c: MatrixView, accumulate: Bool) {
  var column = 0
  while column < c.columns {
    let width = min(16, c.columns - column)
    // Sixteen lanes may be read beyond a row's end while they stay inside the matrix; the last rows of B
    // are read piece by piece. Surplus lanes are computed and not stored.
    let readable = (b.rows - 1) * b.stride + b.columns - column - 16
    let whole = readable < 0 ? 0 : min(b.rows, readable / b.stride + 1)
    var row = 0
    while row < c.rows {
      let tile = RowTile(a: a, b: b, row: row, column: column, width: width, whole: whole)
      tile.add(to: c, accumulate: accumulate)
      row += 8
    }
    column += width
  }
}

// Eight rows of sixteen sums; rows beyond the matrix repeat the last one and are not stored.
private struct RowTile {
  let a: MatrixView
  let b: MatrixView
  let row: Int
  let column: Int
  let width: Int
  let whole: Int

  func add(to c: MatrixView, accumulate: Bool) {
    var (s0, s1, s2, s3) = (Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero)
    var (s4, s5, s6, s7) = (Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero)
    let last = a.rows - 1
    let left = a.base + row &* a.stride
    @inline(__always) func offset(_ index: Int) -> Int {
      (min(row &+ index, last) &- row) &* a.stride
    }
    let (o1, o2, o3, o4) = (offset(1), offset(2), offset(3), offset(4))
    let (o5, o6, o7) = (offset(5), offset(6), offset(7))
    @inline(__always) func accumulateRow(_ k: Int, _ x: Lanes) {
      let pointer = left + k
      s0 = vector_fma(Lanes(repeating: pointer[0]), x, s0)
      s1 = vector_fma(Lanes(repeating: pointer[o1]), x, s1)
      s2 = vector_fma(Lanes(repeating: pointer[o2]), x, s2)
      s3 = vector_fma(Lanes(repeating: pointer[o3]), x, s3)
      s4 = vector_fma(Lanes(repeating: pointer[o4]), x, s4)
      s5 = vector_fma(Lanes(repeating: pointer[o5]), x, s5)
      s6 = vector_fma(Lanes(repeating: pointer[o6]), x, s6)
      s7 = vector_fma(Lanes(repeating: pointer[o7]), x, s7)
    }
    let right = b.base + column
    for k in 0..<whole {
      accumulateRow(k, VectorView(base: right + k &* b.stride, count: 16).lanes(at: 0))
    }
    for k in whole..<b.rows {
      let line = VectorView(base: right + k &* b.stride, count: width)
      accumulateRow(k, line.partialLanes(at: 0, count: width))
    }
    @inline(__always) func store(_ index: Int, _ sum: Lanes) {
      if row &+ index > last { return }
      let line = VectorView(base: c.base + ((row &+ index) &* c.stride &+ column), count: width)
      if width == 16 {
        line.setLanes(accumulate ? line.lanes(at: 0) + sum : sum, at: 0)
      } else {
        let value = accumulate ? line.partialLanes(at: 0, count: width) + sum : sum
        line.setPartialLanes(value, at: 0, count: width)
      }
    }
    store(0, s0)
    store(1, s1)
    store(2, s2)
    store(3, s3)
    store(4, s4)
    store(5, s5)
    store(6, s6)
    store(7, s7)
  }
}
