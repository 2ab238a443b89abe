/// Whether the lowest byte of a number comes first in this machine's memory.
let hostIsLittleEndian = 1.littleEndian == 1

/// Reverses the bytes of every number, in place.
///
/// - Parameter width: the bytes of one number: 1, 2, 4 or 8.
/// - Complexity: O(bytes), one pass.
func swapByteOrder(_ bytes: inout [UInt8], width: Int) {
  bytes.withUnsafeMutableBytes { buffer in
    switch width {
    case 1: break
    case 2: swap(buffer, UInt16.self)
    case 4: swap(buffer, UInt32.self)
    case 8: swap(buffer, UInt64.self)
    default: preconditionFailure("swapByteOrder: width \(width) is none of 1, 2, 4, 8")
    }
  }
}

@inline(__always)
private func swap<Word: FixedWidthInteger & BitwiseCopyable>(
  _ buffer: UnsafeMutableRawBufferPointer, _ type: Word.Type
) {
  let size = MemoryLayout<Word>.size
  guard let start = buffer.baseAddress else { return }
  for index in 0..<buffer.count / size {
    let word = start.loadUnaligned(fromByteOffset: index &* size, as: type)
    start.storeBytes(of: word.byteSwapped, toByteOffset: index &* size, as: type)
  }
}

extension [UInt8] {
  /// Appends an integer, lowest byte first.
  mutating func append<Word: FixedWidthInteger>(littleEndian word: Word) {
    for shift in stride(from: 0, to: Word.bitWidth, by: 8) {
      append(UInt8(truncatingIfNeeded: word >> Word(shift)))
    }
  }

  /// Appends an integer, highest byte first.
  mutating func append<Word: FixedWidthInteger>(bigEndian word: Word) {
    append(littleEndian: word.byteSwapped)
  }
}

/// Reads little-endian integers from bytes, each checked against the end.
struct ByteCursor {
  let bytes: [UInt8]
  let file: String
  var position: Int
  let end: Int

  /// - Parameter range: within `bytes`; a range that leaves them traps.
  init(_ bytes: [UInt8], in range: Range<Int>? = nil, file: String) {
    let range = range ?? 0..<bytes.count
    precondition(
      range.lowerBound >= 0 && range.upperBound <= bytes.count,
      "ByteCursor: \(range) leaves the \(bytes.count) bytes")
    self.bytes = bytes
    self.file = file
    position = range.lowerBound
    end = range.upperBound
  }

  var remaining: Int { end - position }

  /// Reads an integer; `what` names it in the error.
  mutating func integer<Word: FixedWidthInteger & UnsignedInteger>(
    _ type: Word.Type, _ what: String
  ) throws(FormatError) -> Word {
    let range = try advance(by: UInt64(MemoryLayout<Word>.size), what)
    var word: Word = 0
    for index in range.reversed() { word = word << 8 | Word(bytes[index]) }
    return word
  }

  /// Skips `count` bytes and returns where they were.
  mutating func advance(by count: UInt64, _ what: String) throws(FormatError) -> Range<Int> {
    guard count <= UInt64(remaining) else {
      throw failure("\(what) needs \(count) bytes but \(remaining) are left")
    }
    let start = position
    position += Int(count)
    return start..<position
  }

  func failure(_ reason: String) -> FormatError {
    FormatError(file: file, offset: position, reason: reason)
  }
}
