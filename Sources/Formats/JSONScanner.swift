/// Reads JSON front to back, as strictly as its grammar, and names what it finds wrong.
///
/// The caller says what must come next, so nothing nests deeper than the caller does, nothing is
/// kept that is not wanted, and no input makes the scanner recurse.
///
/// - SeeAlso: RFC 8259.
struct JSONScanner {
  private let bytes: [UInt8]
  private let file: String
  private let end: Int
  private(set) var position: Int

  /// - Parameter range: the part of `bytes` that is the text; beyond it traps.
  init(_ bytes: [UInt8], in range: Range<Int>, file: String) {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= bytes.count,
      "JSONScanner: \(range) leaves the \(bytes.count) bytes")
    self.bytes = bytes
    self.file = file
    position = range.lowerBound
    end = range.upperBound
  }

  /// Reads an object; `member` reads the value of each key, which no object has twice.
  mutating func object(
    _ what: String, member: (inout JSONScanner, String) throws(FormatError) -> Void
  ) throws(FormatError) {
    try expect("{", "\(what) should be an object")
    var keys: Set<String> = []
    guard !accept("}") else { return }
    repeat {
      let key = try string("a key of \(what)")
      guard keys.insert(key).inserted else {
        throw failure("the key \(quoted(key)) appears twice in \(what)")
      }
      try expect(":", "a colon should follow the key \(quoted(key))")
      try member(&self, key)
    } while accept(",")
    try expect("}", "a comma or the end of \(what) should be here")
  }

  /// Reads an array of integers from 0 up.
  mutating func naturalNumbers(_ what: String) throws(FormatError) -> [Int] {
    try expect("[", "\(what) should be an array")
    var numbers: [Int] = []
    guard !accept("]") else { return numbers }
    repeat { numbers.append(try naturalNumber(what)) } while accept(",")
    try expect("]", "a comma or the end of \(what) should be here")
    return numbers
  }

  private mutating func naturalNumber(_ what: String) throws(FormatError) -> Int {
    skipSpace()
    guard peek() != UInt8(ascii: "-") else { throw failure("\(what) has a negative number") }
    let start = position
    var value = 0
    while let digit = peek().flatMap(decimalDigit) {
      let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = tens.addingReportingOverflow(digit)
      guard !overflow, !carry else { throw failure("a number in \(what) exceeds 64 bits") }
      value = sum
      position += 1
    }
    guard position > start else { throw failure("\(what) should hold only numbers") }
    guard bytes[start] != UInt8(ascii: "0") || position == start + 1 else {
      throw failure("a number in \(what) begins with a zero too many")
    }
    if let next = peek(), next == UInt8(ascii: ".") || next | 0x20 == UInt8(ascii: "e") {
      throw failure("\(what) has a number that is not written as an integer")
    }
    return value
  }

  /// Reads a string.
  mutating func string(_ what: String) throws(FormatError) -> String {
    try expect("\"", "\(what) should be a string")
    var text: [UInt8] = []
    while let byte = peek() {
      switch byte {
      case UInt8(ascii: "\""):
        guard let string = String(validating: text, as: UTF8.self) else {
          throw failure("\(what) is not UTF-8")
        }
        position += 1
        return string
      case UInt8(ascii: "\\"):
        position += 1
        text += String(try escape(what)).utf8
      case 0..<0x20:
        throw failure("\(what) has a control character in it")
      default:
        text.append(byte)
        position += 1
      }
    }
    throw failure("the header ends inside \(what)")
  }

  /// Reads what follows a backslash.
  private mutating func escape(_ what: String) throws(FormatError) -> Unicode.Scalar {
    guard let letter = peek() else { throw failure("the header ends inside \(what)") }
    position += 1
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(letter)
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{c}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"): break
    default: throw failure("\(what) has an escape that JSON does not know")
    }
    var code = try fourDigits(what)
    if 0xd800..<0xdc00 ~= code, bytes[position..<end].starts(with: [0x5c, 0x75]) {  // \u
      position += 2
      let low = try fourDigits(what)
      // A low half that is none makes a number that is no scalar, caught below.
      code = 0xdc00..<0xe000 ~= low ? 0x10000 + (code - 0xd800) << 10 + (low - 0xdc00) : code
    }
    guard let scalar = Unicode.Scalar(code) else {
      throw failure("\(what) has half a surrogate pair")
    }
    return scalar
  }

  private mutating func fourDigits(_ what: String) throws(FormatError) -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = peek(), let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw failure("\(what) has an escape without its four hexadecimal digits")
      }
      code = code << 4 | UInt32(digit)
      position += 1
    }
    return code
  }

  /// Checks that only white space is left.
  mutating func finish() throws(FormatError) {
    skipSpace()
    guard position == end else { throw failure("text follows the end of the header") }
  }

  func failure(_ reason: String) -> FormatError {
    FormatError(file: file, offset: position, reason: reason)
  }

  private func peek() -> UInt8? {
    position < end ? bytes[position] : nil
  }

  private mutating func expect(
    _ character: Unicode.Scalar, _ reason: @autoclosure () -> String
  ) throws(FormatError) {
    guard accept(character) else { throw failure(reason()) }
  }

  private mutating func accept(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    guard peek() == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func skipSpace() {
    while let byte = peek(), isSpace(byte) { position += 1 }
  }
}
