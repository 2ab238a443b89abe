import ArgumentParser
import Foundation
import Variational

/// `vae info`
struct InfoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "info",
    abstract: "Shows the machine and the BLAS kernels in use, and what a model is.")

  @Argument(help: "The folder of a trained model.", completion: .directory)
  var model: String?

  @OptionGroup var threads: ThreadOptions

  @Flag(name: .long, help: "Prints one JSON object.")
  var json = false

  mutating func run() throws {
    let machine = MachineSummary(threads: threads.threads)
    var (summary, priors): (ModelSummary?, [FittedPriorRow]) = (nil, [])
    if let path = self.model {
      let model = try RunFolder(path).loadModel(threads: threads.threads)
      for note in model.notes { Console.error(note) }
      summary = ModelSummary(model)
      priors = try RunFolder(path).priorRecords().map {
        FittedPriorRow(record: $0, isCurrent: $0.belongs(to: model))
      }
    }
    if json {
      let listed = summary == nil ? nil : priors
      try Console.outputJSON(Report(machine: machine, model: summary, fittedPriors: listed))
      return
    }
    for (name, value) in machine.rows + (summary?.rows ?? []) {
      try Console.outputRow(name, value)
    }
    for prior in priors { try Console.outputRow("fitted prior", prior.text) }
    for line in summary.map({ [""] + $0.layers }) ?? [] { try Console.output(line) }
  }

  private struct Report: Encodable {
    let machine: MachineSummary
    let model: ModelSummary?
    let fittedPriors: [FittedPriorRow]?

    enum CodingKeys: String, CodingKey {
      case machine, model
      case fittedPriors = "fitted_priors"
    }
  }
}

/// A fitted prior as `vae info` lists it.
private struct FittedPriorRow: Encodable {
  let record: FittedPriorRecord
  let isCurrent: Bool

  var text: String {
    record.summary + (isCurrent ? "" : "; of other weights, so it should be fitted again")
  }

  private enum Key: String, CodingKey { case current }

  func encode(to encoder: any Encoder) throws {
    try record.encode(to: encoder)
    var values = encoder.container(keyedBy: Key.self)
    try values.encode(isCurrent, forKey: .current)
  }
}
