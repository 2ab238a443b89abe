/// Comma-separated values: files of rows of text.
///
/// - SeeAlso: RFC 4180; ``CSVParser`` for what is read beside it.
public enum CSV {
  /// The delimiters that are looked for.
  public static let delimiters: [UInt8] = [
    UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "\t"), UInt8(ascii: "|"),
  ]

  // Big enough that system calls cost nothing, small enough for the cache.
  private static let pieceSize = 1 << 18

  /// Reads a file, gzipped or not, a row at a time.
  ///
  /// - Parameters:
  ///   - path: the file; the path is repeated as it is in errors.
  ///   - delimiter: what stands between fields; nil for what the first row is divided by most often.
  ///   - limits: what a row may ask for.
  ///   - ceiling: the most bytes that a gzipped file may unpack to.
  ///   - body: gets every row, the header among them; its value lives for the length of the call.
  /// - Throws: ``FormatError`` with line and column, or what `body` throws.
  /// - Complexity: O(size); memory for one row (and the packed file, if it is packed).
  public static func read(
    _ path: String, delimiter: UInt8? = nil, limits: CSVParser.Limits = CSVParser.Limits(),
    ceiling: Int = 1 << 34, body: (CSVRow) throws(FormatError) -> Void
  ) throws(FormatError) {
    let file = try FileBytes.open(path)
    var piece = try file.piece(pieceSize, path)
    if InflateStream.isGzip(piece[...]) {
      return try unpack(path, delimiter, limits, ceiling, body)
    }
    var parser = CSVParser(
      file: path, delimiter: delimiter ?? self.delimiter(of: piece), limits: limits)
    while !piece.isEmpty {
      try parser.parse(piece, body)
      piece = try file.piece(pieceSize, path)
    }
    try parser.finish(body)
  }

  private static func unpack(
    _ path: String, _ delimiter: UInt8?, _ limits: CSVParser.Limits, _ ceiling: Int,
    _ body: (CSVRow) throws(FormatError) -> Void
  ) throws(FormatError) {
    var stream = try InflateStream(try FileBytes.read(path), packing: .gzip, file: path)
    var piece = try stream.take(pieceSize)
    var parser = CSVParser(
      file: path, delimiter: delimiter ?? self.delimiter(of: piece), limits: limits)
    while !piece.isEmpty {
      try parser.parse(piece, body)
      guard stream.produced <= ceiling else {
        throw FormatError(file: path, reason: "unpacks to more than \(ceiling) bytes")
      }
      piece = try stream.take(pieceSize)
    }
    try parser.finish(body)
  }

  /// All rows of a text in memory.
  ///
  /// - Parameters:
  ///   - bytes: the text.
  ///   - delimiter: what stands between fields; nil for what the first row is divided by most often.
  ///   - file: what errors call the text.
  /// - Throws: ``FormatError`` with line and column, also for what is not UTF-8.
  public static func rows(
    of bytes: [UInt8], delimiter: UInt8? = nil, file: String
  ) throws(FormatError) -> [[String]] {
    var rows: [[String]] = []
    func keep(_ row: CSVRow) throws(FormatError) {
      var fields: [String] = []
      for index in 0..<row.count {
        guard let text = row.text(index) else {
          throw FormatError(
            file: file, reason: "line \(row.line), column \(index + 1): the text is not UTF-8")
        }
        fields.append(text)
      }
      rows.append(fields)
    }
    var parser = CSVParser(file: file, delimiter: delimiter ?? self.delimiter(of: bytes))
    try parser.parse(bytes, keep)
    try parser.finish(keep)
    return rows
  }

  /// The delimiter that stands most often in the first row, outside quotes; a comma if none does.
  public static func delimiter(of start: [UInt8]) -> UInt8 {
    var counts = [Int](repeating: 0, count: delimiters.count)
    var isQuoted = false
    var hasText = false
    for byte in start.prefix(1 << 18) {
      if byte == UInt8(ascii: "\"") {
        isQuoted.toggle()
      } else if !isQuoted {
        // Empty lines before the first row are none.
        if byte == 0x0A || byte == 0x0D {
          if hasText { break }
          continue
        }
        if let place = delimiters.firstIndex(of: byte) { counts[place] += 1 }
      }
      hasText = true
    }
    let most = counts.max() ?? 0
    return most == 0 ? delimiters[0] : delimiters[counts.firstIndex(of: most) ?? 0]
  }

  /// Whether the start of a file looks like a table: text without control characters whose first row is divided.
  public static func isLikely(_ start: ArraySlice<UInt8>) -> Bool {
    let start = start.prefix(4096)
    guard !start.contains(where: { $0 < 0x20 && !($0 == 0x09 || $0 == 0x0A || $0 == 0x0D) }) else {
      return false
    }
    let first = start.drop { $0 == 0x0A || $0 == 0x0D }.prefix { $0 != 0x0A && $0 != 0x0D }
    return first.contains { delimiters.contains($0) }
  }
}
