import Formats
import Foundation
import Testing

@testable import Variational

/// A fixture of the formats' tests.
func imageFixture(_ name: String) -> String {
  URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("FormatsTests/Fixtures/\(name)").path
}

@Suite struct ImageFolderErrorTests {
  /// A folder of three sound images and four that are not.
  private static func fill(_ folder: String) throws {
    for name in ["a.png", "d.png", "g.png"] {
      _ = try ImageFolderTests.write(name, folder, width: 12, height: 12, channels: 1, seed: 3)
    }
    try AtomicFile.write([Array("not a picture".utf8)], to: "\(folder)/b.png")
    try AtomicFile.write([[]], to: "\(folder)/c.jpg")
    for (source, name) in [("cmyk.jpg", "e.jpg"), ("huge.png", "f.png")] {
      try FileManager.default.copyItem(
        atPath: imageFixture(source), toPath: "\(folder)/\(name)")
    }
  }

  @Test func stoppingNamesEveryFileAndWhatIsWrongWithIt() throws {
    try withTemporaryFolder { folder in
      try Self.fill(folder)
      let lines = sentence { try DataSource(folder).load(.train) }.split(separator: "\n")
      #expect(
        lines.first
          == "\(folder): 4 of its 7 images cannot be used (--on-error skip leaves such images out):"
      )
      let words = [
        ("b.png", "neither PNG nor JPEG"), ("c.jpg", "the file is empty"), ("e.jpg", "CMYK"),
        ("f.png", "100000 × 100000"),
      ]
      #expect(lines.count == 5)
      for (line, (name, word)) in zip(lines.dropFirst(), words) {
        #expect(line.hasPrefix("  \(folder)/\(name): ") && line.contains(word), "\(line)")
      }
    }
  }

  @Test func aSingleFileIsNamedInOneSentence() throws {
    try withTemporaryFolder { folder in
      _ = try ImageFolderTests.write("a.png", folder, channels: 1, seed: 3)
      try AtomicFile.write([[]], to: "\(folder)/b.png")
      #expect(
        sentence { try DataSource(folder).load(.train) }
          == "\(folder)/b.png: the file is empty; --on-error skip leaves such images out")
    }
  }

  @Test(arguments: [nil, 0])
  func skippingLeavesFilesOutAndSaysSo(memoryLimit: Int?) throws {
    try withTemporaryFolder { folder in
      try Self.fill(folder)
      var reading = DataReading()
      reading.images.onError = .skip
      reading.memoryLimit = memoryLimit
      let data = try DataSource(folder).load(.train, reading)
      let image = DataSourceTests.values(data.subset([0]))
      #expect(data.count == 3)
      #expect(DataSourceTests.values(data) == image + image + image)
      let omissions = data.notes.filter { $0.hasPrefix("left out: ") }
      #expect(omissions.count == 4)
      for (note, name) in zip(omissions, ["b.png", "c.jpg", "e.jpg", "f.png"]) {
        #expect(note.hasPrefix("left out: \(folder)/\(name): "))
      }
      #expect(data.notes.last == "\(folder): 4 of 7 images were left out")
    }
  }

  @Test func aFolderWithoutOneSoundImageIsRefusedEitherWay() throws {
    try withTemporaryFolder { folder in
      for name in ["a.png", "b.jpg"] { try AtomicFile.write([[]], to: "\(folder)/\(name)") }
      for policy in ImageErrorPolicy.allCases {
        var reading = DataReading()
        reading.images.onError = policy
        let text = sentence { try DataSource(folder).load(.train, reading) }
        #expect(text.hasPrefix("\(folder): 2 of its 2 images cannot be used:\n"))
      }
    }
  }

  @Test func manyUnusableFilesAreNotAllListed() throws {
    try withTemporaryFolder { folder in
      for index in 0..<30 { try AtomicFile.write([[]], to: "\(folder)/\(index).png") }
      let lines = sentence { try DataSource(folder).load(.train) }.split(separator: "\n")
      #expect(lines.count == 22 && lines.last == "  and 10 more")
    }
  }

  @Test func imagesOfAnotherKindAreNeverLeftOut() throws {
    try withTemporaryFolder { folder in
      _ = try ImageFolderTests.write("a.png", folder, channels: 1, seed: 1)
      _ = try ImageFolderTests.write("b.png", folder, channels: 3, seed: 1)
      var reading = DataReading()
      reading.images.onError = .skip
      #expect(
        sentence { try DataSource(folder).load(.train, reading) }
          == "\(folder)/b.png: 3×2 pixels of 3 channels, but a.png has 3×2 of 1; "
          + "all images should be of one kind (--color makes them so)")
    }
  }
}
