/// An image of 8-bit samples.
public struct PixelImage: Equatable, Sendable {
  /// Columns.
  public let width: Int

  /// Rows.
  public let height: Int

  /// Samples a pixel: 1 for grey, 3 for red, green, blue, 4 with opacity after them.
  public let channels: Int

  /// The samples: [height, width, channels], row-major.
  public let pixels: [UInt8]

  /// Makes an image.
  ///
  /// - Parameters:
  ///   - width: columns, 1 or more; traps otherwise, as for the others.
  ///   - height: rows, 1 or more.
  ///   - channels: 1, 3 or 4.
  ///   - pixels: [height × width × channels].
  public init(width: Int, height: Int, channels: Int, pixels: [UInt8]) {
    precondition(
      width > 0 && height > 0 && [1, 3, 4].contains(channels)
        && ElementType.uint8.byteCount(ofShape: [height, width, channels]) == pixels.count,
      "PixelImage: \(width) × \(height) × \(channels) does not describe \(pixels.count) samples")
    self.width = width
    self.height = height
    self.channels = channels
    self.pixels = pixels
  }
}
