import ArgumentParser
import Networks
import Variational

/// How long, how fast and on which part of the data a model is trained.
struct TrainingOptions: ParsableArguments {
  @Option(
    name: .long, parsing: .unconditional,
    help: "Passes over the training data; 10 (fashion: 5, table: more for fewer rows) unless given."
  )
  var epochs: Int?

  @Option(
    name: .long, parsing: .unconditional,
    help: "Examples in a minibatch; 128 (fashion: 100, small tables: 32) unless given.")
  var batchSize: Int?

  @Option(
    name: .long, parsing: .unconditional,
    help: "The learning rate; 0.001 (fashion and faces: 0.0005) unless given.")
  var learningRate: Double?

  @Option(
    name: .long, parsing: .unconditional,
    help: "Scales gradients down to this norm; no limit unless given.")
  var clipNorm: Double?

  @Option(
    name: .long, parsing: .unconditional,
    help: "The part of the data, from 0 to 1, held out to choose the best epoch by.")
  var validationFraction: Double?

  @Option(
    name: .long, parsing: .unconditional,
    help: "The number of examples held out instead, the last ones of the data.")
  var validationCount: Int?

  @OptionGroup var splits: SplitOptions

  @Option(
    name: .long, parsing: .unconditional,
    help: "Epochs without a better validation result, by --selection, before training stops.")
  var patience: Int?

  @Option(
    name: .long,
    help: """
      What the best epoch is chosen by on the validation data: objective (its loss with beta at its final \
      value), bound or reconstruction; objective unless given.
      """, completion: .list(Selection.names))
  var selection: String?

  @Option(
    name: .long, parsing: .unconditional,
    help: "The same seed gives the same weights, order and noise; 1 unless given.")
  var seed: UInt64?

  func validate() throws {
    try requirePositive("--epochs", epochs, most: 1_000_000)
    try requirePositive("--batch-size", batchSize, most: 1 << 20)
    try requirePositive("--learning-rate", learningRate)
    try requirePositive("--clip-norm", clipNorm)
    try requirePositive("--patience", patience)
    if let selection, Selection(rawValue: selection) == nil {
      throw ValidationError(
        "--selection \(selection): "
          + unknownName(selection, what: "selection", valid: Selection.names) + ".")
    }
    if let fraction = validationFraction, !(fraction >= 0 && fraction < 1) {
      throw ValidationError("--validation-fraction \(fraction) should lie in [0, 1).")
    }
    if let count = validationCount, count < 0 {
      throw ValidationError("--validation-count \(count) should be at least 0.")
    }
    if splits.validation != nil && holdsOutExamples {
      throw ValidationError(
        "--validation names a file of examples; leave --validation-fraction and --validation-count out."
      )
    }
  }

  /// Whether the options themselves hold data out.
  var holdsOut: Bool { holdsOutExamples || splits.validation != nil }

  private var holdsOutExamples: Bool {
    (validationFraction ?? 0) > 0 || (validationCount ?? 0) > 0
  }

  /// The options that were given, for those that `--resume` excludes.
  var given: [(String, Bool)] {
    [
      ("--batch-size", batchSize != nil), ("--learning-rate", learningRate != nil),
      ("--clip-norm", clipNorm != nil), ("--validation-fraction", validationFraction != nil),
      ("--validation-count", validationCount != nil), ("--patience", patience != nil),
      ("--seed", seed != nil), ("--selection", selection != nil),
    ] + splits.given
  }

  /// Changes settings as the options say.
  func apply(to training: inout TrainingSpec) {
    if let epochs { training.epochs = epochs }
    if let batchSize { training.batchSize = batchSize }
    if let learningRate { training.learningRate = learningRate }
    if let clipNorm { training.clipNorm = clipNorm }
    if let patience { training.patience = patience }
    if let selection = selection.flatMap(Selection.init) { training.selection = selection }
    applySplit(to: &training)
  }

  /// Changes what decides which examples are held out.
  func applySplit(to training: inout TrainingSpec) {
    if let validationFraction { training.validationFraction = validationFraction }
    if let validationCount { training.validationCount = validationCount }
    splits.apply(to: &training)
    if let seed { training.seed = seed }
  }
}

/// Refuses a number that was given and is not positive, or above the most.
func requirePositive(_ name: String, _ value: Int?, most: Int = .max) throws {
  guard let value, value < 1 || value > most else { return }
  throw ValidationError(
    most == .max
      ? "\(name) \(value) should be a positive number."
      : "\(name) \(value) should lie between 1 and \(most).")
}

/// The same for a real number.
func requirePositive(_ name: String, _ value: Double?) throws {
  if let value, !(value > 0 && value.isFinite) {
    throw ValidationError("\(name) \(value) should be a positive number.")
  }
}
