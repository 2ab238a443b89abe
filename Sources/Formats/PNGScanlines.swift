/// The rows of a PNG image, unpacked and unfiltered: one picture, or the seven of an interlaced one.
///
/// - SeeAlso: PNG Specification (Third Edition), sections 8 (interlacing), 9 (filtering) and 10 (compression).
struct PNGScanlines {
  /// A picture of rows; with interlacing, every few pixels of every few rows of the image.
  struct Pass {
    /// Where its first pixel is in the image, and how far apart its pixels are.
    let (left, top, columnStep, rowStep): (Int, Int, Int, Int)
    /// Its own size, from 1.
    let (width, height): (Int, Int)
    /// Bytes of a row, without the filter's.
    let rowBytes: Int
    /// Where it begins in `bytes`.
    let start: Int

    /// Where the bytes of a row begin, behind the filter's.
    func row(_ y: Int) -> Int { start + y * (rowBytes + 1) + 1 }
  }

  let passes: [Pass]
  /// All rows, each behind the byte that named its filter: [`byteCount(of:)`].
  let bytes: [UInt8]

  /// The bytes of all rows and their filters.
  static func byteCount(of chunks: PNGChunks) -> Int {
    passes(of: chunks).last.map { $0.start + $0.height * ($0.rowBytes + 1) } ?? 0
  }

  /// Unpacks and unfilters an image.
  ///
  /// - Parameters:
  ///   - chunks: what the file says, of no more pixels than memory is there for
  ///   - contents: the file's content
  ///   - file: the name to use in errors
  /// - Throws: ``FormatError`` if the compressed data is damaged or ends early, or a filter is unknown. Data
  ///   that goes on after the last row is ignored.
  /// - Complexity: O(pixels).
  init(_ chunks: PNGChunks, of contents: [UInt8], file: String) throws(FormatError) {
    passes = Self.passes(of: chunks)
    let count = Self.byteCount(of: chunks)
    let packed =
      chunks.data.count == 1 ? contents : chunks.data.flatMap { contents[$0] }
    var stream = try InflateStream(
      packed, in: chunks.data.count == 1 ? chunks.data[0] : nil, packing: .zlib, file: file)
    var rows = try stream.take(count)
    guard rows.count == count else {
      throw FormatError(
        file: file, reason: "the image ends after \(rows.count) of its \(count) unpacked bytes")
    }
    // The stream's own check sum is compared where it ends.
    _ = try stream.isAtEnd()
    try Self.unfilter(&rows, passes, pixelBytes: max(1, chunks.bitsPerPixel / 8), file: file)
    bytes = rows
  }

  private static func passes(of chunks: PNGChunks) -> [Pass] {
    // Left, top, and steps along a row and down (Adam7).
    let places =
      chunks.isInterlaced
      ? [
        (0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2),
        (0, 1, 1, 2),
      ] : [(0, 0, 1, 1)]
    var start = 0
    var passes: [Pass] = []
    for (left, top, columnStep, rowStep) in places
    where left < chunks.width && top < chunks.height {
      let width = (chunks.width - left + columnStep - 1) / columnStep
      let pass = Pass(
        left: left, top: top, columnStep: columnStep, rowStep: rowStep, width: width,
        height: (chunks.height - top + rowStep - 1) / rowStep,
        rowBytes: (width * chunks.bitsPerPixel + 7) / 8, start: start)
      passes.append(pass)
      start += pass.height * (pass.rowBytes + 1)
    }
    return passes
  }

  private static func unfilter(
    _ rows: inout [UInt8], _ passes: [Pass], pixelBytes: Int, file: String
  ) throws(FormatError) {
    for pass in passes {
      // What is above the first row counts as 0.
      let zeros = [UInt8](repeating: 0, count: pass.rowBytes)
      for y in 0..<pass.height {
        let start = pass.row(y)
        let filter = rows[start - 1]
        guard filter <= 4 else {
          throw FormatError(
            file: file, reason: "row \(y) is filtered by rule \(filter), which PNG does not have")
        }
        rows.withUnsafeMutableBufferPointer { rows in
          let row = UnsafeMutableBufferPointer(rebasing: rows[start..<start + pass.rowBytes])
          if y == 0 {
            zeros.withUnsafeBufferPointer {
              unfilter(row, $0, filter: filter, pixelBytes: pixelBytes)
            }
          } else {
            let above = UnsafeBufferPointer(
              rebasing: rows[pass.row(y - 1)..<pass.row(y - 1) + pass.rowBytes])
            unfilter(row, above, filter: filter, pixelBytes: pixelBytes)
          }
        }
      }
    }
  }

  /// Adds to each byte what its filter predicted from the bytes to the left (a), above (b) and above to the
  /// left (c), which count as 0 outside the image; sums are modulo 256.
  ///
  /// - Parameter above: the row above, as long as the row.
  private static func unfilter(
    _ row: UnsafeMutableBufferPointer<UInt8>, _ above: UnsafeBufferPointer<UInt8>, filter: UInt8,
    pixelBytes: Int
  ) {
    // A row of fewer bits than a byte a pixel has at least one byte.
    let first = min(pixelBytes, row.count)
    switch filter {
    case 1:
      for index in first..<row.count { row[index] &+= row[index &- pixelBytes] }
    case 2:
      for index in 0..<row.count { row[index] &+= above[index] }
    case 3:
      for index in 0..<first { row[index] &+= above[index] / 2 }
      for index in first..<row.count {
        let sum = UInt16(row[index &- pixelBytes]) &+ UInt16(above[index])
        row[index] &+= UInt8(truncatingIfNeeded: sum / 2)
      }
    case 4:
      // With nothing to the left the nearest is always b.
      for index in 0..<first { row[index] &+= above[index] }
      for index in first..<row.count {
        let prediction = paeth(
          Int32(row[index &- pixelBytes]), Int32(above[index]), Int32(above[index &- pixelBytes]))
        row[index] &+= UInt8(truncatingIfNeeded: prediction)
      }
    default: break
    }
  }

  /// Whichever of a, b, c is nearest to a + b − c; a before b before c.
  @inline(__always)
  private static func paeth(_ a: Int32, _ b: Int32, _ c: Int32) -> Int32 {
    let (fromA, fromB) = (b &- c, a &- c)
    let (toA, toB, toC) = (abs(fromA), abs(fromB), abs(fromA &+ fromB))
    return toA <= toB && toA <= toC ? a : toB <= toC ? b : c
  }
}
