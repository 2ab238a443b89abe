/// Writes rows of a CSV file, quoting what must be quoted.
///
///     var writer = CSVWriter()
///     writer.append(["name", "size"])
///     writer.append(["a, b", "1.5"])
///     try AtomicFile.write([writer.bytes], to: "things.csv")
///
/// Lines end in LF. What ``CSVParser`` reads from it are the rows that were appended.
public struct CSVWriter: Sendable {
  /// The text so far.
  public private(set) var bytes: [UInt8] = []
  private let delimiter: UInt8

  /// - Parameter delimiter: what stands between fields.
  public init(delimiter: UInt8 = UInt8(ascii: ",")) { self.delimiter = delimiter }

  /// Appends a row; a row without fields traps, for no reader would see it.
  ///
  /// - Complexity: O(bytes).
  public mutating func append(_ fields: [String]) {
    precondition(!fields.isEmpty, "CSVWriter.append: a row without fields")
    for (index, field) in fields.enumerated() {
      if index > 0 { bytes.append(delimiter) }
      append(field, isAlone: fields.count == 1)
    }
    bytes.append(UInt8(ascii: "\n"))
  }

  // An empty field that is alone would be an empty line, which readers skip; so would one between spaces be.
  private mutating func append(_ field: String, isAlone: Bool) {
    let quote = UInt8(ascii: "\"")
    let needsQuotes =
      field.isEmpty
      ? isAlone || delimiter == 0x20
      : field.utf8.contains { $0 == delimiter || $0 == quote || $0 == 0x0A || $0 == 0x0D }
        || delimiter == 0x20 && field.utf8.contains(0x09)
        || field.utf8.first == 0x20 || field.utf8.last == 0x20
        || bytes.isEmpty && field.utf8.first == 0xEF
    guard needsQuotes else {
      bytes += field.utf8
      return
    }
    bytes.append(quote)
    for byte in field.utf8 {
      if byte == quote { bytes.append(quote) }
      bytes.append(byte)
    }
    bytes.append(quote)
  }
}
