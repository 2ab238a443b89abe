// What a run is going to take, known before its first step.

import Kernels
import Networks

/// A run's sizes.
///
///     print(TrainingPlan(trainer).memory / 1e6, "MB")
public struct TrainingPlan: Sendable, Hashable {
  /// Trained values.
  public let parameters: Int
  /// Examples that are trained on.
  public let examples: Int
  /// Minibatches an epoch.
  public let stepsPerEpoch: Int
  /// Steps that are still to be taken.
  public let stepsLeft: Int
  /// Bytes of the examples in memory.
  public let dataMemory: Double
  /// Bytes of weights, gradients, moments, activations and data together; what the libraries and the process
  /// take for themselves is not counted.
  public let memory: Double

  /// Counts; nothing is allocated.
  public init(_ trainer: Trainer) {
    let model = trainer.model
    let settings = trainer.settings
    parameters = model.parameterCount
    examples = trainer.data.count
    stepsPerEpoch = trainer.stepsPerEpoch
    stepsLeft = max(0, settings.epochs * trainer.stepsPerEpoch - trainer.completedSteps)
    // Weights, gradients and two moments; running statistics and their copy.
    let kept = 4 * Double(model.layout.trainedCount) + 2 * Double(model.layout.statisticsCount)
    let step = TrainingStep.floats(
      model, capacity: min(settings.batchSize, trainer.data.count), samples: settings.samples)
    let inference = InferenceWorkspace.floats(
      model.spec, encoder: model.encoder, decoder: model.decoder, workers: model.threads)
    dataMemory = trainer.data.bytesInMemory
    memory = Double(MemoryLayout<Float>.stride) * (kept + step + inference) + dataMemory
  }
}

extension DataSet {
  /// Bytes of the examples, as bytes or floats.
  fileprivate var bytesInMemory: Double {
    let values = Double(count) * Double(shape.count)
    if case .bytes = storage { return values }
    return values * Double(MemoryLayout<Float>.stride)
  }
}
