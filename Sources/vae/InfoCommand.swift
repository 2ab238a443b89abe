import ArgumentParser
import Foundation
import Variational

/// `vae info`
struct InfoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "info",
    abstract: "Shows the machine and the BLAS kernels in use, and what a model is.")

  @Argument(help: "The folder of a trained model.")
  var model: String?

  @OptionGroup var threads: ThreadOptions

  @Flag(name: .long, help: "Prints one JSON object.")
  var json = false

  mutating func run() throws {
    let machine = MachineSummary(threads: threads.threads)
    let summary = try model.map { path in
      ModelSummary(try RunFolder(path).loadModel(threads: threads.threads))
    }
    if json {
      try Console.outputJSON(Report(machine: machine, model: summary))
      return
    }
    for (name, value) in machine.rows + (summary?.rows ?? []) {
      try Console.outputRow(name, value)
    }
    for line in summary.map({ [""] + $0.layers }) ?? [] { try Console.output(line) }
  }

  private struct Report: Encodable {
    let machine: MachineSummary
    let model: ModelSummary?
  }
}
