// A reader of protocol buffers that shares nothing with the writer: every field of a message, by the rules of
// https://protobuf.dev/programming-guides/encoding/.

/// The fields of a message in the order in which they stand.
public struct ProtobufFields: Sendable {
  /// One field, not yet interpreted.
  public struct Field: Sendable {
    /// The number before the type.
    public let number: Int
    /// 0, 1, 2 or 5.
    public let wireType: Int
    /// The value of types 0, 1 and 5.
    public let word: UInt64
    /// The value of type 2.
    public let bytes: [UInt8]
  }

  /// All fields.
  public let fields: [Field]

  /// Reads a message; nil if it ends in the middle of a field or has a type that is none.
  public init?(_ bytes: [UInt8]) {
    var position = 0
    func varint() -> UInt64? {
      var value: UInt64 = 0
      for shift in stride(from: 0, to: 70, by: 7) {
        guard position < bytes.count else { return nil }
        let byte = bytes[position]
        position += 1
        value |= UInt64(byte & 0x7F) << UInt64(shift)
        if byte < 0x80 { return value }
      }
      return nil
    }
    func fixed(_ count: Int) -> UInt64? {
      guard position + count <= bytes.count else { return nil }
      defer { position += count }
      return (0..<count).reduce(0) { $0 | UInt64(bytes[position + $1]) << UInt64(8 * $1) }
    }
    var fields: [Field] = []
    while position < bytes.count {
      guard let tag = varint() else { return nil }
      let (number, type) = (Int(tag / 8), Int(tag % 8))
      var word: UInt64? = 0
      var content: [UInt8] = []
      switch type {
      case 0: word = varint()
      case 1: word = fixed(8)
      case 5: word = fixed(4)
      case 2:
        guard let count = varint(), count <= UInt64(bytes.count - position) else { return nil }
        content = Array(bytes[position..<position + Int(count)])
        position += Int(count)
      default: return nil
      }
      guard let word, number > 0 else { return nil }
      fields.append(Field(number: number, wireType: type, word: word, bytes: content))
    }
    self.fields = fields
  }

  /// All fields of a number.
  public func all(_ number: Int) -> [Field] { fields.filter { $0.number == number } }

  /// Whole numbers, one a field.
  public func ints(_ number: Int) -> [Int] {
    all(number).filter { $0.wireType == 0 }.map { Int(truncatingIfNeeded: $0.word) }
  }

  /// The first whole number.
  public func int(_ number: Int) -> Int? { ints(number).first }

  /// Texts.
  public func texts(_ number: Int) -> [String] {
    all(number).filter { $0.wireType == 2 }.map { String(decoding: $0.bytes, as: UTF8.self) }
  }

  /// The first text.
  public func text(_ number: Int) -> String? { texts(number).first }

  /// Messages; those that are none are left out.
  public func messages(_ number: Int) -> [ProtobufFields] {
    all(number).filter { $0.wireType == 2 }.compactMap { ProtobufFields($0.bytes) }
  }

  /// The first message.
  public func message(_ number: Int) -> ProtobufFields? { messages(number).first }

  /// The first four-byte number.
  public func float(_ number: Int) -> Float? {
    all(number).first { $0.wireType == 5 }.map {
      Float(bitPattern: UInt32(truncatingIfNeeded: $0.word))
    }
  }

  /// The first eight-byte number.
  public func double(_ number: Int) -> Double? {
    all(number).first { $0.wireType == 1 }.map { Double(bitPattern: $0.word) }
  }
}
