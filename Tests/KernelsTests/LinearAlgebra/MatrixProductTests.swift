import Kernels
import Testing

/// The safe layer against 64-bit loops; the pointer layer's tests have the finer cases.
@Suite struct MatrixProductTests {
  /// |result − expected| ≤ bound · magnitude, element by element.
  func expect<Scalar: BLASScalar>(
    _ result: Matrix<Scalar>, equals expected: Reference, within bound: Double,
    of magnitude: Reference
  ) {
    #expect(result.rows == expected.rows && result.columns == expected.columns)
    let errors = (Reference(result) - expected).magnitudes.values
    #expect(zip(errors, magnitude.values).allSatisfy { $0 <= bound * $1 })
  }

  @Test(arguments: [(1, 1, 1), (3, 17, 64), (129, 3, 17), (2, 3, 0), (0, 3, 2)])
  func productsMatchLoops(m: Int, n: Int, k: Int) {
    checkProducts(m, n, k, Float.self)
    checkProducts(m, n, k, Double.self)
  }

  func checkProducts<Scalar: BLASScalar>(_ m: Int, _ n: Int, _ k: Int, _: Scalar.Type) {
    var random = SplitMix64(seed: 9)
    let a = random.matrix(m, k, Scalar.self)
    let b = random.matrix(k, n, Scalar.self)
    let expected = Reference(a) * Reference(b)
    let magnitude = Reference(a).magnitudes * Reference(b).magnitudes
    // As in the pointer layer: k roundings, and three for α and β.
    let bound = roundingBound(k + 3, Scalar.self)
    expect(a * b, equals: expected, within: bound, of: magnitude)
    expect(.product(a, by: b), equals: expected, within: bound, of: magnitude)
    expect(
      .product(a.transposed(), transposed: true, by: b), equals: expected, within: bound,
      of: magnitude)
    expect(
      .product(a, by: b.transposed(), transposed: true), equals: expected, within: bound,
      of: magnitude)
    expect(
      .product(a.transposed(), transposed: true, by: b.transposed(), transposed: true),
      equals: expected, within: bound, of: magnitude)

    // C ← −½ · A · B + 2 · C with C = A · B makes 3/2 · A · B; the product so found has its own
    // error, doubled.
    var c = a * b
    c.accumulateProduct(of: a, by: b, scaledBy: -0.5, keeping: 2)
    let half = Reference(rows: m, columns: n, expected.values.map { 1.5 * $0 })
    expect(c, equals: half, within: 6 * bound, of: magnitude)
  }

  @Test(arguments: [(1, 1), (17, 3), (64, 129), (3, 0), (0, 3)])
  func symmetricProductsMatchLoopsAndAreSymmetric(rows: Int, columns: Int) {
    checkSymmetricProducts(rows, columns, Float.self)
    checkSymmetricProducts(rows, columns, Double.self)
  }

  func checkSymmetricProducts<Scalar: BLASScalar>(
    _ rows: Int, _ columns: Int, _: Scalar.Type
  ) {
    var random = SplitMix64(seed: 10)
    let a = random.matrix(rows, columns, Scalar.self)
    let reference = Reference(a)
    let bound = roundingBound(max(rows, columns) + 3, Scalar.self)

    let wide = Matrix.symmetricProduct(of: a)
    expect(
      wide, equals: reference * reference.transposed, within: bound,
      of: reference.magnitudes * reference.magnitudes.transposed)
    #expect(wide == wide.transposed())

    let gram = Matrix.symmetricProduct(of: a, transposed: true)
    expect(
      gram, equals: reference.transposed * reference, within: bound,
      of: reference.magnitudes.transposed * reference.magnitudes)
    #expect(gram == gram.transposed())

    // Subtracting the very same product leaves zero up to the bound.
    var difference = gram
    difference.accumulateSymmetricProduct(of: a, transposed: true, scaledBy: -1)
    expect(
      difference, equals: Reference(gram) - Reference(gram), within: 2 * bound,
      of: reference.magnitudes.transposed * reference.magnitudes)
  }

  @Test func vectorsMultiplyFromEitherSide() {
    let a: Matrix<Float> = [[1, 2, 3], [4, 5, 6]]
    #expect(a * [1, 0, -1] == [-2, -2])
    #expect(a.multiply([1, -1], transposed: true) == [-3, -3, -3])
    var y: [Float] = [10, 20]
    a.multiply([1, 1, 1], scaledBy: 2, keeping: 0.5, addingTo: &y)
    #expect(y == [17, 40])
    #expect(Matrix<Double>(rows: 2, columns: 0) * [] == [0, 0])
  }

  @Test func outerProductsAreAdded() {
    var a = Matrix<Double>.identity(2)
    a.addOuterProduct(of: [1, 2], and: [3, 4], scaledBy: 2)
    #expect(a == [[7, 8], [12, 17]])
  }

  @Test func triangularSystemsAreSolvedOnEitherSide() throws {
    // The upper triangle is not read.
    let a: Matrix<Double> = [[2, .nan], [1, 4]]
    #expect(try a.solveTriangular(.lower, [2, 9]) == [1, 2])
    #expect(try a.solveTriangular(.lower, [4, 8], transposed: true) == [1, 2])
    #expect(try a.solveTriangular(.lower, [2, 9], unitDiagonal: true) == [2, 7])
    #expect(
      try a.solveTriangular(.lower, [[2, 4], [9, 2]]) == [[1, 2], [2, 0]] as Matrix<Double>)
    #expect(
      try a.solveTriangular(.lower, [[4, 8]], side: .right) == [[1, 2]] as Matrix<Double>)
  }

  @Test func zeroOnTheDiagonalThrows() {
    let a: Matrix<Float> = [[1, 5, 5], [0, 0, 5], [0, 0, 1]]
    let error = #expect(throws: LAPACKError.self) { try a.solveTriangular(.upper, [1, 1, 1]) }
    #expect(error?.routine == .trtrs)
    #expect(error?.reason == .singular(pivot: 2))
  }
}
