import Networks

/// The distribution of a data value given what the decoder puts out for it.
public enum LikelihoodSpec: Sendable, Hashable {
  /// A value in [0, 1] with log-odds from the decoder: x·ln p + (1 − x)·ln(1 − p).
  ///
  /// For values strictly between 0 and 1 this is a loss, not a density: it has no normalising constant
  /// and its smallest value is the data's entropy, not zero.
  case bernoulli
  /// A real value with its mean from the decoder and a variance from elsewhere.
  case gaussian(VarianceSpec)

  /// Where a Gaussian's variance comes from.
  public enum VarianceSpec: Sendable, Hashable {
    /// A given number.
    case fixed(Float)
    /// One number, learned.
    case shared
    /// One number for each data dimension, learned.
    case perDimension
  }

  /// The name in config.json and on the command line.
  public var name: String {
    switch self {
    case .bernoulli: "bernoulli"
    case .gaussian: "gaussian"
    }
  }

  func validate() throws(SpecError) {
    if case .gaussian(.fixed(let variance)) = self {
      guard variance > 0 && variance.isFinite else {
        throw SpecError("likelihood", "the variance \(variance) should be positive")
      }
    }
  }
}

extension LikelihoodSpec: Codable {
  private enum Key: String, CodingKey, CaseIterable { case type, variance }

  /// Reads `{"type": "bernoulli"}` or `{"type": "gaussian", "variance": V}` with V a number,
  /// `"shared"` or `"per_dimension"`.
  public init(from decoder: any Decoder) throws {
    try decoder.rejectUnknownKeys(allowed: Key.allCases.map(\.rawValue))
    let values = try decoder.container(keyedBy: Key.self)
    let type = try values.decode(String.self, forKey: .type)
    switch type {
    case "bernoulli": self = .bernoulli
    case "gaussian":
      if let number = try? values.decode(Float.self, forKey: .variance) {
        self = .gaussian(.fixed(number))
        return
      }
      let name = try values.decodeIfPresent(String.self, forKey: .variance) ?? "shared"
      switch name {
      case "shared": self = .gaussian(.shared)
      case "per_dimension": self = .gaussian(.perDimension)
      default:
        throw DecodingError.dataCorruptedError(
          forKey: .variance, in: values,
          debugDescription: unknownName(
            name, what: "variance", valid: ["shared", "per_dimension"]) + ", or a number")
      }
    default:
      throw DecodingError.dataCorruptedError(
        forKey: .type, in: values,
        debugDescription: unknownName(type, what: "likelihood", valid: ["bernoulli", "gaussian"]))
    }
  }

  /// Writes what `init(from:)` reads.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    try values.encode(name, forKey: .type)
    switch self {
    case .bernoulli: break
    case .gaussian(.fixed(let variance)): try values.encode(variance, forKey: .variance)
    case .gaussian(.shared): try values.encode("shared", forKey: .variance)
    case .gaussian(.perDimension): try values.encode("per_dimension", forKey: .variance)
    }
  }
}
