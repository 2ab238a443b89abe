// Protocol Buffers, the writing half: what ONNX and TensorBoard's event files are made of.
//
// A message is a row of fields, each a tag and a value. The tag is (number << 3 | wire type) as a varint;
// the wire types used here are 0 (varint: seven bits a byte, the lowest first, the highest bit set on all but
// the last), 1 (eight bytes), 2 (a length as varint, then so many bytes: texts, bytes, messages) and 5 (four
// bytes). Fixed sizes are little-endian. A generator and its runtime would be some ten thousand lines in place
// of these, for two schemas of which we write a dozen messages.
//
// Source: "Protocol Buffers: Encoding", https://protobuf.dev/programming-guides/encoding/

/// A message in the making: its fields in the order in which they are appended.
package struct ProtobufMessage: Sendable, Equatable {
  /// The message as it stands in a file.
  package private(set) var bytes: [UInt8] = []

  package init() {}

  /// Appends an int64, int32, bool or enum; a negative number takes ten bytes.
  package mutating func append(_ number: Int, int value: Int) {
    appendTag(number, wireType: 0)
    appendVarint(UInt64(bitPattern: Int64(value)))
  }

  /// Appends a float.
  package mutating func append(_ number: Int, float value: Float) {
    appendTag(number, wireType: 5)
    bytes.append(littleEndian: value.bitPattern)
  }

  /// Appends a double.
  package mutating func append(_ number: Int, double value: Double) {
    appendTag(number, wireType: 1)
    bytes.append(littleEndian: value.bitPattern)
  }

  /// Appends bytes.
  package mutating func append(_ number: Int, bytes value: [UInt8]) {
    appendTag(number, wireType: 2)
    appendVarint(UInt64(value.count))
    bytes += value
  }

  /// Appends a text as UTF-8.
  package mutating func append(_ number: Int, string value: String) {
    append(number, bytes: Array(value.utf8))
  }

  /// Appends a message.
  package mutating func append(_ number: Int, message: ProtobufMessage) {
    append(number, bytes: message.bytes)
  }

  /// Appends what `build` fills.
  package mutating func append(_ number: Int, build: (inout ProtobufMessage) -> Void) {
    var message = ProtobufMessage()
    build(&message)
    append(number, message: message)
  }

  private mutating func appendTag(_ number: Int, wireType: UInt64) {
    precondition(
      number >= 1 && number < 1 << 29, "ProtobufMessage: \(number) is no field's number")
    appendVarint(UInt64(number) << 3 | wireType)
  }

  private mutating func appendVarint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}
