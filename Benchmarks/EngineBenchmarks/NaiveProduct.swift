import Variational

/// A · B by three loops in the order i, k, j, so that the innermost one runs along rows of B and C.
///
/// - Parameters:
///   - a: [m×k]
///   - b: [k×n]
/// - Returns: [m×n]
func naiveProduct(_ a: Matrix<Float>, _ b: Matrix<Float>) -> Matrix<Float> {
  precondition(
    a.columns == b.rows, "naiveProduct: \(a.rows)×\(a.columns) by \(b.rows)×\(b.columns)")
  let (inner, columns) = (a.columns, b.columns)
  let result = [Float](unsafeUninitializedCapacity: a.rows * columns) { c, count in
    c.initialize(repeating: 0)
    count = a.rows * columns
    a.elements.withUnsafeBufferPointer { a in
      b.elements.withUnsafeBufferPointer { b in
        guard let a = a.baseAddress, let b = b.baseAddress, var row = c.baseAddress else { return }
        for i in 0..<c.count / columns {
          for k in 0..<inner {
            let (scale, source) = (a[i * inner + k], b + k * columns)
            for j in 0..<columns { row[j] += scale * source[j] }
          }
          row += columns
        }
      }
    }
  }
  return Matrix(rows: a.rows, columns: columns, result)
}
