// A model's numbers on a data set.

/// Means over the examples of a data set, in nats per example where they are log-densities.
public struct Evaluation: Sendable, Hashable, Codable {
  /// The number of examples.
  public var examples: Int
  /// The training objective (without warm-up), in its own units. Of an objective that looks at several
  /// samples, at a whole minibatch or at weights: the reconstruction plus β·KL with one sample.
  public var loss: Double
  /// The reconstruction term in the objective's units.
  public var reconstruction: Double
  /// KL(q(z|x) ‖ p(z)), nats; under a learned prior estimated with the sample.
  public var kl: Double
  /// The evidence lower bound, ln p(x|z) − KL with the likelihood's own constants, nats; higher is better.
  /// For a plain autoencoder, ln p(x|z).
  public var elbo: Double
  /// Log-variances that met the soft bound.
  public var saturations: Int
  /// The importance-sampled estimate of ln p(x), nats; nil unless asked for.
  public var logLikelihood: Double?
  /// Its standard error over the examples, nats: how much another test set of this size would differ.
  public var logLikelihoodStandardError: Double?
  /// Its standard error over the samples, nats: how much other draws for the same examples would differ.
  /// By the delta method, √Σ e² / N with e = √(Var(w)/S) / mean(w) of each example; nil for one sample.
  public var logLikelihoodSamplingError: Double?
  /// The mean of e over the examples, nats; nil for one sample.
  public var exampleSamplingError: Double?
  /// The mean effective sample size (Σw)²/Σw² of an example's weights.
  public var effectiveSampleSize: Double?
  /// The smallest effective sample size of any example.
  public var smallestEffectiveSampleSize: Double?
  /// The largest weight's share of an example's weights, max w/Σw: the mean over the examples.
  public var largestWeightShare: Double?
  /// The largest weight's share in the worst example.
  public var worstWeightShare: Double?
  /// Samples an example that the estimate used.
  public var importanceSamples: Int?
  /// The estimate from the first 1, 2, 4, … samples: each a lower bound of ln p(x) on average.
  public var importanceCurve: [ImportanceCurvePoint]?

  /// Whether every mean is a number; weights of absurd size give none.
  public var isFinite: Bool {
    [loss, reconstruction, kl, elbo, logLikelihood ?? 0, effectiveSampleSize ?? 0]
      .allSatisfy(\.isFinite)
  }

  enum CodingKeys: String, CodingKey {
    case examples, loss, reconstruction, kl, elbo, saturations
    case logLikelihood = "log_likelihood"
    case logLikelihoodStandardError = "log_likelihood_standard_error"
    case logLikelihoodSamplingError = "log_likelihood_sampling_error"
    case exampleSamplingError = "example_sampling_error"
    case effectiveSampleSize = "effective_sample_size"
    case smallestEffectiveSampleSize = "smallest_effective_sample_size"
    case largestWeightShare = "largest_weight_share"
    case worstWeightShare = "worst_weight_share"
    case importanceSamples = "importance_samples"
    case importanceCurve = "importance_curve"
  }
}

/// The importance-sampled bound at one number of samples.
public struct ImportanceCurvePoint: Sendable, Hashable, Codable {
  /// S
  public var samples: Int
  /// The mean of ln (1/S) Σ w over the examples, nats.
  public var logLikelihood: Double
  /// Its standard error over the examples, nats; nil for one example.
  public var standardError: Double?

  enum CodingKeys: String, CodingKey {
    case samples
    case logLikelihood = "log_likelihood"
    case standardError = "standard_error"
  }
}
