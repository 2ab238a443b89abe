// The part of a training state that is neither weights nor moments.

/// Where training has got to, besides weights and moments.
struct TrainingProgress: Sendable, Hashable, Codable {
  var completedSteps = 0
  var epoch = 0
  var nextBatch = 0
  var sums = EpochSums()
  /// The best epoch's number by the run's selection; lower is better. Nil if no epoch was selected yet.
  var bestLoss: Double?
  /// The best epoch's bound, in the files of versions that knew no other selection.
  var bestBound: Double?
  var bestEpoch: Int?
  var epochsSinceBest = 0
  var plateauEpochs = 0
  var reductions = 0
  var isFinished = false
  /// The epochs that the run was to have; nil in files that do not say.
  var plannedEpochs: Int?
  /// The record of the last whole epoch, which a run that died in a save may not have in its metrics.
  var record: EpochRecord?

  /// Whether a run can have come here; what a damaged file says must not reach a sum.
  ///
  /// - Parameters:
  ///   - examples: of the training data
  ///   - size: of a minibatch
  func fits(examples: Int, batchSize size: Int) -> Bool {
    let batches = (examples + size - 1) / size
    let counts = [epochsSinceBest, plateauEpochs, reductions, sums.saturations]
    return (0...1_000_000).contains(epoch) && (0..<batches).contains(nextBatch)
      && completedSteps == epoch * batches + nextBatch && sums.steps == nextBatch
      && sums.examples == nextBatch * size && counts.allSatisfy { (0...1 << 48).contains($0) }
      && (bestEpoch.map { (1...max(epoch, 1)).contains($0) } ?? true)
      && (record.map { $0.epoch == epoch } ?? true) && sums.areReasonable
  }

  /// Goes on with training data of another number: the epoch begins anew, and steps are counted as if all epochs had
  /// been of these data.
  mutating func changeSteps(perEpoch stepsPerEpoch: Int) {
    nextBatch = 0
    sums = EpochSums()
    completedSteps = epoch * stepsPerEpoch
  }

  /// Goes on with other data to judge by: what was best is unknown.
  mutating func forgetBest() {
    (bestLoss, bestBound, bestEpoch) = (nil, nil, nil)
    (epochsSinceBest, plateauEpochs) = (0, 0)
  }
}
