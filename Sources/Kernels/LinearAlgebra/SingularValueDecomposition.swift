/// The thin decomposition A = U · diag(σ) · Vᵀ (LAPACK `gesdd`, divide and conquer).
///
/// The principal components of observations, one a row, without forming their covariance:
///
/// ```swift
/// let decomposition = try SingularValueDecomposition(of: centred)  // [observations×variables]
/// let components = decomposition.rightVectorsTransposed
///   .submatrix(rows: 0..<2, columns: 0..<centred.columns)
/// let scores = Matrix.product(centred, by: components, transposed: true)
/// let variances = decomposition.singularValues.map { $0 * $0 / Double(centred.rows - 1) }
/// ```
///
/// - SeeAlso: Golub and Van Loan, *Matrix Computations* (2013), sections 2.4 and 8.6.
public struct SingularValueDecomposition<Scalar: BLASScalar>: Equatable, Sendable {
  /// U [m×r] with r = min(m, n), its columns orthonormal.
  public let leftVectors: Matrix<Scalar>

  /// σ [r], descending, none negative.
  public let singularValues: [Scalar]

  /// Vᵀ [r×n], its rows orthonormal.
  public let rightVectorsTransposed: Matrix<Scalar>

  /// Decomposes a matrix of any shape.
  ///
  /// - Parameter matrix: A, [m×n].
  /// - Throws: ``LAPACKError``: `notFinite`, or `notConverged`.
  /// - Complexity: O(m·n·min(m, n))
  public init(of matrix: Matrix<Scalar>) throws(LAPACKError) {
    (leftVectors, singularValues, rightVectorsTransposed) =
      try Self.decompose(matrix, wantsVectors: true)
  }

  /// The singular values alone, descending, in less time.
  ///
  /// - Throws: ``LAPACKError``: `notFinite`, or `notConverged`.
  public static func singularValues(
    of matrix: Matrix<Scalar>
  ) throws(LAPACKError) -> [Scalar] {
    try decompose(matrix, wantsVectors: false).1
  }

  private static func decompose(
    _ matrix: Matrix<Scalar>, wantsVectors: Bool
  ) throws(LAPACKError) -> (Matrix<Scalar>, [Scalar], Matrix<Scalar>) {
    try LAPACKError.checkFinite(matrix.storage, argument: 5, of: .gesdd)
    let (m, n) = (matrix.rows, matrix.columns)
    let rank = min(m, n)
    var left = Matrix<Scalar>(rows: wantsVectors ? m : 0, columns: rank)
    var values = [Scalar](repeating: 0, count: rank)
    var right = Matrix<Scalar>(rows: wantsVectors ? rank : 0, columns: n)
    if rank > 0 {
      var destroyed = matrix.storage
      try LAPACKError.check(
        Scalar._routines.gesdd(
          wantsVectors, m, n, &destroyed, &values, &left.storage, &right.storage),
        from: .gesdd)
    }
    return (left, values, right)
  }

  /// σ₁ / σᵣ, how much the matrix amplifies relative errors at worst; infinite if a singular
  /// value is zero, NaN if there are none.
  public var conditionNumber: Scalar {
    guard let greatest = singularValues.first, let least = singularValues.last else {
      return .nan
    }
    return least == 0 ? .infinity : greatest / least
  }

  /// The number of singular values above `tolerance` · σ₁.
  ///
  /// - Parameter tolerance: Relative; by default max(m, n) · ε, the size of the rounding errors
  ///   that fill in for zeros.
  public func rank(tolerance: Scalar? = nil) -> Int {
    let side = max(leftVectors.rows, rightVectorsTransposed.columns)
    let threshold =
      (tolerance ?? Scalar(side) * .ulpOfOne) * (singularValues.first ?? 0)
    return singularValues.count { $0 > threshold }
  }
}
