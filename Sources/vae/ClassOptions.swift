import ArgumentParser
import Variational

/// `--only-class` and `--exclude-class`
struct ClassOptions: ParsableArguments {
  @Option(
    name: .long,
    help: "Takes the examples of this class only, by name or number; may be given several times.")
  var onlyClass: [String] = []

  @Option(
    name: .long,
    help: "Leaves out the examples of this class, by name or number; may be given several times.")
  var excludeClass: [String] = []

  func validate() throws {
    if (onlyClass + excludeClass).contains("") {
      throw ValidationError("--only-class and --exclude-class take a name or number, not nothing.")
    }
  }

  func apply(to data: DataSet) throws -> DataSet {
    try data.selectingClasses(only: onlyClass, excluding: excludeClass)
  }

  /// The same for every part.
  func apply(to parts: DataParts) throws -> DataParts {
    if onlyClass.isEmpty && excludeClass.isEmpty { return parts }
    return try parts.selectingClasses(only: onlyClass, excluding: excludeClass)
  }

  /// The options as they were given, for a command line that goes on.
  var arguments: String {
    onlyClass.map { " --only-class \"\($0)\"" }.joined()
      + excludeClass.map { " --exclude-class \"\($0)\"" }.joined()
  }
}
