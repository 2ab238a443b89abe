import Kernels
import Testing

@Suite struct LAPACKErrorTests {
  @Test(
    arguments: [
      (.potrf, 3, "potrf: the leading minor of order 3 is not positive definite"),
      (
        .getrf, 2,
        "getrf: the matrix is singular: diagonal element 2 of its triangular factor is zero"
      ),
      (.gesdd, 1, "gesdd: the iteration did not converge"),
      (.syevd, 4, "syevd: the iteration did not converge"),
      (.potrf, -4, "potrf: argument 4 holds a NaN or an infinity"),
      (.potrf, -5, "potrf: argument 5 is illegal"),
      (.gesdd, -1010, "gesdd: not enough memory for the workspace"),
      (.gesdd, -1011, "gesdd: not enough memory for the workspace"),
    ] as [(LAPACKError.Routine, Int, String)])
  func descriptionSaysWhatTheNumberMeans(
    routine: LAPACKError.Routine, information: Int, description: String
  ) {
    let error = LAPACKError(routine: routine, information: information)
    #expect(error.description == description)
  }

  /// LAPACKE's own search for NaNs reports the argument that `reason` takes for an array.
  @Test func lapackeReportsNaNsAsTheArgumentsNumber() {
    var a: [Double] = [.nan]
    var value: [Double] = [0]
    var left: [Double] = [0]
    var right: [Double] = [0]
    var pivots: [Int32] = [1]
    func reason(_ routine: LAPACKError.Routine, _ information: Int) -> LAPACKError.Reason {
      LAPACKError(routine: routine, information: information).reason
    }
    #expect(reason(.potrf, LAPACK.potrf(n: 1, a: &a)) == .notFinite(argument: 4))
    #expect(reason(.potri, LAPACK.potri(n: 1, a: &a)) == .notFinite(argument: 4))
    #expect(
      reason(.getrf, LAPACK.getrf(n: 1, a: &a, pivots: &pivots)) == .notFinite(argument: 4))
    #expect(
      reason(.geqrf, LAPACK.geqrf(m: 1, n: 1, a: &a, reflections: &value))
        == .notFinite(argument: 4))
    #expect(
      reason(.orgqr, LAPACK.orgqr(m: 1, n: 1, a: &a, reflections: value))
        == .notFinite(argument: 5))
    #expect(
      reason(.syevd, LAPACK.syevd(wantsVectors: true, n: 1, a: &a, eigenvalues: &value))
        == .notFinite(argument: 5))
    #expect(
      reason(
        .gesdd,
        LAPACK.gesdd(wantsVectors: true, m: 1, n: 1, a: &a, s: &value, u: &left, vt: &right))
        == .notFinite(argument: 5))
    let one: [Double] = [1]
    #expect(
      reason(.potrs, LAPACK.potrs(n: 1, columns: 1, a: one, b: &a))
        == .notFinite(argument: 7))
    #expect(
      reason(
        .getrs,
        LAPACK.getrs(transposeA: false, n: 1, columns: 1, a: one, pivots: pivots, b: &a))
        == .notFinite(argument: 8))
  }

  @Test func everyFactorisationRefusesWhatIsNotFinite() {
    for bad in [Float.nan, .infinity, -.infinity] {
      let matrix: Matrix<Float> = [[1, 0], [bad, 1]]
      #expect(throws: LAPACKError(routine: .potrf, information: -4)) {
        try CholeskyFactorization(of: matrix)
      }
      #expect(throws: LAPACKError(routine: .getrf, information: -4)) {
        try matrix.solve([1, 1])
      }
      #expect(throws: LAPACKError(routine: .geqrf, information: -4)) {
        try QRFactorization(of: matrix)
      }
      #expect(throws: LAPACKError(routine: .syevd, information: -5)) {
        try SymmetricEigenDecomposition.eigenvalues(of: matrix)
      }
      #expect(throws: LAPACKError(routine: .gesdd, information: -5)) {
        try SingularValueDecomposition.singularValues(of: matrix)
      }
    }
  }
}
