/// Images of one size laid out in rows and columns on a plain background.
///
/// The result is a raster for an image writer: `pixels` holds `height × width × channels` bytes,
/// row-major with the channels innermost. Lengths called gap and margin are pixels of the result;
/// they are not magnified by `scale`.
///
///     margin │ image │ gap │ image │ margin
///
/// A second, larger gap may follow every few rows, so that pairs such as originals over
/// reconstructions read as pairs.
public struct ImageGrid: Sendable, Hashable {
  /// The number of rows of images.
  public let rows: Int
  /// The number of columns of images.
  public let columns: Int
  /// The height of one image before magnification, in pixels.
  public let imageHeight: Int
  /// The width of one image before magnification, in pixels.
  public let imageWidth: Int
  /// 1 for grey, 3 for red, green and blue.
  public let channels: Int
  /// Each source pixel becomes a square of this many pixels a side.
  public let scale: Int
  /// The width of the result in pixels.
  public let width: Int
  /// The height of the result in pixels.
  public let height: Int
  /// The result, [height × width × channels], row-major.
  public private(set) var pixels: [UInt8]

  private let gap: Int
  private let margin: Int
  private let rowsPerBand: Int
  private let bandGap: Int

  /// An empty grid filled with the background.
  ///
  /// - Parameters:
  ///   - rows: Images in a column.
  ///   - columns: Images in a row.
  ///   - imageHeight: Rows of pixels in an image.
  ///   - imageWidth: Pixels in a row of an image.
  ///   - channels: 1 or 3.
  ///   - gap: Pixels between neighbouring images.
  ///   - margin: Pixels around the whole grid.
  ///   - background: The value of every channel where no image lies.
  ///   - scale: The magnification by pixel repetition, at least 1.
  ///   - rowsPerBand: How many rows form a band; 0 makes the whole grid one band.
  ///   - bandGap: Pixels between bands, in place of `gap`.
  public init(
    rows: Int, columns: Int, imageHeight: Int, imageWidth: Int, channels: Int = 1,
    gap: Int = 2, margin: Int = 2, background: UInt8 = 255, scale: Int = 1,
    rowsPerBand: Int = 0, bandGap: Int = 8
  ) {
    precondition(
      rows > 0 && columns > 0 && imageHeight > 0 && imageWidth > 0,
      "ImageGrid: \(rows)×\(columns) images of \(imageHeight)×\(imageWidth) pixels")
    precondition(channels == 1 || channels == 3, "ImageGrid: \(channels) channels, not 1 or 3")
    precondition(scale > 0, "ImageGrid: scale \(scale), not positive")
    precondition(
      gap >= 0 && margin >= 0 && rowsPerBand >= 0 && bandGap >= 0,
      "ImageGrid: gap \(gap), margin \(margin), rowsPerBand \(rowsPerBand), bandGap \(bandGap)")
    self.rows = rows
    self.columns = columns
    self.imageHeight = imageHeight
    self.imageWidth = imageWidth
    self.channels = channels
    self.scale = scale
    self.gap = gap
    self.margin = margin
    self.rowsPerBand = rowsPerBand
    self.bandGap = bandGap
    let bandBreaks = rowsPerBand == 0 ? 0 : (rows - 1) / rowsPerBand
    width = 2 * margin + columns * imageWidth * scale + (columns - 1) * gap
    height =
      2 * margin + rows * imageHeight * scale + (rows - 1 - bandBreaks) * gap + bandBreaks * bandGap
    pixels = [UInt8](repeating: background, count: height * width * channels)
  }

  /// Draws one image of numbers from 0 to 1.
  ///
  /// Values outside are clamped, NaN becomes 0, and v becomes the byte nearest to 255 v.
  ///
  /// - Parameters:
  ///   - values: [imageHeight × imageWidth × channels], row-major; another count traps.
  ///   - row: Where it goes, from the top.
  ///   - column: Where it goes, from the left.
  public mutating func place(_ values: some Collection<Float>, row: Int, column: Int) {
    // One copy, so that the loop over pixels runs on a concrete array inside this module.
    place(ImageGrid.bytes(Array(values)), row: row, column: column)
  }

  /// Draws one image of bytes.
  ///
  /// - Parameters:
  ///   - bytes: [imageHeight × imageWidth × channels], row-major; another count traps.
  ///   - row: Where it goes, from the top.
  ///   - column: Where it goes, from the left.
  public mutating func place(_ bytes: some Collection<UInt8>, row: Int, column: Int) {
    precondition(
      (0..<rows).contains(row) && (0..<columns).contains(column),
      "ImageGrid.place: row \(row), column \(column) in a \(rows)×\(columns) grid")
    precondition(
      bytes.count == imageHeight * imageWidth * channels,
      "ImageGrid.place: \(bytes.count) values for \(imageHeight)×\(imageWidth)×\(channels)")
    copy(Array(bytes), top: top(ofRow: row), left: left(ofColumn: column))
  }

  /// The first pixel row of a row of images.
  func top(ofRow row: Int) -> Int {
    let bandBreaks = rowsPerBand == 0 ? 0 : row / rowsPerBand
    return margin + row * imageHeight * scale + (row - bandBreaks) * gap + bandBreaks * bandGap
  }

  /// The first pixel column of a column of images.
  func left(ofColumn column: Int) -> Int {
    margin + column * (imageWidth * scale + gap)
  }

  private mutating func copy(_ image: [UInt8], top: Int, left: Int) {
    for y in 0..<imageHeight * scale {
      let sourceRow = y / scale * imageWidth
      let targetRow = (top + y) * width + left
      for x in 0..<imageWidth * scale {
        let source = (sourceRow + x / scale) * channels
        let target = (targetRow + x) * channels
        for channel in 0..<channels {
          pixels[target + channel] = image[source + channel]
        }
      }
    }
  }

  private static func bytes(_ values: [Float]) -> [UInt8] {
    values.map { value in
      // A comparison with NaN is false, so NaN falls through to 0.
      guard value > 0 else { return 0 }
      return value < 1 ? UInt8((value * 255).rounded()) : 255
    }
  }
}
