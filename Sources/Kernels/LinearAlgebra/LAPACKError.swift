/// Why LAPACK could not compute what was asked.
///
/// ```swift
/// do {
///   let factorization = try CholeskyFactorization(of: covariance)
/// } catch {
///   print(error)  // potrf: the leading minor of order 2 is not positive definite
/// }
/// ```
///
/// Only what depends on the numbers is an error. A wrong shape is the programmer's mistake and
/// traps.
public struct LAPACKError: Error, Equatable, Sendable {
  /// The LAPACK routine that failed, without the letter of its precision.
  public enum Routine: String, Sendable {
    /// Cholesky factorisation.
    case potrf
    /// Solution by a Cholesky factor.
    case potrs
    /// Inverse by a Cholesky factor.
    case potri
    /// LU factorisation.
    case getrf
    /// Solution by an LU factorisation.
    case getrs
    /// QR factorisation.
    case geqrf
    /// The orthogonal factor of a QR factorisation.
    case orgqr
    /// Eigenvalues and eigenvectors of a symmetric matrix.
    case syevd
    /// Singular values and vectors.
    case gesdd
    /// Solution by a triangular matrix.
    case trtrs
  }

  /// What LAPACK's number means for the routine. Orders, pivots and arguments count from one.
  public enum Reason: Equatable, Sendable {
    /// The matrix or vector that is the routine's argument of this number holds a NaN or an
    /// infinity.
    case notFinite(argument: Int)
    /// The routine's argument of this number had an illegal value: a mistake in this library.
    case illegalArgument(Int)
    /// The leading minor of this order is not positive, so the matrix is not positive definite.
    case notPositiveDefinite(order: Int)
    /// The triangular factor's diagonal element of this number is exactly zero.
    case singular(pivot: Int)
    /// The iteration did not converge.
    case notConverged
    /// There was no memory for the routine's workspace or for transposed copies.
    case outOfMemory
  }

  /// The routine that failed.
  public let routine: Routine

  /// LAPACK's `info`, or LAPACKE's: never zero.
  public let information: Int

  /// An error for a routine's non-zero `info`.
  package init(routine: Routine, information: Int) {
    precondition(information != 0, "LAPACKError: \(routine.rawValue) returned 0, a success")
    self.routine = routine
    self.information = information
  }

  /// Throws if a routine reported anything but success.
  static func check(_ information: Int, from routine: Routine) throws(LAPACKError) {
    if information != 0 { throw LAPACKError(routine: routine, information: information) }
  }

  /// Throws if an element of the routine's argument `argument` is a NaN or infinite.
  ///
  /// LAPACKE looks for NaNs itself (unless the environment's `LAPACKE_NANCHECK` is 0) but lets
  /// infinities pass, and LAPACK answers those with NaNs and calls it a success.
  static func checkFinite<Scalar: BLASScalar>(
    _ elements: [Scalar], argument: Int, of routine: Routine
  ) throws(LAPACKError) {
    if !Scalar._routines.isFinite(elements.count, elements) {
      throw LAPACKError(routine: routine, information: -argument)
    }
  }

  /// What ``information`` means for ``routine``.
  public var reason: Reason {
    switch information {
    case -1010, -1011:  // LAPACK_WORK_MEMORY_ERROR, LAPACK_TRANSPOSE_MEMORY_ERROR
      return .outOfMemory
    case ..<0:
      // A pointer cannot be illegal: a negative number that names one is the check for NaNs.
      return routine.arraysAmongArguments.contains(-information)
        ? .notFinite(argument: -information) : .illegalArgument(-information)
    default:
      switch routine {
      case .potrf: return .notPositiveDefinite(order: information)
      case .potri, .getrf, .getrs, .trtrs: return .singular(pivot: information)
      case .syevd, .gesdd: return .notConverged
      case .potrs, .geqrf, .orgqr: return .illegalArgument(information)
      }
    }
  }
}

extension LAPACKError.Routine {
  /// The numbers of the arguments that LAPACKE searches for NaNs, the layout being number 1.
  fileprivate var arraysAmongArguments: [Int] {
    switch self {
    case .potrf, .potri, .getrf, .geqrf: [4]
    case .potrs, .orgqr: [5, 7]
    case .getrs: [5, 8]
    case .syevd, .gesdd: [5]
    case .trtrs: [7, 9]
    }
  }
}

extension LAPACKError: CustomStringConvertible {
  /// The routine and what went wrong, in a sentence.
  public var description: String {
    let meaning =
      switch reason {
      case .notFinite(let argument): "argument \(argument) holds a NaN or an infinity"
      case .illegalArgument(let argument): "argument \(argument) is illegal"
      case .notPositiveDefinite(let order):
        "the leading minor of order \(order) is not positive definite"
      case .singular(let pivot):
        "the matrix is singular: diagonal element \(pivot) of its triangular factor is zero"
      case .notConverged: "the iteration did not converge"
      case .outOfMemory: "not enough memory for the workspace"
      }
    return "\(routine.rawValue): \(meaning)"
  }
}
