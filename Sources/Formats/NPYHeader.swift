/// The three facts of an NPY header.
struct NPYHeader: Equatable {
  var elementType: ElementType
  var isLittleEndian: Bool
  var isFortranOrder: Bool
  var shape: [Int]
}

/// Reads an NPY header, which is a Python dictionary literal such as
///
///     {'descr': '<f4', 'fortran_order': False, 'shape': (60000, 784), }
///
/// The parser knows this one form: three keys, each once, in any order. Nothing in it recurses and
/// nothing is evaluated.
struct NPYHeaderParser {
  private let text: [UInt8]  // the literal
  private let start: Int  // its place in the file
  private let file: String
  private var position = 0

  init(_ text: [UInt8], at start: Int, file: String) {
    self.text = text
    self.start = start
    self.file = file
  }

  /// - Throws: ``FormatError`` at the first byte that is not as it should be.
  mutating func parse() throws(FormatError) -> NPYHeader {
    var kind: (ElementType, isLittleEndian: Bool)?
    var isFortranOrder: Bool?
    var shape: [Int]?
    try expect("{", "the header's dictionary")
    while !accept("}") {
      let key = try string("a key")
      let isRepeated =
        switch key {
        case "descr": kind != nil
        case "fortran_order": isFortranOrder != nil
        case "shape": shape != nil
        default: throw failure("the header has the unknown key \(quoted(key))")
        }
      guard !isRepeated else { throw failure("the header has the key \(quoted(key)) twice") }
      try expect(":", "the value of \(quoted(key))")
      switch key {
      case "descr": kind = try elementType()
      case "fortran_order": isFortranOrder = try boolean()
      default: shape = try tuple()
      }
      guard accept(",") else {
        try expect("}", "the end of the header's dictionary")
        break
      }
    }
    skipSpace()
    guard position == text.count else { throw failure("text follows the header's dictionary") }
    guard let kind else { throw failure("the header lacks the key 'descr'") }
    guard let isFortranOrder else { throw failure("the header lacks the key 'fortran_order'") }
    guard let shape else { throw failure("the header lacks the key 'shape'") }
    return NPYHeader(
      elementType: kind.0, isLittleEndian: kind.isLittleEndian, isFortranOrder: isFortranOrder,
      shape: shape)
  }

  private mutating func elementType() throws(FormatError) -> (ElementType, isLittleEndian: Bool) {
    skipSpace()
    guard position < text.count, text[position] != UInt8(ascii: "[") else {
      throw failure("arrays of structures are not read, only plain numbers")
    }
    let name = try string("the element type")
    var code = Substring(name)
    let isLittleEndian: Bool
    switch code.first {
    case "<": isLittleEndian = true
    case ">": isLittleEndian = false
    case "|", "=": isLittleEndian = hostIsLittleEndian
    default: throw failure("the element type \(quoted(name)) does not begin with <, >, | or =")
    }
    code.removeFirst()
    if let (_, elementType) = NPYHeader.codes.first(where: { $0.0 == code }) {
      guard elementType.byteCount == 1 || name.first != "|" else {
        throw failure("the element type \(quoted(name)) does not say its byte order")
      }
      return (elementType, isLittleEndian)
    }
    switch code.first {
    case "O": throw failure("object arrays hold pickled Python objects, which are never read")
    case "S", "a", "U": throw failure("arrays of strings (\(quoted(name))) are not read")
    case "V": throw failure("arrays of raw or structured data (\(quoted(name))) are not read")
    case "c": throw failure("complex numbers (\(quoted(name))) are not read")
    default: throw failure("the element type \(quoted(name)) is not known")
    }
  }

  private mutating func boolean() throws(FormatError) -> Bool {
    skipSpace()
    for (word, value) in [("True", true), ("False", false)]
    where text[position...].starts(with: word.utf8) {
      position += word.utf8.count
      return value
    }
    throw failure("'fortran_order' is neither True nor False")
  }

  private mutating func tuple() throws(FormatError) -> [Int] {
    try expect("(", "the shape")
    var extents: [Int] = []
    while !accept(")") {
      extents.append(try integer())
      guard accept(",") else {
        guard extents.count > 1 else { throw failure("the shape lacks the comma of a tuple") }
        try expect(")", "the end of the shape")
        break
      }
    }
    return extents
  }

  private mutating func integer() throws(FormatError) -> Int {
    skipSpace()
    guard position < text.count else { throw failure("the header ends inside the shape") }
    guard text[position] != UInt8(ascii: "-") else { throw failure("the shape is negative") }
    let first = position
    var value = 0
    while position < text.count, let digit = decimalDigit(text[position]) {
      let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = tens.addingReportingOverflow(digit)
      guard !overflow, !carry else { throw failure("a number in the shape exceeds 64 bits") }
      value = sum
      position += 1
    }
    guard position > first else { throw failure("the shape holds something other than numbers") }
    // Python 2 wrote long integers with an L.
    if position < text.count, text[position] == UInt8(ascii: "L") { position += 1 }
    return value
  }

  /// A quoted string; the names in a header need no escapes, so none are read.
  private mutating func string(_ what: String) throws(FormatError) -> String {
    skipSpace()
    guard position < text.count, [UInt8(ascii: "'"), UInt8(ascii: "\"")].contains(text[position])
    else { throw failure("\(what) should be a quoted string") }
    let quote = text[position]
    let body = text[(position + 1)...]
    guard let end = body.firstIndex(of: quote) else {
      throw failure("the quoted string does not end")
    }
    let characters = body[..<end]
    guard characters.allSatisfy({ 0x20..<0x7f ~= $0 && $0 != UInt8(ascii: "\\") }) else {
      throw failure("\(what) is not plain ASCII")
    }
    position = end + 1
    return String(decoding: characters, as: UTF8.self)
  }

  private mutating func expect(_ character: Unicode.Scalar, _ what: String) throws(FormatError) {
    guard accept(character) else { throw failure("\(what) should have '\(character)' here") }
  }

  private mutating func accept(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    guard position < text.count, text[position] == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func skipSpace() {
    while position < text.count, isSpace(text[position]) { position += 1 }
  }

  private func failure(_ reason: String) -> FormatError {
    FormatError(file: file, offset: start + position, reason: reason)
  }
}

/// The value of an ASCII digit, nil for other bytes.
func decimalDigit(_ byte: UInt8) -> Int? {
  UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte ? Int(byte - UInt8(ascii: "0")) : nil
}

/// Space, tab, line feed or carriage return: white space in JSON and enough of Python's.
func isSpace(_ byte: UInt8) -> Bool {
  byte == 0x20 || byte == 0x09 || byte == 0x0a || byte == 0x0d
}

/// A name from a file, fit for a sentence: quoted, on one line, and not too long.
func quoted(_ name: String) -> String {
  let shown = name.unicodeScalars.prefix(80).map { scalar in
    scalar.value < 0x20 || scalar.value == 0x7f ? "\u{fffd}" : scalar
  }
  let ending = name.unicodeScalars.count > 80 ? "…" : ""
  return "'" + String(String.UnicodeScalarView(shown)) + ending + "'"
}

extension NPYHeader {
  /// NumPy's codes, without the byte order.
  static let codes: [(String, ElementType)] = [
    ("b1", .bool), ("u1", .uint8), ("i1", .int8), ("u2", .uint16), ("i2", .int16),
    ("u4", .uint32), ("i4", .int32), ("u8", .uint64), ("i8", .int64), ("f2", .float16),
    ("f4", .float32), ("f8", .float64),
  ]
}
