import Kernels
import Testing

@Suite struct SingularValueDecompositionTests {
  @Test(arguments: [(1, 1), (3, 17), (17, 3), (64, 64), (129, 17), (17, 129)])
  func decompositionMultipliesToTheMatrix(rows: Int, columns: Int) throws {
    try check(rows, columns, Float.self)
    try check(rows, columns, Double.self)
  }

  func check<Scalar: BLASScalar>(_ rows: Int, _ columns: Int, _: Scalar.Type) throws {
    var random = SplitMix64(seed: 60)
    let matrix = random.matrix(rows, columns, Scalar.self)
    let a = Reference(matrix)
    let bound = backwardErrorBound(side: max(rows, columns), Scalar.self)
    let rank = min(rows, columns)

    let decomposition = try SingularValueDecomposition(of: matrix)
    let left = Reference(decomposition.leftVectors)
    let values = Reference.diagonal(decomposition.singularValues)
    let right = Reference(decomposition.rightVectorsTransposed)
    #expect(left.rows == rows && left.columns == rank)
    #expect(right.rows == rank && right.columns == columns)
    #expect((left * values * right - a).norm <= bound * a.norm)
    #expect((left.transposed * left - .identity(rank)).norm <= bound)
    #expect((right * right.transposed - .identity(rank)).norm <= bound)
    let singularValues = decomposition.singularValues
    #expect(singularValues.allSatisfy { $0 >= 0 })
    #expect(zip(singularValues, singularValues.dropFirst()).allSatisfy { $0 >= $1 })
    #expect(decomposition.rank() == rank)

    // Singular values move by no more than the matrix (Weyl), once for each of the two ways.
    let alone = try SingularValueDecomposition.singularValues(of: matrix)
    #expect(alone.count == rank)
    #expect(
      zip(alone, singularValues).allSatisfy {
        abs(Double($0) - Double($1)) <= 2 * bound * a.norm
      })
  }

  @Test func closedForm() throws {
    // Aᵀ · A = [[25, 20], [20, 25]] has the eigenvalues 45 and 5.
    let decomposition = try SingularValueDecomposition(of: [[3, 0], [4, 5]] as Matrix<Double>)
    let bound = backwardErrorBound(side: 2, Double.self) * 50.0.squareRoot()
    #expect(abs(decomposition.singularValues[0] - 45.0.squareRoot()) <= bound)
    #expect(abs(decomposition.singularValues[1] - 5.0.squareRoot()) <= bound)
    #expect(abs(decomposition.conditionNumber - 3) <= 6 * bound)
  }

  @Test func rankCountsIndependentRows() throws {
    // The third row is the sum of the first two.
    let matrix: Matrix<Float> = [[1, 2, 3], [4, 5, 6], [5, 7, 9]]
    let decomposition = try SingularValueDecomposition(of: matrix)
    #expect(decomposition.rank() == 2)
    #expect(decomposition.rank(tolerance: 0.9) == 1)
    let zero = try SingularValueDecomposition(of: Matrix<Float>(rows: 2, columns: 3))
    #expect(zero.rank() == 0 && zero.conditionNumber == .infinity)
  }

  @Test func emptyMatricesHaveNoSingularValues() throws {
    let decomposition = try SingularValueDecomposition(of: Matrix<Float>(rows: 3, columns: 0))
    #expect(decomposition.singularValues == [])
    #expect(decomposition.leftVectors == Matrix(rows: 3, columns: 0))
    #expect(decomposition.rightVectorsTransposed == Matrix(rows: 0, columns: 0))
    #expect(decomposition.rank() == 0 && decomposition.conditionNumber.isNaN)
    let flat = try SingularValueDecomposition(of: Matrix<Float>(rows: 0, columns: 3))
    #expect(flat.rightVectorsTransposed == Matrix(rows: 0, columns: 3))
  }

  @Test func notFiniteInputThrows() {
    for bad in [Float.nan, .infinity] {
      let matrix: Matrix<Float> = [[1, 2], [bad, 3]]
      let error = #expect(throws: LAPACKError.self) {
        try SingularValueDecomposition(of: matrix)
      }
      #expect(error?.reason == .notFinite(argument: 5))
    }
  }

  /// The examples of principal components: both ways give the variances and directions of points
  /// on an ellipse, and the scores have those variances.
  @Test func principalComponentsAgreeWithTheCovariance() throws {
    // Four points, centred, 2√2 along (1, 1) and √2 along (1, −1) from the origin.
    let centred: Matrix<Double> = [[2, 2], [-2, -2], [1, -1], [-1, 1]]
    let covariance =
      Matrix.symmetricProduct(of: centred, transposed: true) / Double(centred.rows - 1)
    let eigen = try SymmetricEigenDecomposition(of: covariance)

    let decomposition = try SingularValueDecomposition(of: centred)
    let components = decomposition.rightVectorsTransposed
      .submatrix(rows: 0..<2, columns: 0..<centred.columns)
    let scores = Matrix.product(centred, by: components, transposed: true)
    let variances = decomposition.singularValues.map { $0 * $0 / Double(centred.rows - 1) }

    // Numbers of order ten, at most three operations after a backward stable decomposition.
    let bound = 10 * 4 * backwardErrorBound(side: 4, Double.self)
    #expect(abs(variances[0] - 16.0 / 3) <= bound && abs(variances[1] - 4.0 / 3) <= bound)
    #expect(abs(eigen.eigenvalues[1] - 16.0 / 3) <= bound)
    #expect(abs(eigen.eigenvalues[0] - 4.0 / 3) <= bound)
    #expect(abs(abs(eigen.eigenvectors.column(1).dot(components.row(0))) - 1) <= bound)
    #expect(abs(scores.column(0).dot(scores.column(0)) / 3 - variances[0]) <= bound)
    #expect(abs(scores.column(0).dot(scores.column(1))) <= bound)
  }
}
