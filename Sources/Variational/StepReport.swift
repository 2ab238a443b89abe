// What a step tells, and why training stops.

/// The numbers of one training step.
public struct StepReport: Sendable, Hashable {
  /// Steps taken, this one included.
  public let step: Int
  /// Examples in the minibatch.
  public let examples: Int
  /// The objective, mean over the minibatch.
  public let loss: Double
  /// Its reconstruction term, in the objective's units.
  public let reconstruction: Double
  /// KL(q(z|x) ‖ p(z)), nats per example; its estimate from the samples where the objective uses that.
  public let kl: Double
  /// The weight of the divergence in this step.
  public let beta: Double
  /// What the objective penalises besides or in place of the divergence; nil if nothing.
  public let penalty: Double?
  /// The gradient's global norm before clipping.
  public let gradientNorm: Double
  /// The learning rate of this step.
  public let learningRate: Double
  /// Log-variances that met the soft bound.
  public let saturations: Int
}

/// Why training stopped.
public enum TrainingError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The loss, the gradient, the validation loss or the model's weights are no longer numbers. After a
  /// loss or a gradient the weights are those before this step; otherwise they are lost but for what a
  /// folder holds.
  case notFinite(what: String, step: Int)
  /// A file that the training data lie in is no longer what it was when it was opened; the weights are those
  /// before the step.
  case dataChanged(file: String, step: Int)

  /// One sentence.
  public var description: String {
    switch self {
    case .notFinite(let what, let step):
      """
      training diverged: the \(what == "model" ? "model's weights are" : "\(what) is") not finite at \
      step \(step)\(["loss", "gradient"].contains(what) ? "; the last good weights are kept" : ""). A \
      smaller learning rate, gradient clipping or data nearer to [0, 1] usually helps
      """
    case .dataChanged(let file, let step):
      "\(file): the file was changed while it was in use, noticed at step \(step)"
    }
  }
}
