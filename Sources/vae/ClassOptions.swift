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

  /// The same for the library.
  var selection: ClassSelection { ClassSelection(only: onlyClass, excluded: excludeClass) }

  /// The options as they were given, for a command line that goes on.
  var arguments: String { Self.arguments(selection) }

  /// The options that make a selection.
  static func arguments(_ selection: ClassSelection) -> String {
    selection.only.map { " --only-class \"\($0)\"" }.joined()
      + selection.excluded.map { " --exclude-class \"\($0)\"" }.joined()
  }
}
