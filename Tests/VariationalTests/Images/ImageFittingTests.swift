import Formats
import Foundation
import Testing

@testable import Variational

@Suite struct ImageFittingTests {
  private func reading(
    _ size: String? = nil, _ colors: ImageColors? = nil, threads: Int? = nil, limit: Int? = nil
  ) -> DataReading {
    var reading = DataReading()
    reading.images.size = size.flatMap { ImageSize($0) }
    reading.images.colors = colors
    reading.images.threads = threads
    reading.memoryLimit = limit
    return reading
  }

  /// Photographs of several sizes and kinds.
  private func fill(_ folder: String) throws {
    for name in ["rgb.jpg", "grey.jpg", "progressive.jpg", "orientation_6.jpg"] {
      try FileManager.default.copyItem(
        atPath: imageFixture(name), toPath: "\(folder)/\(name)")
    }
    // Content decides, not the ending.
    try FileManager.default.copyItem(
      atPath: imageFixture("rgb8.png"), toPath: "\(folder)/really-png.JPG")
    for index in 0..<40 {
      _ = try ImageFolderTests.write(
        "z\(10 + index).png", folder, width: 5 + index, height: 30 - index / 2,
        channels: index % 2 == 0 ? 1 : 3, seed: UInt64(index))
    }
  }

  @Test(arguments: ImageColors.allCases)
  func everyImageIsConvertedAndFittedByItself(colors: ImageColors) throws {
    try withTemporaryFolder { folder in
      try fill(folder)
      let data = try DataSource(folder).load(.train, reading("6x8", colors))
      #expect(data.shape == Shape(height: 6, width: 8, channels: colors.channels))
      var expected: [Float] = []
      for name in try FileManager.default.contentsOfDirectory(atPath: folder).sorted() {
        let file = "\(folder)/\(name)"
        let bytes = try FileBytes.read(file)
        let image =
          try bytes[0] == 0xff
          ? JPEG.decode(bytes, file: file) : PNG.decode(bytes, file: file)
        let converted = colors == .grey ? image.grey() : image.rgb()
        expected += converted.fitted(height: 6, width: 8).pixels.map { Float($0) / 255 }
      }
      #expect(DataSourceTests.values(data) == expected)
    }
  }

  @Test func threadsAndMemoryChangeNoBit() throws {
    try withTemporaryFolder { folder in
      try fill(folder)
      let alone = try DataSource(folder).load(.train, reading("7", .rgb, threads: 1))
      #expect(alone.notes.isEmpty)
      let values = DataSourceTests.values(alone)
      for (threads, limit) in [(2, nil), (3, 0), (1, 1), (5, 1 << 30)] as [(Int, Int?)] {
        let data = try DataSource(folder).load(
          .train, reading("7", .rgb, threads: threads, limit: limit))
        #expect(DataSourceTests.values(data) == values)
        let isInMemory = limit == nil || limit == 1 << 30
        #expect(data.notes.isEmpty == isInMemory)
        if !isInMemory { #expect(data.notes.first?.contains("temporary file") == true) }
      }
    }
  }

  @Test func subFoldersAreClasses() throws {
    try withTemporaryFolder { folder in
      for (name, images) in [("dog", 2), ("cat", 3), ("emu", 0), (".hidden", 1)] {
        try FileManager.default.createDirectory(
          atPath: "\(folder)/\(name)", withIntermediateDirectories: false)
        for index in 0..<images {
          _ = try ImageFolderTests.write(
            "\(index).png", "\(folder)/\(name)", channels: 1, seed: UInt64(index))
        }
      }
      try AtomicFile.write([[1]], to: "\(folder)/notes.txt")
      try AtomicFile.write([[1]], to: "\(folder)/cat/Thumbs.db")
      try AtomicFile.write([[1]], to: "\(folder)/cat/.DS_Store.png")
      let data = try DataSource(folder).load(.train)
      #expect(data.count == 5)
      #expect(data.classNames == ["cat", "dog", "emu"])
      #expect(data.labels == [0, 0, 0, 1, 1])
      #expect(
        data.notes == [
          "\(folder): 1 other files ignored (notes.txt)",
          "\(folder)/cat: 1 others than images ignored (Thumbs.db)",
          "\(folder)/emu: the class has no images",
        ])

      // Images of its own make a folder one set.
      _ = try ImageFolderTests.write("own.png", folder, channels: 1, seed: 9)
      let own = try DataSource(folder).load(.train)
      #expect(own.count == 1 && own.labels == nil && own.classNames.isEmpty)
      #expect(own.notes.last?.contains("3 folders beside the images ignored") == true)
    }
  }

  @Test func labelsFollowTheImagesThatAreLeft() throws {
    try withTemporaryFolder { folder in
      for name in ["a", "b"] {
        try FileManager.default.createDirectory(
          atPath: "\(folder)/\(name)", withIntermediateDirectories: false)
        _ = try ImageFolderTests.write("1.png", "\(folder)/\(name)", channels: 1, seed: 1)
      }
      try AtomicFile.write([[]], to: "\(folder)/a/0.png")
      _ = try ImageFolderTests.write("2.png", "\(folder)/b", channels: 1, seed: 1)
      var skipping = DataReading()
      skipping.images.onError = .skip
      #expect(try DataSource(folder).load(.train, skipping).labels == [0, 1, 1])
    }
  }

  @Test func sizesAreRead() {
    #expect(ImageSize("64") == ImageSize(height: 64, width: 64))
    #expect(ImageSize("48x64") == ImageSize(height: 48, width: 64))
    for text in [
      "", "0", "x", "64x", "x64", "1x2x3", "-4", "4.5", "16385", "٣", "99999999999999999999",
    ] {
      #expect(ImageSize(text) == nil, "\(text)")
    }
  }

  @Test func whatAModelRemembersCompletesAReading() {
    var data = DataSpec(height: 6, width: 8, channels: 1)
    let asked = reading("10", .rgb).images
    #expect(ImageReading().completed(by: data) == ImageReading())
    data.images = ImagePreparation(resize: true, recolor: true)
    #expect(ImageReading().completed(by: data) == reading("6x8", .grey).images)
    #expect(asked.completed(by: data) == asked)
    data.images = ImagePreparation(resize: false, recolor: true)
    #expect(ImageReading().completed(by: data) == reading(nil, .grey).images)
    #expect(asked.preparation == ImagePreparation(resize: true, recolor: true))
    #expect(ImageReading().preparation == nil)
  }

  @Test func aFolderOfPNGsTrainsToTheBitsOfAnIDXFile() throws {
    try withTemporaryFolder { folder in
      var generator = SeededGenerator(state: 11)
      var spec = ModelSpec.dense(for: Shape(height: 7, width: 5, channels: 1), latents: 2)
      spec.training = TrainingSpec(batchSize: 4, epochs: 2)
      let shape = spec.data.stored
      let pixels = generator.bytes(30 * shape.count)
      try FileManager.default.createDirectory(
        atPath: "\(folder)/images", withIntermediateDirectories: false)
      let sizes = [30, shape.height, shape.width, shape.channels]
      try IDX.write(NumericArray(pixels, shape: sizes), to: "\(folder)/images.idx")
      for index in 0..<30 {
        let image = Array(pixels[index * shape.count..<(index + 1) * shape.count])
        try PNG.write(
          PNGImage(
            width: shape.width, height: shape.height, channels: shape.channels, pixels: image),
          to: "\(folder)/images/\(100 + index).png")
      }
      func checksum(_ name: String, limit: Int?) throws -> String {
        let data = try DataSource("\(folder)/\(name)").load(.train, reading(limit: limit))
        let model = try Model(spec, seed: 3, threads: 2)
        let trainer = try Trainer(model, data: data)
        for epoch in 0..<2 {
          for batch in trainer.batches(epoch: epoch) { _ = try trainer.step(batch) }
        }
        return "\(model.weightsChecksum)"
      }
      let reference = try checksum("images.idx", limit: nil)
      #expect(try checksum("images", limit: nil) == reference)
      #expect(try checksum("images", limit: 0) == reference)
      #expect(try checksum("images.idx", limit: 0) == reference)
    }
  }
}
