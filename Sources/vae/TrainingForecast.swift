/// How long an epoch and the rest of a run will take, told once, as soon as that can be known.
///
/// The first step of a run warms caches and is not counted; ten more, or two seconds of them if that is longer,
/// are a measurement. Runs of a few seconds are not worth a sentence.
struct TrainingForecast {
  /// Steps and seconds of a measurement.
  static let least = (steps: 10, seconds: 2.0)
  /// Seconds of a run that is worth a sentence.
  static let shortestRun = 10.0

  private let epochs: Int
  private var start: UInt64?
  private var steps = 0
  private var isTold = false

  init(epochs: Int) { self.epochs = epochs }

  /// Takes note of a step.
  ///
  /// - Parameters:
  ///   - epoch: the epoch, from 1
  ///   - batch: the minibatch, from 1
  ///   - batches: minibatches in an epoch
  ///   - now: when the step ended, in nanoseconds
  /// - Returns: the sentence, at one step of the run.
  mutating func sentence(epoch: Int, batch: Int, batches: Int, now: UInt64) -> String? {
    guard !isTold else { return nil }
    guard let start else {
      start = now
      return nil
    }
    steps += 1
    let seconds = Double(now - start) * 1e-9
    guard steps >= Self.least.steps && seconds >= Self.least.seconds else { return nil }
    isTold = true
    let each = seconds / Double(steps)
    let left = each * Double(batches - batch + (epochs - epoch) * batches)
    guard left >= Self.shortestRun else { return nil }
    return "An epoch's steps take about \(duration(each * Double(batches))), "
      + "the rest of the run \(duration(left))"
  }
}

/// "14 s", "2 min 5 s", "3 h 20 min"
func duration(_ seconds: Double) -> String {
  let total = Int(seconds.rounded())
  if total < 60 { return "\(total) s" }
  if total < 3600 { return "\(total / 60) min \(total % 60) s" }
  return "\(total / 3600) h \(total / 60 % 60) min"
}
