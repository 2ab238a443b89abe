import Kernels
import Testing

/// The pointer layer against 64-bit loops. Rows are padded with NaNs that must not be read and
/// results with a mark that must not be overwritten.
@Suite struct BLASTests {
  static let mark = 777.0

  /// (m, n, k): odd, even, one, a block and one more, and nothing.
  static let sizes: [(Int, Int, Int)] = [
    (1, 1, 1), (3, 1, 17), (1, 17, 3), (17, 3, 64), (3, 64, 1), (64, 17, 129), (129, 64, 3),
    (64, 64, 64), (129, 129, 129), (17, 129, 64), (0, 3, 2), (3, 0, 2), (3, 2, 0), (0, 0, 0),
  ]

  /// (α, β), exact in both precisions.
  static let scales: [(Double, Double)] = [(1, 0), (1, 1), (-0.5, 0.25), (0, 2), (2, -1)]

  /// The values [rows×columns] with `padding` further elements after every row.
  static func padded<Scalar: BLASScalar>(
    _ values: [Double], rows: Int, columns: Int, padding: Int, with filler: Double,
    _: Scalar.Type
  ) -> [Scalar] {
    var result: [Scalar] = []
    for i in 0..<rows {
      for j in 0..<columns { result.append(Scalar(values[i * columns + j])) }
      for _ in 0..<padding { result.append(Scalar(filler)) }
    }
    return result
  }

  /// Checks a padded result [rows×columns], element by element, and that its padding still holds
  /// the mark.
  static func expect<Scalar: BLASScalar>(
    _ result: [Scalar], rows: Int, columns: Int, padding: Int,
    equals expected: [Double], within tolerances: [Double], _ label: String
  ) {
    var mistakes = 0
    for i in 0..<rows {
      let row = i * (columns + padding)
      for j in 0..<columns {
        let error = Double(result[row + j]) - expected[i * columns + j]
        // A NaN is a mistake too, hence the negation.
        if !(error.magnitude <= tolerances[i * columns + j]) { mistakes += 1 }
      }
      for j in 0..<padding where result[row + columns + j] != Scalar(mark) { mistakes += 1 }
    }
    #expect(mistakes == 0, "\(label), \(Scalar.self): \(mistakes) elements are wrong")
  }

  // MARK: Matrix by matrix

  typealias Gemm<Scalar> = (
    Bool, Bool, Int, Int, Int, Scalar, UnsafePointer<Scalar>, Int, UnsafePointer<Scalar>, Int,
    Scalar, UnsafeMutablePointer<Scalar>, Int
  ) -> Void

  @Test(arguments: [(false, false), (true, false), (false, true), (true, true)])
  func gemmMatchesLoops(transposeA: Bool, transposeB: Bool) {
    checkGemm(BLAS.gemm as Gemm<Float>, transposeA, transposeB)
    checkGemm(BLAS.gemm as Gemm<Double>, transposeA, transposeB)
  }

  func checkGemm<Scalar: BLASScalar>(
    _ gemm: Gemm<Scalar>, _ transposeA: Bool, _ transposeB: Bool
  ) {
    var random = SplitMix64(seed: 1)
    for (m, n, k) in Self.sizes {
      let storedA = Reference(
        rows: transposeA ? k : m, columns: transposeA ? m : k, random.values(m * k))
      let storedB = Reference(
        rows: transposeB ? n : k, columns: transposeB ? k : n, random.values(k * n))
      let initial = random.values(m * n)
      let left = transposeA ? storedA.transposed : storedA  // [m×k]
      let right = transposeB ? storedB.transposed : storedB  // [k×n]
      let product = left * right
      let magnitude = left.magnitudes * right.magnitudes

      for (alpha, beta) in Self.scales {
        let a = Self.padded(
          storedA.values, rows: storedA.rows, columns: storedA.columns, padding: 3, with: .nan,
          Scalar.self)
        let b = Self.padded(
          storedB.values, rows: storedB.rows, columns: storedB.columns, padding: 1, with: .nan,
          Scalar.self)
        var c = Self.padded(
          beta == 0 ? Array(repeating: .nan, count: m * n) : initial, rows: m, columns: n,
          padding: 2, with: Self.mark, Scalar.self)
        gemm(
          transposeA, transposeB, m, n, k, Scalar(alpha), a, storedA.columns + 3,
          b, storedB.columns + 1, Scalar(beta), &c, n + 2)

        // k products and k − 1 sums make at most k roundings of each term; α, β and their sum
        // add three.
        let bound = roundingBound(k + 3, Scalar.self)
        let expected = (0..<m * n).map { alpha * product.values[$0] + beta * initial[$0] }
        let tolerances = (0..<m * n).map {
          bound * (abs(alpha) * magnitude.values[$0] + abs(beta) * initial[$0].magnitude)
        }
        Self.expect(
          c, rows: m, columns: n, padding: 2, equals: expected, within: tolerances,
          "gemm \(m)×\(n)×\(k), α \(alpha), β \(beta)")
      }
    }
  }

  typealias Syrk<Scalar> = (
    Triangle, Bool, Int, Int, Scalar, UnsafePointer<Scalar>, Int, Scalar,
    UnsafeMutablePointer<Scalar>, Int
  ) -> Void

  @Test(arguments: [Triangle.lower, .upper], [false, true])
  func syrkMatchesLoopsInOneTriangle(triangle: Triangle, transposeA: Bool) {
    checkSyrk(BLAS.syrk as Syrk<Float>, triangle, transposeA)
    checkSyrk(BLAS.syrk as Syrk<Double>, triangle, transposeA)
  }

  func checkSyrk<Scalar: BLASScalar>(
    _ syrk: Syrk<Scalar>, _ triangle: Triangle, _ transposeA: Bool
  ) {
    var random = SplitMix64(seed: 2)
    for (n, k) in [(1, 1), (3, 17), (17, 3), (64, 64), (129, 17), (17, 129), (0, 3), (3, 0)] {
      let stored = Reference(
        rows: transposeA ? k : n, columns: transposeA ? n : k, random.values(n * k))
      let initial = random.values(n * n)
      let left = transposeA ? stored.transposed : stored  // [n×k]
      let product = left * left.transposed
      let magnitude = left.magnitudes * left.magnitudes.transposed

      for (alpha, beta) in Self.scales {
        // The other triangle holds marks, which must stay.
        var start = initial
        var expected = initial
        var tolerances = initial
        // As for gemm: k + 3 roundings.
        let bound = roundingBound(k + 3, Scalar.self)
        for i in 0..<n {
          for j in 0..<n {
            let e = i * n + j
            if triangle == .lower ? j <= i : j >= i {
              start[e] = beta == 0 ? .nan : initial[e]
              expected[e] = alpha * product.values[e] + beta * initial[e]
              tolerances[e] =
                bound
                * (abs(alpha) * magnitude.values[e] + abs(beta) * initial[e].magnitude)
            } else {
              start[e] = Self.mark
              expected[e] = Self.mark
              tolerances[e] = 0
            }
          }
        }
        let a = Self.padded(
          stored.values, rows: stored.rows, columns: stored.columns, padding: 1, with: .nan,
          Scalar.self)
        var c = Self.padded(
          start, rows: n, columns: n, padding: 2, with: Self.mark, Scalar.self)
        syrk(
          triangle, transposeA, n, k, Scalar(alpha), a, stored.columns + 1, Scalar(beta),
          &c, n + 2)
        Self.expect(
          c, rows: n, columns: n, padding: 2, equals: expected, within: tolerances,
          "syrk \(n)×\(k), α \(alpha), β \(beta)")
      }
    }
  }

  typealias Trsm<Scalar> = (
    Side, Triangle, Bool, Bool, Int, Int, Scalar, UnsafePointer<Scalar>, Int,
    UnsafeMutablePointer<Scalar>, Int
  ) -> Void

  @Test(arguments: [Side.left, .right], [Triangle.lower, .upper])
  func trsmSolvesWithOneTriangle(side: Side, triangle: Triangle) {
    for transposeA in [false, true] {
      for unitDiagonal in [false, true] {
        checkTrsm(BLAS.trsm as Trsm<Float>, side, triangle, transposeA, unitDiagonal)
        checkTrsm(BLAS.trsm as Trsm<Double>, side, triangle, transposeA, unitDiagonal)
      }
    }
  }

  func checkTrsm<Scalar: BLASScalar>(
    _ trsm: Trsm<Scalar>, _ side: Side, _ triangle: Triangle, _ transposeA: Bool,
    _ unitDiagonal: Bool
  ) {
    var random = SplitMix64(seed: 3)
    for (m, n) in [(1, 1), (3, 17), (17, 3), (64, 1), (129, 17), (17, 129), (0, 3), (3, 0)] {
      let size = side == .left ? m : n
      // What is not to be read is NaN in `stored` and zero, or one, in `effective`. The diagonal
      // dominates, so the solution stays of order one.
      var stored = random.values(size * size)
      var effective = Reference(
        rows: size, columns: size, Array(repeating: 0, count: size * size))
      for i in 0..<size {
        for j in 0..<size {
          let e = i * size + j
          if i == j {
            stored[e] = unitDiagonal ? .nan : 1.5 + stored[e] / 4
            effective.values[e] = unitDiagonal ? 1 : stored[e]
          } else if (triangle == .lower) == (j < i) {
            stored[e] /= 128
            effective.values[e] = stored[e]
          } else {
            stored[e] = .nan
          }
        }
      }
      let operated = transposeA ? effective.transposed : effective
      let right = random.values(m * n)
      let alpha = -0.5
      let a = Self.padded(
        stored, rows: size, columns: size, padding: 2, with: .nan, Scalar.self)
      var b = Self.padded(
        right, rows: m, columns: n, padding: 1, with: Self.mark, Scalar.self)
      trsm(
        side, triangle, transposeA, unitDiagonal, m, n, Scalar(alpha), a, size + 2, &b, n + 1)

      var solution = Reference(rows: m, columns: n, [])
      for i in 0..<m {
        for j in 0..<n { solution.values.append(Double(b[i * (n + 1) + j])) }
      }
      let product = side == .left ? operated * solution : solution * operated
      let magnitude =
        side == .left
        ? operated.magnitudes * solution.magnitudes : solution.magnitudes * operated.magnitudes
      // Substitution solves a system whose elements are off by γₙ at most (Higham 2002, theorem
      // 8.5); α rounds once, and OpenBLAS multiplies by a rounded reciprocal of the diagonal,
      // which makes three roundings of the one division.
      let bound = roundingBound(size + 4, Scalar.self)
      var mistakes = 0
      for e in 0..<m * n {
        let error = (product.values[e] - alpha * right[e]).magnitude
        let tolerance = bound * (magnitude.values[e] + abs(alpha) * right[e].magnitude)
        if !(error <= tolerance) { mistakes += 1 }
      }
      for i in 0..<m where b[i * (n + 1) + n] != Scalar(Self.mark) { mistakes += 1 }
      #expect(mistakes == 0, "trsm \(m)×\(n), \(Scalar.self): \(mistakes) elements are wrong")
    }
  }

  // MARK: Matrix and vectors

  typealias Gemv<Scalar> = (
    Bool, Int, Int, Scalar, UnsafePointer<Scalar>, Int, UnsafePointer<Scalar>, Int, Scalar,
    UnsafeMutablePointer<Scalar>, Int
  ) -> Void

  @Test(arguments: [false, true], [1, 3])
  func gemvMatchesLoops(transposeA: Bool, increment: Int) {
    checkGemv(BLAS.gemv as Gemv<Float>, transposeA, increment)
    checkGemv(BLAS.gemv as Gemv<Double>, transposeA, increment)
  }

  func checkGemv<Scalar: BLASScalar>(
    _ gemv: Gemv<Scalar>, _ transposeA: Bool, _ increment: Int
  ) {
    var random = SplitMix64(seed: 4)
    for (m, n) in [(1, 1), (3, 17), (17, 3), (64, 129), (129, 64), (0, 3), (3, 0), (0, 0)] {
      let stored = Reference(rows: m, columns: n, random.values(m * n))
      let operated = transposeA ? stored.transposed : stored
      let vector = Reference(rows: operated.columns, columns: 1, random.values(operated.columns))
      let initial = random.values(operated.rows)
      let product = operated * vector
      let magnitude = operated.magnitudes * vector.magnitudes
      for (alpha, beta) in Self.scales {
        let a = Self.padded(
          stored.values, rows: m, columns: n, padding: 2, with: .nan, Scalar.self)
        // A vector with an increment is a column of a padded matrix.
        let x = Self.padded(
          vector.values, rows: vector.rows, columns: 1, padding: increment - 1, with: .nan,
          Scalar.self)
        var y = Self.padded(
          beta == 0 ? initial.map { _ in .nan } : initial, rows: operated.rows, columns: 1,
          padding: increment - 1, with: Self.mark, Scalar.self)
        gemv(
          transposeA, m, n, Scalar(alpha), a, n + 2, x, increment, Scalar(beta), &y, increment)
        let bound = roundingBound(operated.columns + 3, Scalar.self)
        Self.expect(
          y, rows: operated.rows, columns: 1, padding: increment - 1,
          equals: initial.indices.map { alpha * product.values[$0] + beta * initial[$0] },
          within: initial.indices.map {
            bound * (abs(alpha) * magnitude.values[$0] + abs(beta) * initial[$0].magnitude)
          },
          "gemv \(m)×\(n), α \(alpha), β \(beta)")
      }
    }
  }

  typealias Ger<Scalar> = (
    Int, Int, Scalar, UnsafePointer<Scalar>, Int, UnsafePointer<Scalar>, Int,
    UnsafeMutablePointer<Scalar>, Int
  ) -> Void

  @Test(arguments: [1, 3])
  func gerMatchesLoops(increment: Int) {
    checkGer(BLAS.ger as Ger<Float>, increment)
    checkGer(BLAS.ger as Ger<Double>, increment)
  }

  func checkGer<Scalar: BLASScalar>(_ ger: Ger<Scalar>, _ increment: Int) {
    var random = SplitMix64(seed: 5)
    for (m, n) in [(1, 1), (3, 17), (17, 3), (64, 129), (129, 64), (0, 3), (3, 0)] {
      let (left, right) = (random.values(m), random.values(n))
      let initial = random.values(m * n)
      let alpha = -0.5
      let x = Self.padded(
        left, rows: m, columns: 1, padding: increment - 1, with: .nan, Scalar.self)
      let y = Self.padded(
        right, rows: n, columns: 1, padding: increment - 1, with: .nan, Scalar.self)
      var a = Self.padded(
        initial, rows: m, columns: n, padding: 2, with: Self.mark, Scalar.self)
      ger(m, n, Scalar(alpha), x, increment, y, increment, &a, n + 2)
      let outer = (0..<m * n).map { left[$0 / n] * right[$0 % n] }
      // Two products and a sum.
      let bound = roundingBound(3, Scalar.self)
      Self.expect(
        a, rows: m, columns: n, padding: 2,
        equals: outer.indices.map { alpha * outer[$0] + initial[$0] },
        within: outer.indices.map {
          bound * (abs(alpha) * outer[$0].magnitude + initial[$0].magnitude)
        },
        "ger \(m)×\(n)")
    }
  }
}
