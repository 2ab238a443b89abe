internal import COpenBLAS

extension BLAS {
  /// C ← α · op(A) · op(B) + β · C (`sgemm`).
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
    alpha: Float = 1, a: UnsafePointer<Float>, lda: Int, b: UnsafePointer<Float>, ldb: Int,
    beta: Float = 0, c: UnsafeMutablePointer<Float>, ldc: Int
  ) {
    cblas_sgemm(
      CblasRowMajor, transposition(transposeA), transposition(transposeB),
      size(m, "gemm"), size(n, "gemm"), size(k, "gemm"),
      alpha, a, leading(lda, columns: transposeA ? m : k, "gemm"),
      b, leading(ldb, columns: transposeB ? k : n, "gemm"),
      beta, c, leading(ldc, columns: n, "gemm"))
  }

  /// y ← α · op(A) · x + β · y (`sgemv`).
  ///
  /// - Parameters:
  ///   - a: [m×n], as stored.
  ///   - x: [n], or [m] if `transposeA`.
  ///   - y: [m], or [n] if `transposeA`; overwritten if β is zero.
  @inline(__always)
  package static func gemv(
    transposeA: Bool = false, m: Int, n: Int,
    alpha: Float = 1, a: UnsafePointer<Float>, lda: Int, x: UnsafePointer<Float>, incx: Int = 1,
    beta: Float = 0, y: UnsafeMutablePointer<Float>, incy: Int = 1
  ) {
    if (transposeA ? m : n) == 0 {
      // BLAS returns early here and forgets β.
      for i in 0..<(transposeA ? n : m) { y[i * incy] = beta == 0 ? 0 : beta * y[i * incy] }
      return
    }
    cblas_sgemv(
      CblasRowMajor, transposition(transposeA), size(m, "gemv"), size(n, "gemv"),
      alpha, a, leading(lda, columns: n, "gemv"), x, increment(incx, "gemv"),
      beta, y, increment(incy, "gemv"))
  }

  /// y ← α · x + y over n elements (`saxpy`).
  @inline(__always)
  package static func axpy(
    n: Int, alpha: Float, x: UnsafePointer<Float>, incx: Int = 1,
    y: UnsafeMutablePointer<Float>, incy: Int = 1
  ) {
    cblas_saxpy(
      size(n, "axpy"), alpha, x, increment(incx, "axpy"), y, increment(incy, "axpy"))
  }

  /// y ← x over n elements (`scopy`).
  @inline(__always)
  package static func copy(
    n: Int, x: UnsafePointer<Float>, incx: Int = 1,
    y: UnsafeMutablePointer<Float>, incy: Int = 1
  ) {
    cblas_scopy(size(n, "copy"), x, increment(incx, "copy"), y, increment(incy, "copy"))
  }

  /// xᵀ · y over n elements (`sdot`).
  @inline(__always)
  package static func dot(
    n: Int, x: UnsafePointer<Float>, incx: Int = 1, y: UnsafePointer<Float>, incy: Int = 1
  ) -> Float {
    cblas_sdot(size(n, "dot"), x, increment(incx, "dot"), y, increment(incy, "dot"))
  }

  /// √(xᵀ · x) over n elements, without overflow of the squares (`snrm2`).
  @inline(__always)
  package static func nrm2(n: Int, x: UnsafePointer<Float>, incx: Int = 1) -> Float {
    cblas_snrm2(size(n, "nrm2"), x, increment(incx, "nrm2"))
  }

  /// x ← α · x over n elements (`sscal`). Whether 0 · NaN is 0 or NaN depends on the version.
  @inline(__always)
  package static func scal(
    n: Int, alpha: Float, x: UnsafeMutablePointer<Float>, incx: Int = 1
  ) {
    cblas_sscal(size(n, "scal"), alpha, x, increment(incx, "scal"))
  }

  /// A ← α · x · yᵀ + A (`sger`).
  ///
  /// - Parameters:
  ///   - x: [m]
  ///   - y: [n]
  ///   - a: [m×n]
  @inline(__always)
  package static func ger(
    m: Int, n: Int, alpha: Float = 1, x: UnsafePointer<Float>, incx: Int = 1,
    y: UnsafePointer<Float>, incy: Int = 1, a: UnsafeMutablePointer<Float>, lda: Int
  ) {
    cblas_sger(
      CblasRowMajor, size(m, "ger"), size(n, "ger"),
      alpha, x, increment(incx, "ger"), y, increment(incy, "ger"),
      a, leading(lda, columns: n, "ger"))
  }

  /// C ← α · op(A) · op(A)ᵀ + β · C in one triangle; the other is not touched (`ssyrk`).
  ///
  /// - Parameters:
  ///   - n: Rows of op(A), rows and columns of C.
  ///   - k: Columns of op(A).
  ///   - a: [n×k], or [k×n] if `transposeA`.
  ///   - c: [n×n]; its triangle is overwritten if β is zero.
  @inline(__always)
  package static func syrk(
    triangle uplo: Triangle, transposeA: Bool = false, n: Int, k: Int,
    alpha: Float = 1, a: UnsafePointer<Float>, lda: Int,
    beta: Float = 0, c: UnsafeMutablePointer<Float>, ldc: Int
  ) {
    cblas_ssyrk(
      CblasRowMajor, triangle(uplo), transposition(transposeA),
      size(n, "syrk"), size(k, "syrk"),
      alpha, a, leading(lda, columns: transposeA ? n : k, "syrk"),
      beta, c, leading(ldc, columns: n, "syrk"))
  }

  /// B ← α · op(A)⁻¹ · B, or α · B · op(A)⁻¹ on the right, with A triangular (`strsm`).
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
    alpha: Float = 1, a: UnsafePointer<Float>, lda: Int,
    b: UnsafeMutablePointer<Float>, ldb: Int
  ) {
    cblas_strsm(
      CblasRowMajor, side(position), triangle(uplo), transposition(transposeA),
      diagonal(unit: unitDiagonal), size(m, "trsm"), size(n, "trsm"),
      alpha, a, leading(lda, columns: position == .left ? m : n, "trsm"),
      b, leading(ldb, columns: n, "trsm"))
  }
}
