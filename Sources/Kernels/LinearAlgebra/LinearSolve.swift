import Foundation

/// The factorisation P · A = L · U of a square matrix, with row interchanges (LAPACK `getrf`).
///
/// A singular matrix has one as well: its determinant is zero, and only solving
/// with it throws.
///
/// - SeeAlso: Golub and Van Loan, *Matrix Computations* (2013), section 3.4.
public struct LUFactorization<Scalar: BLASScalar>: Equatable, Sendable {
  /// U on and above the diagonal, L below it [n×n]; the ones on L's diagonal are not stored.
  public let factors: Matrix<Scalar>

  /// Row i changed places with row `pivots[i] − 1`, one after the other: [n], LAPACK's numbers.
  let pivots: [Int32]

  /// The number of U's first diagonal element, from one, that is exactly zero.
  let firstZeroPivot: Int?

  /// Factorises a matrix.
  ///
  /// - Parameter matrix: A, [n×n].
  /// - Throws: ``LAPACKError`` (`notFinite`) if A is not finite.
  /// - Complexity: O(n³), two thirds of n³ multiplications and additions.
  public init(of matrix: Matrix<Scalar>) throws(LAPACKError) {
    precondition(matrix.isSquare, "LUFactorization.init: \(matrix.shape) is not square")
    try LAPACKError.checkFinite(matrix.storage, argument: 4, of: .getrf)
    var factors = matrix
    var pivots = [Int32](repeating: 0, count: matrix.rows)
    var information = 0
    if matrix.rows > 0 {
      information = Scalar._routines.getrf(matrix.rows, &factors.storage, &pivots)
    }
    // A positive number is the zero pivot: the factorisation is complete none the less.
    try LAPACKError.check(min(information, 0), from: .getrf)
    self.factors = factors
    self.pivots = pivots
    self.firstZeroPivot = information > 0 ? information : nil
  }

  /// Whether a pivot is exactly zero. A matrix may be singular to working precision without it.
  public var isSingular: Bool { firstZeroPivot != nil }

  /// Solves op(A) · X = B (LAPACK `getrs`).
  ///
  /// - Parameters:
  ///   - rightHandSides: B, [n×m].
  ///   - transposed: Whether op transposes.
  /// - Returns: X, [n×m].
  /// - Throws: ``LAPACKError``: `singular` with the number of the zero pivot, or `notFinite` if B
  ///   is not finite.
  /// - Complexity: O(n²·m)
  public func solve(
    _ rightHandSides: Matrix<Scalar>, transposed: Bool = false
  ) throws(LAPACKError) -> Matrix<Scalar> {
    precondition(
      rightHandSides.rows == factors.rows,
      """
      LUFactorization.solve: a matrix of \(factors.shape) does not fit right-hand sides \
      \(rightHandSides.shape)
      """)
    try LAPACKError.check(firstZeroPivot ?? 0, from: .getrf)
    try LAPACKError.checkFinite(rightHandSides.storage, argument: 8, of: .getrs)
    var solution = rightHandSides
    if solution.storage.isEmpty { return solution }
    try LAPACKError.check(
      Scalar._routines.getrs(
        transposed, factors.rows, solution.columns, factors.storage, pivots,
        &solution.storage),
      from: .getrs)
    return solution
  }

  /// Solves op(A) · x = b for one vector.
  ///
  /// - Parameters:
  ///   - rightHandSide: b, [n].
  ///   - transposed: Whether op transposes.
  /// - Throws: ``LAPACKError``: `singular` or `notFinite`.
  public func solve(
    _ rightHandSide: [Scalar], transposed: Bool = false
  ) throws(LAPACKError) -> [Scalar] {
    try solve(
      Matrix(rows: rightHandSide.count, columns: 1, rightHandSide), transposed: transposed
    ).storage
  }

  /// A⁻¹ [n×n], by solving for the identity.
  ///
  /// To solve equations, ``solve(_:transposed:)->Matrix<Scalar>`` is faster and more accurate.
  ///
  /// - Throws: ``LAPACKError`` (`singular`).
  public func inverse() throws(LAPACKError) -> Matrix<Scalar> {
    try solve(.identity(factors.rows))
  }

  /// The sign of det A: −1, 0 or 1.
  public var determinantSign: Int {
    if isSingular { return 0 }
    // An interchange changes the sign, a negative pivot changes it too.
    let interchanges = pivots.indices.count { pivots[$0] != Int32($0 + 1) }
    let negatives = factors.diagonal.count { $0 < 0 }
    return (interchanges + negatives).isMultiple(of: 2) ? 1 : -1
  }

  /// log |det A| = Σ log |Uᵢᵢ|, accumulated in Double; −∞ if A is singular.
  public var logAbsoluteDeterminant: Double {
    factors.diagonal.reduce(0.0) { $0 + log(Double($1.magnitude)) }
  }

  /// det A in Double. Large matrices overflow or underflow where the sign and the logarithm do
  /// not.
  public var determinant: Double {
    Double(determinantSign) * factors.diagonal.reduce(1.0) { $0 * Double($1.magnitude) }
  }
}

extension Matrix {
  /// Solves A · X = B with this square matrix as A (LAPACK `gesv`, as `getrf` and `getrs`).
  ///
  /// - Parameter rightHandSides: B, [n×m].
  /// - Returns: X, [n×m].
  /// - Throws: ``LAPACKError``: `singular` or `notFinite`.
  public func solve(_ rightHandSides: Matrix) throws(LAPACKError) -> Matrix {
    try LUFactorization(of: self).solve(rightHandSides)
  }

  /// Solves A · x = b with this square matrix as A.
  ///
  /// ```swift
  /// let a: Matrix<Double> = [[2, 1], [1, 3]]
  /// let x = try a.solve([3, 5])  // [0.8, 1.4]
  /// ```
  ///
  /// - Parameter rightHandSide: b, [n].
  /// - Throws: ``LAPACKError``: `singular` or `notFinite`.
  public func solve(_ rightHandSide: [Scalar]) throws(LAPACKError) -> [Scalar] {
    try LUFactorization(of: self).solve(rightHandSide)
  }
}
