internal import COpenBLAS

/// Row-major LAPACK on bare pointers through LAPACKE, which finds its own workspace.
///
/// Every function returns LAPACK's `info`; ``LAPACKError`` says what it means. Triangles are
/// always the lower one, and rows follow each other without gaps. LAPACKE refuses a leading
/// dimension of zero, so the callers answer for empty matrices themselves.
package enum LAPACK {
  private static let lower = CChar(UInt8(ascii: "L"))
  private static let notTransposed = CChar(UInt8(ascii: "N"))
  private static let transposed = CChar(UInt8(ascii: "T"))
  private static let vectors = CChar(UInt8(ascii: "V"))
  private static let thin = CChar(UInt8(ascii: "S"))
  private static let valuesOnly = CChar(UInt8(ascii: "N"))
}

// MARK: - Float

extension LAPACK {
  /// Whether no element is a NaN or infinite.
  package static func isFinite(count: Int, _ x: UnsafePointer<Float>) -> Bool {
    for i in 0..<count where !x[i].isFinite { return false }
    return true
  }

  /// A = L · Lᵀ. On success the lower triangle of a [n×n] holds L (`spotrf`).
  package static func potrf(n: Int, a: UnsafeMutablePointer<Float>) -> Int {
    let n = BLAS.size(n, "potrf")
    return Int(LAPACKE_spotrf(LAPACK_ROW_MAJOR, lower, n, a, n))
  }

  /// B ← A⁻¹ · B with the factor that `potrf` left in a [n×n]; b [n×columns] (`spotrs`).
  package static func potrs(
    n: Int, columns: Int, a: UnsafePointer<Float>, b: UnsafeMutablePointer<Float>
  ) -> Int {
    let n = BLAS.size(n, "potrs")
    let columns = BLAS.size(columns, "potrs")
    return Int(LAPACKE_spotrs(LAPACK_ROW_MAJOR, lower, n, columns, a, n, b, columns))
  }

  /// The lower triangle of A⁻¹ in place of the factor that `potrf` left (`spotri`).
  package static func potri(n: Int, a: UnsafeMutablePointer<Float>) -> Int {
    let n = BLAS.size(n, "potri")
    return Int(LAPACKE_spotri(LAPACK_ROW_MAJOR, lower, n, a, n))
  }

  /// P · A = L · U with row interchanges. L has ones on its diagonal, which is not stored; row i
  /// changed places with row `pivots[i] − 1` (`sgetrf`).
  package static func getrf(
    n: Int, a: UnsafeMutablePointer<Float>, pivots: UnsafeMutablePointer<Int32>
  ) -> Int {
    let n = BLAS.size(n, "getrf")
    return Int(LAPACKE_sgetrf(LAPACK_ROW_MAJOR, n, n, a, n, pivots))
  }

  /// B ← op(A)⁻¹ · B with what `getrf` left in a [n×n]; b [n×columns] (`sgetrs`).
  package static func getrs(
    transposeA: Bool, n: Int, columns: Int, a: UnsafePointer<Float>,
    pivots: UnsafePointer<Int32>, b: UnsafeMutablePointer<Float>
  ) -> Int {
    let n = BLAS.size(n, "getrs")
    let columns = BLAS.size(columns, "getrs")
    return Int(
      LAPACKE_sgetrs(
        LAPACK_ROW_MAJOR, transposeA ? transposed : notTransposed, n, columns, a, n, pivots,
        b, columns))
  }

  /// A = Q · R. R replaces the upper triangle of a [m×n]; the reflectors that make Q stand below
  /// it, their factors in `reflections` [min(m, n)] (`sgeqrf`).
  package static func geqrf(
    m: Int, n: Int, a: UnsafeMutablePointer<Float>, reflections: UnsafeMutablePointer<Float>
  ) -> Int {
    let columns = BLAS.size(n, "geqrf")
    return Int(
      LAPACKE_sgeqrf(
        LAPACK_ROW_MAJOR, BLAS.size(m, "geqrf"), columns, a, columns, reflections))
  }

  /// The first n columns of Q in place of the reflectors in a [m×n], m ≥ n (`sorgqr`).
  package static func orgqr(
    m: Int, n: Int, a: UnsafeMutablePointer<Float>, reflections: UnsafePointer<Float>
  ) -> Int {
    let columns = BLAS.size(n, "orgqr")
    return Int(
      LAPACKE_sorgqr(
        LAPACK_ROW_MAJOR, BLAS.size(m, "orgqr"), columns, columns, a, columns, reflections))
  }

  /// The eigenvalues of a symmetric a [n×n], ascending; its eigenvectors, one a column, replace
  /// a if they are wanted (`ssyevd`).
  package static func syevd(
    wantsVectors: Bool, n: Int, a: UnsafeMutablePointer<Float>,
    eigenvalues: UnsafeMutablePointer<Float>
  ) -> Int {
    let n = BLAS.size(n, "syevd")
    return Int(
      LAPACKE_ssyevd(
        LAPACK_ROW_MAJOR, wantsVectors ? vectors : valuesOnly, lower, n, a, n, eigenvalues))
  }

  /// A = U · diag(s) · Vᵀ with r = min(m, n): a [m×n] is destroyed, s [r] descends, u [m×r] and
  /// vt [r×n] are written if they are wanted (`sgesdd`).
  package static func gesdd(
    wantsVectors: Bool, m: Int, n: Int, a: UnsafeMutablePointer<Float>,
    s: UnsafeMutablePointer<Float>, u: UnsafeMutablePointer<Float>,
    vt: UnsafeMutablePointer<Float>
  ) -> Int {
    let rows = BLAS.size(m, "gesdd")
    let columns = BLAS.size(n, "gesdd")
    return Int(
      LAPACKE_sgesdd(
        LAPACK_ROW_MAJOR, wantsVectors ? thin : valuesOnly, rows, columns, a, columns, s,
        u, min(rows, columns), vt, columns))
  }
}

// MARK: - Double

extension LAPACK {
  /// Whether no element is a NaN or infinite.
  package static func isFinite(count: Int, _ x: UnsafePointer<Double>) -> Bool {
    for i in 0..<count where !x[i].isFinite { return false }
    return true
  }

  /// A = L · Lᵀ. On success the lower triangle of a [n×n] holds L (`dpotrf`).
  package static func potrf(n: Int, a: UnsafeMutablePointer<Double>) -> Int {
    let n = BLAS.size(n, "potrf")
    return Int(LAPACKE_dpotrf(LAPACK_ROW_MAJOR, lower, n, a, n))
  }

  /// B ← A⁻¹ · B with the factor that `potrf` left in a [n×n]; b [n×columns] (`dpotrs`).
  package static func potrs(
    n: Int, columns: Int, a: UnsafePointer<Double>, b: UnsafeMutablePointer<Double>
  ) -> Int {
    let n = BLAS.size(n, "potrs")
    let columns = BLAS.size(columns, "potrs")
    return Int(LAPACKE_dpotrs(LAPACK_ROW_MAJOR, lower, n, columns, a, n, b, columns))
  }

  /// The lower triangle of A⁻¹ in place of the factor that `potrf` left (`dpotri`).
  package static func potri(n: Int, a: UnsafeMutablePointer<Double>) -> Int {
    let n = BLAS.size(n, "potri")
    return Int(LAPACKE_dpotri(LAPACK_ROW_MAJOR, lower, n, a, n))
  }

  /// P · A = L · U with row interchanges. L has ones on its diagonal, which is not stored; row i
  /// changed places with row `pivots[i] − 1` (`dgetrf`).
  package static func getrf(
    n: Int, a: UnsafeMutablePointer<Double>, pivots: UnsafeMutablePointer<Int32>
  ) -> Int {
    let n = BLAS.size(n, "getrf")
    return Int(LAPACKE_dgetrf(LAPACK_ROW_MAJOR, n, n, a, n, pivots))
  }

  /// B ← op(A)⁻¹ · B with what `getrf` left in a [n×n]; b [n×columns] (`dgetrs`).
  package static func getrs(
    transposeA: Bool, n: Int, columns: Int, a: UnsafePointer<Double>,
    pivots: UnsafePointer<Int32>, b: UnsafeMutablePointer<Double>
  ) -> Int {
    let n = BLAS.size(n, "getrs")
    let columns = BLAS.size(columns, "getrs")
    return Int(
      LAPACKE_dgetrs(
        LAPACK_ROW_MAJOR, transposeA ? transposed : notTransposed, n, columns, a, n, pivots,
        b, columns))
  }

  /// A = Q · R. R replaces the upper triangle of a [m×n]; the reflectors that make Q stand below
  /// it, their factors in `reflections` [min(m, n)] (`dgeqrf`).
  package static func geqrf(
    m: Int, n: Int, a: UnsafeMutablePointer<Double>, reflections: UnsafeMutablePointer<Double>
  ) -> Int {
    let columns = BLAS.size(n, "geqrf")
    return Int(
      LAPACKE_dgeqrf(
        LAPACK_ROW_MAJOR, BLAS.size(m, "geqrf"), columns, a, columns, reflections))
  }

  /// The first n columns of Q in place of the reflectors in a [m×n], m ≥ n (`dorgqr`).
  package static func orgqr(
    m: Int, n: Int, a: UnsafeMutablePointer<Double>, reflections: UnsafePointer<Double>
  ) -> Int {
    let columns = BLAS.size(n, "orgqr")
    return Int(
      LAPACKE_dorgqr(
        LAPACK_ROW_MAJOR, BLAS.size(m, "orgqr"), columns, columns, a, columns, reflections))
  }

  /// The eigenvalues of a symmetric a [n×n], ascending; its eigenvectors, one a column, replace
  /// a if they are wanted (`dsyevd`).
  package static func syevd(
    wantsVectors: Bool, n: Int, a: UnsafeMutablePointer<Double>,
    eigenvalues: UnsafeMutablePointer<Double>
  ) -> Int {
    let n = BLAS.size(n, "syevd")
    return Int(
      LAPACKE_dsyevd(
        LAPACK_ROW_MAJOR, wantsVectors ? vectors : valuesOnly, lower, n, a, n, eigenvalues))
  }

  /// A = U · diag(s) · Vᵀ with r = min(m, n): a [m×n] is destroyed, s [r] descends, u [m×r] and
  /// vt [r×n] are written if they are wanted (`dgesdd`).
  package static func gesdd(
    wantsVectors: Bool, m: Int, n: Int, a: UnsafeMutablePointer<Double>,
    s: UnsafeMutablePointer<Double>, u: UnsafeMutablePointer<Double>,
    vt: UnsafeMutablePointer<Double>
  ) -> Int {
    let rows = BLAS.size(m, "gesdd")
    let columns = BLAS.size(n, "gesdd")
    return Int(
      LAPACKE_dgesdd(
        LAPACK_ROW_MAJOR, wantsVectors ? thin : valuesOnly, rows, columns, a, columns, s,
        u, min(rows, columns), vt, columns))
  }
}
