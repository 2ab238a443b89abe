import Foundation
import Variational

/// Training as it is shown on standard error: a bar on a terminal, plain lines otherwise.
final class TrainingDisplay {
  private let epochs: Int
  private let hasDivergence: Bool
  private let isTerminal: Bool
  private var epochStart = DispatchTime.now().uptimeNanoseconds
  private var lastShown: UInt64 = 0
  private var firstBatch: Int?
  private var examples = 0
  private var hasBar = false
  private var forecast: TrainingForecast

  init(epochs: Int, hasDivergence: Bool) {
    self.epochs = epochs
    self.hasDivergence = hasDivergence
    isTerminal = isatty(STDERR_FILENO) == 1
    forecast = TrainingForecast(epochs: epochs)
  }

  func show(_ event: FitEvent) {
    switch event {
    case .step(let report, let epoch, let batch, let batches, let means):
      step(report, epoch: epoch, batch: batch, batches: batches, means: means)
    case .epoch(let record): epochEnded(record)
    }
  }

  /// Leaves the bar's line.
  func end() {
    if hasBar { Console.error("") }
    hasBar = false
  }

  private func step(
    _ report: StepReport, epoch: Int, batch: Int, batches: Int, means: TrainingMeans
  ) {
    let now = DispatchTime.now().uptimeNanoseconds
    if let sentence = forecast.sentence(epoch: epoch, batch: batch, batches: batches, now: now) {
      clearBar()
      Console.error(sentence)
    }
    if firstBatch == nil {
      firstBatch = batch
      examples = 0
      epochStart = now
    }
    examples += report.examples
    // Ten times a second on a terminal, every ten seconds in a log.
    let interval: UInt64 = isTerminal ? 100_000_000 : 10_000_000_000
    guard now - lastShown >= interval, batch < batches, let firstBatch, batch > firstBatch else {
      if lastShown == 0 { lastShown = now }
      return
    }
    lastShown = now
    let seconds = Double(now - epochStart) * 1e-9
    let perBatch = seconds / Double(batch - firstBatch)
    let remaining = perBatch * Double(batches - batch + (epochs - epoch) * batches)
    let rate = Double(examples) / max(seconds, 1e-9)
    var line = "epoch \(epoch)/\(epochs) "
    if isTerminal { line += bar(batch, batches) + " " }
    line +=
      "\(batch)/\(batches)  \(Int(rate)) examples/s  \(duration(remaining)) left  " + numbers(means)
    if isTerminal {
      Console.errorText("\r\(line)\u{1B}[K")
      hasBar = true
    } else {
      Console.error(line)
    }
  }

  private func epochEnded(_ record: EpochRecord) {
    clearBar()
    var line =
      "epoch \(record.epoch)/\(epochs)  \(Console.number(record.seconds, decimals: 1)) s  "
      + numbers(record.training)
    if let validation = record.validation {
      line += "  evaluation loss \(Console.number(validation.loss))"
      line += " ELBO \(Console.number(validation.elbo))"
    }
    if record.isBest { line += "  best" }
    if record.saturations > 0 {
      line += "  (\(record.saturations) log-variances beyond their bound)"
    }
    Console.error(line)
    firstBatch = nil
    lastShown = 0
  }

  // Makes way for a line.
  private func clearBar() {
    if isTerminal && hasBar { Console.errorText("\r\u{1B}[K") }
    hasBar = false
  }

  private func numbers(_ means: TrainingMeans) -> String {
    var text =
      "loss \(Console.number(means.loss)) reconstruction \(Console.number(means.reconstruction))"
    if hasDivergence { text += " KL \(Console.number(means.kl))" }
    return text
  }

  private func bar(_ batch: Int, _ batches: Int) -> String {
    let width = 24
    let filled = batch * width / max(batches, 1)
    return "[" + String(repeating: "=", count: filled)
      + String(repeating: " ", count: width - filled) + "]"
  }
}
