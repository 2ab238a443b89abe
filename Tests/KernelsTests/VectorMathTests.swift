import CVector
import Foundation
import Testing

@testable import Kernels

/// Each function against the C library in 64 bits, whose own error is invisible here. An error is given
/// in units in the last place of the exact value rounded to a float; where that overflows, the
/// value is taken for 2¹²⁸ on both sides.
@Suite struct VectorMathTests {
  /// Every float of a range in steps of so many bit patterns, and −x of each.
  static func ladder(_ range: ClosedRange<Float>, step: UInt32) -> [Float] {
    stride(from: range.lowerBound.bitPattern, through: range.upperBound.bitPattern, by: Int(step))
      .flatMap { [Float(bitPattern: $0), -Float(bitPattern: $0)] }
  }

  /// Every 9973rd bit pattern: all exponents, both signs, subnormals and NaNs.
  static let everywhere: [Float] = stride(from: UInt32(0), through: .max, by: 9973)
    .map { Float(bitPattern: $0) }

  static let edges: [Float] = [
    0, -0.0, 1, -1, .leastNonzeroMagnitude, -.leastNonzeroMagnitude, .leastNormalMagnitude,
    -.leastNormalMagnitude, Float.leastNormalMagnitude.nextDown, .greatestFiniteMagnitude,
    -.greatestFiniteMagnitude, .ulpOfOne, -.ulpOfOne, 1 - .ulpOfOne, 1 + .ulpOfOne, 1e-10, -1e-10,
    0.5, 0.70710677, 0.70710683, 2, 20, -20, 88, 88.72283, 88.72284, 88.73, 89, 104, -87.33654,
    -87.33655, -103.97208, -103.97209, -104, -105,
  ]

  static let dense = edges + everywhere + ladder(1e-6...1, step: 211) + ladder(1...128, step: 61)

  static func evaluate(_ x: [Float], _ f: (Lanes) -> Lanes) -> [Float] {
    var result: [Float] = []
    result.reserveCapacity(x.count + 16)
    for start in stride(from: 0, to: x.count, by: 16) {
      var lanes = Lanes(repeating: 0)
      let count = min(16, x.count - start)
      for lane in 0..<count { lanes[lane] = x[start + lane] }
      let y = f(lanes)
      for lane in 0..<count { result.append(y[lane]) }
    }
    return result
  }

  struct Worst {
    var error = 0.0
    var x = Float.nan
    var nanMismatches: [Float] = []

    mutating func see(_ error: Double, at x: Float) {
      if error > self.error { (self.error, self.x) = (error, x) }
    }
  }

  /// The largest error of f over the points, measured by `unit(exact)`; NaN must meet NaN.
  static func worst(
    _ points: [Float], _ f: (Lanes) -> Lanes, exact: (Double) -> Double,
    unit: (Double) -> Double = ulp
  ) -> Worst {
    var worst = Worst()
    for (x, y) in zip(points, evaluate(points, f)) {
      let expected = exact(Double(x))
      if expected.isNaN || y.isNaN {
        if !(expected.isNaN && y.isNaN) { worst.nanMismatches.append(x) }
        continue
      }
      worst.see(abs(finite(Double(y)) - finite(expected)) / unit(expected), at: x)
    }
    return worst
  }

  static func finite(_ x: Double) -> Double { min(max(x, -0x1p128), 0x1p128) }

  /// The unit in the last place of the float nearest to a value.
  static func ulp(_ exact: Double) -> Double {
    let nearest = Float(exact)
    return nearest.isInfinite ? 0x1p104 : Double(max(nearest.magnitude.ulp, .leastNonzeroMagnitude))
  }

  /// 2⁻²³ of the exact value, and not less than three of the smallest subnormals.
  static func epsilon(_ exact: Double) -> Double { max(abs(exact) * 0x1p-23, 0x1p-149) }

  private func expect(_ worst: Worst, _ bound: Double) {
    #expect(worst.error <= bound, "at \(worst.x), bits \(worst.x.bitPattern)")
    #expect(worst.nanMismatches.isEmpty)
  }

  @Test func expIsWithinTwoUnits() {
    expect(Self.worst(Self.dense, { Kernels.exp($0) }, exact: { Foundation.exp($0) }), 2)
  }

  @Test func expm1IsWithinTwoUnits() {
    expect(Self.worst(Self.dense, { Kernels.expm1($0) }, exact: { Foundation.expm1($0) }), 2)
  }

  @Test func logIsWithinTwoUnits() {
    let near = Self.ladder(0.5...2, step: 7)
    expect(Self.worst(Self.dense + near, { Kernels.log($0) }, exact: { Foundation.log($0) }), 2)
  }

  @Test func log1pIsWithinThreeUnits() {
    let near = Self.ladder(0.25...0.99999994, step: 7)
    expect(
      Self.worst(Self.dense + near, { Kernels.log1p($0) }, exact: { Foundation.log1p($0) }), 3)
  }

  /// e^−|x| is off by 2ε relatively, which log1p passes on at most whole and adds 3ε to; the last sum
  /// rounds by ½ε: with ε = 2⁻²³, 5½ε relatively, or 2 + 3 of the smallest subnormals in the tail.
  @Test func softplusIsWithinSixEpsilons() {
    let worst = Self.worst(
      Self.dense, { Kernels.softplus($0) },
      exact: { max($0, 0) + Foundation.log1p(Foundation.exp(-abs($0))) }, unit: Self.epsilon)
    expect(worst, 6)
  }

  /// e = e^−|x| is off by 2ε; the numerator by as much, the denominator 1 + e by e/(1 + e)·2ε ≤ ε and
  /// ½ε for its rounding, and the quotient rounds by ½ε.
  @Test func sigmoidIsWithinFourEpsilonsInBothTails() {
    let worst = Self.worst(
      Self.dense, { Kernels.sigmoid($0) },
      exact: {
        $0 < 0 ? Foundation.exp($0) / (1 + Foundation.exp($0)) : 1 / (1 + Foundation.exp(-$0))
      },
      unit: Self.epsilon)
    expect(worst, 4)
  }

  /// t = e^−2|x| − 1 is off by 2ε; t/(t + 2) has condition 2/(t + 2) ≤ 2, and two roundings of ½ε.
  @Test func tanhIsWithinFiveEpsilons() {
    let worst = Self.worst(
      Self.dense, { Kernels.tanh($0) }, exact: { Foundation.tanh($0) }, unit: Self.epsilon)
    expect(worst, 5)
  }

  @Test func normalCumulativeIsWithinItsRelativeBound() {
    let points = Self.dense.filter { $0 >= -9 || $0.isNaN } + Self.ladder(1...9, step: 23)
    let worst = Self.worst(
      points, { Kernels.normalCumulative($0) }, exact: { 0.5 * erfc(-$0 / 2.0.squareRoot()) },
      unit: { abs($0) })
    expect(worst, 5e-6)
    let tail = Self.evaluate([-.infinity, -40, -20, .infinity, 40], { normalCumulative($0) })
    #expect(tail[0] == 0 && tail[1] == 0 && tail[2] >= 0 && tail[2] < 1e-37)
    #expect(tail[3] == 1 && tail[4] == 1)
  }

  @Test func sineAndCosineAreWithinTwoUnitsOfOne() {
    let turns = Self.ladder(1e-8...0.99999994, step: 97).filter { $0 > 0 } + [0, 0.25, 0.5, 0.75]
    let sine = Self.worst(
      turns, { sineAndCosine(ofTurns: $0).sine }, exact: { sin(2 * .pi * $0) },
      unit: { _ in 0x1p-23 })
    expect(sine, 2)
    let cosine = Self.worst(
      turns, { sineAndCosine(ofTurns: $0).cosine }, exact: { cos(2 * .pi * $0) },
      unit: { _ in 0x1p-23 })
    expect(cosine, 2)
  }

  @Test func quarterTurnsAreExact() {
    let turns: [Float] = [0, 0.25, 0.5, 0.75]
    #expect(Self.evaluate(turns) { sineAndCosine(ofTurns: $0).sine } == [0, 1, 0, -1])
    #expect(Self.evaluate(turns) { sineAndCosine(ofTurns: $0).cosine } == [1, 0, -1, 0])
  }

  @Test func limitsAreExact() {
    let infinity = Float.infinity
    let smallest = Float.leastNonzeroMagnitude
    #expect(
      Self.evaluate([-infinity, -104, 0, -0.0, 88.73, infinity]) { Kernels.exp($0) }
        == [0, 0, 1, 1, infinity, infinity])
    #expect(
      Self.evaluate([-infinity, -30, 0, smallest, infinity]) { Kernels.expm1($0) }
        == [-1, -1, 0, smallest, infinity])
    #expect(
      Self.evaluate([0, -0.0, 1, infinity]) { Kernels.log($0) } == [
        -infinity, -infinity, 0, infinity,
      ])
    #expect(
      Self.evaluate([-1, -smallest, -infinity, .nan]) { Kernels.log($0) }.filter(\.isNaN).count == 4
    )
    #expect(
      Self.evaluate([-1, 0, smallest, infinity]) { Kernels.log1p($0) }
        == [-infinity, 0, smallest, infinity])
    #expect(Self.evaluate([-infinity, infinity]) { Kernels.softplus($0) } == [0, infinity])
    #expect(Self.evaluate([-infinity, 0, infinity]) { Kernels.sigmoid($0) } == [0, 0.5, 1])
    #expect(
      Self.evaluate([-infinity, -smallest, infinity]) { Kernels.tanh($0) } == [-1, -smallest, 1])
  }

  @Test func signOfZeroSurvivesOddFunctions() {
    for f in [{ Kernels.expm1($0) }, { Kernels.log1p($0) }, { Kernels.tanh($0) }]
      as [(Lanes) -> Lanes]
    {
      let y = Self.evaluate([0, -0.0], f)
      #expect(y[0] == 0 && y[0].sign == .plus)
      #expect(y[1] == 0 && y[1].sign == .minus)
    }
  }
}
