import Kernels
import Testing

@Suite struct EigenDecompositionTests {
  @Test(arguments: [1, 3, 17, 64, 129])
  func decompositionMultipliesToTheMatrix(size: Int) throws {
    try check(size, Float.self)
    try check(size, Double.self)
  }

  func check<Scalar: BLASScalar>(_ size: Int, _: Scalar.Type) throws {
    var random = SplitMix64(seed: 50)
    var matrix = random.matrix(size, size, Scalar.self)
    for i in 0..<size {
      for j in 0..<i { matrix[j, i] = matrix[i, j] }
    }
    let a = Reference(matrix)
    let bound = backwardErrorBound(side: size, Scalar.self)

    let decomposition = try SymmetricEigenDecomposition(of: matrix)
    let vectors = Reference(decomposition.eigenvectors)
    let values = Reference.diagonal(decomposition.eigenvalues)
    #expect((vectors * values * vectors.transposed - a).norm <= bound * a.norm)
    #expect((vectors.transposed * vectors - .identity(size)).norm <= bound)
    let eigenvalues = decomposition.eigenvalues
    #expect(zip(eigenvalues, eigenvalues.dropFirst()).allSatisfy { $0 <= $1 })

    // Eigenvalues move by no more than the matrix (Weyl), once for each of the two ways.
    let alone = try SymmetricEigenDecomposition.eigenvalues(of: matrix)
    #expect(alone.count == size)
    #expect(
      zip(alone, eigenvalues).allSatisfy {
        abs(Double($0) - Double($1)) <= 2 * bound * a.norm
      })
  }

  @Test func closedForm() throws {
    // [[2, 1], [1, 2]] has the eigenvalues 1 and 3, with the diagonals as eigenvectors.
    let decomposition = try SymmetricEigenDecomposition(of: [[2, 1], [1, 2]] as Matrix<Double>)
    let bound = 3 * backwardErrorBound(side: 2, Double.self)
    #expect(abs(decomposition.eigenvalues[0] - 1) <= bound)
    #expect(abs(decomposition.eigenvalues[1] - 3) <= bound)
    let last = decomposition.eigenvectors.column(1)
    #expect(abs(last[0] - last[1]) <= bound)
    #expect(abs(abs(last[0]) - 0.5.squareRoot()) <= bound)
  }

  /// The second difference matrix has the eigenvalues 2 − 2 cos(kπ / (n + 1)).
  @Test func secondDifferencesHaveTheirKnownSpectrum() throws {
    let size = 33
    var matrix = Matrix<Float>.diagonal(Array(repeating: 2, count: size))
    for i in 1..<size {
      matrix[i, i - 1] = -1
      matrix[i - 1, i] = -1
    }
    let eigenvalues = try SymmetricEigenDecomposition.eigenvalues(of: matrix)
    let bound = backwardErrorBound(side: size, Float.self) * Reference(matrix).norm
    for k in 1...size {
      // 2 − 2 cos θ = 4 sin²(θ/2), summed here as a series to need no library.
      let angle = Double(k) * .pi / Double(size + 1) / 2
      var (term, sine) = (angle, angle)
      for n in 1...20 {
        term *= -angle * angle / Double(2 * n * (2 * n + 1))
        sine += term
      }
      #expect(abs(Double(eigenvalues[k - 1]) - 4 * sine * sine) <= bound)
    }
  }

  @Test func emptyMatrixHasNoEigenvalues() throws {
    let decomposition = try SymmetricEigenDecomposition(of: Matrix<Float>(rows: 0, columns: 0))
    #expect(decomposition.eigenvalues == [])
    #expect(decomposition.eigenvectors == Matrix(rows: 0, columns: 0))
  }

  @Test func notFiniteInputThrows() {
    for bad in [Double.nan, .infinity] {
      let matrix = Matrix<Double>.diagonal([1, bad])
      let error = #expect(throws: LAPACKError.self) {
        try SymmetricEigenDecomposition(of: matrix)
      }
      #expect(error?.reason == .notFinite(argument: 5))
    }
  }
}
