/// B ← Aᵀ, in blocks that stay in cache.
package func transpose(_ a: MatrixView, into b: MatrixView) {
  precondition(
    a.rows == b.columns && a.columns == b.rows,
    "transpose: [\(a.rows), \(a.columns)] into [\(b.rows), \(b.columns)]")
  let size = 16
  var top = 0
  while top < a.rows {
    let bottom = min(top + size, a.rows)
    for column in 0..<a.columns {
      let target = b.base + column &* b.stride
      for row in top..<bottom { target[row] = a.base[row &* a.stride &+ column] }
    }
    top = bottom
  }
}
