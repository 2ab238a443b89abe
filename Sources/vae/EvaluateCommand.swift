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

  @Option(name: .long, help: "The part of a published data set: train or test.")
  var split: String = "test"

  @Option(
    name: .long, parsing: .unconditional,
    help: "Samples an example for the log-likelihood; 0 for none.")
  var importanceSamples = 0

  @Option(name: .long, parsing: .unconditional, help: "What the noise is derived from.")
  var seed: UInt64 = 1

  @Flag(name: .long, help: "Prints one JSON object.")
  var json = false

  func validate() throws {
    if DataSet.Part(rawValue: split) == nil {
      throw ValidationError("--split \(split) should be train or test.")
    }
    if importanceSamples < 0 {
      throw ValidationError("--importance-samples \(importanceSamples) should not be negative.")
    }
  }

  mutating func run() throws {
    let model = try model.load(threads: threads.threads, backend: backend.backend)
    if importanceSamples > 0 && !model.isVariational {
      throw DataError(
        self.model.model,
        "a plain autoencoder has no posterior to sample from; leave --importance-samples out")
    }
    let data = try self.data.source.load(DataSet.Part(rawValue: split) ?? .test)
    let result = try model.evaluate(data, importanceSamples: importanceSamples, seed: seed)
    if json { try Console.printJSON(result) } else { EvaluationTable(result, of: data).print() }
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

  func print() {
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
    for (name, value) in rows {
      Swift.print(name.padding(toLength: 24, withPad: " ", startingAt: 0) + value)
    }
  }
}
