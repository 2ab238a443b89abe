internal import COpenBLAS

/// The triangle of a square matrix that a routine reads or writes.
public enum Triangle: Sendable {
  /// The diagonal and what lies below it.
  case lower
  /// The diagonal and what lies above it.
  case upper
}

/// The side of the unknown on which a triangular matrix stands.
public enum Side: Sendable {
  /// op(A) · X = B
  case left
  /// X · op(A) = B
  case right
}

/// Row-major BLAS on bare pointers, in BLAS's own words: the engine's way to OpenBLAS.
///
/// Goals, most important first:
///
/// 1. Nothing between the caller and the kernel but a check of the sizes. Float and Double are
///    overloads, not generics, so that no call depends on the optimiser's specialising it.
/// 2. A wrong size traps here, with the routine's name. OpenBLAS would print a line and return
///    with the result untouched.
/// 3. Sizes of zero mean what the formula says. An empty sum is zero, so a product over no
///    terms is β·C, also where BLAS itself returns early (`gemv`).
///
/// The elements of a matrix with leading dimension `lda` stand at `a[i * lda + j]`. A β of zero
/// overwrites: what stood in the result is not read, even if it was a NaN. Results must not
/// overlap inputs.
///
/// Safe faces of the same routines are methods of ``Matrix`` and of arrays.
package enum BLAS {}

// MARK: - Checks shared by both precisions

extension BLAS {
  /// BLAS counts in 32 bits. A larger size would wrap around silently.
  @inline(__always)
  static func size(_ value: Int, _ routine: StaticString) -> CInt {
    precondition(
      value >= 0 && value <= Int(CInt.max),
      "BLAS.\(routine): size \(value) is outside 0...\(CInt.max)")
    return CInt(truncatingIfNeeded: value)
  }

  /// The distance between two rows: at least the row's length, and never zero for BLAS's sake.
  @inline(__always)
  static func leading(_ value: Int, columns: Int, _ routine: StaticString) -> CInt {
    precondition(
      value >= columns,
      "BLAS.\(routine): leading dimension \(value) is shorter than a row of \(columns)")
    return max(1, size(value, routine))
  }

  /// The distance between two elements of a vector. BLAS reads a negative one from the far end;
  /// the engine has no use for that.
  @inline(__always)
  static func increment(_ value: Int, _ routine: StaticString) -> CInt {
    precondition(value >= 1, "BLAS.\(routine): increment \(value) is not positive")
    return size(value, routine)
  }

  @inline(__always)
  static func transposition(_ transposed: Bool) -> CBLAS_TRANSPOSE {
    transposed ? CblasTrans : CblasNoTrans
  }

  @inline(__always)
  static func triangle(_ triangle: Triangle) -> CBLAS_UPLO {
    triangle == .lower ? CblasLower : CblasUpper
  }

  @inline(__always)
  static func side(_ side: Side) -> CBLAS_SIDE {
    side == .left ? CblasLeft : CblasRight
  }

  @inline(__always)
  static func diagonal(unit: Bool) -> CBLAS_DIAG {
    unit ? CblasUnit : CblasNonUnit
  }
}
