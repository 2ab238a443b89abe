// A matrix product in the manner of Goto and van de Geijn, "Anatomy of high-performance matrix
// multiplication" (2008), in plain Swift: panels of B and blocks of A are packed so that the kernel reads
// both in order, and the kernel keeps a 4 × 32 tile of C in registers. It shows how far loops go before
// assembly begins.

import CVector

private let tileRows = 4
private let tileColumns = 32
private let blockInner = 256
private let blockRows = 64

/// C ← A·B or C ← C + A·B by blocks.
func multiplyInBlocks(
  _ a: MatrixOperand, _ b: MatrixOperand, _ c: MatrixView, accumulate: Bool
) {
  if !accumulate { for row in 0..<c.rows { c.row(row).fill(0) } }
  let panels = (c.columns + tileColumns - 1) / tileColumns
  let packedB = Arena(count: panels * tileColumns * blockInner)
  let packedA = Arena(count: blockRows * blockInner)
  defer { withExtendedLifetime((packedA, packedB)) {} }
  var inner = 0
  while inner < a.columns {
    let depth = min(blockInner, a.columns - inner)
    packB(b, from: inner, depth: depth, panels: panels, columns: c.columns, into: packedB.base)
    var row = 0
    while row < c.rows {
      let rows = min(blockRows, c.rows - row)
      packA(a, row: row, rows: rows, from: inner, depth: depth, into: packedA.base)
      for panel in 0..<panels {
        let column = panel * tileColumns
        let width = min(tileColumns, c.columns - column)
        for tile in stride(from: 0, to: rows, by: tileRows) {
          addTile(
            packedA.base + tile * depth, packedB.base + panel * tileColumns * depth, depth: depth,
            to: c, row: row + tile, rows: min(tileRows, rows - tile), column: column, width: width)
        }
      }
      row += rows
    }
    inner += depth
  }
}

// Panels of 32 columns, k after k; columns beyond the matrix are zero.
private func packB(
  _ b: MatrixOperand, from inner: Int, depth: Int, panels: Int, columns: Int,
  into packed: UnsafeMutablePointer<Float>
) {
  let (innerStep, columnStep) = b.isTransposed ? (1, b.view.stride) : (b.view.stride, 1)
  for panel in 0..<panels {
    let width = min(tileColumns, columns - panel * tileColumns)
    for k in 0..<depth {
      let target = packed + (panel * depth + k) * tileColumns
      let source = b.view.base + ((inner + k) * innerStep + panel * tileColumns * columnStep)
      for j in 0..<width { target[j] = source[j &* columnStep] }
      for j in width..<tileColumns { target[j] = 0 }
    }
  }
}

// Groups of four rows, k after k; rows beyond the matrix are zero.
private func packA(
  _ a: MatrixOperand, row: Int, rows: Int, from inner: Int, depth: Int,
  into packed: UnsafeMutablePointer<Float>
) {
  let (rowStep, innerStep) = a.isTransposed ? (1, a.view.stride) : (a.view.stride, 1)
  for tile in stride(from: 0, to: rows, by: tileRows) {
    for k in 0..<depth {
      let target = packed + (tile * depth + k * tileRows)
      let source = a.view.base + ((row + tile) * rowStep + (inner + k) * innerStep)
      for i in 0..<tileRows { target[i] = tile + i < rows ? source[i &* rowStep] : 0 }
    }
  }
}

// A 4 × 32 tile of C grows by the product of a packed group and a packed panel.
private func addTile(
  _ a: UnsafeMutablePointer<Float>, _ b: UnsafeMutablePointer<Float>, depth: Int,
  to c: MatrixView, row: Int, rows: Int, column: Int, width: Int
) {
  var (s00, s01) = (Lanes.zero, Lanes.zero)
  var (s10, s11) = (Lanes.zero, Lanes.zero)
  var (s20, s21) = (Lanes.zero, Lanes.zero)
  var (s30, s31) = (Lanes.zero, Lanes.zero)
  let panel = VectorView(base: b, count: depth * tileColumns)
  for k in 0..<depth {
    let left = panel.lanes(at: k &* tileColumns)
    let right = panel.lanes(at: k &* tileColumns &+ 16)
    let factors = a + k &* tileRows
    (s00, s01) = (
      vector_fma(Lanes(repeating: factors[0]), left, s00),
      vector_fma(Lanes(repeating: factors[0]), right, s01)
    )
    (s10, s11) = (
      vector_fma(Lanes(repeating: factors[1]), left, s10),
      vector_fma(Lanes(repeating: factors[1]), right, s11)
    )
    (s20, s21) = (
      vector_fma(Lanes(repeating: factors[2]), left, s20),
      vector_fma(Lanes(repeating: factors[2]), right, s21)
    )
    (s30, s31) = (
      vector_fma(Lanes(repeating: factors[3]), left, s30),
      vector_fma(Lanes(repeating: factors[3]), right, s31)
    )
  }
  func store(_ index: Int, _ left: Lanes, _ right: Lanes) {
    if index >= rows { return }
    let line = c.row(row + index).slice(column, count: width)
    addPart(left, to: line, from: 0)
    addPart(right, to: line, from: 16)
  }
  store(0, s00, s01)
  store(1, s10, s11)
  store(2, s20, s21)
  store(3, s30, s31)
}

private func addPart(_ sum: Lanes, to line: VectorView, from start: Int) {
  let count = min(16, line.count - start)
  if count == 16 {
    line.setLanes(line.lanes(at: start) + sum, at: start)
  } else if count > 0 {
    line.setPartialLanes(
      line.partialLanes(at: start, count: count) + sum, at: start, count: count)
  }
}
