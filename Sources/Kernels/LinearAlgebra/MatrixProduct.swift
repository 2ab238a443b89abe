// Products of matrices and vectors: BLAS's second and third level, safe.

extension Matrix {
  /// The product op(A) · op(B), where op transposes or not (BLAS `gemm`).
  ///
  /// The normal equations of least squares, XᵀX β = Xᵀy:
  ///
  /// ```swift
  /// let gram = Matrix.product(x, transposed: true, by: x)
  /// let beta = try CholeskyFactorization(of: gram).solve(x.multiply(y, transposed: true))
  /// ```
  ///
  /// - Parameters:
  ///   - left: op(A) is [m×k].
  ///   - leftTransposed: Whether A is stored [k×m] and transposed.
  ///   - right: op(B) is [k×n]; another number of rows traps.
  ///   - rightTransposed: Whether B is stored [n×k] and transposed.
  /// - Returns: [m×n]; zeros if k is zero.
  /// - Complexity: O(m·n·k). Nothing is copied to transpose.
  public static func product(
    _ left: Matrix, transposed leftTransposed: Bool,
    by right: Matrix, transposed rightTransposed: Bool = false
  ) -> Matrix {
    product(left, leftTransposed, right, rightTransposed, calledFrom: "product")
  }

  /// The product A · op(B), where op transposes or not (BLAS `gemm`).
  ///
  /// - Parameters:
  ///   - left: A, [m×k].
  ///   - right: op(B) is [k×n]; another number of rows traps.
  ///   - rightTransposed: Whether B is stored [n×k] and transposed.
  /// - Returns: [m×n]; zeros if k is zero.
  /// - Complexity: O(m·n·k). Nothing is copied to transpose.
  public static func product(
    _ left: Matrix, by right: Matrix, transposed rightTransposed: Bool = false
  ) -> Matrix {
    product(left, false, right, rightTransposed, calledFrom: "product")
  }

  /// The matrix product A · B; see ``product(_:transposed:by:transposed:)`` for transposed
  /// factors.
  public static func * (left: Matrix, right: Matrix) -> Matrix {
    product(left, false, right, false, calledFrom: "*")
  }

  private static func product(
    _ left: Matrix, _ leftTransposed: Bool, _ right: Matrix, _ rightTransposed: Bool,
    calledFrom method: StaticString
  ) -> Matrix {
    var result = Matrix(
      rows: leftTransposed ? left.columns : left.rows,
      columns: rightTransposed ? right.rows : right.columns)
    result.accumulate(
      left, leftTransposed, right, rightTransposed, scale: 1, kept: 0, calledFrom: method)
    return result
  }

  /// C ← α · op(A) · op(B) + β · C with this matrix as C (BLAS `gemm`).
  ///
  /// - Parameters:
  ///   - left: op(A) is [m×k].
  ///   - leftTransposed: Whether A is stored [k×m] and transposed.
  ///   - right: op(B) is [k×n].
  ///   - rightTransposed: Whether B is stored [n×k] and transposed.
  ///   - scale: α
  ///   - kept: β; zero overwrites whatever stood here.
  public mutating func accumulateProduct(
    of left: Matrix, transposed leftTransposed: Bool,
    by right: Matrix, transposed rightTransposed: Bool = false,
    scaledBy scale: Scalar = 1, keeping kept: Scalar = 1
  ) {
    accumulate(
      left, leftTransposed, right, rightTransposed, scale: scale, kept: kept,
      calledFrom: "accumulateProduct")
  }

  /// C ← α · A · op(B) + β · C with this matrix as C (BLAS `gemm`).
  ///
  /// - Parameters:
  ///   - left: A, [m×k].
  ///   - right: op(B) is [k×n].
  ///   - rightTransposed: Whether B is stored [n×k] and transposed.
  ///   - scale: α
  ///   - kept: β; zero overwrites whatever stood here.
  public mutating func accumulateProduct(
    of left: Matrix, by right: Matrix, transposed rightTransposed: Bool = false,
    scaledBy scale: Scalar = 1, keeping kept: Scalar = 1
  ) {
    accumulate(
      left, false, right, rightTransposed, scale: scale, kept: kept,
      calledFrom: "accumulateProduct")
  }

  private mutating func accumulate(
    _ left: Matrix, _ leftTransposed: Bool, _ right: Matrix, _ rightTransposed: Bool,
    scale: Scalar, kept: Scalar, calledFrom method: StaticString
  ) {
    let inner = leftTransposed ? left.rows : left.columns
    precondition(
      inner == (rightTransposed ? right.columns : right.rows),
      """
      Matrix.\(method): left is \(left.shape(transposed: leftTransposed)), \
      right is \(right.shape(transposed: rightTransposed))
      """)
    precondition(
      rows == (leftTransposed ? left.columns : left.rows)
        && columns == (rightTransposed ? right.rows : right.columns),
      """
      Matrix.\(method): \(left.shape(transposed: leftTransposed)) times \
      \(right.shape(transposed: rightTransposed)) does not fit \(shape)
      """)
    // op(A) [rows×inner] · op(B) [inner×columns] → C [rows×columns]
    Scalar._routines.gemm(
      leftTransposed, rightTransposed, rows, columns, inner, scale,
      left.storage, left.columns, right.storage, right.columns, kept, &storage, columns)
  }

  private func shape(transposed: Bool) -> String {
    transposed ? "(\(shape))ᵀ" : shape
  }
}

// MARK: - Matrix and vector

extension Matrix {
  /// The product op(A) · x with this matrix as A (BLAS `gemv`).
  ///
  /// - Parameters:
  ///   - vector: x, [columns], or [rows] if transposed.
  ///   - transposed: Whether op transposes.
  /// - Returns: [rows], or [columns] if transposed.
  public func multiply(_ vector: [Scalar], transposed: Bool = false) -> [Scalar] {
    var result = [Scalar](repeating: 0, count: transposed ? columns : rows)
    multiply(vector, transposed: transposed, keeping: 0, addingTo: &result)
    return result
  }

  /// The product A · x (BLAS `gemv`).
  public static func * (matrix: Matrix, vector: [Scalar]) -> [Scalar] {
    matrix.multiply(vector)
  }

  /// y ← α · op(A) · x + β · y with this matrix as A (BLAS `gemv`).
  ///
  /// - Parameters:
  ///   - vector: x, [columns], or [rows] if transposed.
  ///   - transposed: Whether op transposes.
  ///   - scale: α
  ///   - kept: β; zero overwrites whatever stood in the result.
  ///   - result: y, [rows], or [columns] if transposed.
  public func multiply(
    _ vector: [Scalar], transposed: Bool = false, scaledBy scale: Scalar = 1,
    keeping kept: Scalar = 1, addingTo result: inout [Scalar]
  ) {
    precondition(
      vector.count == (transposed ? rows : columns)
        && result.count == (transposed ? columns : rows),
      """
      Matrix.multiply: \(shape(transposed: transposed)) times \(vector.count) elements \
      into \(result.count)
      """)
    Scalar._routines.gemv(
      transposed, rows, columns, scale, storage, columns, vector, 1, kept, &result, 1)
  }

  /// A ← A + α · x · yᵀ with this matrix as A (BLAS `ger`).
  ///
  /// - Parameters:
  ///   - left: x, [rows].
  ///   - right: y, [columns].
  ///   - scale: α
  public mutating func addOuterProduct(
    of left: [Scalar], and right: [Scalar], scaledBy scale: Scalar = 1
  ) {
    precondition(
      left.count == rows && right.count == columns,
      "Matrix.addOuterProduct: \(left.count) by \(right.count) elements into \(shape)")
    Scalar._routines.ger(rows, columns, scale, left, 1, right, 1, &storage, columns)
  }
}

// MARK: - Symmetric products

extension Matrix {
  /// The symmetric product A · Aᵀ, or Aᵀ · A if transposed, at half the cost of a general
  /// product (BLAS `syrk`).
  ///
  /// The sample covariance of centred observations, one a row:
  ///
  /// ```swift
  /// let covariance =
  ///   Matrix.symmetricProduct(of: centred, transposed: true) / Double(centred.rows - 1)
  /// ```
  ///
  /// - Parameters:
  ///   - matrix: A, of any shape.
  ///   - transposed: Whether A stands transposed on the left instead of on the right.
  /// - Returns: [rows×rows], or [columns×columns] if transposed; both triangles, exactly equal.
  public static func symmetricProduct(of matrix: Matrix, transposed: Bool = false) -> Matrix {
    let size = transposed ? matrix.columns : matrix.rows
    var result = Matrix(rows: size, columns: size)
    result.accumulateSymmetricProduct(of: matrix, transposed: transposed, keeping: 0)
    return result
  }

  /// C ← α · op(A) · op(A)ᵀ + β · C with this symmetric matrix as C (BLAS `syrk`).
  ///
  /// Only the lower triangle of C is read. Both are written, exactly equal.
  ///
  /// - Parameters:
  ///   - matrix: op(A) has as many rows as this matrix.
  ///   - transposed: Whether op transposes.
  ///   - scale: α
  ///   - kept: β; zero overwrites whatever stood here.
  public mutating func accumulateSymmetricProduct(
    of matrix: Matrix, transposed: Bool = false,
    scaledBy scale: Scalar = 1, keeping kept: Scalar = 1
  ) {
    precondition(
      isSquare && rows == (transposed ? matrix.columns : matrix.rows),
      """
      Matrix.accumulateSymmetricProduct: the product of \
      \(matrix.shape(transposed: transposed)) with its transpose does not fit \(shape)
      """)
    let inner = transposed ? matrix.rows : matrix.columns
    // op(A) [rows×inner] · op(A)ᵀ [inner×rows] → C [rows×rows], lower triangle
    Scalar._routines.syrk(
      .lower, transposed, rows, inner, scale, matrix.storage, matrix.columns,
      kept, &storage, columns)
    mirrorLowerTriangle()
  }

  /// Copies what stands below the diagonal to its place above it.
  mutating func mirrorLowerTriangle() {
    let size = rows
    storage.withUnsafeMutableBufferPointer { elements in
      guard let start = elements.baseAddress else { return }
      for i in 0..<size {
        let diagonal = start + i * size + i
        let below = size - 1 - i
        // Column i under the diagonal → row i right of it. The pointers may point past the end
        // when nothing is left to copy.
        if below > 0 { Scalar._routines.copy(below, diagonal + size, size, diagonal + 1, 1) }
      }
    }
  }

  /// Writes zeros into the triangle that is not `triangle`, diagonal excluded.
  mutating func clearOutside(_ triangle: Triangle) {
    let (rows, columns) = (rows, columns)
    let zeros = [Scalar](repeating: 0, count: columns)
    storage.withUnsafeMutableBufferPointer { elements in
      guard let start = elements.baseAddress else { return }
      for i in 0..<rows {
        let cleared =
          switch triangle {
          case .lower: min(i + 1, columns)..<columns
          case .upper: 0..<min(i, columns)
          }
        Scalar._routines.copy(
          cleared.count, zeros, 1, start + i * columns + cleared.lowerBound, 1)
      }
    }
  }
}
