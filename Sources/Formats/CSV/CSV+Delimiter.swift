// What divides a text's fields, seen from its beginning.

extension CSV {
  /// What the beginning of a text says about how it is divided.
  struct Beginning {
    /// What stands between fields.
    var delimiter: UInt8
    /// The bytes of a first line `sep=;`, which is no data.
    var skipped = 0
  }

  /// Looks for a first line `sep=;`, by which Excel is told the delimiter, and at the rows behind it.
  ///
  /// - Parameters:
  ///   - start: the first bytes of a text
  ///   - given: the delimiter that the caller asks for, which goes before the line's
  static func beginning(_ start: [UInt8], given: UInt8?) -> Beginning {
    if let line = separatorLine(start) {
      return Beginning(delimiter: given ?? line.delimiter, skipped: line.bytes)
    }
    return Beginning(delimiter: given ?? delimiter(of: start))
  }

  /// What stands between the fields of a file, gzipped or not, as ``read(_:delimiter:limits:ceiling:body:)`` sees it.
  ///
  /// - Throws: ``FormatError`` for a file that cannot be read.
  /// - Complexity: O(1) for a plain file, one look at its beginning; memory for a packed one.
  public static func delimiter(ofFile path: String) throws(FormatError) -> UInt8 {
    let start = try FileBytes.prefix(1 << 18, of: path)
    guard InflateStream.isGzip(start[...]) else { return beginning(start, given: nil).delimiter }
    var stream = try InflateStream(try FileBytes.read(path), packing: .gzip, file: path)
    return beginning(try stream.take(1 << 18), given: nil).delimiter
  }

  // `sep=;` in any case, in quotes or not, behind a UTF-8 mark or not, with its line's end.
  private static func separatorLine(_ start: [UInt8]) -> (delimiter: UInt8, bytes: Int)? {
    let mark = start.starts(with: utf8Mark) ? utf8Mark.count : 0
    let limit = min(start.count, mark + 32)
    let end = (mark..<limit).first { isLineEnd(start[$0]) } ?? limit
    var line = start[mark..<end]
    if line.count >= 2, line.first == quote, line.last == quote {
      line = line.dropFirst().dropLast()
    }
    guard line.count >= 5, line.prefix(4).elementsEqual("sep=".utf8, by: { $0 | 0x20 == $1 })
    else { return nil }
    // A program that saves the line again fills it up with empty fields.
    let rest = line.dropFirst(4)
    guard let delimiter = rest.first, rest.allSatisfy({ $0 == delimiter }),
      canDelimit(delimiter)
    else { return nil }
    var next = end
    if next < start.count {
      next +=
        start[next] == carriageReturn && next + 1 < start.count && start[next + 1] == lineFeed
        ? 2 : 1
    }
    return (delimiter, next)
  }

  /// The delimiter that divides all of the first rows into equally many fields; of several the one that stands there
  /// most often, but no comma where each one stands between two digits: a decimal comma. If none does, what stands
  /// most often in the first row; a comma if nothing does.
  public static func delimiter(of start: [UInt8]) -> UInt8 {
    let rows = DelimiterCounts(start)
    let even = delimiters.indices.filter { place in
      let first = rows.counts.first?[place] ?? 0
      return first > 0 && rows.counts.allSatisfy { $0[place] == first }
    }
    let others = even.filter { $0 != 0 }
    let candidates = !others.isEmpty && rows.commasAreDecimal ? others : even
    let counts = rows.counts.first ?? [0, 0, 0, 0]
    let possible = candidates.isEmpty ? Array(delimiters.indices) : candidates
    // Of equal counts the first of the list, but a tab before a comma: texts have commas.
    var best = possible[0]
    for place in possible
    where counts[place] > counts[best]
      || counts[place] == counts[best] && delimiters[place] == 0x09 && !even.isEmpty
    {
      best = place
    }
    return counts[best] == 0 ? delimiters[0] : delimiters[best]
  }

  /// Whether a byte can stand between fields: a tab, a space or another ASCII character that no number or word has.
  public static func canDelimit(_ byte: UInt8) -> Bool {
    guard byte == 0x09 || (0x20..<0x7F).contains(byte) else { return false }
    return !Character(Unicode.Scalar(byte)).isLetter && !Character(Unicode.Scalar(byte)).isNumber
      && ![quote, UInt8(ascii: "."), UInt8(ascii: "-")].contains(byte)
  }

  /// Whether the start of a file looks like a table: text without control characters whose first row is divided.
  public static func isLikely(_ start: ArraySlice<UInt8>) -> Bool {
    isText(start) && firstLine(start).contains { delimiters.contains($0) }
  }

  /// Whether the start of a file looks like a table whose fields are divided by spaces: text whose first line is, and
  /// by nothing else.
  public static func isLikelySpaced(_ start: ArraySlice<UInt8>) -> Bool {
    isText(start) && !isLikely(start)
      && firstLine(start).split(separator: UInt8(ascii: " ")).count > 1
  }

  /// Whether the start of a file is text: no control characters but tabs and the ends of lines.
  public static func isText(_ start: ArraySlice<UInt8>) -> Bool {
    !start.prefix(4096).contains { $0 < 0x20 && !($0 == 0x09 || isLineEnd($0)) }
  }

  private static func firstLine(_ start: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    start.prefix(4096).drop(while: isLineEnd).prefix { !isLineEnd($0) }
  }
}

/// How often each delimiter stands in each of a text's first rows, outside quotes.
private struct DelimiterCounts {
  /// A count for each of `CSV.delimiters`, for each row.
  private(set) var counts: [[Int]] = []
  /// Whether there are commas behind the first row, and each stands between two digits.
  private(set) var commasAreDecimal = false

  private static let mostRows = 100
  private static let mostBytes = 1 << 18

  init(_ start: [UInt8]) {
    let end = min(start.count, Self.mostBytes)
    var index = start.starts(with: utf8Mark) ? utf8Mark.count : 0
    var row = [0, 0, 0, 0]
    var (isQuoted, hasText, commas, decimals) = (false, false, 0, 0)
    var previous: UInt8?
    func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }
    func isDelimiter(_ byte: UInt8) -> Bool { CSV.delimiters.contains(byte) }
    while index < end && counts.count < Self.mostRows {
      let byte = start[index]
      index += 1
      if byte == quote {
        // A quote inside a field that does not begin with one is a character like others.
        if isQuoted {
          isQuoted = false
        } else if previous.map({ isDelimiter($0) || isLineEnd($0) || $0 == quote }) ?? true {
          isQuoted = true
        }
        hasText = true
      } else if !isQuoted && isLineEnd(byte) {
        // Empty lines are no rows.
        if hasText { counts.append(row) }
        (row, hasText) = ([0, 0, 0, 0], false)
      } else {
        hasText = true
        if !isQuoted, let place = CSV.delimiters.firstIndex(of: byte) {
          row[place] += 1
          if place == 0 {
            let isDecimal = isDigit(index < end ? start[index] : 0) && isDigit(previous ?? 0)
            if isDecimal { decimals += 1 }
            // Names in the first row may hold other commas.
            if isDecimal || !counts.isEmpty { commas += 1 }
          }
        }
      }
      previous = byte
    }
    // A row that is cut off where the piece ends says nothing, unless it is the text's last or only one.
    if hasText && (end == start.count || counts.isEmpty) && counts.count < Self.mostRows {
      counts.append(row)
    }
    commasAreDecimal = commas > 0 && commas == decimals
  }
}
