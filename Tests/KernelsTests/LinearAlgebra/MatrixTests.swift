import Kernels
import Testing

@Suite struct MatrixTests {
  let a: Matrix<Double> = [[1, 2, 3], [4, 5, 6]]

  @Test func elementsStandRowByRow() {
    #expect(a.rows == 2 && a.columns == 3 && !a.isSquare)
    #expect(a.elements == [1, 2, 3, 4, 5, 6])
    #expect(a == Matrix(rows: 2, columns: 3, [1, 2, 3, 4, 5, 6]))
    #expect(a == Matrix([[1, 2, 3], [4, 5, 6]] as [[Double]]))
    #expect(a[1, 0] == 4)
    #expect(a.row(1) == [4, 5, 6])
    #expect(a.column(2) == [3, 6])
    #expect(a.diagonal == [1, 5])
    #expect(a.submatrix(rows: 0..<2, columns: 1..<3) == [[2, 3], [5, 6]])
  }

  @Test func matricesAreValues() {
    var b = a
    b[0, 1] = -1
    #expect(a[0, 1] == 2 && b[0, 1] == -1)
    #expect(a != b)
    #expect(Matrix<Float>(rows: 2, columns: 3) != Matrix<Float>(rows: 3, columns: 2))
  }

  @Test func identityAndDiagonalHaveZerosElsewhere() {
    #expect(Matrix<Float>.identity(2) == [[1, 0], [0, 1]])
    #expect(Matrix<Float>.diagonal([2, 3]) == [[2, 0], [0, 3]])
    #expect(Matrix<Float>.identity(0) == [])
    #expect(Matrix<Float>(rows: 1, columns: 2, repeating: 7) == [[7, 7]])
  }

  @Test(arguments: [(0, 3), (1, 1), (3, 17), (64, 33), (129, 65)])
  func transpositionExchangesIndices(rows: Int, columns: Int) {
    var random = SplitMix64(seed: 7)
    let matrix = random.matrix(rows, columns, Float.self)
    let transposed = matrix.transposed()
    #expect(transposed.rows == columns && transposed.columns == rows)
    var mistakes = 0
    for i in 0..<rows {
      for j in 0..<columns where matrix[i, j] != transposed[j, i] { mistakes += 1 }
    }
    #expect(mistakes == 0)
    #expect(transposed.transposed() == matrix)
  }

  @Test func arithmeticIsElementwise() {
    let b: Matrix<Double> = [[10, 20, 30], [40, 50, 60]]
    #expect(a + b == [[11, 22, 33], [44, 55, 66]])
    #expect(b - a == [[9, 18, 27], [36, 45, 54]])
    #expect(-a == [[-1, -2, -3], [-4, -5, -6]])
    #expect(2 * a == a * 2 && a * 2 == a + a)
    #expect(b / 10 == a)
    #expect(a.map { Float($0) } == [[1, 2, 3], [4, 5, 6]] as Matrix<Float>)
    var c = a
    c += a
    c -= b
    #expect(c == -8 * a)
    c *= 0.5
    #expect(c == -4 * a)
    c.add(a, scaledBy: 4)
    #expect(c == Matrix(rows: 2, columns: 3))
    #expect(Matrix<Float>([[3, 0], [0, 4]]).frobeniusNorm == 5)
  }

  /// x + 1 · y must round as x + y does, for elements of different size too.
  @Test func sumsRoundOnce() {
    var random = SplitMix64(seed: 8)
    let x = random.matrix(17, 5, Float.self).map { $0 / 3 }
    let y = random.matrix(17, 5, Float.self).map { $0 * 1e-3 }
    #expect((x + y).elements == zip(x.elements, y.elements).map { $0 + $1 })
    #expect((x - y).elements == zip(x.elements, y.elements).map { $0 - $1 })
  }

  @Test func descriptionShowsShapeAndRows() {
    #expect(a.description == "Matrix 2×3\n[1.0, 2.0, 3.0]\n[4.0, 5.0, 6.0]")
    #expect(Matrix<Float>(rows: 0, columns: 3).description == "Matrix 0×3")
  }

  @Test func wrongShapesTrapWithBothShapes() async {
    await expectTrap(
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        let left: Matrix<Float> = [[1, 2, 3]]
        _ = left + left.transposed()
      }, says: "Matrix.+: left is 1×3, right is 3×1")
    await expectTrap(
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        let left: Matrix<Float> = [[1, 2, 3], [4, 5, 6]]
        _ = left * left
      }, says: "Matrix.*: left is 2×3, right is 2×3")
    await expectTrap(
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        let left: Matrix<Float> = [[1, 2, 3], [4, 5, 6]]
        _ = Matrix.product(left, transposed: true, by: left, transposed: true)
      }, says: "Matrix.product: left is (2×3)ᵀ, right is (2×3)ᵀ")
    await expectTrap(
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        _ = try CholeskyFactorization(of: Matrix<Float>(rows: 2, columns: 3))
      }, says: "CholeskyFactorization.init: 2×3 is not square")
    await expectTrap(
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        _ = Matrix<Float>([[1, 2], [3]])
      }, says: "Matrix.init: row 1 has 1 elements, row 0 has 2")
    await expectTrap(
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        _ = Matrix<Float>(rows: 2, columns: 2)[1, 2]
      }, says: "Matrix.subscript: [1, 2] is outside 2×2")
  }

  @Test func pointerLayerTrapsOnSizesBeyondBLAS() async {
    await expectTrap(
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        var x: [Float] = [1]
        BLAS.scal(n: Int(Int32.max) + 1, alpha: 2, x: &x)
      }, says: "BLAS.scal: size 2147483648 is outside 0...2147483647")
    await expectTrap(
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        let a: [Double] = [1, 2, 3, 4]
        var c = a
        BLAS.gemm(m: 2, n: 2, k: 2, a: a, lda: 1, b: a, ldb: 2, c: &c, ldc: 2)
      }, says: "BLAS.gemm: leading dimension 1 is shorter than a row of 2")
  }

  /// Optimised code traps too but prints nothing, so there only the trap is checked.
  func expectTrap(_ result: ExitTest.Result?, says message: String) async {
    #if DEBUG
      let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
      #expect(output.contains(message))
    #endif
  }
}
