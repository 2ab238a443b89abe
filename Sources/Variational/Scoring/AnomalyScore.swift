// What an example's oddness is measured by.

/// How odd an example is to a model. Whichever it is: the higher, the more anomalous.
///
/// | score | is | unit |
/// | --- | --- | --- |
/// | `reconstructionError` | ‖x − E[x\|z]‖², z the posterior's mean | the data's, squared |
/// | `elbo` | −(E ln p(x\|z) − KL(q(z\|x) ‖ p(z))), the mean over draws from q | nats |
/// | `logLikelihood` | −ln (1/S) Σ p(x\|z)p(z)/q(z\|x), S draws from q | nats |
/// | `reconstructionProbability` | −E ln p(x\|z), the mean over draws from q | nats |
///
/// The last is the reconstruction probability of An and Cho, which in spite of its name is a log-density.
/// Sums are over all data values as the model sees them, padding included.
///
/// - SeeAlso: An and Cho (2015), "Variational autoencoder based anomaly detection using reconstruction
///   probability", algorithm 4; Burda, Grosse and Salakhutdinov (2016), equation 8.
public enum AnomalyScore: String, Sendable, Hashable, Codable, CaseIterable {
  case reconstructionError = "reconstruction-error"
  case elbo
  case logLikelihood = "log-likelihood"
  case reconstructionProbability = "reconstruction-probability"

  /// The name of its column in a table.
  public var column: String { rawValue.replacing("-", with: "_") }

  /// Whether it takes draws from a posterior, which a plain autoencoder has not.
  public var needsPosterior: Bool { self != .reconstructionError }
}

/// The scores of some examples.
public struct AnomalyScores: Sendable, Hashable {
  /// Which scores, in the order asked for.
  public let kinds: [AnomalyScore]
  /// The scores of each kind, an example each; infinite where an example cannot be read or its score is no number.
  public let values: [[Double]]
  /// Why a score is infinite, by example.
  public let reasons: [Int: String]

  /// The scores of a kind, [N]; one that was not asked for traps.
  public subscript(kind: AnomalyScore) -> [Double] {
    guard let index = kinds.firstIndex(of: kind) else {
      preconditionFailure("AnomalyScores: \(kind.rawValue) was not asked for")
    }
    return values[index]
  }
}
