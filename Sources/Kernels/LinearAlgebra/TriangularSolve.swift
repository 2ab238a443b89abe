extension Matrix {
  /// Solves op(A) · X = B, or X · op(A) = B, with this triangular matrix as A (BLAS `trsm`).
  ///
  /// ```swift
  /// // Rows with the covariance L · Lᵀ become rows with the identity as theirs.
  /// let white = try factor.solveTriangular(
  ///   .lower, centred, side: .right, transposed: true)
  /// ```
  ///
  /// - Parameters:
  ///   - triangle: The triangle of this matrix to read; the other one may hold anything.
  ///   - rightHandSides: B, [n×m], or [m×n] for `side: .right`, where this matrix is [n×n].
  ///   - side: Where A stands.
  ///   - transposed: Whether op transposes.
  ///   - unitDiagonal: Whether the diagonal is taken to be all ones, and not read.
  /// - Returns: X, in the shape of B.
  /// - Throws: ``LAPACKError`` (`singular`) for an exact zero on the diagonal, as LAPACK's
  ///   `trtrs` would.
  /// - Complexity: O(n²·m)
  public func solveTriangular(
    _ triangle: Triangle, _ rightHandSides: Matrix, side: Side = .left,
    transposed: Bool = false, unitDiagonal: Bool = false
  ) throws(LAPACKError) -> Matrix {
    let matching = side == .left ? rightHandSides.rows : rightHandSides.columns
    precondition(
      isSquare && rows == matching,
      """
      Matrix.solveTriangular: \(shape) on the \(side) does not fit right-hand sides \
      \(rightHandSides.shape)
      """)
    if !unitDiagonal, let zero = diagonal.firstIndex(of: 0) {
      throw LAPACKError(routine: .trtrs, information: zero + 1)
    }
    var solution = rightHandSides
    Scalar._routines.trsm(
      side, triangle, transposed, unitDiagonal, solution.rows, solution.columns, 1,
      storage, columns, &solution.storage, solution.columns)
    return solution
  }

  /// Solves op(A) · x = b for one vector; see
  /// ``solveTriangular(_:_:side:transposed:unitDiagonal:)``.
  ///
  /// - Parameters:
  ///   - triangle: The triangle of this matrix to read; the other one may hold anything.
  ///   - rightHandSide: b, [rows].
  ///   - transposed: Whether op transposes.
  ///   - unitDiagonal: Whether the diagonal is taken to be all ones, and not read.
  /// - Throws: ``LAPACKError`` (`singular`) for an exact zero on the diagonal.
  public func solveTriangular(
    _ triangle: Triangle, _ rightHandSide: [Scalar],
    transposed: Bool = false, unitDiagonal: Bool = false
  ) throws(LAPACKError) -> [Scalar] {
    try solveTriangular(
      triangle, Matrix(rows: rightHandSide.count, columns: 1, rightHandSide),
      transposed: transposed, unitDiagonal: unitDiagonal
    ).storage
  }
}
