import ArgumentParser
import Formats
import Variational

/// `--data` where a command can do without.
struct OptionalDataOptions: ParsableArguments {
  @Option(name: .long, help: "Examples: whatever vae train takes as --data.")
  var data: String?

  @Option(
    name: .long, help: "Where the four IDX files of fashion-mnist are, if not at Debian's place.")
  var dataDirectory: String?

  @OptionGroup var part: PartOptions
  @OptionGroup var tables: TableOptions
  @OptionGroup var files: FileOptions
  @OptionGroup var classes: ClassOptions

  func validate() throws {
    if data == "" { throw ValidationError("--data is an empty name.") }
    if dataDirectory != nil && data.map({ DataSource($0).hasParts }) != true {
      throw ValidationError("--data-directory goes with --data fashion-mnist.")
    }
  }

  func load(for model: Model) throws -> DataSet? {
    guard let data else { return nil }
    let source = DataSource(data, directory: dataDirectory)
    var reading = try DataReading(tables, files, of: source, named: data, for: model.spec.data)
    reading.classes = classes.selection
    let set = try readingRows { try source.load(part.chosen, for: model.spec, reading) }
    for note in set.notes { Console.error(note) }
    return set
  }
}
