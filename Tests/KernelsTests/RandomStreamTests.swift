import Foundation
import TestSupport
import Testing

@testable import Kernels

/// Fixed seeds make every run the same; the critical values are those of tests at a level of 1 in 10⁴
/// or rarer, so that a correct generator would fail for hardly any seed.
@Suite struct RandomStreamTests {
  static func gaussian(
    _ stream: RandomStream, rows: Int, columns: Int, stride: Int? = nil, step: Int = 0,
    firstRow: Int = 0
  ) -> [[Float]] {
    let stride = stride ?? columns
    let arena = Arena(count: rows * stride + 16)
    let matrix = MatrixView(
      base: arena.vector.base, rows: rows, columns: columns, stride: stride)
    stream.fillGaussian(matrix, step: step, firstRow: firstRow)
    return (0..<rows).map { matrix.row($0).array }
  }

  @Test func anElementDependsOnItsPlaceAlone() {
    let stream = RandomStream(seed: 7)
    let whole = Self.gaussian(stream, rows: 24, columns: 130, step: 3)
    for columns in [1, 2, 3, 4, 5, 15, 16, 17, 63, 64, 129] {
      for (first, rows) in [(0, 24), (0, 1), (5, 3), (23, 1), (7, 16)] {
        let part = Self.gaussian(
          stream, rows: rows, columns: columns, stride: columns + 3, step: 3, firstRow: first)
        for row in 0..<rows { #expect(part[row] == Array(whole[first + row][..<columns])) }
      }
    }
  }

  @Test func uniformAndBernoulliDependOnTheirPlaceAlone() {
    let stream = RandomStream(seed: 8)
    let whole = Arena(count: 9 * 37)
    let part = Arena(count: 2 * 21)
    let (all, some) = (
      whole.vector.matrix(rows: 9, columns: 37), part.vector.matrix(rows: 2, columns: 21)
    )
    stream.fillUniform(all, step: 1, firstRow: 0)
    stream.fillUniform(some, step: 1, firstRow: 6)
    for row in 0..<2 { #expect(some.row(row).array == Array(all.row(6 + row).array[..<21])) }
    stream.fillBernoulli(all, probability: 0.3, step: 1, firstRow: 0)
    stream.fillBernoulli(some, probability: 0.3, step: 1, firstRow: 6)
    for row in 0..<2 { #expect(some.row(row).array == Array(all.row(6 + row).array[..<21])) }
  }

  @Test func nothingOutsideTheViewIsWritten() {
    let arena = Arena(count: 5 * 24)
    arena.vector.fill(-77)
    let matrix = arena.vector.matrix(rows: 5, columns: 24).columns(3..<16)
    RandomStream(seed: 1).fillGaussian(matrix, step: 0, firstRow: 0)
    for row in 0..<5 {
      for column in 0..<24 where !(3..<16).contains(column) {
        #expect(arena.vector[row * 24 + column] == -77)
      }
    }
  }

  /// The definition, written out with the C library: words (0, 1) of counter (column/4, row, step,
  /// tag) give columns 4b and 4b+1. The radius carries log's 2 units, halved by the root, the root's and
  /// product's roundings, and sine or cosine 2·2⁻²³ absolutely: |x|·4·2⁻²³ + r·3·2⁻²³ is ample
  /// and far from any other number's.
  @Test func numbersAreBoxAndMullersOfPhilox() {
    let stream = RandomStream(seed: 0x1234_5678_9ABC_DEF0, purpose: .latentNoise, lane: 5)
    let values = Self.gaussian(stream, rows: 3, columns: 10, step: 9, firstRow: 100)
    for row in 0..<3 {
      for column in 0..<10 {
        let words = philox(
          counter: (UInt32(column / 4), UInt32(100 + row), 9, 3 << 24 | 5),
          key: (0x9ABC_DEF0, 0x1234_5678))
        let (first, second) = column % 4 < 2 ? (words.0, words.1) : (words.2, words.3)
        let radius = (-2 * log((Double(first) + 0.5) / 0x1p32)).squareRoot()
        let angle = 2 * Double.pi * Double(second >> 8) / 0x1p24
        let expected = radius * (column % 2 == 0 ? cos(angle) : sin(angle))
        #expect(abs(Double(values[row][column]) - expected) <= 7 * radius * 0x1p-23)
      }
    }
  }

  @Test func uniformsAreMultiplesOfTwoToTheMinus24BelowOne() {
    let values = RandomStream(seed: 3).uniform(count: 100_000)
    #expect(values.allSatisfy { $0 >= 0 && $0 < 1 })
    #expect(values.allSatisfy { ($0 * 0x1p24).rounded() == $0 * 0x1p24 })
  }

  // Kolmogorov and Smirnov: P(√n·D > t) ≈ 2·exp(−2t²) is 10⁻⁴ at t = √(ln(2·10⁴)/2) = 2.2252.
  private static func kolmogorov(_ values: [Float], _ cumulative: (Double) -> Double) -> Double {
    let sorted = values.map(Double.init).sorted()
    let n = Double(sorted.count)
    var largest = 0.0
    for (index, value) in sorted.enumerated() {
      let p = cumulative(value)
      largest = max(largest, p - Double(index) / n, Double(index + 1) / n - p)
    }
    return largest * n.squareRoot()
  }

  @Test(arguments: [1, 2, 3, 0xFFFF_FFFF_FFFF])
  func uniformsFollowTheUniformDistribution(seed: UInt64) {
    let values = RandomStream(seed: seed).uniform(count: 200_000)
    #expect(Self.kolmogorov(values) { $0 } < 2.2252)
  }

  @Test(arguments: [1, 2, 3, 0xFFFF_FFFF_FFFF])
  func normalsFollowTheNormalDistribution(seed: UInt64) {
    let values = RandomStream(seed: seed).gaussian(count: 200_000)
    #expect(Self.kolmogorov(values) { 0.5 * erfc(-$0 / 2.0.squareRoot()) } < 2.2252)
  }

  /// The first four sample moments of n standard normals have the deviations 1/√n, √(2/n), √(15/n) and
  /// √(96/n): E x⁶ = 15, E x⁸ − (E x⁴)² = 105 − 9. Four deviations each: 6 in 10⁵.
  @Test func normalsHaveTheirMoments() {
    let n = 1_000_000
    let values = RandomStream(seed: 11).gaussian(count: n)
    for (power, exact, variance) in [(1.0, 0.0, 1.0), (2, 1, 2), (3, 0, 15), (4, 3, 96)] {
      let mean = values.reduce(0) { $0 + pow(Double($1), power) } / Double(n)
      #expect(abs(mean - exact) < 4 * (variance / Double(n)).squareRoot(), "power \(power)")
    }
  }

  /// P(|x| > 4) = 6.334·10⁻⁵: of 2·10⁶ numbers 126.7 ± 11.3 on the average, within four deviations.
  @Test func tailsHaveTheirWeight() {
    let values = RandomStream(seed: 12).gaussian(count: 2_000_000)
    let beyond = Double(values.count { abs($0) > 4 })
    #expect(abs(beyond - 126.7) < 45)
  }

  /// The smallest uniform is ½·2⁻³², so no radius exceeds √(66 ln 2) = 6.7637.
  @Test func noNormalIsBeyondItsBound() {
    #expect((66 * log(2.0)).squareRoot() < 6.77)
    let values = RandomStream(seed: 13).gaussian(count: 1_000_000)
    #expect(values.allSatisfy { $0.isFinite && abs($0) < 6.77 })
  }

  /// The correlation of n independent pairs has a deviation of 1/√n; with 55 pairs of streams, and 36
  /// neighbours in one stream, 4.5 deviations are passed by chance once in 1,600.
  @Test func purposesStepsLanesSeedsAndNeighboursAreUncorrelated() {
    let n = 40_000
    var rows: [[Float]] = []
    for purpose in [RandomPurpose.general, .latentNoise, .dropout, .sampling] {
      rows.append(RandomStream(seed: 5, purpose: purpose).gaussian(count: n))
    }
    for lane in 1...3 {
      rows.append(RandomStream(seed: 5, purpose: .latentNoise, lane: lane).gaussian(count: n))
    }
    rows.append(RandomStream(seed: 5).gaussian(count: n, step: 1))
    rows.append(RandomStream(seed: 5).gaussian(count: n, step: 2))
    rows.append(RandomStream(seed: 6).gaussian(count: n))
    rows.append(RandomStream(seed: 5 | 1 << 32).gaussian(count: n))
    let critical = 4.5 * Double(n).squareRoot()
    for i in rows.indices {
      for j in rows.indices where j < i {
        #expect(abs(innerProduct(rows[i], rows[j])) < critical, "streams \(i) and \(j)")
      }
    }
    let long = RandomStream(seed: 5).gaussian(count: n + 36)
    for lag in 1...36 {
      let product = innerProduct(Array(long[..<n]), Array(long[lag..<lag + n]))
      #expect(abs(product) < critical, "lag \(lag)")
    }
    let next = Self.gaussian(RandomStream(seed: 5), rows: 2, columns: n)
    #expect(abs(innerProduct(next[0], next[1])) < critical)
  }

  /// The two numbers of a Box–Muller pair share their radius: their squares must be uncorrelated as well.
  /// Var(x²y²) − (E)² gives Σ(x²−1)(y²−1) a deviation of 2√n.
  @Test func pairsAreIndependentInTheirSquares() {
    let n = 200_000
    let values = RandomStream(seed: 17).gaussian(count: 2 * n).map { Double($0 * $0) - 1 }
    let sum = (0..<n).reduce(0.0) { $0 + values[2 * $1] * values[2 * $1 + 1] }
    #expect(abs(sum) < 4.5 * 2 * Double(n).squareRoot())
  }

  /// A binomial count's deviation is √(n·p·(1 − p)).
  @Test(arguments: [0, 0.1, 0.5, 0.999, 1] as [Float])
  func bernoulliHasItsProbability(p: Float) {
    let n = 200_000
    let values = RandomStream(seed: 21).bernoulli(probability: p, count: n)
    #expect(values.allSatisfy { $0 == 0 || $0 == 1 })
    let ones = Double(values.count { $0 == 1 })
    let deviation = (Double(n) * Double(p) * (1 - Double(p))).squareRoot()
    #expect(abs(ones - Double(n) * Double(p)) <= 4 * deviation + Double(n) * 0x1p-24)
  }

  @Test(arguments: [0, 1, 2, 3, 100, 10_007])
  func permutationHasEveryNumberOnce(count: Int) {
    let order = RandomStream(seed: 4).permutation(count: count)
    #expect(order.sorted() == Array(0..<count))
    #expect(order == RandomStream(seed: 4).permutation(count: count))
    if count > 3 { #expect(order != RandomStream(seed: 4).permutation(count: count, step: 1)) }
  }

  /// Pearson's χ² over the n! orders. Its mean is n! − 1 and Wilson and Hilferty's cube gives the
  /// quantile: ν(1 − 2/(9ν) + z√(2/(9ν)))³ at z = 3.72 (1 in 10⁴).
  @Test(arguments: [2, 3, 4, 5])
  func everyOrderIsEquallyLikely(count: Int) {
    let orders = (1...count).reduce(1, *)
    let draws = 200 * orders
    var seen: [[Int]: Int] = [:]
    let stream = RandomStream(seed: 31, purpose: .shuffle)
    for step in 0..<draws { seen[stream.permutation(count: count, step: step), default: 0] += 1 }
    #expect(seen.count == orders)
    let statistic = seen.values.reduce(0.0) { $0 + pow(Double($1) - 200, 2) / 200 }
    let nu = Double(orders - 1)
    let critical = nu * pow(1 - 2 / (9 * nu) + 3.72 * (2 / (9 * nu)).squareRoot(), 3)
    #expect(statistic < critical)
  }

  @Test func shuffleKeepsTheElements() {
    var letters = Array("variational")
    RandomStream(seed: 2).shuffle(&letters)
    #expect(letters.sorted() == Array("variational").sorted())
    #expect(String(letters) != "variational")
  }

  /// The definition, one number at a time.
  private static func binarised(
    _ p: Float, column: Int, row: Int, step: Int, stream: (tag: UInt32, key: (UInt32, UInt32))
  ) -> Float {
    let words = philox(
      counter: (
        UInt32(16 * (column / 64) + column % 16), UInt32(row), UInt32(step), stream.tag
      ), key: stream.key)
    let word = [words.0, words.1, words.2, words.3][column % 64 / 16]
    return Double(word >> 8) / 0x1p24 < Double(p) ? 1 : 0
  }

  @Test(arguments: [1, 15, 16, 17, 63, 64, 65, 200])
  func binarisingIsThresholdingPhiloxByPlace(count: Int) {
    let stream = RandomStream(seed: 0x1234_5678_9ABC_DEF0, purpose: .binarisation, lane: 1)
    var numbers = TestNumbers(seed: 3)
    let probabilities = numbers.floats(count).map { abs($0) }
    // What lies beside the values stays.
    let arena = Arena(count: count + 2)
    arena.vector.assign([-7] + probabilities + [-7])
    stream.binarise(arena.vector.slice(1, count: count), step: 5, row: 1_000)
    let expected = probabilities.enumerated().map { column, p in
      Self.binarised(
        p, column: column, row: 1_000, step: 5,
        stream: (8 << 24 | 1, (0x9ABC_DEF0, 0x1234_5678)))
    }
    #expect(arena.vector.array == [-7] + expected + [-7])
  }

  @Test func zerosAndOnesSurviveBinarising() {
    let values = (0..<10_000).map { Float($0 % 2) }
    let arena = Arena(count: values.count)
    arena.vector.assign(values)
    RandomStream(seed: 1).binarise(arena.vector, step: 0, row: 0)
    #expect(arena.vector.array == values)
  }

  /// The ones among n draws have the deviation √(np(1 − p)); 4½ of them, over rows and over steps.
  @Test(arguments: [0.001, 0.25, 0.5, 0.9] as [Float])
  func onesComeWithTheirProbability(p: Float) {
    let (rows, columns) = (400, 784)
    let arena = Arena(count: columns)
    for (isRow, stream) in [(true, RandomStream(seed: 5)), (false, RandomStream(seed: 6))] {
      var ones = 0.0
      for index in 0..<rows {
        arena.vector.fill(p)
        stream.binarise(arena.vector, step: isRow ? 3 : index, row: isRow ? index : 3)
        ones += arena.vector.array.reduce(0) { $0 + Double($1) }
      }
      let (n, probability) = (Double(rows * columns), Double(p))
      #expect(
        abs(ones - n * probability) <= 4.5 * (n * probability * (1 - probability)).squareRoot())
    }
  }

  @Test func emptyDrawsAreEmpty() {
    let stream = RandomStream(seed: 1)
    #expect(stream.uniform(count: 0).isEmpty && stream.gaussian(count: 0).isEmpty)
    #expect(stream.permutation(count: 0).isEmpty)
  }
}
