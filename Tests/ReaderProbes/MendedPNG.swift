/// PNG with its check sums put right: an input that libpng would refuse at its first changed byte gets as far as its
/// chunks' content.
enum MendedPNG {
  /// The same bytes with the CRC-32 of every whole chunk over its type and content.
  static func mend(_ bytes: [UInt8]) -> [UInt8] {
    var mended = bytes
    var start = 8  // behind the signature
    while start + 12 <= bytes.count {
      let length = bytes[start..<start + 4].reduce(0) { $0 << 8 | Int($1) }
      guard length <= bytes.count - start - 12 else { break }
      let end = start + 8 + length
      let sum = checksum(bytes[start + 4..<end])
      for place in 0..<4 {
        mended[end + place] = UInt8(truncatingIfNeeded: sum >> UInt32(24 - 8 * place))
      }
      start = end + 4
    }
    return mended
  }

  /// CRC-32, a bit at a time (ISO 3309; PNG specification, annex D).
  private static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    var sum = UInt32.max
    for byte in bytes {
      sum ^= UInt32(byte)
      for _ in 0..<8 { sum = sum & 1 == 1 ? 0xedb8_8320 ^ sum >> 1 : sum >> 1 }
    }
    return ~sum
  }
}
