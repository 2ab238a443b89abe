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
  ///   - delimiter: what stands between fields; nil for what a first line `sep=;` or the rows themselves say.
  ///   - limits: what a row may ask for.
  ///   - ceiling: the most bytes that a gzipped file may unpack to.
  ///   - body: gets every row, the header among them; its value lives for the length of the call.
  /// - Returns: the delimiter by which the rows were divided.
  /// - Throws: ``FormatError`` with line and column, or what `body` throws.
  /// - Complexity: O(size); memory for one row (and the packed file, if it is packed).
  @discardableResult
  public static func read(
    _ path: String, delimiter: UInt8? = nil, limits: CSVParser.Limits = CSVParser.Limits(),
    ceiling: Int = 1 << 34, body: (CSVRow) throws(FormatError) -> Void
  ) throws(FormatError) -> UInt8 {
    let file = try FileBytes.open(path)
    var piece = try file.piece(pieceSize, path)
    if InflateStream.isGzip(piece[...]) {
      return try unpack(path, delimiter, limits, ceiling, body)
    }
    let beginning = self.beginning(piece, given: delimiter)
    var parser = CSVParser(file: path, beginning, limits)
    piece.removeFirst(beginning.skipped)
    while !piece.isEmpty {
      try parser.parse(piece, body)
      piece = try file.piece(pieceSize, path)
    }
    try parser.finish(body)
    return beginning.delimiter
  }

  private static func unpack(
    _ path: String, _ delimiter: UInt8?, _ limits: CSVParser.Limits, _ ceiling: Int,
    _ body: (CSVRow) throws(FormatError) -> Void
  ) throws(FormatError) -> UInt8 {
    var stream = try InflateStream(try FileBytes.read(path), packing: .gzip, file: path)
    var piece = try stream.take(pieceSize)
    let beginning = self.beginning(piece, given: delimiter)
    var parser = CSVParser(file: path, beginning, limits)
    piece.removeFirst(beginning.skipped)
    while !piece.isEmpty {
      try parser.parse(piece, body)
      guard stream.produced <= ceiling else {
        throw FormatError(file: path, reason: "unpacks to more than \(ceiling) bytes")
      }
      piece = try stream.take(pieceSize)
    }
    try parser.finish(body)
    return beginning.delimiter
  }

  /// All rows of a text in memory.
  ///
  /// - Parameters:
  ///   - bytes: the text.
  ///   - delimiter: what stands between fields; nil for what a first line `sep=;` or the rows themselves say.
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
    let beginning = self.beginning(bytes, given: delimiter)
    var parser = CSVParser(file: file, beginning, CSVParser.Limits())
    try parser.parse(Array(bytes.dropFirst(beginning.skipped)), keep)
    try parser.finish(keep)
    return rows
  }
}
