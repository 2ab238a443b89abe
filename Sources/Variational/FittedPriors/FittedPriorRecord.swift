import Formats
import Foundation

/// What is known about a fitted prior besides its numbers; kept with it as JSON.
public struct FittedPriorRecord: Sendable, Hashable, Codable {
  /// The kind.
  public var kind: FittedPrior.Kind
  /// L
  public var dimensions: Int
  /// C of a mixture.
  public var components: Int?
  /// Free numbers.
  public var parameters: Int
  /// The rows of latents it was fitted to.
  public var rows: Int
  /// What draws and starts were derived from.
  public var seed: UInt64
  /// The mean of ln p(z) over those rows, nats; of a second stage over the first 10,000 at most.
  public var logDensity: Double
  /// The same over latents that it was not fitted to; nil if there were none.
  public var heldOutLogDensity: Double?
  /// The Bayesian information criterion of a mixture or normal distribution; lower is better.
  public var bayesianInformationCriterion: Double?
  /// Whether expectation maximisation ended by itself.
  public var hasConverged: Bool?
  /// The bits of the weights whose latents it was fitted to, as hexadecimal digits.
  public var weights: String

  enum CodingKeys: String, CodingKey {
    case kind, dimensions, components, parameters, rows, seed, weights
    case logDensity = "log_density"
    case heldOutLogDensity = "held_out_log_density"
    case bayesianInformationCriterion = "bic"
    case hasConverged = "converged"
  }

  /// A record from its parts.
  ///
  /// - Parameters:
  ///   - prior: the prior
  ///   - model: whose latents it was fitted to
  ///   - rows: how many
  ///   - seed: what draws and starts were derived from
  ///   - logDensity: the mean of ln p(z) over them, nats
  ///   - heldOutLogDensity: the same over latents that were not fitted, if there are any
  ///   - hasConverged: whether an iterative fit came to its end
  public init(
    _ prior: FittedPrior, of model: Model, rows: Int, seed: UInt64, logDensity: Double,
    heldOutLogDensity: Double? = nil, hasConverged: Bool? = nil
  ) {
    kind = prior.kind
    dimensions = prior.dimensions
    self.rows = rows
    self.seed = seed
    self.logDensity = logDensity
    self.heldOutLogDensity = heldOutLogDensity
    self.hasConverged = hasConverged
    weights = FittedPriorRecord.digits(of: model)
    func criterion(_ mixture: GaussianMixture) -> Double {
      mixture.bayesianInformationCriterion(
        logLikelihood: logDensity * Double(rows), rows: rows)
    }
    switch prior {
    case .gaussian(let gaussian):
      let mixture = GaussianMixture(gaussian)
      parameters = mixture.parameterCount
      bayesianInformationCriterion = criterion(mixture)
    case .mixture(let mixture):
      components = mixture.components
      parameters = mixture.parameterCount
      bayesianInformationCriterion = criterion(mixture)
    case .twoStage(let stage): parameters = stage.model.parameterCount
    }
  }

  /// Whether the prior was fitted to the latents of these very weights.
  public func belongs(to model: Model) -> Bool { weights == FittedPriorRecord.digits(of: model) }

  private static func digits(of model: Model) -> String {
    let digits = String(model.weightsChecksum, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  /// A line for people: "mixture of 10 components, 2309 parameters, fitted to 60000 rows".
  public var summary: String {
    let size = components.map { " of \($0) component\($0 == 1 ? "" : "s")" } ?? ""
    return "\(kind.rawValue)\(size), \(parameters) parameters, fitted to \(rows) rows"
  }

  func json() throws(FormatError) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(self) else {
      throw FormatError(
        file: kind.fileName, reason: "its record holds a number that is not finite")
    }
    return String(decoding: data, as: UTF8.self)
  }

  /// Reads what `json` wrote.
  ///
  /// - Throws: `FormatError` naming the file; for a record that is none or of another kind.
  static func read(
    _ text: String?, kind: FittedPrior.Kind, file: String
  ) throws(FormatError) -> FittedPriorRecord {
    guard let text,
      let record = try? JSONDecoder().decode(FittedPriorRecord.self, from: Data(text.utf8))
    else { throw FormatError(file: file, reason: "holds no record of a fitted prior") }
    guard record.kind == kind else {
      throw FormatError(
        file: file,
        reason: "holds a \(record.kind.rawValue) prior, but its name promises \(kind.rawValue)")
    }
    guard record.dimensions >= 1 && record.dimensions <= 1 << 16 && record.rows >= 0 else {
      throw FormatError(file: file, reason: "its record contradicts itself")
    }
    return record
  }
}
