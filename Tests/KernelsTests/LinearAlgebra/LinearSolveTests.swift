import Foundation
import Kernels
import Testing

@Suite struct LinearSolveTests {
  @Test(arguments: [1, 3, 17, 64, 129])
  func solutionsMeetTheirEquations(size: Int) throws {
    try check(size, Float.self)
    try check(size, Double.self)
  }

  func check<Scalar: BLASScalar>(_ size: Int, _: Scalar.Type) throws {
    var random = SplitMix64(seed: 30)
    let matrix = random.matrix(size, size, Scalar.self)
    let rightHandSides = random.matrix(size, 3, Scalar.self)
    let (a, b) = (Reference(matrix), Reference(rightHandSides))
    let bound = backwardErrorBound(side: size, Scalar.self)

    let factorization = try LUFactorization(of: matrix)
    let solution = Reference(try factorization.solve(rightHandSides))
    #expect((a * solution - b).norm <= bound * a.norm * solution.norm)
    let transposed = Reference(try factorization.solve(rightHandSides, transposed: true))
    #expect((a.transposed * transposed - b).norm <= bound * a.norm * transposed.norm)

    let direct = Reference(try matrix.solve(rightHandSides))
    #expect((a * direct - b).norm <= bound * a.norm * direct.norm)
    let vector = Reference(
      Matrix(rows: size, columns: 1, try matrix.solve(rightHandSides.column(0))))
    let column = Reference(Matrix(rows: size, columns: 1, rightHandSides.column(0)))
    #expect((a * vector - column).norm <= bound * a.norm * vector.norm)

    let inverse = Reference(try factorization.inverse())
    #expect((a * inverse - .identity(size)).norm <= bound * a.norm * inverse.norm)
  }

  /// |log det A| − Σ log σ, both exact for a matrix within bound · ‖A‖ of A: the determinant's
  /// logarithm moves by at most n · ‖A⁻¹‖ · the error.
  @Test(arguments: [1, 3, 17, 64])
  func logDeterminantMatchesSingularValues(size: Int) throws {
    var random = SplitMix64(seed: 31)
    let matrix = random.matrix(size, size, Double.self)
    let singularValues = try SingularValueDecomposition.singularValues(of: matrix)
    let logarithms = singularValues.reduce(0.0) { $0 + log($1) }
    let condition = try #require(singularValues.first) / #require(singularValues.last)
    let tolerance =
      2 * Double(size) * condition * backwardErrorBound(side: size, Double.self)
    let factorization = try LUFactorization(of: matrix)
    #expect(abs(factorization.logAbsoluteDeterminant - logarithms) <= tolerance)
  }

  @Test func determinantCarriesItsSign() throws {
    // Exact arithmetic on small integers; the second exchanges two rows of the first.
    #expect(try LUFactorization(of: [[2, 0], [0, 3]] as Matrix<Float>).determinant == 6)
    #expect(try LUFactorization(of: [[0, 3], [2, 0]] as Matrix<Float>).determinant == -6)
    #expect(try LUFactorization(of: [[-2, 0], [0, 3]] as Matrix<Double>).determinant == -6)
    // A cycle of three rows is two exchanges.
    let cycle: Matrix<Double> = [[0, 1, 0], [0, 0, 1], [1, 0, 0]]
    #expect(try LUFactorization(of: cycle).determinant == 1)
    #expect(try LUFactorization(of: cycle).determinantSign == 1)
    #expect(try LUFactorization(of: Matrix<Float>(rows: 0, columns: 0)).determinant == 1)
  }

  @Test func hilbertMatrixHasItsKnownDeterminantAndInverse() throws {
    // det H₅ = 1 / 266716800000, and H₅⁻¹ has integer elements, the first 25: Choi, "Tricks or
    // treats with the Hilbert matrix", American Mathematical Monthly 90 (1983).
    var hilbert = Matrix<Double>(rows: 5, columns: 5)
    for i in 0..<5 {
      for j in 0..<5 { hilbert[i, j] = 1 / Double(i + j + 1) }
    }
    let factorization = try LUFactorization(of: hilbert)
    let exact = 1 / 266_716_800_000.0
    // A change of δ · ‖A‖ changes the determinant by n · κ · δ relatively, κ(H₅) < 4.8e5.
    let bound = 5 * 4.8e5 * backwardErrorBound(side: 5, Double.self)
    #expect(abs(factorization.determinant / exact - 1) <= bound)
    #expect(abs(factorization.logAbsoluteDeterminant - log(exact)) <= bound)
    #expect(factorization.determinantSign == 1)
    // The inverse changes by κ · δ relative to its norm, which is below 3.1e5 (its greatest
    // element is 179200).
    let inverse = try factorization.inverse()
    let absolute = 3.1e5 * 4.8e5 * backwardErrorBound(side: 5, Double.self)
    #expect(abs(inverse[0, 0] - 25) <= absolute)
    #expect(abs(inverse[3, 3] - 179_200) <= absolute)
  }

  /// A zero column stays zero through the elimination, wherever LAPACK's blocks begin.
  @Test(arguments: [(1, 1), (3, 2), (17, 17), (64, 33), (129, 100)])
  func singularMatricesNameThePivot(size: Int, pivot: Int) throws {
    var random = SplitMix64(seed: 32)
    var matrix = random.matrix(size, size, Double.self)
    for i in 0..<size { matrix[i, pivot - 1] = 0 }
    let expected = LAPACKError(routine: .getrf, information: pivot)
    let right = [Double](repeating: 1, count: size)
    #expect(throws: expected) { try matrix.solve(right) }
    #expect(throws: expected) {
      try matrix.map { Float($0) }.solve(right.map { Float($0) })
    }
    #expect(expected.reason == .singular(pivot: pivot))

    let factorization = try LUFactorization(of: matrix)
    #expect(factorization.isSingular)
    #expect(factorization.determinant == 0 && factorization.determinantSign == 0)
    #expect(factorization.logAbsoluteDeterminant == -.infinity)
  }

  @Test func documentedExampleHolds() throws {
    let a: Matrix<Double> = [[2, 1], [1, 3]]
    let x = try a.solve([3, 5])
    // κ = (5 + √5) / (5 − √5) < 2.7
    let bound = 2.7 * 2 * backwardErrorBound(side: 2, Double.self)
    #expect(abs(x[0] - 0.8) <= bound && abs(x[1] - 1.4) <= bound)
  }

  @Test func emptySystemsHaveEmptySolutions() throws {
    #expect(try Matrix<Float>(rows: 0, columns: 0).solve([]) == [])
    let none = Matrix<Float>(rows: 2, columns: 0)
    #expect(try Matrix<Float>.identity(2).solve(none) == none)
  }
}
