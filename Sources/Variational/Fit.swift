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
  /// What the settings select by had not improved on the validation data for `patience` epochs.
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
  private var lock: FolderLock?
  private let isLockOurs: Bool
  private lazy var data = RunData(
    training: trainer.data.digest, validation: selects ? validation?.digest : nil,
    watched: selects ? nil : validation?.digest)

  /// Prepares a run.
  ///
  /// - Parameters:
  ///   - trainer: the model, its data and the settings
  ///   - validation: data to evaluate after every epoch
  ///   - selecting: whether the best epoch by the settings' selection is kept (and early stopping judged by it);
  ///     false to watch only, as test data should be
  ///   - folder: where description, weights, state and metrics are written; nil for none
  ///   - lock: the folder's lock, if the caller has it; nil takes one while there is something to write
  public init(
    _ trainer: Trainer, validation: DataSet? = nil, selecting: Bool = true,
    folder: RunFolder? = nil, lock: FolderLock? = nil
  ) throws {
    if let validation { try validation.check(against: trainer.model.spec) }
    self.trainer = trainer
    self.validation = validation
    self.selects = selecting && validation != nil
    self.folder = folder
    self.lock = lock
    isLockOurs = lock == nil
  }

  // One writer a folder: two would leave one's weights under the other's description.
  private func takeLock(_ folder: RunFolder) throws(FormatError) {
    if lock == nil { lock = try FolderLock(folder.path) }
  }

  private func giveLockBack() {
    guard isLockOurs else { return }
    lock?.unlock()
    lock = nil
  }

  /// Goes on where a folder's last state was saved: the same bits as if never stopped. If the run died in a
  /// save, the files that were still to be written are written first, and what a killed writer left is removed.
  ///
  /// A run that had stopped early stays stopped, unless the settings have more epochs than it had.
  ///
  /// - Parameter allowingOtherData: whether other data than the run's are taken. If the number of training examples is
  ///   another, the epoch that was under way begins anew; if the validation data are others, no epoch before
  ///   counts as the best any more.
  /// - Throws: `FormatError` when the state is missing, damaged or belongs to another description or when another
  ///   process writes into the folder, `DataError` for other data; nothing is changed then.
  public func restore(allowingOtherData: Bool = false) throws {
    guard let folder else { preconditionFailure("Fit.restore: there is no folder") }
    try takeLock(folder)
    do {
      try restore(from: folder, allowingOtherData: allowingOtherData)
    } catch {
      giveLockBack()
      throw error
    }
  }

  private func restore(from folder: RunFolder, allowingOtherData: Bool) throws {
    AtomicFile.removeAbandoned(in: folder.path)
    let state = try folder.loadState(into: trainer, data: allowingOtherData ? nil : data)
    (records, progress) = (state.records, state.progress)
    ownsFolder = true
    trainer.completedSteps = progress.completedSteps
    trainer.reductions = progress.reductions
    try finishSave(in: folder)
    if state.examples != trainer.data.count {
      progress.changeSteps(perEpoch: trainer.stepsPerEpoch)
      trainer.completedSteps = progress.completedSteps
    }
    if let saved = state.data, saved.validation != data.validation { progress.forgetBest() }
    adoptEarlierSelection()
    if progress.epoch < trainer.settings.epochs && progress.isFinished {
      progress.isFinished = false
      // Who asks a run that has stopped early for more epochs gives it new patience.
      if let planned = progress.plannedEpochs, trainer.settings.epochs > planned, stopsEarly {
        progress.epochsSinceBest = 0
      }
    }
  }

  // Earlier versions chose the best epoch by its bound and kept no other number of it.
  private func adoptEarlierSelection() {
    guard progress.bestLoss == nil, let bound = progress.bestBound, let best = progress.bestEpoch
    else { return }
    let selection = trainer.settings.selection
    let evaluation = records.last { $0.epoch == best }?.validation
    progress.bestLoss =
      selection == .bound
      ? -bound : evaluation.map { trainer.model.judgement(of: $0, by: selection) }
    progress.bestBound = nil
  }

  // The metrics are a save's last file: if they lack the epoch, the run died after its state was written,
  // and the weights may be missing too. What is in memory now is what they should be.
  private func finishSave(in folder: RunFolder) throws {
    guard let record = progress.record, progress.nextBatch == 0, records.last != record else {
      return
    }
    // Where somebody removed the earlier lines, the next save writes those that are known: what the state says of its
    // metrics, and what is there, must agree until then.
    let isComplete = records.count == record.epoch - 1
    records = records.filter { $0.epoch < record.epoch } + [record]
    if record.isBest || !selects { try folder.saveWeights(of: trainer.model) }
    if isComplete { try folder.writeMetrics(records) }
  }

  private var stopsEarly: Bool {
    trainer.settings.patience.map { selects && progress.epochsSinceBest >= $0 } ?? false
  }

  /// The number of whole epochs that have been run.
  public var completedEpochs: Int { progress.epoch }

  /// Makes the folder if need be and writes the untrained model with its description, so that from the
  /// first step on the folder holds a model that can be read and gone on with. What an earlier run left
  /// there is replaced, all of it or, if that fails, nothing. `run` does this itself; it is for those who want to
  /// know before that nothing hinders the run. Nothing happens if the run has begun or was restored.
  ///
  /// - Throws: `FormatError` when a file cannot be written, the folder's parent does not exist, another process writes
  ///   into the folder, or a file of it that no run wrote would be replaced.
  public func start() throws {
    guard let folder, !ownsFolder else { return }
    try folder.create()
    try takeLock(folder)
    do {
      try start(in: folder)
    } catch {
      giveLockBack()
      throw error
    }
  }

  private func start(in folder: RunFolder) throws {
    try folder.requireReplaceable()
    AtomicFile.removeAbandoned(in: folder.path)
    guard trainer.model.hasFiniteWeights else {
      throw TrainingError.notFinite(what: "model", step: trainer.completedSteps)
    }
    progress.plannedEpochs = trainer.settings.epochs
    let data = data
    try AtomicFile.together { () throws(FormatError) in
      try folder.saveState(of: trainer, progress: progress, records: records, data: data)
      try folder.saveWeights(of: trainer.model)
      try folder.writeMetrics(records)
      // The description comes last: without it there is no model yet. An older model's beside this one's weights would
      // be a model that nobody trained.
      try saveSpec(in: folder)
      try folder.remove(["config.json"])
    }
    ownsFolder = true
  }

  private func saveSpec(in folder: RunFolder) throws(FormatError) {
    try folder.saveSpec(trainer.describedSpec)
  }

  /// The best epoch by the settings' selection (from 1), if one was selected.
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
    defer { giveLockBack() }
    try start()
    if let folder { try takeLock(folder) }
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
        if progress.bestEpoch == nil { try checkLoss(ofAll: false) }
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
    let isBest = evaluation.map { selects && judge($0) } ?? false
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
    if evaluation == nil { try checkLoss(ofAll: progress.isFinished) }
    try save(weights: isBest || !selects)
    report(.epoch(record))
  }

  /// Counts the epoch that has just ended towards patience and plateau, and returns whether it is the best.
  ///
  /// While the objective still changes (β or a capacity rises) epochs compete with each other only, so that a run that
  /// ends before has a best one; the first epoch at whose end the objective is what it stays takes their place.
  private func judge(_ evaluation: Evaluation) -> Bool {
    let objective = trainer.model.spec.objective
    let loss = trainer.model.judgement(of: evaluation, by: trainer.settings.selection)
    let isSettled = objective.isSettled(afterEpochs: progress.epoch + 1)
    let wasSettled = progress.bestEpoch.map { objective.isSettled(afterEpochs: $0) } ?? false
    let isBest =
      (isSettled && !wasSettled) || progress.bestLoss == nil || loss < progress.bestLoss ?? loss
    if isBest {
      progress.bestLoss = loss
      progress.bestEpoch = progress.epoch + 1
    }
    if isBest || !isSettled {
      progress.epochsSinceBest = 0
      progress.plateauEpochs = 0
    } else {
      progress.epochsSinceBest += 1
      progress.plateauEpochs += 1
    }
    if case .plateau(let patience, _, _) = trainer.settings.schedule.decline,
      progress.plateauEpochs >= patience
    {
      progress.plateauEpochs = 0
      progress.reductions += 1
      trainer.reductions = progress.reductions
    }
    return isBest
  }

  /// Weights that are numbers may still give a loss that is none; they must not take the place of good ones.
  ///
  /// - Parameter ofAll: whether all training data are evaluated, as for the weights a run ends with, or a few
  ///   examples, which cost next to nothing
  private func checkLoss(ofAll: Bool) throws {
    guard folder != nil else { return }
    let data = ofAll ? trainer.data : trainer.data.prefix(64)
    guard try trainer.model.evaluate(data).isFinite else {
      throw TrainingError.notFinite(
        what: "loss of the trained weights", step: trainer.completedSteps)
    }
  }

  // The state first: it holds the weights too, so a run that dies between two files loses nothing.
  private func save(weights: Bool? = nil) throws {
    guard let folder else { return }
    guard trainer.model.hasFiniteWeights else {
      throw TrainingError.notFinite(what: "model", step: trainer.completedSteps)
    }
    // Where the folder was, another run may have begun one of its own.
    try lock?.check()
    progress.plannedEpochs = trainer.settings.epochs
    try folder.saveState(of: trainer, progress: progress, records: records, data: data)
    if weights ?? (progress.bestEpoch == nil) { try folder.saveWeights(of: trainer.model) }
    try folder.writeMetrics(records)
    // Without a description nothing of this could be used, should somebody have removed it.
    if !folder.hasModel { try saveSpec(in: folder) }
  }
}
