/// Turns the bytes of a CSV file into rows, whatever pieces they come in.
///
///     var parser = CSVParser(file: "people.csv")
///     try parser.parse(piece) { row in … }   // as often as there are pieces
///     try parser.finish { row in … }
///
/// RFC 4180, and what is written beside it: lines end in LF, CR LF or CR; the last one may lack its end; a UTF-8
/// mark at the start and empty lines are skipped; a quote inside a field that does not begin with one is a
/// character like others. Every row has as many fields as the first. Memory is one row, bounded by ``Limits``.
public struct CSVParser: Sendable {
  /// What a file may ask for, so that one stray quote does not swallow gigabytes.
  public struct Limits: Sendable, Hashable {
    /// Fields in a row.
    public var fields = 1 << 16
    /// Bytes in a field.
    public var fieldBytes = 1 << 20
    /// Bytes in all fields of a row.
    public var rowBytes = 1 << 26
    /// Whether a row may have more or fewer fields than the first; ``CSVRow/misfit`` tells it.
    public var allowsMisfits = false

    /// The usual limits.
    public init() {}
  }

  private enum State: Sendable {
    case mark(Int)  // so many bytes of the UTF-8 mark have been seen
    case rowStart
    case fieldStart
    case plain
    case quoted
    case afterQuote  // inside a quoted field: its end, or half of a doubled quote
  }

  private let file: String
  private let delimiter: UInt8
  private let limits: Limits
  private var state = State.mark(0)
  private var row = CSVRow()
  private var width: Int?  // the fields of the first row
  private var line = 1
  private var quoteLine = 1
  // The last byte was CR, so that LF ends no second line.
  private var followsReturn = false

  /// - Parameters:
  ///   - file: what errors call the file
  ///   - delimiter: what stands between fields: a comma, a semicolon, a tab, …
  ///   - limits: what a file may ask for
  public init(file: String, delimiter: UInt8 = UInt8(ascii: ","), limits: Limits = Limits()) {
    self.file = file
    self.delimiter = delimiter
    self.limits = limits
  }

  /// Takes the next piece of the file and calls `body` for every row that ends in it.
  ///
  /// - Throws: ``FormatError`` with line and column, for a row with more or fewer fields than the first, text
  ///   after a closing quote, a zero byte, what is beyond the limits; or what `body` throws.
  /// - Complexity: O(bytes).
  public mutating func parse(
    _ bytes: [UInt8], _ body: (CSVRow) throws(FormatError) -> Void
  ) throws(FormatError) {
    var index = 0
    while index < bytes.count {
      if followsReturn {
        followsReturn = false
        if bytes[index] == lineFeed {
          // In a quoted field the pair is data; elsewhere it is one end of a line.
          if case .quoted = state { row.bytes.append(lineFeed) }
          index += 1
          continue
        }
      }
      switch state {
      case .mark(let seen): index += skipMark(bytes[index], seen)
      case .rowStart:
        if isLineEnd(bytes[index]) {
          countLine(bytes[index])
          index += 1
        } else {
          row.begin(line: line)
          state = .fieldStart
        }
      case .fieldStart:
        if bytes[index] == quote {
          quoteLine = line
          state = .quoted
          index += 1
        } else {
          state = .plain
        }
      case .plain: try takePlain(bytes, &index, body)
      case .quoted: try takeQuoted(bytes, &index)
      case .afterQuote: try takeAfterQuote(bytes[index], &index, body)
      }
    }
  }

  /// Ends the file; its last line may lack its end.
  ///
  /// - Throws: ``FormatError`` for a quoted field that never ends.
  public mutating func finish(
    _ body: (CSVRow) throws(FormatError) -> Void
  ) throws(FormatError) {
    switch state {
    case .rowStart, .mark(0): break
    case .mark(let seen):
      row.bytes += utf8Mark[..<seen]
      try endRow(body)
    case .fieldStart, .plain, .afterQuote: try endRow(body)
    case .quoted:
      throw failure(line: quoteLine, "the quoted field that begins here never ends")
    }
    state = .rowStart
  }

  // Returns whether the byte belongs to the mark, as 1 or 0.
  private mutating func skipMark(_ byte: UInt8, _ seen: Int) -> Int {
    guard byte == utf8Mark[seen] else {
      row.bytes += utf8Mark[..<seen]
      state = seen > 0 ? .plain : .rowStart
      return 0
    }
    state = seen + 1 == utf8Mark.count ? .rowStart : .mark(seen + 1)
    return 1
  }

  private mutating func takePlain(
    _ bytes: [UInt8], _ index: inout Int, _ body: (CSVRow) throws(FormatError) -> Void
  ) throws(FormatError) {
    let start = index
    while index < bytes.count {
      let byte = bytes[index]
      if byte == delimiter || byte == lineFeed || byte == carriageReturn || byte == 0 { break }
      index += 1
    }
    try append(bytes[start..<index])
    guard index < bytes.count else { return }
    try endField(at: bytes[index], body)
    index += 1
  }

  private mutating func takeQuoted(_ bytes: [UInt8], _ index: inout Int) throws(FormatError) {
    let start = index
    while index < bytes.count {
      let byte = bytes[index]
      if byte == quote || isLineEnd(byte) || byte == 0 { break }
      index += 1
    }
    try append(bytes[start..<index])
    guard index < bytes.count else { return }
    let byte = bytes[index]
    if byte == quote {
      state = .afterQuote
    } else {
      if byte == 0 { throw zeroByte() }
      try append([byte][...])
      countLine(byte)
    }
    index += 1
  }

  private mutating func takeAfterQuote(
    _ byte: UInt8, _ index: inout Int, _ body: (CSVRow) throws(FormatError) -> Void
  ) throws(FormatError) {
    if byte == quote {
      try append([quote][...])
      state = .quoted
    } else {
      guard byte == delimiter || isLineEnd(byte) else {
        throw failure(
          "text follows the closing quote; a quote inside a quoted field is written twice")
      }
      try endField(at: byte, body)
    }
    index += 1
  }

  // The byte behind a field: the delimiter, the end of the line, or zero.
  private mutating func endField(
    at byte: UInt8, _ body: (CSVRow) throws(FormatError) -> Void
  ) throws(FormatError) {
    if byte == 0 { throw zeroByte() }
    if byte == delimiter {
      row.ends.append(row.bytes.count)
      guard row.count < limits.fields else {
        throw failure("a row has more than \(limits.fields) fields")
      }
      state = .fieldStart
    } else {
      try endRow(body)
      countLine(byte)
    }
  }

  private mutating func endRow(
    _ body: (CSVRow) throws(FormatError) -> Void
  ) throws(FormatError) {
    row.ends.append(row.bytes.count)
    if let width, row.count != width {
      let reason = "has \(fields(row.count)), but the first row has \(width)"
      guard limits.allowsMisfits else {
        throw FormatError(
          file: file, reason: "line \(row.line) \(reason)", concernsRow: true)
      }
      row.misfit = reason
    } else {
      width = row.count
    }
    state = .rowStart
    try body(row)
  }

  private func fields(_ count: Int) -> String { count == 1 ? "1 field" : "\(count) fields" }

  private mutating func append(_ piece: ArraySlice<UInt8>) throws(FormatError) {
    row.bytes += piece
    guard row.bytes.count - (row.ends.last ?? 0) <= limits.fieldBytes else {
      throw failure("the field has more than \(limits.fieldBytes) bytes; is a quote missing?")
    }
    guard row.bytes.count <= limits.rowBytes else {
      throw failure("the row has more than \(limits.rowBytes) bytes")
    }
  }

  private mutating func countLine(_ byte: UInt8) {
    line += 1
    followsReturn = byte == carriageReturn
  }

  private func zeroByte() -> FormatError {
    failure("there is a zero byte; the file should be text in UTF-8")
  }

  private func failure(line: Int? = nil, _ reason: String) -> FormatError {
    FormatError(
      file: file, reason: "line \(line ?? self.line), column \(row.count + 1): \(reason)")
  }
}

private let quote = UInt8(ascii: "\"")
private let lineFeed = UInt8(ascii: "\n")
private let carriageReturn = UInt8(ascii: "\r")
private let utf8Mark: [UInt8] = [0xEF, 0xBB, 0xBF]

private func isLineEnd(_ byte: UInt8) -> Bool { byte == lineFeed || byte == carriageReturn }
