// The engine's own product on matrices of floats, on any backend: how backends are compared.

extension Matrix<Float> {
  /// C ← op(A) · op(B) with this matrix as C, [m×n], computed by a backend of choice.
  ///
  /// OpenBLAS works on the threads that it is set to, one as soon as there is a model; the other
  /// backends on the calling one.
  ///
  /// ```swift
  /// var c = Matrix<Float>(rows: a.rows, columns: b.columns)
  /// for backend in MatrixBackend.allCases { c.setProduct(of: a, by: b, on: backend) }
  /// ```
  ///
  /// - Parameters:
  ///   - left: op(A) is [m×k].
  ///   - leftTransposed: Whether A is stored [k×m] and transposed.
  ///   - right: op(B) is [k×n]; shapes that don't fit trap.
  ///   - rightTransposed: Whether B is stored [n×k] and transposed.
  ///   - backend: Who multiplies.
  /// - Complexity: O(m·n·k). Nothing is copied to transpose; ``MatrixBackend/blocked`` allocates
  ///   room for packed blocks.
  public mutating func setProduct(
    of left: Matrix, transposed leftTransposed: Bool = false,
    by right: Matrix, transposed rightTransposed: Bool = false, on backend: MatrixBackend
  ) {
    let (rows, columns) = (self.rows, self.columns)
    left.withView { left in
      right.withView { right in
        storage.withUnsafeMutableBufferPointer { storage in
          // A product with an empty C has nothing to write, and an empty array no address.
          guard let base = storage.baseAddress else { return }
          Kernels.multiply(
            MatrixOperand(view: left, isTransposed: leftTransposed),
            by: MatrixOperand(view: right, isTransposed: rightTransposed),
            into: MatrixView(base: base, rows: rows, columns: columns, stride: columns),
            on: backend)
        }
      }
    }
  }

  // A window for a product's factor, which is read only.
  private func withView(_ body: (MatrixView) -> Void) {
    storage.withUnsafeBufferPointer { storage in
      // An empty array may have no address; a product over k = 0 reads none.
      var nothing: Float = 0
      withUnsafeMutablePointer(to: &nothing) { nothing in
        let base = storage.baseAddress.map { UnsafeMutablePointer(mutating: $0) } ?? nothing
        body(MatrixView(base: base, rows: rows, columns: columns, stride: columns))
      }
    }
  }
}
