import Testing

@testable import Formats

/// Files of every colour type, depth and interlacing, with and without transparency, and with every note about
/// colour; what they stand for was computed in whole numbers and agrees with Pillow's reading
/// (Fixtures/make_png_kinds.py).
@Suite struct PNGKindTests {
  static let arrays: [String: NumericArray] = {
    guard let entries = try? NPZ.read(try fixture("png_kinds.npz")) else { return [:] }
    return Dictionary(uniqueKeysWithValues: entries.map { ($0.name, $0.array) })
  }()

  static let names = arrays.keys.filter { $0.hasSuffix(".png") }.map { String($0.dropLast(4)) }
    .sorted()

  private func image(_ name: String) throws -> PNGImage {
    let array = try #require(Self.arrays[name])
    return PNGImage(
      width: array.shape[1], height: array.shape[0], channels: array.shape[2],
      pixels: array.bytes)
  }

  @Test func thereAreFilesOfEveryKind() {
    #expect(Self.names.count == 124)
    let depths = [
      "grey": [1, 2, 4, 8, 16], "rgb": [8, 16], "palette": [1, 2, 4, 8], "grey_opacity": [8, 16],
      "rgb_opacity": [8, 16],
    ]
    for (type, depths) in depths {
      for depth in depths {
        #expect(Self.names.contains("\(type)_\(depth)"))
        #expect(Self.names.contains("\(type)_\(depth)_interlaced"))
      }
    }
  }

  @Test(arguments: names)
  func pixelsAreTheStoredOnesOverWhite(_ name: String) throws {
    let file = try #require(Self.arrays["\(name).png"]).bytes
    #expect(try PNG.decode(file, file: name, as: .opaque) == image("\(name).opaque"))
    let opaque = try image("\(name).opaque")
    #expect(try PNG.decode(file, file: name, as: .rgb) == opaque.rgb())
    #expect(try PNG.decode(file, file: name, as: .grey) == opaque.grey())
  }

  @Test(arguments: names)
  func opacityIsKeptWhereItIsAskedFor(_ name: String) throws {
    let file = try #require(Self.arrays["\(name).png"]).bytes
    let native = try image("\(name).native")
    #expect(try PNG.decode(file, file: name) == native)
    let rgba = try PNG.decode(file, file: name, as: .rgba)
    #expect(rgba.channels == 4 && rgba.rgb() == native.rgb())
    if native.channels == 4 { #expect(rgba == native) }
  }

  /// Black and white under every opacity, in 8 and 16 bits, against the formula in whole numbers.
  @Test func everyOpacityIsRoundedOnce() throws {
    for sample in [0, 1, 100, 128, 254, 255] {
      var row: [UInt8] = [0]
      for opacity in 0...255 { row += [UInt8(sample), UInt8(opacity)] }
      let file = pngFile(width: 256, height: 1, depth: 8, colorType: 4, rows: row)
      let pixels = try PNG.decode(file, file: "x", as: .opaque).pixels
      for opacity in 0...255 {
        // Twice the distance to the exact value is less than one level.
        let exact = sample * opacity + 255 * (255 - opacity)
        #expect(2 * abs(Int(pixels[opacity]) * 255 - exact) < 255)
      }
    }
  }

  @Test func samplesOfSixteenBitsBecomeTheNearestOfEight() throws {
    var row: [UInt8] = [0]
    for sample in 0...65_535 { row += [UInt8(sample >> 8), UInt8(sample & 255)] }
    let file = pngFile(width: 65_536, height: 1, depth: 16, colorType: 0, rows: row)
    let (image, largest) = try PNG.decodeWithDepth(file, file: "x", as: .native)
    #expect(largest == 65_535)
    #expect(
      image.pixels.enumerated().allSatisfy { sample, pixel in
        2 * abs(Int(pixel) * 257 - sample) < 257
      })
  }

  /// Rows of any content in pictures of all kinds and small sizes: a value, or a typed error. Check sums are right, so
  /// that every row is unfiltered.
  @Test func rowsOfAnyContentGiveAValueOrATypedError() throws {
    var generator = SeededGenerator(state: 12)
    var (values, refusals) = (0, 0)
    for _ in 0..<4000 {
      let types: [UInt8] = [0, 2, 3, 4, 6]
      let type = try #require(types.randomElement(using: &generator))
      let color = try #require(PNGChunks.ColorType(rawValue: type))
      let depth = try #require(color.depths.randomElement(using: &generator))
      let (width, height) = (
        Int.random(in: 1...9, using: &generator), Int.random(in: 1...9, using: &generator)
      )
      // More than enough for seven pictures; most filters are among the five.
      let rows = (0..<20 + 2 * height * (width * 8 + 8)).map { _ in
        UInt8.random(in: 0...(Bool.random(using: &generator) ? 4 : 255), using: &generator) & 7
      }
      var before: [UInt8] = []
      if type == 3 || Bool.random(using: &generator) {
        let colors = Int.random(in: 1...9, using: &generator)
        before += pngChunk("PLTE", (0..<3 * colors).map { UInt8($0) })
        let key = color == .grey ? 2 : color == .rgb ? 6 : colors
        if Bool.random(using: &generator) {
          before += pngChunk("tRNS", [UInt8](repeating: 3, count: key))
        }
      }
      let file = pngFile(
        width: width, height: height, depth: UInt8(depth), colorType: type,
        isInterlaced: .random(using: &generator), before: before, rows: rows)
      do throws(FormatError) {
        let image = try PNG.decode(file, file: "x", as: .opaque)
        #expect(image.width == width && image.height == height)
        values += 1
      } catch { refusals += 1 }
    }
    #expect(values > 400 && refusals > 400, "\(values) values, \(refusals) refusals")
  }

  @Test func theLargestWideSampleIsKnown() throws {
    // Opacity 65535, samples up to 4095.
    let row: [UInt8] = [0, 0x0f, 0xff, 0xff, 0xff, 0x01, 0x00, 0xff, 0xff]
    let wide = pngFile(width: 2, height: 1, depth: 16, colorType: 4, rows: row)
    #expect(
      try PNG.decodeWithDepth(wide, file: "x", as: .opaque).largestWideSample == 4095)
    let narrow = try fixtureBytes("grey8.png")
    #expect(try PNG.decodeWithDepth(narrow, file: "x", as: .opaque).largestWideSample == nil)
  }
}

/// A chunk with its length and check sum.
func pngChunk(_ name: String, _ content: [UInt8]) -> [UInt8] {
  var chunk: [UInt8] = []
  chunk.append(bigEndian: UInt32(content.count))
  chunk += Array(name.utf8) + content
  chunk.append(bigEndian: checksum([Array(name.utf8) + content]))
  return chunk
}

/// A PNG file of rows that each begin with their filter.
func pngFile(
  width: Int, height: Int, depth: UInt8, colorType: UInt8, isInterlaced: Bool = false,
  before: [UInt8] = [], rows: [UInt8]
) -> [UInt8] {
  var header: [UInt8] = []
  header.append(bigEndian: UInt32(width))
  header.append(bigEndian: UInt32(height))
  header += [depth, colorType, 0, 0, isInterlaced ? 1 : 0]
  return PNG.signature + pngChunk("IHDR", header) + before
    + pngChunk("IDAT", Deflate.pack([rows], as: .zlib, level: 6)) + pngChunk("IEND", [])
}
