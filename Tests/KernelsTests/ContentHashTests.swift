import Testing

@testable import Kernels

/// Values of the reference implementation, xxhash 4.1.0 from PyPI:
///
///     python3 -c 'import xxhash
///     for n in [0, 1, 3, 4, 7, 8, 31, 32, 33, 63, 100, 784]:
///         print(n, hex(xxhash.xxh64_intdigest(bytes((i * 131 + 7) & 255 for i in range(n)))))'
@Suite struct ContentHashTests {
  private func bytes(_ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: $0 * 131 + 7) }
  }

  @Test(arguments: [
    (0, 0xef46_db37_51d8_e999 as UInt64), (1, 0xa96c_7f0c_e858_bbb7), (3, 0xbed4_3740_ee63_32bb),
    (4, 0xfa21_2ae4_4b3b_b23d), (7, 0x2744_460d_d675_d2c0), (8, 0x994b_676b_71ce_94dd),
    (31, 0x6711_d55e_306b_5d8f), (32, 0x07f7_b8e3_bc5d_6e25), (33, 0x09f8_5eeb_4e1c_be9f),
    (63, 0xb7c9_968c_066c_b6a5), (100, 0x9dda_da11_d3dc_2d8f), (784, 0xda22_0de2_93f7_1b43),
  ])
  func onePartHasTheReferencesHash(count: Int, expected: UInt64) {
    var hash = ContentHash()
    hash.add(bytes(count)[...])
    #expect(hash.value == expected)
  }

  /// Each part's hash is the next one's seed: 40, 1 and 59 of a hundred bytes.
  @Test func partsAreChainedBySeeds() {
    let all = bytes(100)
    var hash = ContentHash()
    for part in [all[..<40], all[40..<41], all[41...]] { hash.add(part) }
    #expect(hash.value == 0xaf41_c8c9_dd4d_f79c)
    #expect(hash.digits == "af41c8c9dd4df79c")
    var other = ContentHash()
    for part in [all[..<41], all[41..<41], all[41...]] { other.add(part) }
    #expect(other.value != hash.value)
  }

  @Test func floatsAreTheirBits() {
    let floats: [Float] = [0, -0.0, 1, .nan, Float.leastNonzeroMagnitude]
    var hash = ContentHash()
    hash.add(floats[...])
    var bytes: [UInt8] = []
    for value in floats {
      for byte in 0..<4 {
        bytes.append(UInt8(truncatingIfNeeded: value.bitPattern >> (8 * UInt32(byte))))
      }
    }
    var bits = ContentHash()
    bits.add(bytes[...])
    #expect(hash.value == bits.value)
  }

  /// Two sign bits of one word's lane would cancel in a hash that only multiplies.
  @Test func aPairOfSignsChangesTheHash() {
    let floats = [Float](repeating: 1, count: 64)
    var hashes: Set<UInt64> = []
    for first in 0..<32 {
      var changed = floats
      changed[first].negate()
      changed[first + 8].negate()
      var hash = ContentHash()
      hash.add(changed[...])
      hashes.insert(hash.value)
    }
    #expect(hashes.count == 32)
  }
}
