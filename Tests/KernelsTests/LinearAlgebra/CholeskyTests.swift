import Foundation
import Kernels
import Testing

@Suite struct CholeskyTests {
  @Test(arguments: [1, 3, 17, 64, 129])
  func factorAndSolutionsMeetTheirEquations(size: Int) throws {
    try check(size, Float.self)
    try check(size, Double.self)
  }

  func check<Scalar: BLASScalar>(_ size: Int, _: Scalar.Type) throws {
    var random = SplitMix64(seed: 20)
    let matrix = random.positiveDefinite(size, Scalar.self)
    let a = Reference(matrix)
    let bound = backwardErrorBound(side: size, Scalar.self)
    let factorization = try CholeskyFactorization(of: matrix)

    // L · Lᵀ = A, with zeros above L's diagonal.
    let lower = Reference(factorization.lower)
    #expect((lower * lower.transposed - a).norm <= bound * a.norm)
    for i in 0..<size {
      #expect(factorization.lower.row(i)[(i + 1)...].allSatisfy { $0 == 0 })
    }

    // A · X = B: a backward stable solution's residual is small against ‖A‖ · ‖X‖.
    let rightHandSides = random.matrix(size, 3, Scalar.self)
    let solution = Reference(try factorization.solve(rightHandSides))
    #expect(
      (a * solution - Reference(rightHandSides)).norm <= bound * a.norm * solution.norm)
    let vector = try factorization.solve(rightHandSides.column(1))
    for i in 0..<size {
      // Both have such a residual, and ‖A⁻¹‖ ≤ 1 makes their errors no larger.
      #expect(
        abs(Double(vector[i]) - solution.values[i * 3 + 1])
          <= 2 * bound * a.norm * solution.norm)
    }

    // A · A⁻¹ = I: LAPACK's test divides by ‖A‖ · ‖A⁻¹‖.
    let inverse = try factorization.inverse()
    #expect(
      (a * Reference(inverse) - .identity(size)).norm
        <= bound * a.norm * Reference(inverse).norm)
    #expect(inverse == inverse.transposed())

    // log det A = Σ log λ. Each side is exact for a matrix within bound · ‖A‖ of A, and no
    // eigenvalue is below one, so each logarithm moves by at most bound · ‖A‖: twice n of them.
    let eigenvalues = try SymmetricEigenDecomposition.eigenvalues(of: matrix)
    let logarithms = eigenvalues.reduce(0.0) { $0 + log(Double($1)) }
    #expect(
      abs(factorization.logDeterminant - logarithms)
        <= 2 * Double(size) * bound * a.norm)
  }

  @Test func closedForm() throws {
    // [[4, 2], [2, 3]] = L · Lᵀ with L = [[2, 0], [1, √2]]; det = 8.
    let factorization = try CholeskyFactorization(of: [[4, 2], [2, 3]] as Matrix<Double>)
    #expect(factorization.lower[0, 0] == 2 && factorization.lower[1, 0] == 1)
    #expect(abs(factorization.lower[1, 1] - 2.0.squareRoot()) <= 2 * Double.ulpOfOne)
    #expect(abs(factorization.logDeterminant - log(8)) <= 8 * Double.ulpOfOne)
  }

  @Test func onlyTheLowerTriangleCounts() throws {
    let factorization = try CholeskyFactorization(of: [[4, 99], [2, 3]] as Matrix<Float>)
    #expect(factorization.lower.column(0) == [2, 1])
  }

  /// The identity with one −1 fails at that order, wherever LAPACK's blocks begin.
  @Test(arguments: [(1, 1), (2, 2), (17, 3), (64, 64), (129, 100), (300, 299)])
  func indefiniteMatricesNameTheMinor(size: Int, order: Int) {
    var diagonal = [Double](repeating: 1, count: size)
    diagonal[order - 1] = -1
    let matrix = Matrix.diagonal(diagonal)
    let expected = LAPACKError(routine: .potrf, information: order)
    #expect(throws: expected) { try CholeskyFactorization(of: matrix) }
    #expect(throws: expected) { try CholeskyFactorization(of: matrix.map { Float($0) }) }
    #expect(expected.reason == .notPositiveDefinite(order: order))
  }

  @Test func emptyMatrixHasDeterminantOne() throws {
    let factorization = try CholeskyFactorization(of: Matrix<Float>(rows: 0, columns: 0))
    #expect(factorization.logDeterminant == 0)
    #expect(try factorization.solve([]) == [])
    #expect(try factorization.inverse() == Matrix(rows: 0, columns: 0))
    let one = try CholeskyFactorization(of: [[4]] as Matrix<Float>)
    #expect(try one.solve(Matrix(rows: 1, columns: 0)) == Matrix(rows: 1, columns: 0))
  }

  @Test func notFiniteRightHandSideThrows() throws {
    let factorization = try CholeskyFactorization(of: [[4]] as Matrix<Double>)
    let error = #expect(throws: LAPACKError.self) { try factorization.solve([.nan]) }
    #expect(error?.reason == .notFinite(argument: 7))
  }

  /// The example of the normal equations: points on y = 1 + 2t are fitted exactly.
  @Test func normalEquationsFitALine() throws {
    let x: Matrix<Double> = [[1, 0], [1, 1], [1, 2], [1, 3]]
    let y: [Double] = [1, 3, 5, 7]
    let gram = Matrix.product(x, transposed: true, by: x)
    let beta = try CholeskyFactorization(of: gram).solve(x.multiply(y, transposed: true))
    // The gram matrix [[4, 6], [6, 14]] has condition number (9 + √61) / (9 − √61) < 15.
    let bound = 15 * backwardErrorBound(side: 2, Double.self)
    #expect(abs(beta[0] - 1) <= bound && abs(beta[1] - 2) <= bound)
  }

  /// The example of the normal density, against its closed form for a diagonal covariance.
  @Test func normalDensityMatchesClosedForm() throws {
    let covariance = Matrix<Double>.diagonal([4, 9])
    let difference: [Double] = [2, 3]
    let dimensions = 2.0
    let factorization = try CholeskyFactorization(of: covariance)
    let white = try factorization.lower.solveTriangular(.lower, difference)
    let logDensity =
      -0.5 * (white.dot(white) + factorization.logDeterminant + dimensions * log(2 * .pi))
    // Each coordinate is one standard deviation away: −½ − log σ − ½ log 2π.
    let expected: Double = -1 - log(2) - log(3) - log(2 * .pi)
    // A handful of roundings of numbers below 8.
    #expect(abs(logDensity - expected) <= 8 * 8 * Double.ulpOfOne)
  }
}
