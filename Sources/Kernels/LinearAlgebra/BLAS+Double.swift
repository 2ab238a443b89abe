internal import COpenBLAS

extension BLAS {
  /// C ← α · op(A) · op(B) + β · C (`dgemm`).
  ///
  /// - Parameters:
  ///   - m: Rows of op(A) and of C.
  ///   - n: Columns of op(B) and of C.
  ///   - k: Columns of op(A), rows of op(B).
  ///   - a: [m×k], or [k×m] if `transposeA`.
  ///   - b: [k×n], or [n×k] if `transposeB`.
  ///   - c: [m×n]; overwritten if β is zero.
  @inline(__always)
  package static func gemm(
    transposeA: Bool = false, transposeB: Bool = false, m: Int, n: Int, k: Int,
    alpha: Double = 1, a: UnsafePointer<Double>, lda: Int, b: UnsafePointer<Double>, ldb: Int,
    beta: Double = 0, c: UnsafeMutablePointer<Double>, ldc: Int
  ) {
    cblas_dgemm(
      CblasRowMajor, transposition(transposeA), transposition(transposeB),
      size(m, "gemm"), size(n, "gemm"), size(k, "gemm"),
      alpha, a, leading(lda, columns: transposeA ? m : k, "gemm"),
      b, leading(ldb, columns: transposeB ? k : n, "gemm"),
      beta, c, leading(ldc, columns: n, "gemm"))
  }

  /// y ← α · op(A) · x + β · y (`dgemv`).
  ///
  /// - Parameters:
  ///   - a: [m×n], as stored.
  ///   - x: [n], or [m] if `transposeA`.
  ///   - y: [m], or [n] if `transposeA`; overwritten if β is zero.
  @inline(__always)
  package static func gemv(
    transposeA: Bool = false, m: Int, n: Int,
    alpha: Double = 1, a: UnsafePointer<Double>, lda: Int, x: UnsafePointer<Double>, incx: Int = 1,
    beta: Double = 0, y: UnsafeMutablePointer<Double>, incy: Int = 1
  ) {
    if (transposeA ? m : n) == 0 {
      // BLAS returns early here and forgets β.
      for i in 0..<(transposeA ? n : m) { y[i * incy] = beta == 0 ? 0 : beta * y[i * incy] }
      return
    }
    cblas_dgemv(
      CblasRowMajor, transposition(transposeA), size(m, "gemv"), size(n, "gemv"),
      alpha, a, leading(lda, columns: n, "gemv"), x, increment(incx, "gemv"),
      beta, y, increment(incy, "gemv"))
  }

  /// y ← α · x + y over n elements (`daxpy`).
  @inline(__always)
  package static func axpy(
    n: Int, alpha: Double, x: UnsafePointer<Double>, incx: Int = 1,
    y: UnsafeMutablePointer<Double>, incy: Int = 1
  ) {
    cblas_daxpy(
      size(n, "axpy"), alpha, x, increment(incx, "axpy"), y, increment(incy, "axpy"))
  }

  /// y ← x over n elements (`dcopy`).
  @inline(__always)
  package static func copy(
    n: Int, x: UnsafePointer<Double>, incx: Int = 1,
    y: UnsafeMutablePointer<Double>, incy: Int = 1
  ) {
    cblas_dcopy(size(n, "copy"), x, increment(incx, "copy"), y, increment(incy, "copy"))
  }

  /// xᵀ · y over n elements (`ddot`).
  @inline(__always)
  package static func dot(
    n: Int, x: UnsafePointer<Double>, incx: Int = 1, y: UnsafePointer<Double>, incy: Int = 1
  ) -> Double {
    cblas_ddot(size(n, "dot"), x, increment(incx, "dot"), y, increment(incy, "dot"))
  }

  /// √(xᵀ · x) over n elements, without overflow of the squares (`dnrm2`).
  @inline(__always)
  package static func nrm2(n: Int, x: UnsafePointer<Double>, incx: Int = 1) -> Double {
    cblas_dnrm2(size(n, "nrm2"), x, increment(incx, "nrm2"))
  }

  /// x ← α · x over n elements (`dscal`). Whether 0 · NaN is 0 or NaN depends on the version.
  @inline(__always)
  package static func scal(
    n: Int, alpha: Double, x: UnsafeMutablePointer<Double>, incx: Int = 1
  ) {
    cblas_dscal(size(n, "scal"), alpha, x, increment(incx, "scal"))
  }

  /// A ← α · x · yᵀ + A (`dger`).
  ///
  /// - Parameters:
  ///   - x: [m]
  ///   - y: [n]
  ///   - a: [m×n]
  @inline(__always)
  package static func ger(
    m: Int, n: Int, alpha: Double = 1, x: UnsafePointer<Double>, incx: Int = 1,
    y: UnsafePointer<Double>, incy: Int = 1, a: UnsafeMutablePointer<Double>, lda: Int
  ) {
    cblas_dger(
      CblasRowMajor, size(m, "ger"), size(n, "ger"),
      alpha, x, increment(incx, "ger"), y, increment(incy, "ger"),
      a, leading(lda, columns: n, "ger"))
  }

  /// C ← α · op(A) · op(A)ᵀ + β · C in one triangle; the other is not touched (`dsyrk`).
  ///
  /// - Parameters:
  ///   - n: Rows of op(A), rows and columns of C.
  ///   - k: Columns of op(A).
  ///   - a: [n×k], or [k×n] if `transposeA`.
  ///   - c: [n×n]; its triangle is overwritten if β is zero.
  @inline(__always)
  package static func syrk(
    triangle uplo: Triangle, transposeA: Bool = false, n: Int, k: Int,
    alpha: Double = 1, a: UnsafePointer<Double>, lda: Int,
    beta: Double = 0, c: UnsafeMutablePointer<Double>, ldc: Int
  ) {
    cblas_dsyrk(
      CblasRowMajor, triangle(uplo), transposition(transposeA),
      size(n, "syrk"), size(k, "syrk"),
      alpha, a, leading(lda, columns: transposeA ? n : k, "syrk"),
      beta, c, leading(ldc, columns: n, "syrk"))
  }

  /// B ← α · op(A)⁻¹ · B, or α · B · op(A)⁻¹ on the right, with A triangular (`dtrsm`).
  ///
  /// A zero on the diagonal divides by zero: the result holds infinities or NaNs.
  ///
  /// - Parameters:
  ///   - a: [m×m], or [n×n] on the right. Only the triangle is read, and not its diagonal if
  ///     `unitDiagonal`, which stands for ones.
  ///   - b: [m×n]
  @inline(__always)
  package static func trsm(
    side position: Side, triangle uplo: Triangle, transposeA: Bool = false,
    unitDiagonal: Bool = false, m: Int, n: Int,
    alpha: Double = 1, a: UnsafePointer<Double>, lda: Int,
    b: UnsafeMutablePointer<Double>, ldb: Int
  ) {
    cblas_dtrsm(
      CblasRowMajor, side(position), triangle(uplo), transposition(transposeA),
      diagonal(unit: unitDiagonal), size(m, "trsm"), size(n, "trsm"),
      alpha, a, leading(lda, columns: position == .left ? m : n, "trsm"),
      b, leading(ldb, columns: n, "trsm"))
  }
}
