import CVector
import TestSupport
import Testing

@testable import Kernels

/// Known answers of Random123's test vectors, `philox4x32 10`.
@Suite struct PhiloxTests {
  struct Answer: Sendable, CustomTestStringConvertible {
    let counter: [UInt32]
    let key: [UInt32]
    let words: [UInt32]
    var testDescription: String { "counter \(counter), key \(key)" }
  }

  static let answers = [
    Answer(
      counter: [0, 0, 0, 0], key: [0, 0],
      words: [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
    Answer(
      counter: [.max, .max, .max, .max], key: [.max, .max],
      words: [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]),
    Answer(
      counter: [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344],
      key: [0xa409_3822, 0x299f_31d0],
      words: [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]),
  ]

  static func scalar(_ c: [UInt32], _ k: [UInt32]) -> [UInt32] {
    let words = philox(counter: (c[0], c[1], c[2], c[3]), key: (k[0], k[1]))
    return [words.0, words.1, words.2, words.3]
  }

  @Test(arguments: answers)
  func scalarGivesTheKnownAnswer(_ answer: Answer) {
    #expect(Self.scalar(answer.counter, answer.key) == answer.words)
  }

  @Test(arguments: answers)
  func everyLaneGivesTheKnownAnswer(_ answer: Answer) {
    let c = answer.counter.map { SIMD16<UInt32>(repeating: $0) }
    let words = philox(c[0], c[1], c[2], c[3], key: (answer.key[0], answer.key[1]))
    for lane in 0..<16 {
      #expect(
        [words.0[lane], words.1[lane], words.2[lane], words.3[lane]] == answer.words,
        "lane \(lane)")
    }
  }

  @Test func lanesAgreeWithScalarCallsOnTheirOwnCounters() {
    var numbers = TestNumbers(seed: 1)
    func word() -> UInt32 { UInt32(truncatingIfNeeded: numbers.next() >> 32) }
    for _ in 0..<100 {
      var counters = [SIMD16<UInt32>](repeating: .zero, count: 4)
      for index in 0..<4 { for lane in 0..<16 { counters[index][lane] = word() } }
      let key = [word(), word()]
      let words = philox(
        counters[0], counters[1], counters[2], counters[3], key: (key[0], key[1]))
      for lane in 0..<16 {
        let expected = Self.scalar(counters.map { $0[lane] }, key)
        #expect([words.0[lane], words.1[lane], words.2[lane], words.3[lane]] == expected)
      }
    }
  }
}
