// What a run is going to do, told before it does it.

import Foundation
import Variational

extension TrainCommand {
  func announce(_ trainer: Trainer, _ folder: RunFolder) {
    let (spec, data) = (trainer.model.spec, trainer.data)
    let threads = trainer.model.threads
    for column in spec.table?.columns ?? [] {
      if let note = column.note {
        Console.error("Column \"\(column.name)\" is ignored: it \(note).")
      }
    }
    announceCells(spec.table)
    Console.error(
      "Training \"\(spec.name)\" (\(trainer.model.parameterCount) parameters, \(spec.latents) "
        + "latents) on \(data.count) examples of \(data.shape), batch "
        + "\(spec.training.batchSize), \(spec.training.epochs) epochs, seed \(spec.training.seed), "
        + "\(threads) thread\(threads == 1 ? "" : "s"), into \(folder.path)")
    Console.error(PlanText(TrainingPlan(trainer)).sentence)
  }

  // What is learned beside the cells' values, and what is not seen of them.
  private func announceCells(_ table: TableSchema?) {
    let learned = table?.modelled.filter(\.learnsMissing).map { "\"\($0.name)\"" } ?? []
    if !learned.isEmpty {
      let more = learned.count > 8 ? " and \(learned.count - 8) more" : ""
      Console.error(
        "Which cells are missing is learned too, in \(learned.prefix(8).joined(separator: ", "))\(more)."
      )
    }
    for column in table?.modelled ?? [] {
      guard let clip = column.clip else { continue }
      let ends = [
        clip.lower.map { "below \(TableSchema.text($0))" },
        clip.upper.map { "above \(TableSchema.text($0))" },
      ].compactMap { $0 }
      Console.error(
        "Column \"\(column.name)\" has far outliers: numbers \(ends.joined(separator: " and ")) count as these "
          + "limits.")
    }
  }
}

/// A plan in words.
struct PlanText {
  let sentence: String

  init(_ plan: TrainingPlan) {
    sentence =
      "\(plan.stepsPerEpoch) steps an epoch, \(plan.stepsLeft) in all; about "
      + "\(PlanText.size(plan.memory)) of memory, \(PlanText.size(plan.dataMemory)) of it the data"
  }

  /// "12.3 MB"
  static func size(_ bytes: Double) -> String {
    if bytes < 1e6 { return "\(Console.number(bytes / 1e3, decimals: 1)) kB" }
    if bytes < 1e9 { return "\(Console.number(bytes / 1e6, decimals: 1)) MB" }
    return "\(Console.number(bytes / 1e9, decimals: 2)) GB"
  }
}
