/// The decomposition A = Q · diag(λ) · Qᵀ of a symmetric matrix (LAPACK `syevd`, divide and
/// conquer).
///
/// The principal components of observations, one a row, from their covariance:
///
/// ```swift
/// let covariance =
///   Matrix.symmetricProduct(of: centred, transposed: true) / Double(centred.rows - 1)
/// let decomposition = try SymmetricEigenDecomposition(of: covariance)
/// let greatestVariance = decomposition.eigenvalues.last
/// let direction = decomposition.eigenvectors.column(covariance.columns - 1)
/// ```
///
/// - SeeAlso: Golub and Van Loan, *Matrix Computations* (2013), sections 8.3 and 8.4.
public struct SymmetricEigenDecomposition<Scalar: BLASScalar>: Equatable, Sendable {
  /// λ [n], ascending.
  public let eigenvalues: [Scalar]

  /// Q [n×n]: column j belongs to eigenvalue j. Its columns are orthonormal, their signs
  /// LAPACK's choice.
  public let eigenvectors: Matrix<Scalar>

  /// Decomposes a symmetric matrix.
  ///
  /// - Parameter matrix: A, [n×n]. Symmetry is not checked: only the lower triangle is used.
  /// - Throws: ``LAPACKError``: `notFinite`, or `notConverged`.
  /// - Complexity: O(n³)
  public init(of matrix: Matrix<Scalar>) throws(LAPACKError) {
    (eigenvalues, eigenvectors) = try Self.decompose(matrix, wantsVectors: true)
  }

  /// The eigenvalues alone, ascending, in less time.
  ///
  /// - Parameter matrix: A, [n×n], symmetric.
  /// - Throws: ``LAPACKError``: `notFinite`, or `notConverged`.
  public static func eigenvalues(of matrix: Matrix<Scalar>) throws(LAPACKError) -> [Scalar] {
    try decompose(matrix, wantsVectors: false).0
  }

  private static func decompose(
    _ matrix: Matrix<Scalar>, wantsVectors: Bool
  ) throws(LAPACKError) -> ([Scalar], Matrix<Scalar>) {
    precondition(
      matrix.isSquare, "SymmetricEigenDecomposition: \(matrix.shape) is not square")
    try LAPACKError.checkFinite(matrix.storage, argument: 5, of: .syevd)
    var vectors = matrix
    var values = [Scalar](repeating: 0, count: matrix.rows)
    if matrix.rows > 0 {
      try LAPACKError.check(
        Scalar._routines.syevd(wantsVectors, matrix.rows, &vectors.storage, &values),
        from: .syevd)
    }
    return (values, vectors)
  }
}
