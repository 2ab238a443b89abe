import ArgumentParser
import Formats
import Variational

/// How `--data` is read if it is a CSV file.
struct TableOptions: ParsableArguments {
  @Option(
    name: .long,
    help:
      "A JSON file that says what columns of a CSV file are (docs/TABLES.md), where it is not what they seem."
  )
  var schema: String?

  @Flag(
    name: .long, inversion: .prefixedNo,
    help: "Whether the first row of a CSV file holds names; seen by itself unless given.")
  var header: Bool?

  @Option(
    name: .long,
    help:
      "What stands between the fields of a CSV file, one character or tab; seen by itself unless given."
  )
  var delimiter: String?

  func validate() throws {
    if schema == "" { throw ValidationError("--schema is an empty name.") }
    if let delimiter, byte(delimiter) == nil {
      throw ValidationError(
        "--delimiter \"\(delimiter)\" should be one ASCII character, or tab; no quote, letter or digit."
      )
    }
  }

  private func byte(_ text: String) -> UInt8? {
    if text == "tab" || text == "\\t" { return UInt8(ascii: "\t") }
    guard text.utf8.count == 1, let byte = text.utf8.first, byte > 0x20 || byte == 0x09,
      byte < 0x7F,
      byte != UInt8(ascii: "\""), byte != UInt8(ascii: "."), byte != UInt8(ascii: "-"),
      !Character(Unicode.Scalar(byte)).isLetter, !Character(Unicode.Scalar(byte)).isNumber
    else { return nil }
    return byte
  }

  /// The options as they were given, but for the schema, for a command that goes on.
  var arguments: String {
    let header = header.map { $0 ? " --header" : " --no-header" } ?? ""
    return header + (delimiter.map { " --delimiter '\($0)'" } ?? "")
  }

  /// The same for the library.
  ///
  /// - Throws: `FormatError` for a schema file that is none.
  func reading() throws -> TableReading {
    var reading = TableReading()
    reading.delimiter = delimiter.flatMap(byte)
    reading.hasHeader = header
    if let schema { reading.changes = try SchemaChanges.read(schema) }
    return reading
  }
}
