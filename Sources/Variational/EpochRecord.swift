// The line that an epoch leaves in metrics.jsonl.

/// Means of an epoch's step reports, weighted by examples.
public struct TrainingMeans: Sendable, Hashable, Codable {
  /// The objective.
  public var loss: Double
  /// Its reconstruction term, in the objective's units.
  public var reconstruction: Double
  /// KL(q(z|x) ‖ p(z)), nats per example.
  public var kl: Double
  /// What the objective penalises besides or in place of the divergence; nil if nothing.
  public var penalty: Double?
  /// The mean gradient norm before clipping.
  public var gradientNorm: Double

  enum CodingKeys: String, CodingKey {
    case loss, reconstruction, kl, penalty
    case gradientNorm = "gradient_norm"
  }
}

/// What happened in one epoch.
public struct EpochRecord: Sendable, Hashable, Codable {
  /// The epoch, from 1.
  public var epoch: Int
  /// Steps taken by its end.
  public var step: Int
  /// Means over the epoch's minibatches, taken while the weights moved.
  public var training: TrainingMeans
  /// The weights at its end on held-out data; nil without any.
  public var validation: Evaluation?
  /// Whether these are the best weights so far by the validation data.
  public var isBest: Bool
  /// The learning rate of its last step.
  public var learningRate: Double
  /// The weight of the divergence in its last step.
  public var beta: Double
  /// Log-variances that met the soft bound.
  public var saturations: Int
  /// Wall-clock time of the training steps.
  public var seconds: Double

  enum CodingKeys: String, CodingKey {
    case epoch, step, training, validation, beta, saturations, seconds
    case isBest = "is_best"
    case learningRate = "learning_rate"
  }
}

extension EpochRecord {
  /// The name of a field that holds what no run can leave; nil if there is none.
  var impossibleField: String? {
    let most = 1 << 48
    if !(1...1_000_000).contains(epoch) { return "epoch" }
    if !(1...most).contains(step) { return "step" }
    if !(0...most).contains(saturations) { return "saturations" }
    if !(learningRate >= 0) { return "learning_rate" }
    if !(beta >= 0) { return "beta" }
    if !(seconds >= 0) { return "seconds" }
    if !(training.gradientNorm >= 0) { return "gradient_norm" }
    if let validation, !(1...most).contains(validation.examples) { return "number of examples" }
    if let validation, !(0...most).contains(validation.saturations) { return "saturations" }
    return nil
  }
}

/// Sums over the steps of the current epoch; part of what a resumed run needs.
struct EpochSums: Sendable, Hashable, Codable {
  var examples = 0
  var steps = 0
  var loss = 0.0
  var reconstruction = 0.0
  var kl = 0.0
  var penalty: Double?
  var gradientNorm = 0.0
  var saturations = 0
  var learningRate = 0.0
  var beta = 0.0
  var seconds = 0.0

  mutating func add(_ report: StepReport, seconds: Double) {
    let weight = Double(report.examples)
    examples += report.examples
    steps += 1
    loss += weight * report.loss
    reconstruction += weight * report.reconstruction
    kl += weight * report.kl
    if let term = report.penalty { penalty = (penalty ?? 0) + weight * term }
    gradientNorm += report.gradientNorm
    saturations += report.saturations
    learningRate = report.learningRate
    beta = report.beta
    self.seconds += seconds
  }

  /// Whether steps can have added up to this: a loss is a few Float terms, so nothing comes near 10¹⁰⁰, and
  /// what a damaged file says must not add up to infinity.
  var areReasonable: Bool {
    [loss, reconstruction, kl, penalty ?? 0, gradientNorm, seconds].allSatisfy { abs($0) < 1e100 }
  }

  var means: TrainingMeans {
    let n = Double(max(examples, 1))
    return TrainingMeans(
      loss: loss / n, reconstruction: reconstruction / n, kl: kl / n,
      penalty: penalty.map { $0 / n },
      gradientNorm: gradientNorm / Double(max(steps, 1)))
  }
}
