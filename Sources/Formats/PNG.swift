import CPNG

/// An image that came from, or goes to, a PNG file.
public typealias PNGImage = PixelImage

/// Reads and writes PNG through libpng's simplified interface.
///
/// - SeeAlso: the libpng manual, `libpng-manual.txt`, section V.
public enum PNG {
  /// What to make of a file's colours.
  public enum Colors: Sendable {
    /// What the file has: grey, colour, or colour with opacity (also for grey with opacity).
    case native
    /// 1, 3 or 4 channels, whatever the file has; opacity, if not asked for, is laid over white.
    case grey, rgb, rgba
  }

  /// The most pixels an image may have.
  public static let largestPixelCount = 1 << 28

  /// Reads a file.
  ///
  /// Palettes are looked up, samples of 1, 2, 4 and 16 bits become 8, and a file with a gamma is
  /// brought to sRGB. What follows the image's end is ignored.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - colors: the channels wanted.
  /// - Throws: ``FormatError`` if the file cannot be read, is not PNG, ends early, is damaged, or
  ///   has more than ``largestPixelCount`` pixels or more than its size can hold.
  /// - Complexity: O(size of file and pixels).
  public static func read(
    _ path: String, as colors: Colors = .native
  ) throws(FormatError) -> PNGImage {
    try decode(try FileBytes.read(path), file: path, as: colors)
  }

  /// Reads an image from the bytes of a file; see ``read(_:as:)``.
  ///
  /// - Parameters:
  ///   - bytes: the file's content.
  ///   - file: the name to use in errors.
  ///   - colors: the channels wanted.
  public static func decode(
    _ bytes: [UInt8], file: String, as colors: Colors = .native
  ) throws(FormatError) -> PNGImage {
    try checkChunks(bytes, file: file)
    let result: Result<PNGImage, FormatError> = bytes.withUnsafeBytes { buffer in
      do throws(FormatError) {
        return .success(try decode(buffer, file: file, as: colors))
      } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }

  private static func decode(
    _ bytes: UnsafeRawBufferPointer, file: String, as colors: Colors
  ) throws(FormatError) -> PNGImage {
    let control = ImageControl()
    let image = control.image
    guard png_image_begin_read_from_memory(image, bytes.baseAddress, bytes.count) != 0 else {
      throw control.failure(file)
    }
    let (width, height) = (Int(image.pointee.width), Int(image.pointee.height))
    guard width * height <= largestPixelCount else {
      throw FormatError(
        file: file, offset: 16,
        reason: "the header promises \(width) × \(height) pixels, more than the "
          + "\(largestPixelCount) that are accepted")
    }
    // Each row has a filter byte before its bits, and deflate has its limits.
    let packed = ((width * bitsPerPixel(bytes) + 7) / 8 + 1) * height
    guard packed <= bytes.count * InflateStream.largestRatio else {
      throw FormatError(
        file: file, offset: 16,
        reason: "the header promises \(width) × \(height) pixels, more than \(bytes.count) "
          + "bytes can hold")
    }
    let channels = channels(of: image.pointee.format, as: colors)
    image.pointee.format = format(channels)
    // Without this, 16-bit samples that do not say their gamma would be taken as linear light.
    image.pointee.flags |= UInt32(PNG_IMAGE_FLAG_16BIT_sRGB)
    let count = width * height * channels
    guard memoryIsAvailable(count) else {
      throw FormatError(file: file, reason: "its \(count) samples do not fit in memory")
    }
    var isRead = false
    let pixels = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      buffer.initialize(repeating: 0)
      var white = png_color(red: 255, green: 255, blue: 255)
      isRead = png_image_finish_read(image, &white, buffer.baseAddress, 0, nil) != 0
      filled = count
    }
    guard isRead else { throw control.failure(file) }
    return PNGImage(width: width, height: height, channels: channels, pixels: pixels)
  }

  /// Writes a file; the same image gives the same file, byte for byte.
  ///
  /// - Parameters:
  ///   - image: the image, taken as sRGB.
  ///   - path: the file to make or replace.
  /// - Throws: ``FormatError`` if libpng refuses the image or the file cannot be written.
  /// - Complexity: O(pixels); the packed file is in memory once.
  public static func write(_ image: PNGImage, to path: String) throws(FormatError) {
    try AtomicFile.write([try encode(image, file: path)], to: path)
  }

  /// The bytes of a file, for a page that holds its pictures itself.
  ///
  /// - Parameters:
  ///   - image: the image, taken as sRGB.
  ///   - file: the name to use in errors.
  /// - Throws: ``FormatError`` if libpng refuses the image.
  public static func encode(_ image: PNGImage, file: String = "PNG") throws(FormatError) -> [UInt8]
  {
    let raw = image.pixels.count + image.height  // a filter byte precedes each row
    // Deflate adds 5 bytes to 16 KiB that it cannot pack, a chunk 12 bytes to 8 KiB. Should this
    // not do, libpng says how much does.
    var capacity = raw + raw / 128 + 1024
    for _ in 0..<2 {
      let control = ImageControl()
      guard let width = UInt32(exactly: image.width), let height = UInt32(exactly: image.height)
      else { break }
      control.image.pointee.width = width
      control.image.pointee.height = height
      control.image.pointee.format = format(image.channels)
      var size = capacity
      var isWritten = false
      let bytes = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, filled in
        isWritten =
          png_image_write_to_memory(
            control.image, buffer.baseAddress, &size, 0, image.pixels, 0, nil) != 0
        filled = isWritten ? size : 0
      }
      if isWritten { return bytes }
      guard size > capacity else { throw control.failure(file) }
      capacity = size
    }
    throw FormatError(
      file: file, reason: "PNG cannot hold \(image.width) × \(image.height) pixels")
  }

  /// Bit depth × samples a pixel, from a header that libpng has checked.
  private static func bitsPerPixel(_ bytes: UnsafeRawBufferPointer) -> Int {
    let samples =
      switch bytes[25] {  // the colour type
      case 2: 3
      case 4: 2
      case 6: 4
      default: 1
      }
    return Int(bytes[24]) * samples
  }

  private static func channels(of format: UInt32, as colors: Colors) -> Int {
    switch colors {
    case .grey: 1
    case .rgb: 3
    case .rgba: 4
    case .native:
      if format & UInt32(PNG_FORMAT_FLAG_ALPHA) != 0 {
        4
      } else {
        format & UInt32(PNG_FORMAT_FLAG_COLOR) != 0 ? 3 : 1
      }
    }
  }

  private static func format(_ channels: Int) -> UInt32 {
    switch channels {
    case 1: 0  // PNG_FORMAT_GRAY
    case 3: UInt32(PNG_FORMAT_FLAG_COLOR)
    default: UInt32(PNG_FORMAT_FLAG_COLOR) | UInt32(PNG_FORMAT_FLAG_ALPHA)
    }
  }
}

/// libpng's handle of one image, at an address that does not move (libpng keeps it).
private struct ImageControl: ~Copyable {
  let image: UnsafeMutablePointer<png_image>

  init() {
    image = .allocate(capacity: 1)
    image.initialize(to: png_image())
    image.pointee.version = UInt32(PNG_IMAGE_VERSION)
  }

  deinit {
    png_image_free(image)
    image.deallocate()
  }

  /// What libpng says went wrong.
  func failure(_ file: String) -> FormatError {
    let text = withUnsafeBytes(of: image.pointee.message) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    return FormatError(file: file, reason: "libpng: \(text)")
  }
}

extension PNG {
  package static let signature: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]

  /// Walks the chunks to the image's end, so that a file that was cut short is known as such even
  /// where libpng would make do with what it has.
  private static func checkChunks(_ bytes: [UInt8], file: String) throws(FormatError) {
    guard bytes.starts(with: signature) else {
      throw FormatError(
        file: file, offset: 0,
        reason: "this is not PNG, which begins with 89 50 4e 47 0d 0a 1a 0a")
    }
    var cursor = ByteCursor(bytes, file: file)
    cursor.position = signature.count
    while true {
      let length = try cursor.integer(UInt32.self, "a chunk's length").byteSwapped
      let type = try cursor.advance(by: 4, "a chunk's type")
      _ = try cursor.advance(by: UInt64(length), "a chunk")
      _ = try cursor.advance(by: 4, "a chunk's check sum")
      if bytes[type].elementsEqual("IEND".utf8) { return }
    }
  }
}
