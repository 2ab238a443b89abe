// CRC-32C: the check sum of TensorFlow's record files.

/// The cyclic redundancy check with Castagnoli's polynomial 0x1EDC6F41, bits reflected, register and result
/// inverted.
///
/// - SeeAlso: RFC 3720 (iSCSI), section 12.1 and appendix B.4, whose values the tests repeat.
package enum CastagnoliChecksum {
  /// The reflected polynomial.
  private static let polynomial: UInt32 = 0x82F6_3B78

  // The register after a byte, for each of the 256.
  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { register, _ in
      register & 1 == 1 ? register >> 1 ^ polynomial : register >> 1
    }
  }

  /// The check sum of some bytes.
  ///
  /// - Complexity: O(bytes), a table look-up each.
  package static func of(_ bytes: [UInt8]) -> UInt32 {
    let table = Self.table
    return ~bytes.reduce(UInt32.max) { register, byte in
      register >> 8 ^ table[Int((register ^ UInt32(byte)) & 0xFF)]
    }
  }

  /// The same, rotated and shifted by a constant, as a record stores it: the sum of data that holds sums would
  /// otherwise be of little use.
  package static func masked(_ bytes: [UInt8]) -> UInt32 {
    let sum = of(bytes)
    return (sum >> 15 | sum << 17) &+ 0xA282_EAD8
  }
}
