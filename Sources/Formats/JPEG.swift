import CTurboJPEG

/// Reads JPEG through libjpeg-turbo.
///
/// - SeeAlso: ITU-T T.81; libjpeg-turbo's `turbojpeg.h`.
public enum JPEG {
  /// The most pixels an image may have.
  public static let largestPixelCount = PNG.largestPixelCount

  package static let signature: [UInt8] = [0xff, 0xd8, 0xff]

  /// Reads a file, baseline or progressive, turned upright as its Exif note asks.
  ///
  /// Colour profiles are not applied. What the decoder would only warn of (a file that was cut short,
  /// damaged data) is an error.
  ///
  /// - Parameter path: the file.
  /// - Returns: an image of one channel (grey) or three.
  /// - Throws: ``FormatError`` if the file cannot be read, is not JPEG, is in the inks of a press (CMYK),
  ///   ends early, is damaged, or has more than ``largestPixelCount`` pixels or more than its size can
  ///   hold.
  /// - Complexity: O(size of file and pixels).
  public static func read(_ path: String) throws(FormatError) -> PixelImage {
    try decode(try FileBytes.read(path), file: path)
  }

  /// Reads an image from the bytes of a file; see ``read(_:)``.
  ///
  /// - Parameters:
  ///   - bytes: the file's content.
  ///   - file: the name to use in errors.
  public static func decode(_ bytes: [UInt8], file: String) throws(FormatError) -> PixelImage {
    let header = try JPEGHeader(bytes, file: file)
    guard header.components == 1 || header.components == 3 else {
      throw FormatError(
        file: file,
        reason: header.components == 4
          ? "this image is in the four inks of a press (CMYK), which is not read; convert it to RGB"
          : "an image of \(header.components) components is neither grey nor RGB")
    }
    let count = header.width * header.height * header.components
    // Progressive images are decoded through coefficients of two bytes.
    guard memoryIsAvailable(3 * count) else {
      throw FormatError(file: file, reason: "its \(count) samples do not fit in memory")
    }
    let pixels = try TurboJPEGDecoder(file: file).decode(bytes, header)
    return PixelImage(
      width: header.width, height: header.height, channels: header.components, pixels: pixels
    ).upright(from: header.orientation)
  }
}

/// libjpeg-turbo's handle of one decoder.
private struct TurboJPEGDecoder: ~Copyable {
  private let handle: tjhandle
  private let file: String

  init(file: String) throws(FormatError) {
    guard let handle = tjInitDecompress() else {
      throw FormatError(file: file, reason: "libjpeg-turbo does not start")
    }
    self.handle = handle
    self.file = file
  }

  deinit { tjDestroy(handle) }

  /// - Returns: [height × width × components]
  func decode(_ bytes: [UInt8], _ header: JPEGHeader) throws(FormatError) -> [UInt8] {
    var (width, height, subsampling, colors): (Int32, Int32, Int32, Int32) = (0, 0, 0, 0)
    guard
      tjDecompressHeader3(
        handle, bytes, UInt(bytes.count), &width, &height, &subsampling, &colors) == 0
    else { throw failure() }
    let isGrey = colors == Int32(TJCS_GRAY.rawValue)
    guard Int(width) == header.width, Int(height) == header.height,
      isGrey == (header.components == 1)
    else { throw FormatError(file: file, reason: "the file has two headers that disagree") }
    let format = isGrey ? TJPF_GRAY : TJPF_RGB
    // A warning is an error; a few hundred scans are enough for every honest file.
    let flags = TJFLAG_ACCURATEDCT | TJFLAG_STOPONWARNING | TJFLAG_LIMITSCANS
    let count = header.width * header.height * header.components
    var isRead = false
    let pixels = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      buffer.initialize(repeating: 0)
      isRead =
        tjDecompress2(
          handle, bytes, UInt(bytes.count), buffer.baseAddress, width,
          width * Int32(header.components), height, Int32(format.rawValue), flags) == 0
      filled = count
    }
    guard isRead else { throw failure() }
    return pixels
  }

  /// What libjpeg-turbo says went wrong.
  private func failure() -> FormatError {
    let text = tjGetErrorStr2(handle).map { String(cString: $0) } ?? "unknown error"
    return FormatError(file: file, reason: "libjpeg-turbo: \(text)")
  }
}
