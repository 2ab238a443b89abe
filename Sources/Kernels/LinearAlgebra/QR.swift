/// The thin factorisation A = Q · R with orthonormal columns in Q and R upper triangular
/// (LAPACK `geqrf` and `orgqr`).
///
/// Least squares without squaring the condition number, as the normal equations do:
///
/// ```swift
/// let coefficients = try QRFactorization(of: designMatrix).leastSquares(observations)
/// ```
///
/// - SeeAlso: Golub and Van Loan, *Matrix Computations* (2013), sections 5.2 and 5.3.
public struct QRFactorization<Scalar: BLASScalar>: Equatable, Sendable {
  /// Q [m×r] with r = min(m, n): Qᵀ · Q = I.
  public let orthogonal: Matrix<Scalar>

  /// R [r×n], with zeros below its diagonal. The diagonal's signs are LAPACK's choice.
  public let upper: Matrix<Scalar>

  /// Factorises a matrix of any shape.
  ///
  /// - Parameter matrix: A, [m×n].
  /// - Throws: ``LAPACKError`` (`notFinite`) if A is not finite.
  /// - Complexity: O(m·n·min(m, n))
  public init(of matrix: Matrix<Scalar>) throws(LAPACKError) {
    try LAPACKError.checkFinite(matrix.storage, argument: 4, of: .geqrf)
    let (m, n) = (matrix.rows, matrix.columns)
    let rank = min(m, n)
    if rank == 0 {
      self.orthogonal = Matrix(rows: m, columns: 0)
      self.upper = Matrix(rows: 0, columns: n)
      return
    }

    var factored = matrix
    var reflections = [Scalar](repeating: 0, count: rank)
    try LAPACKError.check(
      Scalar._routines.geqrf(m, n, &factored.storage, &reflections), from: .geqrf)
    var upper = factored.submatrix(rows: 0..<rank, columns: 0..<n)
    upper.clearOutside(.upper)

    // The reflectors stand in the first r columns.
    var orthogonal = factored.submatrix(rows: 0..<m, columns: 0..<rank)
    try LAPACKError.check(
      Scalar._routines.orgqr(m, rank, &orthogonal.storage, reflections), from: .orgqr)
    self.orthogonal = orthogonal
    self.upper = upper
  }

  /// The X with the least ‖A · X − B‖ in every column: R · X = Qᵀ · B.
  ///
  /// - Parameter rightHandSides: B, [m×p]. A must have at least as many rows as columns.
  /// - Returns: X, [n×p].
  /// - Throws: ``LAPACKError`` (`singular`) if a diagonal element of R is exactly zero. Columns
  ///   that depend on each other only up to rounding give a huge solution instead: the
  ///   ``SingularValueDecomposition/conditionNumber`` tells.
  public func leastSquares(
    _ rightHandSides: Matrix<Scalar>
  ) throws(LAPACKError) -> Matrix<Scalar> {
    precondition(
      upper.isSquare && rightHandSides.rows == orthogonal.rows,
      """
      QRFactorization.leastSquares: a matrix of \(orthogonal.rows)×\(upper.columns) does not \
      fit right-hand sides \(rightHandSides.shape), or has fewer rows than columns
      """)
    // Qᵀ [n×m] · B [m×p]
    let projected = Matrix.product(orthogonal, transposed: true, by: rightHandSides)
    return try upper.solveTriangular(.upper, projected)
  }

  /// The x with the least ‖A · x − b‖ for one vector.
  ///
  /// - Parameter rightHandSide: b, [m].
  /// - Throws: ``LAPACKError`` (`singular`) if a diagonal element of R is exactly zero.
  public func leastSquares(_ rightHandSide: [Scalar]) throws(LAPACKError) -> [Scalar] {
    try leastSquares(
      Matrix(rows: rightHandSide.count, columns: 1, rightHandSide)
    ).storage
  }
}
