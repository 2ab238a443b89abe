/// A number that BLAS and LAPACK compute with: Float (`s` routines) or Double (`d` routines).
///
/// The protocol is closed. Its one requirement is a table whose entries only this module can
/// fill in, so that no third type can conform and none is needed.
public protocol BLASScalar: BinaryFloatingPoint, SIMDScalar, Codable, Sendable {
  /// The routines for this type. An implementation detail: it has no public members.
  static var _routines: _LinearAlgebraRoutines<Self> { get }
}

/// The BLAS and LAPACK routines of one scalar type, in the argument order of `BLAS` and `LAPACK`.
///
/// The generic, safe layer (``Matrix``, the factorisations) reaches the overloads of those two
/// through this table. The engine calls the overloads directly.
public struct _LinearAlgebraRoutines<Scalar: Sendable>: Sendable {
  typealias Input = UnsafePointer<Scalar>
  typealias Output = UnsafeMutablePointer<Scalar>

  // transposeA, transposeB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc
  let gemm:
    @Sendable (
      Bool, Bool, Int, Int, Int, Scalar, Input, Int, Input, Int, Scalar, Output, Int
    ) -> Void
  // transposeA, m, n, alpha, a, lda, x, incx, beta, y, incy
  let gemv: @Sendable (Bool, Int, Int, Scalar, Input, Int, Input, Int, Scalar, Output, Int) -> Void
  // n, alpha, x, incx, y, incy
  let axpy: @Sendable (Int, Scalar, Input, Int, Output, Int) -> Void
  // n, x, incx, y, incy
  let copy: @Sendable (Int, Input, Int, Output, Int) -> Void
  let dot: @Sendable (Int, Input, Int, Input, Int) -> Scalar
  // n, x, incx
  let nrm2: @Sendable (Int, Input, Int) -> Scalar
  // n, alpha, x, incx
  let scal: @Sendable (Int, Scalar, Output, Int) -> Void
  // m, n, alpha, x, incx, y, incy, a, lda
  let ger: @Sendable (Int, Int, Scalar, Input, Int, Input, Int, Output, Int) -> Void
  // triangle, transposeA, n, k, alpha, a, lda, beta, c, ldc
  let syrk: @Sendable (Triangle, Bool, Int, Int, Scalar, Input, Int, Scalar, Output, Int) -> Void
  // side, triangle, transposeA, unitDiagonal, m, n, alpha, a, lda, b, ldb
  let trsm:
    @Sendable (
      Side, Triangle, Bool, Bool, Int, Int, Scalar, Input, Int, Output, Int
    ) -> Void

  // count, x
  let isFinite: @Sendable (Int, Input) -> Bool
  // n, a
  let potrf: @Sendable (Int, Output) -> Int
  // n, columns, a, b
  let potrs: @Sendable (Int, Int, Input, Output) -> Int
  // n, a
  let potri: @Sendable (Int, Output) -> Int
  // n, a, pivots
  let getrf: @Sendable (Int, Output, UnsafeMutablePointer<Int32>) -> Int
  // transposeA, n, columns, a, pivots, b
  let getrs: @Sendable (Bool, Int, Int, Input, UnsafePointer<Int32>, Output) -> Int
  // m, n, a, reflections
  let geqrf: @Sendable (Int, Int, Output, Output) -> Int
  let orgqr: @Sendable (Int, Int, Output, Input) -> Int
  // wantsVectors, n, a, eigenvalues
  let syevd: @Sendable (Bool, Int, Output, Output) -> Int
  // wantsVectors, m, n, a, s, u, vt
  let gesdd: @Sendable (Bool, Int, Int, Output, Output, Output, Output) -> Int
}

extension Float: BLASScalar {
  /// The `s` routines.
  public static let _routines = _LinearAlgebraRoutines<Float>(
    gemm: BLAS.gemm, gemv: BLAS.gemv, axpy: BLAS.axpy, copy: BLAS.copy, dot: BLAS.dot,
    nrm2: BLAS.nrm2, scal: BLAS.scal, ger: BLAS.ger, syrk: BLAS.syrk, trsm: BLAS.trsm,
    isFinite: LAPACK.isFinite, potrf: LAPACK.potrf, potrs: LAPACK.potrs, potri: LAPACK.potri,
    getrf: LAPACK.getrf, getrs: LAPACK.getrs, geqrf: LAPACK.geqrf, orgqr: LAPACK.orgqr,
    syevd: LAPACK.syevd, gesdd: LAPACK.gesdd)
}

extension Double: BLASScalar {
  /// The `d` routines.
  public static let _routines = _LinearAlgebraRoutines<Double>(
    gemm: BLAS.gemm, gemv: BLAS.gemv, axpy: BLAS.axpy, copy: BLAS.copy, dot: BLAS.dot,
    nrm2: BLAS.nrm2, scal: BLAS.scal, ger: BLAS.ger, syrk: BLAS.syrk, trsm: BLAS.trsm,
    isFinite: LAPACK.isFinite, potrf: LAPACK.potrf, potrs: LAPACK.potrs, potri: LAPACK.potri,
    getrf: LAPACK.getrf, getrs: LAPACK.getrs, geqrf: LAPACK.geqrf, orgqr: LAPACK.orgqr,
    syevd: LAPACK.syevd, gesdd: LAPACK.gesdd)
}
