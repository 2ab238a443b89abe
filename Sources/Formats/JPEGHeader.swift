// The markers before a JPEG's first frame: how large it is and which way up it was taken.
//
// Read before the decoder sees the file, so that a header that lies costs nothing.

/// What a JPEG file says about its image ahead of the compressed data.
///
/// - SeeAlso: ITU-T T.81, annex B (markers); Exif 2.32, section 4.6 (orientation).
struct JPEGHeader: Equatable {
  let width: Int
  let height: Int
  /// Samples a pixel as stored: 1, 3, or 4 for the inks of a press.
  let components: Int
  /// Exif's number for the way up, 1 (upright) to 8.
  let orientation: Int

  /// No Huffman-coded file has more: a block of 8 × 8 samples takes one bit at least.
  static let largestRatio = 512

  /// - Throws: ``FormatError`` if the file is not JPEG, ends before its frame, is of a kind that is not
  ///   read, or promises more pixels than ``JPEG/largestPixelCount`` or than its size can hold.
  init(_ bytes: [UInt8], file: String) throws(FormatError) {
    func failure(_ offset: Int, _ reason: String) -> FormatError {
      FormatError(file: file, offset: offset, reason: reason)
    }
    guard bytes.starts(with: JPEG.signature) else {
      throw failure(0, "this is not JPEG, which begins with ff d8 ff")
    }
    var orientation: Int?
    var position = 2
    while true {
      guard position < bytes.count else {
        throw failure(position, "the file ends before its image")
      }
      guard bytes[position] == 0xff else {
        throw failure(position, "a marker should stand here, which begins with ff")
      }
      // A marker may be preceded by any number of ff.
      while position < bytes.count, bytes[position] == 0xff { position += 1 }
      guard position + 3 <= bytes.count else {
        throw failure(bytes.count, "the file ends before its image")
      }
      let marker = bytes[position]
      let length = Int(bytes[position + 1]) << 8 | Int(bytes[position + 2])
      guard length >= 2, position + 1 + length <= bytes.count else {
        throw failure(position + 1, "a segment of \(length) bytes does not fit into the file")
      }
      let segment = position + 3..<position + 1 + length
      switch marker {
      case 0xc0, 0xc1, 0xc2:
        self = try JPEGHeader(
          frame: bytes[segment], orientation: orientation ?? 1, size: bytes.count, file: file)
        return
      case 0xc3, 0xc5...0xc7, 0xc9...0xcb, 0xcd...0xcf:
        throw failure(
          position,
          "this is lossless, hierarchical or arithmetic-coded JPEG, which is not read; save it as "
            + "baseline or progressive JPEG, or as PNG")
      case 0xd8, 0xd9, 0xda: throw failure(position, "the file has no frame before its image data")
      case 0xe1: orientation = orientation ?? exifOrientation(bytes[segment])
      default: break
      }
      position = segment.upperBound
    }
  }

  /// Reads a frame header: precision, height, width, components.
  private init(
    frame: ArraySlice<UInt8>, orientation: Int, size: Int, file: String
  ) throws(FormatError) {
    let start = frame.startIndex
    func failure(_ reason: String) -> FormatError {
      FormatError(file: file, offset: start, reason: reason)
    }
    guard frame.count >= 6 else { throw failure("the frame's header has \(frame.count) bytes") }
    func number(_ offset: Int) -> Int {
      Int(frame[start + offset]) << 8 | Int(frame[start + offset + 1])
    }
    guard frame[start] == 8 else {
      throw failure("samples of \(frame[start]) bits are not read, only those of 8")
    }
    (height, width, components) = (number(1), number(3), Int(frame[start + 5]))
    self.orientation = orientation
    guard width > 0, height > 0 else {
      throw failure("the header promises \(width) × \(height) pixels, which is no image")
    }
    guard width * height <= JPEG.largestPixelCount else {
      throw failure(
        "the header promises \(width) × \(height) pixels, more than the \(JPEG.largestPixelCount) "
          + "that are accepted")
    }
    guard width * height <= size * JPEGHeader.largestRatio else {
      throw failure(
        "the header promises \(width) × \(height) pixels, more than \(size) bytes can hold")
    }
  }
}

/// The orientation in an Exif segment; nil where there is none or the segment makes no sense, for a
/// damaged note beside a sound image is no reason to refuse the image.
private func exifOrientation(_ segment: ArraySlice<UInt8>) -> Int? {
  guard segment.starts(with: [0x45, 0x78, 0x69, 0x66, 0, 0]) else { return nil }  // "Exif"
  let tiff = Array(segment.dropFirst(6))
  guard tiff.count >= 8 else { return nil }
  let isLittleEndian = tiff[0] == 0x49
  guard tiff.starts(with: isLittleEndian ? [0x49, 0x49, 42, 0] : [0x4d, 0x4d, 0, 42]) else {
    return nil
  }
  func number(_ offset: Int, bytes count: Int) -> Int? {
    guard offset >= 0, offset + count <= tiff.count else { return nil }
    let bytes = tiff[offset..<offset + count]
    return isLittleEndian
      ? bytes.reversed().reduce(0) { $0 << 8 | Int($1) } : bytes.reduce(0) { $0 << 8 | Int($1) }
  }
  guard let folder = number(4, bytes: 4), let entries = number(folder, bytes: 2) else { return nil }
  for entry in 0..<entries {
    let start = folder + 2 + 12 * entry
    guard let tag = number(start, bytes: 2) else { return nil }
    guard tag == 0x0112 else { continue }
    guard number(start + 2, bytes: 2) == 3, let value = number(start + 8, bytes: 2),
      1...8 ~= value
    else { return nil }
    return value
  }
  return nil
}
