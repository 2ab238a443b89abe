import ArgumentParser
import Formats
import Variational

/// `vae evaluate`
struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Prints a model's numbers on data, and what is wrong with it.")

  @OptionGroup var model: ModelArgument
  @OptionGroup var data: DataOptions
  @OptionGroup var threads: ThreadOptions
  @OptionGroup var backend: BackendOptions

  @OptionGroup var part: PartOptions

  @Option(
    name: .long, parsing: .unconditional,
    help: "Draws of the latents for each example's log-likelihood; 0 leaves it out.")
  var importanceSamples = 0

  @Option(name: .long, parsing: .unconditional, help: "The same seed draws the same latents.")
  var seed: UInt64 = 1

  @Flag(
    name: .long,
    help: "Measures the decoder too: its smoothness, and how near samples lie to the data.")
  var full = false

  @Option(
    name: .long,
    help: "Known factors, an NPY or IDX file of whole numbers, one row an example: adds scores.",
    completion: .file())
  var factors: String?

  @Option(
    name: .long,
    help: "The column of a CSV file that holds each row's class, where the model knows of none.")
  var labels: String?

  @Option(
    name: .long, help: "Writes the numbers of every example: .csv or .npy.",
    completion: .file())
  var perExample: String?

  @Option(
    name: .long, help: "Writes one HTML page with numbers, charts and pictures; implies --full.",
    completion: .file(extensions: ["html"]))
  var report: String?

  @Flag(name: .long, help: "Prints one JSON object.")
  var json = false

  func validate() throws {
    if importanceSamples < 0 || importanceSamples > 1_000_000 {
      throw ValidationError(
        "--importance-samples \(importanceSamples) should lie between 0 and 1000000.")
    }
    func require(_ name: String, _ path: String?, _ endings: [String]) throws {
      guard let path else { return }
      if !endings.contains(where: path.lowercased().hasSuffix) {
        throw ValidationError(
          "\(name) \(path) should end in \(endings.joined(separator: " or ")).")
      }
    }
    try require("--per-example", perExample, [".csv", ".npy"])
    try require("--report", report, [".html"])
    if labels == "" { throw ValidationError("--labels is an empty name.") }
    if factors == "" { throw ValidationError("--factors is an empty name.") }
  }

  mutating func run() throws {
    try FileUses.check(
      reading: model.uses + data.uses + FileUses.Use.optional("--factors", factors),
      writing: FileUses.Use.optional("--per-example", perExample)
        + FileUses.Use.optional("--report", report))
    let model = try model.load(threads: threads.threads, backend: backend.backend)
    if importanceSamples > 0 && !model.isVariational {
      throw DataError(
        self.model.model,
        "a plain autoencoder has no posterior to sample from; leave --importance-samples out")
    }
    let data = try self.data.load(part.chosen, for: model, label: labels)
    if let labels, data.labelName != labels {
      throw ValidationError("--labels \(labels): \(data.name) has no column of that name.")
    }
    var contents = EvaluationReport.Contents()
    contents.importanceSamples = importanceSamples
    contents.measuresSamples = full || report != nil
    contents.factors = try factors.map { try FactorTable.read($0, examples: data.count) }
    contents.seed = seed
    let (result, examples) = try model.report(on: data, contents)
    let page = try report.map { _ in
      Array(try HTMLReport.page(result, model: model, data: data, seed: seed).html.utf8)
    }
    let (perExample, report) = (perExample, report)
    try writing {
      try AtomicFile.together { () throws(FormatError) in
        if let perExample { try ExampleTable(examples, of: data).write(to: perExample) }
        if let report, let page { try AtomicFile.write([page], to: report) }
      }
    }
    try EvaluationTable(result).print(asJSON: json)
  }
}

/// An evaluation for people.
struct EvaluationTable {
  private let result: EvaluationReport

  init(_ result: EvaluationReport) { self.result = result }

  /// Prints the first few numbers: what a training run ends in.
  func printSummary() throws {
    for (name, value) in result.sections[0].rows { try Console.outputRow(name, value) }
  }

  /// Prints the numbers, and below a table what is wrong.
  func print(asJSON: Bool) throws {
    if asJSON { return try Console.outputJSON(result) }
    for section in result.sections {
      if !section.title.isEmpty { try Console.output("\n\(section.title)") }
      for (name, value) in section.rows { try Console.outputRow(name, value) }
    }
    if !result.warnings.isEmpty { try Console.output("\nwarnings") }
    for warning in result.warnings {
      try Console.output("- \(warning.message)\n  \(warning.advice)")
    }
  }
}
