import CPNG

/// An image that came from, or goes to, a PNG file.
public typealias PNGImage = PixelImage

/// Reads PNG as it is stored, and writes it through libpng's simplified interface.
///
/// libpng's simplified reader applies `gAMA` and lays opacity over a background in linear light; a data set is
/// read as Pillow, OpenCV and browsers read it, by the values that are stored.
///
/// - SeeAlso: Portable Network Graphics (PNG) Specification (Third Edition); the libpng manual,
///   `libpng-manual.txt`, section V.
public enum PNG {
  /// What to make of a file's colours.
  public enum Colors: Sendable {
    /// What the file has: grey, colour, or colour with opacity (also for grey with opacity).
    case native
    /// Grey or colour as the file has it; opacity is laid over white.
    case opaque
    /// 1, 3 or 4 channels, whatever the file has; opacity, if not asked for, is laid over white.
    case grey, rgb, rgba
  }

  /// The most pixels an image may have.
  public static let largestPixelCount = 1 << 28

  /// Reads a file.
  ///
  /// Palettes are looked up, and samples of 1, 2, 4 and 16 bits become the nearest of 8. Opacity is laid over
  /// white in stored values, rounded once. Notes about gamma, colour spaces and profiles (`gAMA`, `cHRM`,
  /// `sRGB`, `iCCP`, `cICP`) change nothing. What follows the image's end is ignored.
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
    try decodeWithDepth(bytes, file: file, as: colors).image
  }

  /// The same, and the largest sample of an image of 16 bits (opacity not counted), nil for fewer bits.
  ///
  /// - Parameter fullScale: the sample that stands for 1; nil for the largest that the bits can hold.
  package static func decodeWithDepth(
    _ bytes: [UInt8], file: String, as colors: Colors, fullScale: Int? = nil
  ) throws(FormatError) -> (image: PNGImage, largestWideSample: Int?) {
    let chunks = try PNGChunks(bytes, file: file)
    try checkSize(chunks, bytes.count, file: file)
    let hasColor = chunks.colorType != .grey && chunks.colorType != .greyWithOpacity
    let hasOpacity =
      chunks.transparency != nil || chunks.colorType == .greyWithOpacity
      || chunks.colorType == .rgbWithOpacity
    let keepsOpacity = colors == .rgba || colors == .native && hasOpacity
    let pixels = try PNGPixels(
      chunks, try PNGScanlines(chunks, of: bytes, file: file), isColor: hasColor || keepsOpacity,
      keepsOpacity: keepsOpacity, fullScale: fullScale, file: file)
    let image = PNGImage(
      width: pixels.width, height: pixels.height, channels: pixels.channels,
      pixels: pixels.pixels)
    switch colors {
    case .native, .opaque, .rgba: return (image, pixels.largestWideSample)
    case .grey: return (image.grey(), pixels.largestWideSample)
    case .rgb: return (image.rgb(), pixels.largestWideSample)
    }
  }

  // Before memory is asked for.
  private static func checkSize(
    _ chunks: PNGChunks, _ count: Int, file: String
  ) throws(FormatError) {
    let (width, height) = (chunks.width, chunks.height)
    guard width * height <= largestPixelCount else {
      throw FormatError(
        file: file, offset: 16,
        reason: "the header promises \(width) × \(height) pixels, more than the "
          + "\(largestPixelCount) that are accepted")
    }
    let packed = PNGScanlines.byteCount(of: chunks)
    guard packed <= count * InflateStream.largestRatio else {
      throw FormatError(
        file: file, offset: 16,
        reason: "the header promises \(width) × \(height) pixels, more than \(count) "
          + "bytes can hold")
    }
    // The unpacked rows, and up to four channels of the image.
    guard memoryIsAvailable(packed + 4 * width * height) else {
      throw FormatError(
        file: file, reason: "its \(width) × \(height) pixels do not fit in memory")
    }
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
  /// Why an image does not go with a full scale.
  package static func beyondFullScale(_ sample: Int, _ full: String) -> String {
    "a sample is \(sample), beyond the full scale of \(full)"
  }

  package static let signature: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
}
