import Kernels
import Testing

/// The first level of BLAS against 64-bit loops.
@Suite struct BLASVectorTests {
  static let counts = [0, 1, 3, 17, 64, 129, 1000]

  /// One overload of every first-level routine, picked by the scalar's type.
  struct Routines<Scalar: Sendable>: Sendable {
    let axpy:
      @Sendable (Int, Scalar, UnsafePointer<Scalar>, Int, UnsafeMutablePointer<Scalar>, Int) -> Void
    let copy: @Sendable (Int, UnsafePointer<Scalar>, Int, UnsafeMutablePointer<Scalar>, Int) -> Void
    let dot: @Sendable (Int, UnsafePointer<Scalar>, Int, UnsafePointer<Scalar>, Int) -> Scalar
    let nrm2: @Sendable (Int, UnsafePointer<Scalar>, Int) -> Scalar
    let scal: @Sendable (Int, Scalar, UnsafeMutablePointer<Scalar>, Int) -> Void
  }

  static let float = Routines<Float>(
    axpy: BLAS.axpy, copy: BLAS.copy, dot: BLAS.dot, nrm2: BLAS.nrm2, scal: BLAS.scal)
  static let double = Routines<Double>(
    axpy: BLAS.axpy, copy: BLAS.copy, dot: BLAS.dot, nrm2: BLAS.nrm2, scal: BLAS.scal)

  @Test(arguments: counts, [1, 3])
  func vectorRoutinesMatchLoops(count: Int, increment: Int) {
    check(Self.float, count, increment)
    check(Self.double, count, increment)
  }

  func check<Scalar: BLASScalar>(_ routines: Routines<Scalar>, _ count: Int, _ increment: Int) {
    var random = SplitMix64(seed: 6)
    let (left, right) = (random.values(count), random.values(count))
    let padding = increment - 1
    func strided(_ values: [Double], with filler: Double) -> [Scalar] {
      BLASTests.padded(
        values, rows: count, columns: 1, padding: padding, with: filler, Scalar.self)
    }
    func expect(
      _ result: [Scalar], equals expected: [Double], within tolerances: [Double],
      _ label: String
    ) {
      BLASTests.expect(
        result, rows: count, columns: 1, padding: padding, equals: expected,
        within: tolerances, label)
    }
    let x = strided(left, with: .nan)
    let alpha = 0.1  // rounded to Scalar before use, below as well
    let scale = Double(Scalar(alpha))

    // A product and a sum.
    var y = strided(right, with: BLASTests.mark)
    routines.axpy(count, Scalar(alpha), x, increment, &y, increment)
    expect(
      y, equals: zip(left, right).map { scale * $0 + $1 },
      within: zip(left, right).map {
        roundingBound(2, Scalar.self) * (abs(scale * $0) + abs($1))
      }, "axpy \(count)")

    y = strided(right, with: BLASTests.mark)
    routines.copy(count, x, increment, &y, increment)
    expect(y, equals: left, within: left.map { _ in 0 }, "copy \(count)")

    y = strided(left, with: BLASTests.mark)
    routines.scal(count, Scalar(alpha), &y, increment)
    expect(
      y, equals: left.map { scale * $0 },
      within: left.map { roundingBound(1, Scalar.self) * abs(scale * $0) }, "scal \(count)")

    // Every product passes through at most `count` roundings.
    let inner = zip(left, right).reduce(0) { $0 + $1.0 * $1.1 }
    let magnitude = zip(left, right).reduce(0) { $0 + abs($1.0 * $1.1) }
    let dot = routines.dot(count, x, increment, strided(right, with: .nan), increment)
    #expect(abs(Double(dot) - inner) <= roundingBound(count, Scalar.self) * magnitude)

    // The root halves the relative error of the sum; scaling against overflow and the root
    // itself add three roundings.
    let norm = left.reduce(0) { $0 + $1 * $1 }.squareRoot()
    let computed = Double(routines.nrm2(count, x, increment))
    #expect(abs(computed - norm) <= roundingBound(count + 3, Scalar.self) * norm)
  }

  @Test func normDoesNotOverflow() {
    // 3-4-5 near the largest finite number: the squares overflow.
    let scale = Float.greatestFiniteMagnitude / 8
    #expect(abs([3 * scale, 4 * scale].euclideanNorm / (5 * scale) - 1) <= 4 * .ulpOfOne)
    let large = Double.greatestFiniteMagnitude / 8
    #expect(abs([3 * large, 4 * large].euclideanNorm / (5 * large) - 1) <= 4 * .ulpOfOne)
  }

  @Test func arraysReachTheSameRoutines() {
    var y: [Float] = [1, 2, 3]
    y.add([1, 1, 2], scaledBy: 2)
    #expect(y == [3, 4, 7])
    y.scale(by: 0.5)
    #expect(y == [1.5, 2, 3.5])
    #expect(y.dot([2, 1, 2]) == 12)
    #expect([Double]([3, 4]).euclideanNorm == 5)
    #expect([Double]().euclideanNorm == 0 && [Float]().dot([]) == 0)
  }
}
