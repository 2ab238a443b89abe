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
      "What stands between the fields of a CSV file, one character, tab or space; seen by itself unless given."
  )
  var delimiter: String?

  @Option(
    name: .long,
    help:
      "The decimal mark of a CSV file's numbers, comma or point, where its cells leave it open (1,234)."
  )
  var decimal: String?

  func validate() throws {
    if schema == "" { throw ValidationError("--schema is an empty name.") }
    if let delimiter, byte(delimiter) == nil {
      throw ValidationError(
        "--delimiter \"\(delimiter)\" should be one ASCII character, tab or space; no quote, letter or digit."
      )
    }
    if let decimal, hasComma(decimal) == nil {
      throw ValidationError("--decimal \"\(decimal)\" should be a comma or a point.")
    }
  }

  private func byte(_ text: String) -> UInt8? {
    if text == "tab" || text == "\\t" { return UInt8(ascii: "\t") }
    if text == "space" { return UInt8(ascii: " ") }
    guard text.utf8.count == 1, let byte = text.utf8.first, CSV.canDelimit(byte) else { return nil }
    return byte
  }

  private func hasComma(_ text: String) -> Bool? {
    switch text {
    case ",", "comma": true
    case ".", "point": false
    default: nil
    }
  }

  /// The options as they were given, but for the schema, for a command that goes on.
  var arguments: String {
    let header = header.map { $0 ? " --header" : " --no-header" } ?? ""
    return header + (delimiter.map { " --delimiter '\($0)'" } ?? "")
      + (decimal.map { " --decimal \($0)" } ?? "")
  }

  /// The same for the library.
  ///
  /// - Throws: `FormatError` for a schema file that is none.
  func reading() throws -> TableReading {
    var reading = TableReading()
    reading.delimiter = delimiter.flatMap(byte)
    reading.hasHeader = header
    reading.hasDecimalComma = decimal.flatMap(hasComma)
    if let schema { reading.changes = try SchemaChanges.read(schema) }
    return reading
  }
}
