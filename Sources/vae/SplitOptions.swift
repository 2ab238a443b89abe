import ArgumentParser
import Variational

/// What is held out in training, besides a fraction or a number for validation.
struct SplitOptions: ParsableArguments {
  @Option(
    name: .long, help: "A file of examples to choose the best epoch by, instead of held-out ones.")
  var validation: String?

  @Option(
    name: .long, parsing: .unconditional,
    help: "The part of the data, from 0 to 1, held out for the end: vae evaluate --split test.")
  var testFraction: Double?

  @Option(name: .long, help: "A file of test examples instead.")
  var test: String?

  /// The options that were given, for messages.
  var given: [(String, Bool)] {
    [
      ("--validation", validation != nil), ("--test-fraction", testFraction != nil),
      ("--test", test != nil),
    ]
  }

  func validate() throws {
    for (name, value) in [("--validation", validation), ("--test", test)] where value == "" {
      throw ValidationError("\(name) is an empty name.")
    }
    if let testFraction, !(testFraction >= 0 && testFraction < 1) {
      throw ValidationError("--test-fraction \(testFraction) should lie in [0, 1).")
    }
    if test != nil && (testFraction ?? 0) > 0 {
      throw ValidationError("--test and --test-fraction exclude each other.")
    }
  }

  /// Puts what was given into a model's settings.
  func apply(to settings: inout TrainingSpec) {
    if let validation {
      settings.validationFile = validation
      (settings.validationFraction, settings.validationCount) = (0, 0)
    }
    if let testFraction { (settings.testFraction, settings.testFile) = (testFraction, nil) }
    if let test { (settings.testFile, settings.testFraction) = (test, 0) }
  }
}
