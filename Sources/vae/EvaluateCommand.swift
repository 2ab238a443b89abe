import ArgumentParser
import Variational

/// `vae evaluate`
struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate", abstract: "Prints a model's numbers on data.")

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

  @Flag(name: .long, help: "Prints one JSON object.")
  var json = false

  func validate() throws {
    if importanceSamples < 0 || importanceSamples > 1_000_000 {
      throw ValidationError(
        "--importance-samples \(importanceSamples) should lie between 0 and 1000000.")
    }
  }

  mutating func run() throws {
    let model = try model.load(threads: threads.threads, backend: backend.backend)
    if importanceSamples > 0 && !model.isVariational {
      throw DataError(
        self.model.model,
        "a plain autoencoder has no posterior to sample from; leave --importance-samples out")
    }
    let data = try self.data.source.load(part.part)
    let result = try model.evaluate(data, importanceSamples: importanceSamples, seed: seed)
    try EvaluationTable(result, of: data).print(asJSON: json)
  }
}

/// An evaluation for people.
struct EvaluationTable {
  private let result: Evaluation
  private let data: DataSet

  init(_ result: Evaluation, of data: DataSet) {
    self.result = result
    self.data = data
  }

  /// Prints the numbers.
  ///
  /// - Throws: `DataError` when one of them is none: weights or data of absurd size.
  func print(asJSON: Bool) throws {
    guard result.isFinite else {
      throw DataError(
        data.name,
        "the model's loss on it is not a finite number, so its weights are of no use; "
          + "train it again with a smaller learning rate")
    }
    if asJSON { try Console.outputJSON(result) } else { try printTable() }
  }

  private func printTable() throws {
    var rows: [(String, String)] = [
      ("data", data.name), ("examples", "\(result.examples)"),
      ("loss", Console.number(result.loss, decimals: 3)),
      ("reconstruction", Console.number(result.reconstruction, decimals: 3)),
      ("KL", Console.number(result.kl, decimals: 3) + " nats per example"),
      ("ELBO", Console.number(result.elbo, decimals: 3) + " nats per example"),
    ]
    if let estimate = result.logLikelihood, let error = result.logLikelihoodStandardError {
      rows.append(
        (
          "log-likelihood",
          Console.number(estimate, decimals: 3) + " ± " + Console.number(error, decimals: 3)
            + " nats per example (\(result.importanceSamples ?? 0) samples)"
        ))
    }
    if let size = result.effectiveSampleSize {
      rows.append(("effective samples", Console.number(size, decimals: 1)))
    }
    if result.saturations > 0 {
      rows.append(("saturated log-variances", "\(result.saturations)"))
    }
    for (name, value) in rows { try Console.outputRow(name, value) }
  }
}
