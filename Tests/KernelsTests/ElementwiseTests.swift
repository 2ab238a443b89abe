import Foundation
import TestSupport
import Testing

@testable import Kernels

@Suite struct ElementwiseTests {
  /// A vector of `count` in the middle of an arena whose other elements must keep their value.
  struct Guarded {
    let arena: Arena
    let view: VectorView
    static let mark: Float = -12345

    init(_ values: [Float], offset: Int = 5) {
      arena = Arena(count: values.count + 2 * 24)
      arena.vector.fill(Self.mark)
      view = arena.vector(at: offset, count: values.count)
      view.assign(values)
    }

    /// Whether nothing around the vector was written.
    var isIntact: Bool {
      let all = arena.vector.array
      return all[..<5].allSatisfy { $0 == Self.mark }
        && all[(5 + view.count)...].allSatisfy { $0 == Self.mark }
    }
  }

  static let lengths = Array(0...40) + [63, 64, 65, 255, 4095, 4096, 4097, 10_000]

  @Test(arguments: lengths)
  func mapsReachEveryElementAndNoOther(count: Int) {
    var numbers = TestNumbers(seed: count)
    let (a, b, c) = (numbers.floats(count), numbers.floats(count), numbers.floats(count))
    let (x, y, z) = (Guarded(a), Guarded(b), Guarded(c))
    let out = Guarded([Float](repeating: 9, count: count))
    mapLanes(x.view, into: out.view) { $0 + 1 }
    #expect(out.view.array == a.map { $0 + 1 } && out.isIntact)
    // Products of these numbers are exact, so any order and any fusing gives the same.
    mapLanes(x.view, y.view, into: out.view) { $0 * $1 }
    #expect(out.view.array == zip(a, b).map { $0 * $1 } && out.isIntact)
    mapLanes(x.view, y.view, z.view, into: out.view) { $0 - $1 - $2 }
    #expect(out.view.array == (0..<count).map { a[$0] - b[$0] - c[$0] } && out.isIntact)
    // In place, over each operand.
    mapLanes(x.view, y.view, into: y.view) { $0 - $1 }
    #expect(y.view.array == zip(a, b).map { $0 - $1 } && y.isIntact)
    mapLanes(x.view, y.view, z.view, into: z.view) { $0 + $1 + $2 }
    #expect(
      z.view.array == (0..<count).map { a[$0] + (a[$0] - b[$0]) + c[$0] } && z.isIntact)
    mapLanes(x.view, into: x.view) { -$0 }
    #expect(x.view.array == a.map { -$0 } && x.isIntact)
  }

  /// Sixteen sums of at most 256 terms in float: 257 roundings, products exact here.
  @Test(arguments: lengths)
  func sumsAgreeWithDouble(count: Int) {
    var numbers = TestNumbers(seed: 100 + count)
    let (a, b) = (numbers.floats(count), numbers.floats(count))
    let (x, y) = (Guarded(a), Guarded(b))
    let terms = zip(a, b).map { Double($0) * Double($1) }
    let exact = terms.reduce(0, +)
    let bound = sumBound(257) * terms.reduce(0) { $0 + abs($1) }
    #expect(abs(sumLanes(x.view, y.view) { $0 * $1 } - exact) <= bound)
    let out = Guarded([Float](repeating: 0, count: count))
    let total = sumLanes(x.view, y.view, into: out.view) { ($0 * $1, $0 + $1) }
    #expect(abs(total - exact) <= bound)
    #expect(out.view.array == zip(a, b).map { $0 + $1 } && out.isIntact)
    let squares = a.reduce(0) { $0 + Double($1) * Double($1) }
    #expect(abs(x.view.sumOfSquares - squares) <= sumBound(257) * squares)
  }

  /// A term's share of the padding in the tail must not count, even where f(0, 0) is not zero.
  @Test(arguments: 0...40)
  func paddingOfTheTailDoesNotCount(count: Int) {
    let x = Guarded([Float](repeating: 0, count: count))
    #expect(sumLanes(x.view, x.view) { $0 + $1 + 1 } == Double(count))
    #expect(sumLanes(x.view, x.view, into: x.view) { ($0 + $1 + 1, $0) } == Double(count))
  }

  /// Over a million equal terms one float sum would stop growing at 2²⁴; sixteen short ones don't.
  @Test func longSumsKeepTheirPrecision() {
    let x = Arena(count: 3_000_001)
    x.vector.fill(1.1)
    let exact = 3_000_001 * Double(Float(1.1) * Float(1.1))
    #expect(abs(x.vector.sumOfSquares - exact) <= sumBound(258) * exact)
  }

  @Test func widenedSumAddsInDouble() {
    var lanes = Lanes(repeating: 0)
    lanes[0] = 0x1p60
    lanes[7] = 1
    lanes[15] = -0x1p60
    #expect(widenedSum(lanes) == 0)  // 2⁶⁰ + 1 rounds to 2⁶⁰ in 64 bits
    lanes[0] = 0x1p40
    lanes[15] = -0x1p40
    #expect(widenedSum(lanes) == 1)
  }

  @Test(arguments: 0...40)
  func scaleAndAddAreExactOnShortNumbers(count: Int) {
    var numbers = TestNumbers(seed: 200 + count)
    let (a, b) = (numbers.floats(count), numbers.floats(count))
    let (x, y) = (Guarded(a), Guarded(b))
    x.view.scale(by: 0.5)
    #expect(x.view.array == a.map { $0 / 2 } && x.isIntact)
    x.view.add(y.view)
    #expect(x.view.array == zip(a, b).map { $0 / 2 + $1 } && x.isIntact)
    x.view.add(y.view, times: -2)
    #expect(x.view.array == zip(a, b).map { $0 / 2 - $1 } && x.isIntact)
  }

  @Test(arguments: [1, 15, 16, 17, 33, 5000])
  func oneBadElementAnywhereIsSeen(count: Int) {
    let x = Arena(count: count)
    x.vector.fill(.greatestFiniteMagnitude)
    #expect(x.vector.isFinite)
    for index in Set([0, count / 2, count - 1]) {
      for bad in [Float.nan, .infinity, -.infinity] {
        x.vector[index] = bad
        #expect(!x.vector.isFinite)
      }
      x.vector[index] = 0
    }
  }

  @Test func anEmptyVectorIsFiniteWithSumZero() {
    let x = Arena(count: 0)
    #expect(x.vector.isFinite && x.vector.sumOfSquares == 0)
  }

  /// Division of floats is correctly rounded: the nearest float to the quotient.
  @Test(arguments: [255, 1, 127.5, 256] as [Float])
  func everyByteBecomesTheNearestFloat(divisor: Float) {
    let bytes = (0...255).map { UInt8($0) }
    let x = Guarded([Float](repeating: 0, count: 256))
    convertBytes(bytes[...], into: x.view, dividedBy: divisor)
    #expect(x.view.array == (0...255).map { Float(Double($0) / Double(divisor)) })
    #expect(x.isIntact)
    if divisor == 255 { #expect(x.view[255] == 1) }
  }

  @Test(arguments: 0...40)
  func bytesOfAnySliceAreConverted(count: Int) {
    let bytes = (0..<100).map { UInt8(($0 * 37) % 256) }
    let x = Guarded([Float](repeating: 0, count: count))
    convertBytes(bytes[11..<11 + count], into: x.view, dividedBy: 1)
    #expect(x.view.array == bytes[11..<11 + count].map { Float($0) } && x.isIntact)
  }
}
