/// XXH64: bytes as 64 bits, to tell one content from another. It is no defence against somebody who looks for two
/// contents of one hash.
///
///     var hash = ContentHash()
///     hash.add(bytes[0..<784])
///     hash.add(bytes[784..<1568])
///     hash.value
///
/// Each part is hashed with the value so far as the seed, so that parts count as parts: (ab, c) is not (a, bc). The
/// hash of one part is XXH64 of its bytes. Floats are their bits, lowest byte first.
///
/// - SeeAlso: Collet, "xxHash fast digest algorithm", section XXH64,
///   https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md
package struct ContentHash: Sendable {
  /// The hash of the parts so far; 0 of none.
  package private(set) var value: UInt64 = 0

  package init() {}

  /// The value as sixteen hexadecimal digits.
  package var digits: String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  /// Adds a part.
  package mutating func add(_ bytes: ArraySlice<UInt8>) { bytes.withUnsafeBytes { add($0) } }

  /// Adds a part.
  package mutating func add(_ floats: ArraySlice<Float>) { floats.withUnsafeBytes { add($0) } }

  /// Adds a part, eight bytes a number.
  package mutating func add(_ numbers: ArraySlice<Int>) { numbers.withUnsafeBytes { add($0) } }

  /// Adds a part.
  package mutating func add(_ vector: VectorView) { vector.withBytes { add($0) } }

  /// Adds a text's UTF-8 as a part.
  package mutating func add(_ text: String) { add(ArraySlice(text.utf8)) }

  /// Adds a part.
  ///
  /// - Complexity: O(bytes), eight of them in about a nanosecond.
  package mutating func add(_ bytes: UnsafeRawBufferPointer) {
    value = ContentHash.hash(bytes, seed: value)
  }

  private static func hash(_ bytes: UnsafeRawBufferPointer, seed: UInt64) -> UInt64 {
    var offset = 0
    var hash = seed &+ prime5
    if bytes.count >= 32 {
      var lanes = (seed &+ prime1 &+ prime2, seed &+ prime2, seed, seed &- prime1)
      while offset <= bytes.count - 32 {
        lanes.0 = round(lanes.0, word(bytes, offset))
        lanes.1 = round(lanes.1, word(bytes, offset + 8))
        lanes.2 = round(lanes.2, word(bytes, offset + 16))
        lanes.3 = round(lanes.3, word(bytes, offset + 24))
        offset += 32
      }
      hash =
        rotated(lanes.0, 1) &+ rotated(lanes.1, 7) &+ rotated(lanes.2, 12)
        &+ rotated(lanes.3, 18)
      for lane in [lanes.0, lanes.1, lanes.2, lanes.3] {
        hash = (hash ^ round(0, lane)) &* prime1 &+ prime4
      }
    }
    hash &+= UInt64(bytes.count)
    while offset <= bytes.count - 8 {
      hash = rotated(hash ^ round(0, word(bytes, offset)), 27) &* prime1 &+ prime4
      offset += 8
    }
    if offset <= bytes.count - 4 {
      let half = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
      hash = rotated(hash ^ UInt64(half) &* prime1, 23) &* prime2 &+ prime3
      offset += 4
    }
    while offset < bytes.count {
      hash = rotated(hash ^ UInt64(bytes[offset]) &* prime5, 11) &* prime1
      offset += 1
    }
    hash = (hash ^ hash >> 33) &* prime2
    hash = (hash ^ hash >> 29) &* prime3
    return hash ^ hash >> 32
  }

  @inline(__always)
  private static func round(_ lane: UInt64, _ input: UInt64) -> UInt64 {
    rotated(lane &+ input &* prime2, 31) &* prime1
  }

  @inline(__always)
  private static func rotated(_ word: UInt64, _ bits: UInt64) -> UInt64 {
    word &<< bits | word &>> (64 &- bits)
  }

  @inline(__always)
  private static func word(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> UInt64 {
    UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
  }

  private static let prime1: UInt64 = 0x9E37_79B1_85EB_CA87
  private static let prime2: UInt64 = 0xC2B2_AE3D_27D4_EB4F
  private static let prime3: UInt64 = 0x1656_67B1_9E37_79F9
  private static let prime4: UInt64 = 0x85EB_CA77_C2B2_AE63
  private static let prime5: UInt64 = 0x27D4_EB2F_1656_67C5
}
