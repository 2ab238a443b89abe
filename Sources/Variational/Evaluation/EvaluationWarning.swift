// What is wrong with a model, in plain words: each warning a pure function of a few numbers.

import Foundation

/// One thing that is wrong, and what usually helps.
public struct EvaluationWarning: Sendable, Hashable, Codable {
  /// What is wrong.
  public enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
    /// Every latent dimension is unused.
    case collapsed
    /// Some latent dimensions are unused.
    case unusedDimensions = "unused_dimensions"
    /// Log-variances lie beyond their soft bound.
    case saturatedLogVariances = "saturated_log_variances"
    /// The divergence hardly counts.
    case betaTiny = "beta_tiny"
    /// The divergence counts for more than the data.
    case betaHuge = "beta_huge"
    /// Reconstructions are worse than the mean example.
    case worseThanMean = "worse_than_mean"
    /// A few importance weights make the estimate.
    case weightsDominated = "weights_dominated"
    /// The model knows its training data by heart.
    case trainingGap = "training_gap"
  }

  /// What is wrong.
  public var kind: Kind
  /// One sentence with the numbers.
  public var message: String
  /// One sentence on what usually helps.
  public var advice: String

  /// Both sentences.
  public var text: String { "\(message) \(advice)" }
}

extension EvaluationWarning {
  /// What a used dimension's divergence must reach, nats.
  public static let unusedDivergence = 0.01

  /// Dimensions that the posterior leaves at the prior: KL below 0.01 nats.
  ///
  /// - Parameter divergences: the mean KL of each dimension, nats, [L]
  public static func unused(divergences: [Double]) -> EvaluationWarning? {
    let unused = divergences.indices.filter { divergences[$0] < unusedDivergence }
    guard !unused.isEmpty else { return nil }
    if unused.count == divergences.count {
      return EvaluationWarning(
        kind: .collapsed,
        message: "All \(divergences.count) latent dimensions are unused (KL below "
          + "\(unusedDivergence) nats each): the decoder ignores its input, and every example gets "
          + "the same reconstruction.",
        advice: "A smaller beta, a longer warm-up of beta, free bits or a weaker decoder usually "
          + "brings them back.")
    }
    let names = unused.prefix(8).map { "\($0 + 1)" }.joined(separator: ", ")
    return EvaluationWarning(
      kind: .unusedDimensions,
      message: "\(unused.count) of \(divergences.count) latent dimensions are unused (KL below "
        + "\(unusedDivergence) nats): \(names)\(unused.count > 8 ? ", …" : "").",
      advice:
        "That does no harm; fewer latents do the same, and a smaller beta or a warm-up of beta "
        + "puts more of them to use.")
  }

  /// Log-variances beyond their soft bound, of which a sound model has none, or outside their range.
  ///
  /// - Parameters:
  ///   - count: log-variances that met it
  ///   - all: the number of log-variances, examples × L
  ///   - range: the description's `log_variance_range`; nil for the soft bound
  public static func saturated(
    _ count: Int, of all: Int, range: ClosedRange<Float>? = nil
  ) -> EvaluationWarning? {
    guard count > 0 else { return nil }
    let place =
      range.map { "are cut off at the ends of their range, \($0.lowerBound) to \($0.upperBound)." }
      ?? "lie beyond ±\(Int(DiagonalGaussian.bound)), where they are bounded."
    return EvaluationWarning(
      kind: .saturatedLogVariances, message: "\(count) of \(all) log-variances \(place)",
      advice:
        "A smaller learning rate or a limit on the gradient norm usually helps; a dimension at the "
        + "lower end carries its code without noise, for which beta is too small.")
  }

  /// A divergence that hardly counts beside a log-likelihood in nats (β below 0.1), or counts for far more
  /// (β above 10).
  ///
  /// - Parameters:
  ///   - effective: β of the loss, once it is scaled so that its first term is −ln p(x|z)
  ///   - loss: the loss in words, such as "500 × mean over 1,024 values + KL"
  public static func beta(effective: Double, loss: String) -> EvaluationWarning? {
    if effective < 0.1 {
      return EvaluationWarning(
        kind: .betaTiny,
        message:
          "The loss \(loss) amounts to beta \(short(effective)): the divergence hardly counts, so "
          + "codes may spread anywhere and draws of the prior decode to what no data looks like.",
        advice: "A larger beta, or a smaller weight of the reconstruction, gives better samples; "
          + "for reconstruction alone this is fine.")
    }
    if effective > 10 {
      return EvaluationWarning(
        kind: .betaHuge,
        message:
          "The loss \(loss) amounts to beta \(short(effective)): the divergence counts for far more "
          + "than the data, which blurs reconstructions and leaves dimensions unused.",
        advice:
          "A sum over the data values in place of their mean, or a smaller beta, usually helps.")
    }
    return nil
  }

  /// Reconstructions that lie farther from the data than the data's mean does.
  ///
  /// - Parameters:
  ///   - error: the mean of (x − x̂)² over examples and values
  ///   - variance: the mean of (x − x̄)², x̄ the mean example
  public static func reconstruction(error: Double, variance: Double) -> EvaluationWarning? {
    guard error > variance else { return nil }
    return EvaluationWarning(
      kind: .worseThanMean,
      message: "Reconstructions are worse than the mean example: their squared error is "
        + "\(short(error)) a value, the mean's \(short(variance)).",
      advice:
        "The model has not learned from its input: look at the loss curve, then at the learning "
        + "rate, the scale of the data and whether this is the data it was trained for.")
  }

  /// An importance-sampled estimate that hangs on a few samples.
  ///
  /// - Parameters:
  ///   - effectiveSampleSize: the mean over the examples
  ///   - largestShare: the mean over the examples of the largest weight's share
  ///   - samples: S; fewer than ten say nothing
  public static func weights(
    effectiveSampleSize: Double, largestShare: Double, samples: Int
  ) -> EvaluationWarning? {
    guard samples >= 10, effectiveSampleSize < 5 else { return nil }
    let share = Int((100 * largestShare).rounded())
    return EvaluationWarning(
      kind: .weightsDominated,
      message:
        "Of \(samples) importance samples only \(short(effectiveSampleSize)) count (the largest "
        + "weight has \(share) % of an example's sum): the log-likelihood is a lower bound, not an "
        + "estimate to be trusted.",
      advice: "More samples raise it; see whether the curve over the samples has become flat.")
  }

  /// A reconstruction loss that is more than 5 % (and half a unit) higher on held-out data.
  ///
  /// - Parameters:
  ///   - training: the objective's reconstruction term on the training data
  ///   - heldOut: the same on data held out
  public static func gap(training: Double, heldOut: Double) -> EvaluationWarning? {
    let gap = heldOut - training
    guard gap > 0.05 * abs(training), gap > 0.5 else { return nil }
    return EvaluationWarning(
      kind: .trainingGap,
      message:
        "The reconstruction loss is \(short(heldOut)) on held-out data and \(short(training)) on "
        + "the training data: the model learns its examples by heart.",
      advice:
        "Stopping earlier (--validation-fraction with --patience), a smaller network, dropout or "
        + "weight decay usually helps.")
  }

  private static func short(_ value: Double) -> String { String(format: "%.4g", value) }
}

extension EvaluationWarning {
  /// Everything that the numbers of an evaluation say.
  ///
  /// - Parameters:
  ///   - detail: the evaluation
  ///   - spec: the model's description
  ///   - fidelity: squared errors, if they were measured
  ///   - training: the reconstruction term on the training data, if this was held out
  public static func all(
    _ detail: DetailedEvaluation, spec: ModelSpec, fidelity: ReconstructionFidelity? = nil,
    training: Double? = nil
  ) -> [EvaluationWarning] {
    let summary = detail.summary
    var found: [EvaluationWarning?] = []
    if spec.posterior == .diagonalGaussian {
      found += [
        detail.latents.kl.flatMap { unused(divergences: $0) },
        saturated(
          summary.saturations, of: summary.examples * spec.latents, range: spec.logVarianceRange),
        beta(effective: spec.effectiveBeta, loss: spec.lossInWords),
      ]
    }
    if let fidelity {
      found.append(reconstruction(error: fidelity.error, variance: fidelity.variance))
    }
    if let size = summary.effectiveSampleSize, let share = summary.largestWeightShare,
      let samples = summary.importanceSamples
    {
      found.append(weights(effectiveSampleSize: size, largestShare: share, samples: samples))
    }
    if let training {
      found.append(gap(training: training, heldOut: summary.reconstruction))
    }
    return found.compactMap { $0 }
  }
}

extension ModelSpec {
  /// The loss for people: "500 × mean over 1024 values + 1 × KL".
  var lossInWords: String {
    var term = "−ln p(x|z)"
    if case .weightedMean(let weight) = objective.reconstruction {
      term = "\(ModelSummary.short(weight)) × mean over \(data.padded.count) values"
    }
    return "\(term) + \(ModelSummary.short(objective.beta)) × KL"
  }
}
