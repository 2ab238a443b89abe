import Testing

@testable import Formats

@Suite struct JPEGTests {
  /// What Pillow decoded, turned upright.
  private func expected(_ name: String) throws -> NumericArray {
    let arrays = try NPZ.read(try fixture("jpeg_values.npz"))
    return try #require(arrays.first { $0.name == name }).array
  }

  private func decode(_ bytes: [UInt8], _ file: String = "cut") throws(FormatError) -> PixelImage {
    try JPEG.decode(bytes, file: file)
  }

  /// Two decoders may round the cosine transform (one level, T.83) and the colours (one more) differently.
  private func expectAlike(_ image: PixelImage, _ array: NumericArray) {
    #expect([image.height, image.width] == Array(array.shape.prefix(2)))
    #expect(image.channels == (array.shape.count == 2 ? 1 : array.shape[2]))
    guard image.pixels.count == array.count else { return }
    let worst = zip(image.pixels, array.bytes).map { abs(Int($0) - Int($1)) }.max() ?? 0
    #expect(worst <= 2, "\(worst) levels apart")
  }

  @Test(arguments: [
    ("rgb", "rgb"), ("full_colour", "full"), ("progressive", "progressive"), ("grey", "grey"),
  ])
  func filesHaveTheValuesThatPillowDecodes(file: String, name: String) throws {
    expectAlike(try JPEG.read(try fixture("\(file).jpg")), try expected(name))
  }

  @Test(arguments: 1...8)
  func imagesAreTurnedAsExifAsksInEitherByteOrder(orientation: Int) throws {
    let image = try JPEG.read(try fixture("orientation_\(orientation).jpg"))
    expectAlike(image, try expected("orientation_\(orientation)"))
    #expect([image.width, image.height] == (orientation < 5 ? [12, 8] : [8, 12]))
  }

  @Test func aDamagedExifNoteLeavesTheImageAsItLies() throws {
    let bytes = try fixtureBytes("orientation_6.jpg")
    let upright = try JPEG.read(try fixture("orientation_1.jpg"))
    // "Exif" begins the note's content; behind it stand the byte order, the folder's place and its entry.
    let note = try #require(
      bytes.indices.first { bytes[$0...].starts(with: Array("Exif".utf8)) })
    for (offset, value) in [(6, 0x58), (13, 0xff), (15, 0), (19, 4), (25, 9), (0, 0x65)] {
      var damaged = bytes
      damaged[note + offset] = UInt8(value)
      #expect(try decode(damaged) == upright, "byte \(offset) of the note")
    }
  }

  @Test func inksAreRefusedWithAdvice() throws {
    let file = try fixture("cmyk.jpg")
    #expect(
      sentence { () throws(FormatError) in try JPEG.read(file) }
        == "\(file): this image is in the four inks of a press (CMYK), which is not read; "
        + "convert it to RGB")
  }

  @Test func sizesAreBoundedBeforeAnythingIsAllocated() throws {
    let huge = try fixture("huge.jpg")
    #expect(
      sentence { () throws(FormatError) in try JPEG.read(huge) }.contains(
        "65500 × 65500 pixels, more than the 268435456 that are accepted"))
    var bytes = try fixtureBytes("grey.jpg")
    let frame = try #require(bytes.indices.first { bytes[$0...].starts(with: [0xff, 0xc0]) })
    bytes.replaceSubrange(frame + 5..<frame + 9, with: [0x3e, 0x80, 0x3e, 0x80])
    #expect(
      sentence { () throws(FormatError) in try decode(bytes) }.contains(
        "16000 × 16000 pixels, more than \(bytes.count) bytes can hold"))
    bytes.replaceSubrange(frame + 5..<frame + 9, with: [0, 0, 0, 20])
    #expect(sentence { () throws(FormatError) in try decode(bytes) }.contains("20 × 0 pixels"))
  }

  @Test func kindsThatAreNotReadAreNamed() throws {
    let bytes = try fixtureBytes("grey.jpg")
    let frame = try #require(bytes.indices.first { bytes[$0...].starts(with: [0xff, 0xc0]) })
    var other = bytes
    other[frame + 1] = 0xc9
    #expect(sentence { () throws(FormatError) in try decode(other) }.contains("arithmetic-coded"))
    other = bytes
    other[frame + 4] = 12
    #expect(sentence { () throws(FormatError) in try decode(other) }.contains("samples of 12 bits"))
    other = bytes
    other[frame + 9] = 2
    #expect(!sentence { () throws(FormatError) in try decode(other) }.hasPrefix("accepted"))
    #expect(
      sentence { () throws(FormatError) in try decode(Array("text".utf8)) }
        == "cut: at byte 0: this is not JPEG, which begins with ff d8 ff")
  }

  @Test(arguments: ["grey.jpg", "rgb.jpg", "progressive.jpg", "orientation_6.jpg"])
  func filesCutShortAreRefused(name: String) throws {
    let bytes = try fixtureBytes(name)
    expectEveryTruncationThrows(bytes) { (bytes) throws(FormatError) in try decode(bytes) }
  }

  @Test(arguments: ["grey.jpg", "rgb.jpg", "progressive.jpg", "orientation_6.jpg", "cmyk.jpg"])
  func damageIsSurvived(name: String) throws {
    surviveMutations(try fixtureBytes(name), seed: 5) { (bytes) throws(FormatError) in
      try decode(bytes)
    }
  }

  @Test func aHugePNGIsRefusedByItsHeader() throws {
    let file = try fixture("huge.png")
    let text = sentence { () throws(FormatError) in try PNG.read(file) }
    #expect(!text.hasPrefix("accepted") && text.hasPrefix(file))
  }
}
