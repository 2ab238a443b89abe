import Foundation
import TestSupport
import Testing

@testable import Formats

struct EventFileTests {
  // Every record of a file, both sums checked.
  private func messages(_ path: String) throws -> [ProtobufFields] {
    let bytes = try FileBytes.read(path)
    func word(_ start: Int, _ count: Int) -> UInt64 {
      (0..<count).reduce(0) { $0 | UInt64(bytes[start + $1]) << UInt64(8 * $1) }
    }
    func unmasked(_ start: Int) -> UInt32 {
      let rotated = UInt32(word(start, 4)) &- 0xA282_EAD8
      return rotated << 15 | rotated >> 17
    }
    var (position, result) = (0, [ProtobufFields]())
    while position < bytes.count {
      let length = Int(word(position, 8))
      #expect(
        unmasked(position + 8) == CastagnoliChecksum.of(Array(bytes[position..<position + 8])))
      let data = Array(bytes[position + 12..<position + 12 + length])
      #expect(unmasked(position + 12 + length) == CastagnoliChecksum.of(data))
      result.append(try #require(ProtobufFields(data)))
      position += 16 + length
    }
    return result
  }

  @Test func eventsStandInTheFileInOrder() throws {
    try withTemporaryFolder { folder in
      let file = try EventFile(folder: folder, time: 1000.5)
      try file.append(SummaryEvent(time: 1001, step: 469, values: [("loss", .scalar(0.25))]))
      let picture = SummaryValue.image(png: [1, 2, 3], width: 5, height: 7, channels: 3)
      try file.append(
        SummaryEvent(time: 1002, step: 938, values: [("a/b", .scalar(-1)), ("grid", picture)]))
      #expect(file.path.hasPrefix("\(folder)/events.out.tfevents.0000001000."))
      let events = try messages(file.path)
      #expect(events.map { $0.double(1) } == [1000.5, 1001, 1002])
      #expect(events[0].text(3) == "brain.Event:2")
      #expect(events.map { $0.int(2) } == [nil, 469, 938])
      let first = try #require(events[1].message(5)?.message(1))
      #expect(first.text(1) == "loss" && first.float(2) == 0.25)
      let values = try #require(events[2].message(5)?.messages(1))
      #expect(values.map { $0.text(1) } == ["a/b", "grid"])
      let image = try #require(values[1].message(4))
      #expect([1, 2, 3].map { image.int($0) } == [7, 5, 3])
      #expect(image.all(4).first?.bytes == [1, 2, 3])
    }
  }

  @Test func secondFileOfASecondHasANameOfItsOwn() throws {
    try withTemporaryFolder { folder in
      let files = try (0..<3).map { _ in try EventFile(folder: folder, time: 7).path }
      #expect(Set(files).count == 3)
      #expect(files.sorted() == files)
    }
  }

  @Test func missingFolderIsRefused() {
    #expect(throws: FormatError.self) {
      try EventFile(folder: "/nonexistent-folder", time: 0)
    }
  }
}
