import Foundation

/// The factorisation A = L · Lᵀ of a symmetric positive definite matrix (LAPACK `potrf`).
///
/// The log-density of a multivariate normal, in nats, with Σ = L · Lᵀ and d = x − μ:
///
/// ```swift
/// let factorization = try CholeskyFactorization(of: covariance)
/// let white = try factorization.lower.solveTriangular(.lower, difference)
/// let logDensity =
///   -0.5 * (white.dot(white) + factorization.logDeterminant + dimensions * log(2 * .pi))
/// ```
///
/// - SeeAlso: Golub and Van Loan, *Matrix Computations* (2013), section 4.2.
public struct CholeskyFactorization<Scalar: BLASScalar>: Equatable, Sendable {
  /// L [n×n], with zeros above its diagonal.
  public let lower: Matrix<Scalar>

  /// Factorises a symmetric matrix.
  ///
  /// - Parameter matrix: A, [n×n]. Symmetry is not checked: L · Lᵀ has A's lower triangle.
  /// - Throws: ``LAPACKError``: `notPositiveDefinite` with the order of the first leading minor
  ///   that is not positive, or `notFinite`.
  /// - Complexity: O(n³), a third of n³ multiplications and additions.
  public init(of matrix: Matrix<Scalar>) throws(LAPACKError) {
    precondition(
      matrix.isSquare, "CholeskyFactorization.init: \(matrix.shape) is not square")
    try LAPACKError.checkFinite(matrix.storage, argument: 4, of: .potrf)
    var factor = matrix
    if matrix.rows > 0 {
      try LAPACKError.check(
        Scalar._routines.potrf(matrix.rows, &factor.storage), from: .potrf)
    }
    factor.clearOutside(.lower)
    self.lower = factor
  }

  /// Solves A · X = B (LAPACK `potrs`).
  ///
  /// - Parameter rightHandSides: B, [n×m].
  /// - Returns: X, [n×m].
  /// - Throws: ``LAPACKError`` (`notFinite`) if B is not finite.
  /// - Complexity: O(n²·m)
  public func solve(_ rightHandSides: Matrix<Scalar>) throws(LAPACKError) -> Matrix<Scalar> {
    precondition(
      rightHandSides.rows == lower.rows,
      """
      CholeskyFactorization.solve: a matrix of \(lower.shape) does not fit right-hand sides \
      \(rightHandSides.shape)
      """)
    try LAPACKError.checkFinite(rightHandSides.storage, argument: 7, of: .potrs)
    var solution = rightHandSides
    if solution.storage.isEmpty { return solution }
    try LAPACKError.check(
      Scalar._routines.potrs(
        lower.rows, solution.columns, lower.storage, &solution.storage),
      from: .potrs)
    return solution
  }

  /// Solves A · x = b for one vector.
  ///
  /// - Parameter rightHandSide: b, [n].
  /// - Throws: ``LAPACKError`` (`notFinite`) if b is not finite.
  public func solve(_ rightHandSide: [Scalar]) throws(LAPACKError) -> [Scalar] {
    try solve(Matrix(rows: rightHandSide.count, columns: 1, rightHandSide)).storage
  }

  /// A⁻¹ [n×n], exactly symmetric (LAPACK `potri`).
  ///
  /// To solve equations, ``solve(_:)->Matrix<Scalar>`` is faster and more accurate.
  ///
  /// - Throws: ``LAPACKError`` (`singular`) if the factor has a zero on its diagonal, which
  ///   rounding can leave only by underflow.
  public func inverse() throws(LAPACKError) -> Matrix<Scalar> {
    var inverse = lower
    if inverse.rows == 0 { return inverse }
    try LAPACKError.check(
      Scalar._routines.potri(inverse.rows, &inverse.storage), from: .potri)
    inverse.mirrorLowerTriangle()
    return inverse
  }

  /// log det A = 2 Σ log Lᵢᵢ, accumulated in Double. The determinant itself soon leaves a
  /// Float's range.
  public var logDeterminant: Double {
    2 * lower.diagonal.reduce(0.0) { $0 + log(Double($1)) }
  }
}
