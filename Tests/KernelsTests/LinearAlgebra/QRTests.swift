import Kernels
import Testing

@Suite struct QRTests {
  @Test(arguments: [(1, 1), (3, 17), (17, 3), (64, 64), (129, 17), (17, 129)])
  func factorsMultiplyToTheMatrix(rows: Int, columns: Int) throws {
    try check(rows, columns, Float.self)
    try check(rows, columns, Double.self)
  }

  func check<Scalar: BLASScalar>(_ rows: Int, _ columns: Int, _: Scalar.Type) throws {
    var random = SplitMix64(seed: 40)
    let matrix = random.matrix(rows, columns, Scalar.self)
    let a = Reference(matrix)
    let bound = backwardErrorBound(side: max(rows, columns), Scalar.self)
    let rank = min(rows, columns)

    let factorization = try QRFactorization(of: matrix)
    let orthogonal = Reference(factorization.orthogonal)
    let upper = Reference(factorization.upper)
    #expect(orthogonal.rows == rows && orthogonal.columns == rank)
    #expect(upper.rows == rank && upper.columns == columns)
    #expect((orthogonal * upper - a).norm <= bound * a.norm)
    #expect((orthogonal.transposed * orthogonal - .identity(rank)).norm <= bound)
    for i in 0..<rank {
      #expect(factorization.upper.row(i)[..<i].allSatisfy { $0 == 0 })
    }
  }

  @Test func closedForm() throws {
    // The column (3, 4) has length 5.
    let factorization = try QRFactorization(of: [[3], [4]] as Matrix<Double>)
    let bound = backwardErrorBound(side: 2, Double.self)
    #expect(abs(abs(factorization.upper[0, 0]) - 5) <= 5 * bound)
    let product = factorization.orthogonal * factorization.upper
    #expect(abs(product[0, 0] - 3) <= 5 * bound && abs(product[1, 0] - 4) <= 5 * bound)
  }

  /// The residual of the best fit is orthogonal to the columns: Aᵀ · (A · X − B) = 0.
  @Test(arguments: [(3, 3), (17, 3), (129, 17)])
  func leastSquaresResidualIsOrthogonal(rows: Int, columns: Int) throws {
    var random = SplitMix64(seed: 41)
    let matrix = random.matrix(rows, columns, Double.self)
    let rightHandSides = random.matrix(rows, 2, Double.self)
    let factorization = try QRFactorization(of: matrix)
    let (a, b) = (Reference(matrix), Reference(rightHandSides))
    let solution = Reference(try factorization.leastSquares(rightHandSides))
    // The solution is exact for A and B off by bound, relatively (Higham 2002, theorem 20.3):
    // the equation moves by that against ‖A‖ · (‖A‖ · ‖X‖ + ‖B‖), twice for the two A in it.
    let bound = backwardErrorBound(side: rows, Double.self)
    #expect(
      (a.transposed * (a * solution - b)).norm
        <= 2 * bound * a.norm * (a.norm * solution.norm + b.norm))
    #expect(try factorization.leastSquares(rightHandSides.column(1)).count == columns)
  }

  @Test func dependentColumnsThrow() throws {
    let factorization = try QRFactorization(of: [[1, 0], [0, 0], [0, 0]] as Matrix<Float>)
    let error = #expect(throws: LAPACKError.self) {
      try factorization.leastSquares([1, 2, 3])
    }
    #expect(error?.reason == .singular(pivot: 2))
  }

  @Test func emptyMatricesHaveEmptyFactors() throws {
    let factorization = try QRFactorization(of: Matrix<Float>(rows: 3, columns: 0))
    #expect(factorization.orthogonal == Matrix(rows: 3, columns: 0))
    #expect(factorization.upper == Matrix(rows: 0, columns: 0))
    #expect(try factorization.leastSquares([1, 2, 3]) == [])
    #expect(
      try QRFactorization(of: Matrix<Double>(rows: 0, columns: 3)).upper
        == Matrix(rows: 0, columns: 3))
  }
}
