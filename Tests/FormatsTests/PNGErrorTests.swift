import Testing

@testable import Formats

/// What is wrong with a PNG file, in words.
@Suite struct PNGErrorTests {
  private func refusal(_ bytes: [UInt8]) -> String {
    sentence { () throws(FormatError) in try PNG.decode(bytes, file: "x").pixels }
  }

  private let row: [UInt8] = [0, 1, 2]

  private func grey(before: [UInt8] = [], rows: [UInt8]) -> [UInt8] {
    pngFile(width: 2, height: 1, depth: 8, colorType: 0, before: before, rows: rows)
  }

  private let header = pngChunk("IHDR", [0, 0, 0, 2, 0, 0, 0, 1, 8, 0, 0, 0, 0])

  @Test func headersThatAreNoKindOfPNG() {
    for (depth, type) in [(3, 0), (16, 3), (4, 2), (1, 4), (2, 6), (8, 1), (8, 5), (0, 0)] {
      let file = pngFile(
        width: 2, height: 1, depth: UInt8(depth), colorType: UInt8(type), rows: row)
      #expect(
        refusal(file)
          == "x: at byte 16: samples of \(depth) bits and colour type \(type) are no kind of PNG")
    }
    #expect(
      refusal(pngFile(width: 0, height: 1, depth: 8, colorType: 0, rows: row))
        == "x: at byte 16: the header promises 0 × 1 pixels")
    for place in 10...12 {
      var content: [UInt8] = [0, 0, 0, 2, 0, 0, 0, 1, 8, 0, 0, 0, 0]
      content[place] = 2
      #expect(refusal(PNG.signature + pngChunk("IHDR", content)).hasSuffix("are no kind of PNG"))
    }
    #expect(
      refusal(PNG.signature + pngChunk("IHDR", [1, 2, 3]))
        == "x: at byte 16: the header (IHDR) has 3 bytes, not 13")
  }

  @Test func chunksOutOfPlace() {
    let data = pngChunk("IDAT", Deflate.pack([row], as: .zlib, level: 6))
    let (end, note) = (pngChunk("IEND", []), pngChunk("tEXt", Array("a\0b".utf8)))
    let palette = pngChunk("PLTE", [1, 2, 3])
    func file(_ chunks: [UInt8]...) -> [UInt8] { PNG.signature + chunks.flatMap { $0 } }
    #expect(refusal(file(data, end)).hasSuffix("the first chunk is IDAT, not IHDR"))
    #expect(refusal(file(header, header, data, end)).hasSuffix("a second IHDR follows"))
    #expect(refusal(file(header, end)).hasSuffix("no chunk is IDAT"))
    #expect(refusal(file(header, data, note, data, end)).hasSuffix("(IDAT) are not consecutive"))
    #expect(refusal(file(header, palette, palette, data, end)).contains("comes twice"))
    #expect(refusal(file(header, data, palette, end)).contains("after the image"))
    #expect(
      refusal(file(header, pngChunk("CgBI", [1]), data, end))
        == "x: at byte 41: a chunk CgBI must not be passed over, and its meaning is unknown")
    #expect(
      refusal(file(header, pngChunk("a\u{1}bc", []), data, end))
        == "x: at byte 37: the chunk's name is the bytes [97, 1, 98, 99], not four letters")
    // What may be passed over is, even where it is damaged.
    var damaged = note
    damaged[damaged.count - 1] ^= 1
    #expect(refusal(file(header, damaged, data, end)) == "accepted: [1, 2]")
  }

  @Test func damagedChunksThatMatter() {
    for name in ["PLTE", "tRNS", "IDAT", "IEND"] {
      var file = grey(
        before: pngChunk("PLTE", [1, 2, 3]) + pngChunk("tRNS", [0, 1]), rows: row)
      let place = file.indices.first { file[$0...].starts(with: Array(name.utf8)) } ?? 0
      file[place + 4] ^= 0x40
      #expect(
        refusal(file)
          == "x: at byte \(place): the chunk \(name) is damaged: its check sum (CRC) does not fit")
    }
  }

  @Test func palettesAndTransparencyThatDoNotFit() {
    func palette(_ before: [UInt8], _ index: UInt8) -> String {
      refusal(
        pngFile(
          width: 1, height: 1, depth: 8, colorType: 3, before: before, rows: [0, index]))
    }
    #expect(palette([], 0).hasSuffix("takes a palette (PLTE), and none comes before it"))
    #expect(
      palette(pngChunk("PLTE", [1, 2, 3, 4, 5, 6]), 2)
        == "x: a pixel has colour 2, but the palette has 2")
    for count in [0, 4, 771] {
      let content = [UInt8](repeating: 0, count: count)
      #expect(
        palette(pngChunk("PLTE", content), 0)
          .hasSuffix("a palette of \(count) bytes is not 1 to 256 colours of three bytes"))
    }
    #expect(palette(pngChunk("PLTE", [1, 2, 3]), 0) == "accepted: [1, 2, 3]")
    // More opacities than colours: those without a colour are nobody's.
    #expect(
      palette(pngChunk("PLTE", [1, 2, 3]) + pngChunk("tRNS", [255, 7]), 0)
        == "accepted: [1, 2, 3, 255]")
    #expect(
      refusal(grey(before: pngChunk("tRNS", [1, 2, 3]), rows: row))
        .hasSuffix("transparency (tRNS) has 3 bytes, not 2"))
  }

  @Test func rowsThatAreMissingOrDamaged() {
    #expect(refusal(grey(rows: [0, 1])) == "x: the image ends after 2 of its 3 unpacked bytes")
    #expect(
      refusal(grey(rows: [5, 1, 2]))
        == "x: row 0 is filtered by rule 5, which PNG does not have")
    // More rows than the header promises are nobody's.
    #expect(refusal(grey(rows: [0, 1, 2, 0, 3, 4])) == "accepted: [1, 2]")
    var packed = Deflate.pack([row], as: .zlib, level: 6)
    let whole = packed
    packed[packed.count - 1] ^= 1
    #expect(
      refusal(PNG.signature + header + pngChunk("IDAT", packed) + pngChunk("IEND", []))
        .contains("the compressed data is damaged (incorrect data check)"))
    #expect(
      refusal(
        PNG.signature + header + pngChunk("IDAT", whole.dropLast(2)) + pngChunk("IEND", [])
      ).contains("the compressed data ends early"))
    #expect(
      refusal(PNG.signature + header + pngChunk("IDAT", []) + pngChunk("IEND", []))
        .contains("the compressed data ends early"))
  }

  @Test func interlacedSizesAreBoundedBeforeMemoryIsTaken() {
    // 16384 × 16384 pixels of 16 bits and four samples: 2 GiB of rows.
    let content: [UInt8] = [0, 0, 0x40, 0, 0, 0, 0x40, 0, 16, 6, 0, 0, 1]
    let file =
      PNG.signature + pngChunk("IHDR", content)
      + pngChunk("IDAT", Deflate.pack([row], as: .zlib, level: 6)) + pngChunk("IEND", [])
    #expect(
      refusal(file)
        == "x: at byte 16: the header promises 16384 × 16384 pixels, more than \(file.count) bytes "
        + "can hold")
  }
}
