// Sums, differences and scaling. α = ±1 is exact, so a sum by `axpy` rounds as a loop would.

extension Matrix {
  /// The elementwise sum of two matrices of one shape.
  public static func + (left: Matrix, right: Matrix) -> Matrix {
    var result = left
    result.add(right, scaledBy: 1, calledFrom: "+")
    return result
  }

  /// The elementwise difference of two matrices of one shape.
  public static func - (left: Matrix, right: Matrix) -> Matrix {
    var result = left
    result.add(right, scaledBy: -1, calledFrom: "-")
    return result
  }

  /// Adds a matrix of the same shape.
  public static func += (left: inout Matrix, right: Matrix) {
    left.add(right, scaledBy: 1, calledFrom: "+=")
  }

  /// Subtracts a matrix of the same shape.
  public static func -= (left: inout Matrix, right: Matrix) {
    left.add(right, scaledBy: -1, calledFrom: "-=")
  }

  /// Adds a multiple of a matrix of the same shape, A ← A + α · B (BLAS `axpy`).
  public mutating func add(_ other: Matrix, scaledBy scale: Scalar) {
    add(other, scaledBy: scale, calledFrom: "add")
  }

  private mutating func add(
    _ other: Matrix, scaledBy scale: Scalar, calledFrom method: StaticString
  ) {
    precondition(
      rows == other.rows && columns == other.columns,
      "Matrix.\(method): left is \(shape), right is \(other.shape)")
    Scalar._routines.axpy(storage.count, scale, other.storage, 1, &storage, 1)
  }

  /// The matrix with every element negated.
  @inlinable
  public static prefix func - (matrix: Matrix) -> Matrix {
    matrix.map { -$0 }
  }

  /// The matrix with every element multiplied by `scale`.
  @inlinable
  public static func * (matrix: Matrix, scale: Scalar) -> Matrix {
    matrix.map { $0 * scale }
  }

  /// The matrix with every element multiplied by `scale`.
  @inlinable
  public static func * (scale: Scalar, matrix: Matrix) -> Matrix {
    matrix.map { scale * $0 }
  }

  /// The matrix with every element divided by `divisor`.
  @inlinable
  public static func / (matrix: Matrix, divisor: Scalar) -> Matrix {
    matrix.map { $0 / divisor }
  }

  /// Multiplies every element by `scale`.
  @inlinable
  public static func *= (matrix: inout Matrix, scale: Scalar) {
    matrix = matrix * scale
  }

  /// √(Σ aᵢⱼ²), the Frobenius norm, without overflow of the squares (BLAS `nrm2`).
  public var frobeniusNorm: Scalar {
    storage.euclideanNorm
  }
}
