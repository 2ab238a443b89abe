import TestSupport
import Testing

@testable import Formats

struct ProtobufMessageTests {
  private func bytes(_ build: (inout ProtobufMessage) -> Void) -> [UInt8] {
    var message = ProtobufMessage()
    build(&message)
    return message.bytes
  }

  // The examples of the format's own description.
  @Test func documentedExamplesAreRepeated() {
    #expect(bytes { $0.append(1, int: 150) } == [0x08, 0x96, 0x01])
    #expect(
      bytes { $0.append(2, string: "testing") }
        == [0x12, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6e, 0x67])
    #expect(
      bytes { $0.append(3) { $0.append(1, int: 150) } } == [0x1a, 0x03, 0x08, 0x96, 0x01])
    #expect(
      bytes { $0.append(1, int: -2) }
        == [0x08, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01])
  }

  @Test(arguments: [0, 1, 127, 128, 16_383, 16_384, Int(Int32.max), Int.max, -1, Int.min])
  func wholeNumbersComeBack(_ value: Int) throws {
    let fields = try #require(ProtobufFields(bytes { $0.append(15, int: value) }))
    #expect(fields.ints(15) == [value])
    #expect(fields.fields.count == 1)
  }

  @Test func realNumbersComeBackBitByBit() throws {
    let fields = try #require(
      ProtobufFields(
        bytes {
          $0.append(16, float: 0.1)
          $0.append(2047, double: -0.1)
          $0.append(2048, float: .infinity)
        }))
    #expect(fields.float(16) == 0.1)
    #expect(fields.double(2047) == -0.1)
    #expect(fields.float(2048) == .infinity)
    // Little-endian, whatever the machine.
    #expect(bytes { $0.append(1, float: 1) } == [0x0d, 0, 0, 0x80, 0x3f])
    #expect(bytes { $0.append(1, double: 1) } == [0x09, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f])
  }

  @Test func emptyTextsAndMessagesAreFieldsToo() throws {
    let fields = try #require(
      ProtobufFields(
        bytes {
          $0.append(1, string: "")
          $0.append(2) { _ in }
        }))
    #expect(fields.texts(1) == [""])
    #expect(fields.messages(2).map(\.fields.count) == [0])
  }
}
