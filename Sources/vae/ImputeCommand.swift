import ArgumentParser
import Formats
import Kernels
import Networks
import Variational

/// `vae impute`
struct ImputeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "impute",
    abstract: "Draws what missing values may be, given those that are there.",
    discussion: """
      Missing are empty cells of a table, NaN in an array, and what --mask marks. An .npz file gets the arrays \
      mean, standard_deviation, missing and imputations [M, N, …]; .npy the means; .csv every completed table, \
      in FILE-1.csv, FILE-2.csv, …, where all cells that are there and all columns of the file stay as they are; \
      .png each image as given, its mean and its draws.
      """)

  @OptionGroup var model: ModelArgument
  @OptionGroup var data: DataOptions
  @OptionGroup var part: PartOptions
  @OptionGroup var threads: ThreadOptions

  @Option(
    name: .long,
    help:
      "An .npy file in the data's shape, [N, …] or that of one example: not 0 where a value is missing."
  )
  var mask: String?

  @Option(name: .long, parsing: .unconditional, help: "How many completed data sets are drawn.")
  var imputations = 5

  @Option(
    name: .long,
    help: """
      metropolis, whose limit is exact, or pseudo-gibbs, which trusts the encoder; metropolis unless given.
      """)
  var method = ImputationSettings.Method.metropolis.rawValue

  @Option(name: .long, parsing: .unconditional, help: "Rounds before the first is kept.")
  var burnIn = 200

  @Option(name: .long, parsing: .unconditional, help: "Rounds from one that is kept to the next.")
  var spacing = 20

  @Option(name: .long, parsing: .unconditional, help: "The same seed draws the same values.")
  var seed: UInt64 = 1

  @Option(name: .long, parsing: .unconditional, help: "How many examples, from the first on.")
  var count: Int?

  @Option(name: .shortAndLong, help: "The file to write: .npz, .npy, .csv or .png.")
  var output: String

  @Flag(name: .long, help: "Prints a summary as one JSON object.")
  var json = false

  private static let kinds: [OutputKind] = [.npz, .npy, .csv, .png]

  func validate() throws {
    _ = try OutputKind.of(output, allowed: Self.kinds)
    let names = ImputationSettings.Method.allCases.map(\.rawValue)
    if !names.contains(method) {
      throw ValidationError(unknownName(method, what: "method", valid: names) + ".")
    }
    for (name, value, least) in [
      ("--imputations", imputations, 1), ("--burn-in", burnIn, 0), ("--spacing", spacing, 1),
    ] where value < least || value > ImputationSettings.mostRounds {
      throw ValidationError(
        "\(name) \(value) should lie between \(least) and \(ImputationSettings.mostRounds).")
    }
    if settings.rounds > ImputationSettings.mostRounds {
      throw ValidationError(
        "--burn-in and --imputations × --spacing make \(settings.rounds) rounds; at most "
          + "\(ImputationSettings.mostRounds) are possible.")
    }
    if let count, count < 1 {
      throw ValidationError("--count \(count) should be a positive number.")
    }
    if mask == "" { throw ValidationError("--mask is an empty name.") }
  }

  private var settings: ImputationSettings {
    ImputationSettings(
      method: ImputationSettings.Method(rawValue: method) ?? .metropolis, imputations: imputations,
      burnIn: burnIn, spacing: spacing, seed: seed)
  }

  mutating func run() throws {
    let kind = try OutputKind.of(output, allowed: Self.kinds)
    try FileUses.check(
      reading: model.uses + data.uses + FileUses.Use.optional("--mask", mask),
      writing: ImputationOutput.paths(output, kind: kind, imputations: imputations)
        .map { FileUses.Use("--output", $0) })
    let model = try model.load(threads: threads.threads)
    var data = try self.data.load(part.chosen, for: model, allowsMissing: true)
    let out = ImputationOutput(
      model: model, path: output, kind: kind, reading: try self.data.reading().table)
    try out.require(examples: min(count ?? data.count, data.count), imputations: imputations)
    let mask = try self.mask.map { try readMask($0, data, model) }
    if let count { data = data.prefix(count) }
    let result = try model.impute(
      data, mask: mask.map { Array($0.prefix(data.count * data.shape.count)) }, settings)
    try out.write(result, data)
    let summary = Summary(
      examples: data.count, missing: result.missingCount, imputations: imputations,
      acceptance: result.acceptance)
    let files = out.paths(imputations)
    let place = files.count == 1 ? output : "\(files[0]) … \(files[files.count - 1])"
    Console.error(
      "\(result.missingCount) missing values of \(data.count) examples, drawn \(imputations) times, in "
        + place)
    if json { return try Console.outputJSON(summary) }
    try Console.outputRow("missing values", "\(summary.missing)")
    if let acceptance = summary.acceptance {
      try Console.outputRow("accepted proposals", Console.number(acceptance, decimals: 3))
    }
  }

  private struct Summary: Encodable {
    let examples: Int
    let missing: Int
    let imputations: Int
    let acceptance: Double?
  }

  // One mask for every example, or one for all.
  private func readMask(_ path: String, _ data: DataSet, _ model: Model) throws -> [Bool] {
    let array = try NPY.read(path)
    let width = data.shape.count
    let mask = array.floats().map { $0 != 0 }
    if let whole = model.spec.table?.wholeMask(mask, examples: data.count) { return whole }
    guard array.count == width || array.count == data.count * width else {
      throw DataError(
        path,
        "a mask of shape \(array.shape) fits neither one example, \(data.shape), nor all "
          + "\(data.count) of them")
    }
    if mask.count == data.count * width { return mask }
    return (0..<data.count).flatMap { _ in mask }
  }
}
