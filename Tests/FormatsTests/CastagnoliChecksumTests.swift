import Testing

@testable import Formats

struct CastagnoliChecksumTests {
  // RFC 3720, appendix B.4; the check value of "123456789" as in the catalogues of such sums.
  @Test(
    arguments: [
      ([UInt8](repeating: 0, count: 32), 0x8A91_36AA),
      ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43),
      ([UInt8](0..<32), 0x46DD_794E),
      ((0..<32).reversed().map { UInt8($0) }, 0x113F_DB5C),
      (Array("123456789".utf8), 0xE306_9283),
      ([], 0),
    ] as [([UInt8], UInt32)])
  func knownAnswersAreRepeated(_ bytes: [UInt8], _ sum: UInt32) {
    #expect(CastagnoliChecksum.of(bytes) == sum)
  }

  // The mask is undone by taking the constant off and rotating back.
  @Test func maskingCanBeUndone() {
    let bytes = Array("a record".utf8)
    let rotated = CastagnoliChecksum.masked(bytes) &- 0xA282_EAD8
    #expect(rotated << 15 | rotated >> 17 == CastagnoliChecksum.of(bytes))
  }
}
