// Training from start to end for those who don't want to write the loop: validation, early stopping, the
// best weights, checkpoints, and a way to stop between two steps.

import Formats
import Foundation
import Kernels
import Networks

/// How `fit` ended.
public enum FitOutcome: Sendable, Hashable {
  /// All epochs were run.
  case finished
  /// The validation bound had not improved for `patience` epochs.
  case stoppedEarly
  /// `shouldStop` said so; a run folder can be resumed.
  case interrupted
}

/// What `fit` tells while it runs.
public enum FitEvent: Sendable {
  /// A step was taken; the means are those of the epoch so far.
  case step(StepReport, epoch: Int, batch: Int, batches: Int, means: TrainingMeans)
  /// An epoch ended.
  case epoch(EpochRecord)
}

/// Runs a trainer over its epochs.
///
///     let fit = try Fit(trainer, validation: heldOut, folder: RunFolder("garments"))
///     let outcome = try fit.run { event in
///       if case .epoch(let record) = event { print(record.epoch, record.training.loss) }
///     }
public final class Fit {
  /// The trainer.
  public let trainer: Trainer
  /// Records of the epochs so far.
  public private(set) var records: [EpochRecord] = []
  private let validation: DataSet?
  private let selects: Bool
  private let folder: RunFolder?
  private var progress = TrainingProgress()
  // Whether what is in the folder belongs to this run.
  private var ownsFolder = false

  /// Prepares a run.
  ///
  /// - Parameters:
  ///   - trainer: the model, its data and the settings
  ///   - validation: data to evaluate after every epoch
  ///   - selecting: whether the best epoch by its bound is kept (and early stopping judged by it); false
  ///     to watch only, as test data should be
  ///   - folder: where description, weights, state and metrics are written; nil for none
  public init(
    _ trainer: Trainer, validation: DataSet? = nil, selecting: Bool = true,
    folder: RunFolder? = nil
  ) throws {
    if let validation { try validation.check(against: trainer.model.spec) }
    self.trainer = trainer
    self.validation = validation
    self.selects = selecting && validation != nil
    self.folder = folder
  }

  /// Goes on where a folder's last state was saved: the same bits as if never stopped. If the run died in a
  /// save, the files that were still to be written are written first, and what a killed writer left is removed.
  ///
  /// A run that had stopped early stays stopped, unless the settings have more epochs than it had.
  ///
  /// - Throws: `FormatError` when the state is missing, damaged or belongs to another model; nothing is
  ///   changed then.
  public func restore() throws {
    guard let folder else { preconditionFailure("Fit.restore: there is no folder") }
    AtomicFile.removeAbandoned(in: folder.path)
    let metrics = try folder.readMetrics()
    progress = try folder.loadState(into: trainer)
    ownsFolder = true
    trainer.completedSteps = progress.completedSteps
    trainer.reductions = progress.reductions
    records = metrics.filter { $0.epoch <= progress.epoch }
    try finishSave(in: folder)
    if progress.epoch < trainer.settings.epochs && progress.isFinished {
      progress.isFinished = false
      // Who asks a run that has stopped early for more epochs gives it new patience.
      if let planned = progress.plannedEpochs, trainer.settings.epochs > planned, stopsEarly {
        progress.epochsSinceBest = 0
      }
    }
  }

  // The metrics are a save's last file: if they lack the epoch, the run died after its state was written,
  // and the weights may be missing too. What is in memory now is what they should be.
  private func finishSave(in folder: RunFolder) throws {
    guard let record = progress.record, progress.nextBatch == 0, records.last != record else {
      return
    }
    records = records.filter { $0.epoch < record.epoch } + [record]
    if record.isBest || !selects { try folder.saveWeights(of: trainer.model) }
    try folder.writeMetrics(records)
  }

  private var stopsEarly: Bool {
    trainer.settings.patience.map { selects && progress.epochsSinceBest >= $0 } ?? false
  }

  /// The number of whole epochs that have been run.
  public var completedEpochs: Int { progress.epoch }

  /// Makes the folder if need be and writes the untrained model with its description, so that from the
  /// first step on the folder holds a model that can be read and gone on with. What an earlier run left
  /// there is replaced. `run` does this itself; it is for those who want to know before that nothing
  /// hinders the run. Nothing happens if the run has begun or was restored.
  ///
  /// - Throws: `FormatError` when a file cannot be written or the folder's parent does not exist.
  public func start() throws {
    guard let folder, !ownsFolder else { return }
    try folder.create()
    AtomicFile.removeAbandoned(in: folder.path)
    try save()
    // The description comes last: without it there is no model yet.
    try saveSpec(in: folder)
    ownsFolder = true
  }

  private func saveSpec(in folder: RunFolder) throws {
    var spec = trainer.model.spec
    spec.training = trainer.settings
    try folder.saveSpec(spec)
  }

  /// The best epoch by the validation bound (from 1), if one was selected.
  public var bestEpoch: Int? { progress.bestEpoch }

  /// Runs the epochs that are left, after `start`.
  ///
  /// - Parameters:
  ///   - report: told of every step and epoch; `fit.run { event in … }` is this one
  ///   - shouldStop: asked after every step; true saves and returns
  /// - Throws: `TrainingError` for numbers that are not finite (the folder then holds what was saved
  ///   last), `FormatError` when a file cannot be written.
  public func run(
    report: (FitEvent) -> Void = { _ in }, shouldStop: () -> Bool = { false }
  ) throws -> FitOutcome {
    try start()
    while progress.epoch < trainer.settings.epochs && !progress.isFinished {
      // A run that was killed just before it would have stopped is restored with its patience at an end.
      if !stopsEarly, try !runEpoch(report: report, shouldStop: shouldStop) { return .interrupted }
      if stopsEarly {
        progress.isFinished = true
        try save()
        return .stoppedEarly
      }
    }
    return .finished
  }

  // False when it was interrupted.
  private func runEpoch(report: (FitEvent) -> Void, shouldStop: () -> Bool) throws -> Bool {
    let batches = trainer.stepsPerEpoch
    for batch in trainer.batches(epoch: progress.epoch, startingAt: progress.nextBatch) {
      let start = DispatchTime.now().uptimeNanoseconds
      let step = try trainer.step(batch)
      progress.sums.add(step, seconds: seconds(since: start))
      progress.nextBatch = batch.index + 1
      progress.completedSteps = trainer.completedSteps
      report(
        .step(
          step, epoch: progress.epoch + 1, batch: batch.index + 1, batches: batches,
          means: progress.sums.means))
      if progress.nextBatch < batches && shouldStop() {
        try save()
        return false
      }
    }
    try finishEpoch(report: report)
    if shouldStop() && progress.epoch < trainer.settings.epochs { return false }
    return true
  }

  private func seconds(since start: UInt64) -> Double {
    Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9
  }

  private func finishEpoch(report: (FitEvent) -> Void) throws {
    let evaluation = try validation.map { try trainer.model.evaluate($0) }
    if evaluation?.isFinite == false {
      throw TrainingError.notFinite(what: "validation loss", step: trainer.completedSteps)
    }
    var isBest = false
    if selects, let bound = evaluation?.elbo {
      isBest = progress.bestBound.map { bound > $0 } ?? true
      if isBest {
        progress.bestBound = bound
        progress.bestEpoch = progress.epoch + 1
        progress.epochsSinceBest = 0
        progress.plateauEpochs = 0
      } else {
        // While β rises the bound, which has none in it, may well get worse.
        let isWarm = Double(progress.epoch + 1) >= trainer.model.spec.objective.warmUpEpochs
        progress.epochsSinceBest = isWarm ? progress.epochsSinceBest + 1 : 0
        progress.plateauEpochs += 1
      }
    }
    if case .plateau(let patience, _) = trainer.settings.schedule.decline,
      progress.plateauEpochs >= patience
    {
      progress.plateauEpochs = 0
      progress.reductions += 1
      trainer.reductions = progress.reductions
    }
    let sums = progress.sums
    let record = EpochRecord(
      epoch: progress.epoch + 1, step: trainer.completedSteps, training: sums.means,
      validation: evaluation, isBest: isBest, learningRate: sums.learningRate, beta: sums.beta,
      saturations: sums.saturations, seconds: sums.seconds)
    records.append(record)
    progress.record = record
    progress.sums = EpochSums()
    progress.epoch += 1
    progress.nextBatch = 0
    progress.isFinished = progress.epoch >= trainer.settings.epochs
    try save(weights: isBest || !selects)
    report(.epoch(record))
  }

  // The state first: it holds the weights too, so a run that dies between two files loses nothing.
  private func save(weights: Bool? = nil) throws {
    guard let folder else { return }
    guard trainer.model.hasFiniteWeights else {
      throw TrainingError.notFinite(what: "model", step: trainer.completedSteps)
    }
    progress.plannedEpochs = trainer.settings.epochs
    try folder.saveState(of: trainer, progress: progress)
    // An older model's description beside this one's weights would be a model that nobody trained. It goes
    // once the largest file could be written.
    if !ownsFolder { try folder.remove(["config.json"]) }
    if weights ?? (progress.bestEpoch == nil) { try folder.saveWeights(of: trainer.model) }
    try folder.writeMetrics(records)
    // Without a description nothing of this could be used, should somebody have removed it.
    if ownsFolder && !folder.hasModel { try saveSpec(in: folder) }
  }
}
