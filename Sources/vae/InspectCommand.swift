import ArgumentParser
import Variational

/// `vae inspect`
struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract:
      "Shows what is understood of data: examples, shape, range, classes, the columns of a table.",
    discussion: """
      What a CSV file's columns seem to be, and which likelihood each gets, can be changed by a --schema file; \
      docs/TABLES.md has its format.
      """)

  @Argument(help: "What --data takes elsewhere.")
  var data: String

  @Option(
    name: .long, help: "Where the four IDX files of fashion-mnist are, if not at Debian's place.")
  var dataDirectory: String?

  @OptionGroup var tables: TableOptions
  @OptionGroup var files: FileOptions

  @Flag(name: .long, help: "Prints one JSON object.")
  var json = false

  func validate() throws {
    if data.isEmpty { throw ValidationError("The data's name is empty.") }
  }

  mutating func run() throws {
    let source = DataSource(data, directory: dataDirectory)
    var reading = try DataReading(tables, files, of: source, named: data)
    reading.refusesDoubtfulLayout = false
    let summary: DataSummary
    if let table = try readingRows({ try source.table(reading) }) {
      let (set, schema) = try readingRows {
        let schema = try TableSchema(inferredFrom: table, changes: reading.table.changes)
        return (try schema.dataSet(from: table).leavingOutFailures(), schema)
      }
      for note in set.notes { Console.error(note) }
      summary = try DataSummary(set, table: (table, schema))
    } else {
      let set = try source.load(.train, reading)
      for note in set.notes + set.scaleNotices() { Console.error(note) }
      summary = try DataSummary(set)
    }
    if json { return try Console.outputJSON(summary) }
    for (name, value) in summary.rows { try Console.outputRow(name, value) }
    let lines = summary.columnLines
    if !lines.isEmpty { try Console.output("") }
    for line in lines { try Console.output(line) }
  }
}
