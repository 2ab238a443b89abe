import Kernels
import Testing

@Suite struct MatrixProductBackendTests {
  // Sides around the tiles of 4 × 32, the blocks of 64 × 256 and the vectors of 16; empty ones too.
  @Test(
    arguments: [(1, 1, 1), (3, 17, 64), (65, 33, 257), (4, 32, 16), (2, 3, 0), (0, 3, 2)],
    MatrixBackend.allCases)
  func everyBackendMatchesLoops(sides: (m: Int, n: Int, k: Int), backend: MatrixBackend) {
    var random = SplitMix64(seed: 11)
    let a = random.matrix(sides.m, sides.k, Float.self)
    let b = random.matrix(sides.k, sides.n, Float.self)
    let expected = Reference(a) * Reference(b)
    let magnitude = Reference(a).magnitudes * Reference(b).magnitudes
    // k products and k additions in any order, and one more for the sum over blocks of k.
    let bound = roundingBound(sides.k + 3, Float.self)
    for (isLeft, isRight) in [(false, false), (true, false), (false, true), (true, true)] {
      // What stood in C does not count.
      var c = Matrix<Float>(rows: sides.m, columns: sides.n, repeating: .nan)
      c.setProduct(
        of: isLeft ? a.transposed() : a, transposed: isLeft,
        by: isRight ? b.transposed() : b, transposed: isRight, on: backend)
      let errors = (Reference(c) - expected).magnitudes.values
      #expect(zip(errors, magnitude.values).allSatisfy { $0 <= bound * $1 })
    }
  }

  @Test(arguments: MatrixBackend.allCases)
  func aMatrixCanBeSetToAProductWithItself(backend: MatrixBackend) {
    var c: Matrix<Float> = [[1, 2], [3, 4]]
    c.setProduct(of: c, by: c, on: backend)
    #expect(c == [[7, 10], [15, 22]])
  }
}
