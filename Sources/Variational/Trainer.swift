// Training as a visible loop: minibatches in, a report a step out.

import Foundation
import Kernels
import Networks

/// Some examples of one epoch, in the epoch's random order.
public struct Batch: Sendable {
  /// Which examples of the training data.
  public let indices: ArraySlice<Int>
  /// The epoch, from 0.
  public let epoch: Int
  /// The minibatch within the epoch, from 0.
  public let index: Int
}

/// The minibatches of one epoch, each made when it is asked for.
public struct Batches: Sequence, IteratorProtocol, Sendable {
  private let order: [Int]
  private let size: Int
  private let epoch: Int
  private var position: Int

  init(order: [Int], size: Int, epoch: Int, first: Int) {
    self.order = order
    self.size = size
    self.epoch = epoch
    position = first
  }

  /// The next minibatch; the last one may be smaller.
  public mutating func next() -> Batch? {
    let start = position * size
    guard start < order.count else { return nil }
    defer { position += 1 }
    return Batch(
      indices: order[start..<Swift.min(start + size, order.count)], epoch: epoch, index: position)
  }
}

/// A model, its optimiser's state and its data: everything that a training step changes.
///
///     let trainer = try Trainer(model, data: garments)
///     for epoch in 0..<5 {
///       for batch in trainer.batches(epoch: epoch) {
///         let report = try trainer.step(batch)
///       }
///     }
///
/// Order, noise and dropout are functions of the seed, the epoch and the step, so the same seed and
/// number of threads give the same bits.
public final class Trainer {
  /// The model being trained.
  public let model: Model
  /// The training data.
  public let data: DataSet
  /// The settings in force.
  public let settings: TrainingSpec
  /// Steps taken so far.
  public internal(set) var completedSteps = 0

  let state: OptimiserState
  /// How often the plateau schedule has lowered the rate.
  var reductions = 0
  private let training: TrainingStep
  private let normaliser: TensorNormaliser?
  private let statisticsBefore: Arena

  /// Prepares training; the settings are the model's unless given.
  ///
  /// - Throws: `SpecError` for settings out of range, `DataError` for data that does not fit.
  public init(_ model: Model, data: DataSet, settings: TrainingSpec? = nil) throws {
    let settings = settings ?? model.spec.training
    try settings.validate()
    guard model.isVariational || settings.samples == 1 else {
      throw SpecError(
        "training.samples", "a deterministic posterior has one sample, not \(settings.samples)")
    }
    try model.spec.validateObjective(samples: settings.samples)
    try data.check(against: model.spec)
    self.model = model
    self.data = data
    self.settings = settings
    let batch = min(settings.batchSize, data.count)
    let floats =
      2 * Double(model.layout.trainedCount)
      + TrainingStep.floats(model, capacity: batch, samples: settings.samples)
    guard Memory.holds(floats: floats), batch * settings.samples <= Int(Int32.max) else {
      throw SpecError(
        "training.batch_size",
        "batches of \(batch) examples with \(settings.samples) samples of z take "
          + "\(Memory.text(floats: floats)) of memory, more than is free; make them smaller")
    }
    state = OptimiserState(count: model.layout.trainedCount)
    training = TrainingStep(model, capacity: batch, samples: settings.samples)
    normaliser =
      settings.gradientNormalisation == .tensor
      ? TensorNormaliser(model.layout, workers: model.compute.workers) : nil
    statisticsBefore = Arena(count: model.layout.statisticsCount)
  }

  /// Minibatches in an epoch.
  public var stepsPerEpoch: Int { (data.count + settings.batchSize - 1) / settings.batchSize }

  /// The minibatches of an epoch, shuffled for that epoch.
  ///
  /// - Parameters:
  ///   - epoch: the epoch, from 0
  ///   - first: the minibatch to begin with, for a run that goes on
  public func batches(epoch: Int, startingAt first: Int = 0) -> Batches {
    let stream = RandomStream(seed: settings.seed, purpose: .shuffle)
    return Batches(
      order: stream.permutation(count: data.count, step: epoch), size: settings.batchSize,
      epoch: epoch, first: first)
  }

  /// One training step.
  ///
  /// - Throws: `TrainingError.notFinite` when the loss or the gradient is no number any more, and
  ///   `dataChanged` when a file that the data lie in has changed under it; weights and
  ///   running statistics are then those before the step. If a weight is none, the step before is named.
  /// - Complexity: no allocation once the first step has been taken.
  public func step(_ batch: Batch) throws(TrainingError) -> StepReport {
    try step(
      batch, noise: .stream(RandomStream(seed: settings.seed, purpose: .latentNoise)))
  }

  func step(_ batch: Batch, noise: TrainingStep.Noise) throws(TrainingError) -> StepReport {
    precondition(
      batch.indices.count >= 1 && batch.indices.count <= training.capacity,
      "Trainer.step: \(batch.indices.count) examples, planned for up to \(training.capacity)")
    statisticsBefore.vector.copy(from: model.statistics.vector)
    let beta = model.spec.objective.beta(step: completedSteps, stepsPerEpoch: stepsPerEpoch)
    let outcome = training.gradients(
      of: data, batch.indices, noise: noise, beta: beta,
      capacityOfDivergence: model.spec.objective.kind.capacity(
        step: completedSteps, stepsPerEpoch: stepsPerEpoch), seed: settings.seed,
      step: completedSteps)
    // To a model that knows missing values, those that a file no longer has are missing ones.
    if model.spec.data.missing, let file = data.changedFile {
      model.statistics.vector.copy(from: statisticsBefore.vector)
      throw .dataChanged(file: file, step: completedSteps + 1)
    }
    guard outcome.value.loss.isFinite && outcome.gradientNorm.isFinite else {
      model.statistics.vector.copy(from: statisticsBefore.vector)
      if let file = data.changedFile { throw .dataChanged(file: file, step: completedSteps + 1) }
      // A huge learning rate can carry the weights themselves away, one step before anybody notices.
      if !model.hasFiniteWeights { throw .notFinite(what: "model", step: completedSteps) }
      throw .notFinite(
        what: outcome.value.loss.isFinite ? "gradient" : "loss", step: completedSteps + 1)
    }

    // 8. Clip or normalise, and one pass of the optimiser.
    let rate =
      settings.learningRate
      * settings.schedule.factor(
        step: completedSteps, stepsPerEpoch: stepsPerEpoch, epochs: settings.epochs,
        reductions: reductions)
    let clip = settings.clipNorm.map { min(1, $0 / max(outcome.gradientNorm, 1e-300)) } ?? 1
    normaliser?.normalise(model.gradients.vector, compute: model.compute)
    settings.optimiser.apply(
      parameters: model.parameters.vector, gradients: model.gradients.vector, state: state,
      step: completedSteps + 1, learningRate: rate, gradientScale: clip, compute: model.compute)
    completedSteps += 1
    return StepReport(
      step: completedSteps, examples: batch.indices.count, loss: outcome.value.loss,
      reconstruction: outcome.value.reconstruction, kl: outcome.value.divergence, beta: beta,
      penalty: outcome.value.penalty, gradientNorm: outcome.gradientNorm, learningRate: rate,
      saturations: outcome.saturations)
  }
}
