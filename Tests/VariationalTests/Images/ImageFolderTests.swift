import Formats
import Foundation
import Testing

@testable import Variational

@Suite struct ImageFolderTests {
  static func write(
    _ name: String, _ folder: String, width: Int = 3, height: Int = 2, channels: Int, seed: UInt64
  ) throws -> [UInt8] {
    var generator = SeededGenerator(state: seed)
    let pixels = generator.bytes(width * height * channels)
    try PNG.write(
      PNGImage(width: width, height: height, channels: channels, pixels: pixels),
      to: "\(folder)/\(name)")
    return pixels
  }

  @Test(arguments: [1, 3])
  func imagesAreReadInTheOrderOfTheirNames(channels: Int) throws {
    try withTemporaryFolder { folder in
      let second = try Self.write("b.png", folder, channels: channels, seed: 1)
      let first = try Self.write("a.PNG", folder, channels: channels, seed: 2)
      let third = try Self.write("c.png", folder, channels: channels, seed: 3)
      try AtomicFile.write([[1, 2, 3]], to: "\(folder)/notes.txt")
      let data = try DataSource(folder).load(.train)
      #expect(data.count == 3)
      #expect(data.shape == Shape(height: 2, width: 3, channels: channels))
      #expect(DataSourceTests.values(data) == (first + second + third).map { Float($0) / 255 })
    }
  }

  @Test func opaqueImagesWithAnAlphaChannelBecomeRGB() throws {
    try withTemporaryFolder { folder in
      let pixels: [UInt8] = [10, 20, 30, 255, 40, 50, 60, 255]
      try PNG.write(
        PNGImage(width: 2, height: 1, channels: 4, pixels: pixels), to: "\(folder)/a.png")
      let data = try DataSource(folder).load(.train)
      #expect(data.shape == Shape(height: 1, width: 2, channels: 3))
      #expect(
        DataSourceTests.values(data) == [10, 20, 30, 40, 50, 60].map { Float($0) / 255 })
    }
  }

  /// Files and values of Tests/FormatsTests/Fixtures/make_png_kinds.py.
  @Test(arguments: [
    ("grey_opacity_8", 1), ("grey_opacity_16", 1), ("grey_8_key", 1), ("rgb_opacity_8", 3),
    ("rgb_opacity_16", 3), ("palette_8_opacities", 3), ("palette_1", 3), ("grey_8_gamma_1", 1),
    ("rgb_8_gamma_18", 3), ("rgb_opacity_8_profile", 3), ("grey_16", 1), ("rgb_16_interlaced", 3),
  ])
  func opacityIsLaidOverWhiteInStoredValues(name: String, channels: Int) throws {
    let kinds = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../FormatsTests/Fixtures/png_kinds.npz").standardized.path
    let arrays = try NPZ.read(kinds)
    let file = try #require(arrays.first { $0.name == "\(name).png" }).array
    let opaque = try #require(arrays.first { $0.name == "\(name).opaque" }).array
    try withTemporaryFolder { folder in
      try AtomicFile.write([file.bytes], to: "\(folder)/a.png")
      let data = try DataSource(folder).load(.train)
      #expect(
        data.shape
          == Shape(height: opaque.shape[0], width: opaque.shape[1], channels: channels))
      #expect(DataSourceTests.values(data) == opaque.bytes.map { Float($0) / 255 })
      #expect(data.scaleNotices().isEmpty == !name.contains("_16"))
      // Resized, the blended pixels are averaged.
      var reading = DataReading()
      reading.images.size = ImageSize(height: 1, width: 1)
      let mean = DataSourceTests.values(try DataSource(folder).load(.train, reading))
      #expect(mean.count == channels)
    }
  }

  @Test func imagesOfDifferentSizesAreNamed() throws {
    try withTemporaryFolder { folder in
      _ = try Self.write("a.png", folder, channels: 1, seed: 1)
      _ = try Self.write("b.png", folder, width: 4, channels: 1, seed: 1)
      #expect(
        sentence { try DataSource(folder).load(.train) }
          == "\(folder)/b.png: 4×2 pixels of 1 channels, but a.png has 3×2 of 1; "
          + "all images should be of one size (--image-size makes them so)")
    }
  }

  @Test func emptyFoldersAndBrokenImagesAreRefused() throws {
    try withTemporaryFolder { folder in
      #expect(
        sentence { try DataSource(folder).load(.train) }
          == "\(folder): the folder holds no PNG or JPEG images and no IDX files")
      try AtomicFile.write([Array("not a picture".utf8)], to: "\(folder)/a.png")
      #expect(throws: FormatError.self) { try DataSource(folder).load(.train) }
    }
  }
}
