import Testing

@testable import Formats

struct PNGTests {
  @Test(arguments: [
    ("grey8", PNGImage(width: 3, height: 2, channels: 1, pixels: [0, 1, 2, 3, 4, 255])),
    ("grey1", PNGImage(width: 3, height: 2, channels: 1, pixels: [255, 0, 255, 0, 255, 0])),
    ("grey16", PNGImage(width: 2, height: 1, channels: 1, pixels: [0, 255])),
    ("rgb8", PNGImage(width: 2, height: 1, channels: 3, pixels: [10, 20, 30, 40, 50, 60])),
    (
      "rgba8",
      PNGImage(width: 2, height: 1, channels: 4, pixels: [10, 20, 30, 255, 40, 50, 60, 0])
    ),
    (
      "grey_opacity8",
      PNGImage(width: 2, height: 1, channels: 4, pixels: [10, 10, 10, 255, 20, 20, 20, 0])
    ),
    (
      "palette2",
      PNGImage(
        width: 2, height: 2, channels: 3, pixels: [255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 0, 0])
    ),
  ])
  func readsEveryKindAsItIs(name: String, image: PNGImage) throws {
    #expect(try PNG.read(try fixture("\(name).png")) == image)
  }

  @Test func givesTheChannelsAskedFor() throws {
    let grey = try PNG.read(try fixture("grey8.png"), as: .rgb)
    #expect(grey.channels == 3)
    #expect(grey.pixels == [0, 1, 2, 3, 4, 255].flatMap { [$0, $0, $0] })
    let rgba = try PNG.read(try fixture("rgb8.png"), as: .rgba)
    #expect(rgba.pixels == [10, 20, 30, 255, 40, 50, 60, 255])
    // What is fully transparent shows the white behind it.
    let flat = try PNG.read(try fixture("rgba8.png"), as: .rgb)
    #expect(flat.pixels == [10, 20, 30, 255, 255, 255])
    #expect(try PNG.read(try fixture("grey_opacity8.png"), as: .grey).pixels == [10, 255])
    #expect(try PNG.read(try fixture("rgb8.png"), as: .grey).channels == 1)
  }

  @Test(arguments: [1, 3, 4])
  func roundTrips(channels: Int) throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/x.png"
      var generator = SeededGenerator(state: 5)
      for (width, height) in [(1, 1), (7, 3), (300, 200)] {
        let pixels = (0..<width * height * channels).map { _ in
          UInt8.random(in: .min ... .max, using: &generator)
        }
        let image = PNGImage(width: width, height: height, channels: channels, pixels: pixels)
        try PNG.write(image, to: path)
        #expect(try PNG.read(path) == image)
      }
    }
  }

  @Test func saysWhyAFileCannotBeWritten() {
    let image = PNGImage(width: 1, height: 1, channels: 1, pixels: [0])
    #expect(
      sentence { () throws(FormatError) in try PNG.write(image, to: "no/such/x.png") }
        == "no/such/x.png: the folder no/such does not exist; create it first")
    let wide = PNGImage(
      width: 2_000_000, height: 1, channels: 1, pixels: [UInt8](repeating: 0, count: 2_000_000))
    #expect(
      sentence { () throws(FormatError) in try PNG.encode(wide, file: "x").count }
        .hasPrefix("x: libpng: "))
  }

  @Test func ignoresWhatFollowsTheImage() throws {
    let bytes = try fixtureBytes("grey8.png")
    #expect(
      try PNG.decode(bytes + [1, 2, 3], file: "x") == PNG.decode(bytes, file: "x"))
  }

  @Test func refusesWhatIsNotPNG() {
    #expect(
      sentence { () throws(FormatError) in try PNG.decode([0xff, 0xd8], file: "x") }
        == "x: at byte 0: this is not PNG, which begins with 89 50 4e 47 0d 0a 1a 0a")
  }

  @Test func refusesWhatItsHeaderOrCheckSumSpoils() throws {
    var bytes = try fixtureBytes("grey8.png")
    bytes[24] = 3  // a bit depth that PNG does not have
    #expect(
      sentence { () throws(FormatError) in try PNG.decode(withCheckSums(bytes), file: "x") }
        == "x: at byte 16: samples of 3 bits and colour type 0 are no kind of PNG")
    #expect(
      sentence { () throws(FormatError) in try PNG.decode(bytes, file: "x") }
        == "x: at byte 12: the chunk IHDR is damaged: its check sum (CRC) does not fit")
  }

  @Test func refusesSizesBeforeItAllocates() throws {
    var bytes = try fixtureBytes("grey8.png")
    bytes.replaceSubrange(16..<24, with: [0, 1, 0, 0, 0, 1, 0, 0])
    #expect(
      sentence { () throws(FormatError) in try PNG.decode(withCheckSums(bytes), file: "x") }
        == "x: at byte 16: the header promises 65536 × 65536 pixels, more than the 268435456 that "
        + "are accepted")
    bytes.replaceSubrange(16..<24, with: [0, 0, 0x40, 0, 0, 0, 0x40, 0])
    #expect(
      sentence { () throws(FormatError) in try PNG.decode(withCheckSums(bytes), file: "x") }
        == "x: at byte 16: the header promises 16384 × 16384 pixels, more than \(bytes.count) "
        + "bytes can hold")
  }

  @Test func everyTruncationThrows() throws {
    for name in ["grey8.png", "palette2.png"] {
      expectEveryTruncationThrows(try fixtureBytes(name)) { (bytes) throws(FormatError) in
        try PNG.decode(bytes, file: "cut")
      }
    }
  }

  @Test(arguments: ["grey8.png", "grey1.png", "rgba8.png", "palette2.png"], [false, true])
  func damageNeverTraps(name: String, mendsCheckSums: Bool) throws {
    surviveMutations(
      try fixtureBytes(name), seed: 6, repair: mendsCheckSums ? withCheckSums : { $0 }
    ) { (bytes) throws(FormatError) in
      try PNG.decode(bytes, file: "x", as: .rgb).pixels.count
    }
  }

  @Test(arguments: [
    "rgb_opacity_16_interlaced", "palette_4_opacities", "palette_1_interlaced",
    "grey_1_interlaced_key", "grey_opacity_8", "rgb_16_key",
  ])
  func damageOfEveryKindNeverTraps(name: String) throws {
    let bytes = try #require(PNGKindTests.arrays["\(name).png"]).bytes
    surviveMutations(bytes, seed: 8, repair: withCheckSums) { (bytes) throws(FormatError) in
      try PNG.decodeWithDepth(bytes, file: "x", as: .opaque, fullScale: 9).image.pixels.count
    }
    surviveMutations(bytes, seed: 9, repair: withCheckSums) { (bytes) throws(FormatError) in
      try PNG.decode(bytes, file: "x").pixels.count
    }
    expectEveryTruncationThrows(bytes) { (bytes) throws(FormatError) in
      try PNG.decode(bytes, file: "cut")
    }
  }
}

/// Puts the right check sum after every chunk that is still whole.
private func withCheckSums(_ bytes: [UInt8]) -> [UInt8] {
  var bytes = bytes
  var position = 8
  while position + 12 <= bytes.count {
    let length = bytes[position..<position + 4].reduce(0) { $0 << 8 | Int($1) }
    let end = position + 8 + length
    guard end + 4 <= bytes.count else { break }
    var sum: [UInt8] = []
    sum.append(bigEndian: checksum([Array(bytes[position + 4..<end])]))
    bytes.replaceSubrange(end..<end + 4, with: sum)
    position = end + 4
  }
  return bytes
}
