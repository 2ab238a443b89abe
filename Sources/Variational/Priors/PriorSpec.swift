public import Networks

/// The distribution of z that the posterior is held against and that samples are drawn from.
public enum PriorSpec: Sendable, Hashable {
  /// N(0, 1) in every dimension.
  case standardNormal
  /// Learned Gaussians with diagonal covariances and learned weights.
  case mixture(components: Int)
  /// The posteriors of learned pseudo-inputs in equal parts (Tomczak and Welling, 2018).
  case vampPrior(VampPriorSpec)

  /// A VampPrior's numbers.
  public struct VampPriorSpec: Sendable, Hashable {
    /// How many pseudo-inputs.
    public var components: Int
    /// What pseudo-inputs are cut off at, as data is; nil for data without bounds.
    public var range: ClosedRange<Float>?
    /// The mean of the normal numbers that pseudo-inputs start from, 0.05 in the authors' code.
    /// `Model.setPseudoInputs` starts them from data instead.
    public var initialMean: Float
    /// Their standard deviation, 0.01 in the authors' code.
    public var initialDeviation: Float

    /// The authors' numbers unless given.
    public init(
      components: Int = 500, range: ClosedRange<Float>? = 0...1, initialMean: Float = 0.05,
      initialDeviation: Float = 0.01
    ) {
      self.components = components
      self.range = range
      self.initialMean = initialMean
      self.initialDeviation = initialDeviation
    }
  }

  /// The name in config.json and on the command line.
  public var name: String {
    switch self {
    case .standardNormal: "standard_normal"
    case .mixture: "mixture"
    case .vampPrior: "vamp_prior"
    }
  }

  /// The names.
  public static let names = ["standard_normal", "mixture", "vamp_prior"]

  /// The prior of a name with a number of components; nil takes the usual one.
  ///
  /// - Throws: `SpecError` with the nearest name.
  public static func named(_ name: String, components: Int? = nil) throws(SpecError) -> PriorSpec {
    switch name {
    case "standard_normal":
      if components != nil {
        throw SpecError("prior", "a standard normal prior has no components")
      }
      return .standardNormal
    case "mixture": return .mixture(components: components ?? usualComponents)
    case "vamp_prior": return .vampPrior(VampPriorSpec(components: components ?? usualComponents))
    default: throw SpecError("prior", unknownName(name, what: "prior", valid: names))
    }
  }

  static let usualComponents = 500

  /// The number of components; nil for the standard normal.
  public var components: Int? {
    switch self {
    case .standardNormal: nil
    case .mixture(let components): components
    case .vampPrior(let spec): spec.components
    }
  }

  func validate(encoder: [LayerSpec], dimensions: Int, latents: Int) throws(SpecError) {
    guard let components else { return }
    guard components >= 1 && components <= 1 << 16 else {
      throw SpecError(
        "prior.components", "\(components) components should lie between 1 and \(1 << 16)")
    }
    guard case .vampPrior(let spec) = self else { return }
    guard components * dimensions <= 1 << 28 else {
      throw SpecError(
        "prior.components", "\(components) pseudo-inputs of \(dimensions) values are too many")
    }
    guard spec.initialMean.isFinite && spec.initialDeviation >= 0 && spec.initialDeviation.isFinite
    else {
      throw SpecError(
        "prior.initial_deviation",
        "the mean \(spec.initialMean) and deviation \(spec.initialDeviation) should be finite, the "
          + "deviation at least 0")
    }
    if let range = spec.range, !(range.lowerBound.isFinite && range.upperBound.isFinite) {
      throw SpecError("prior.range", "the range should have finite ends")
    }
    let normalises = encoder.contains { if case .batchNorm = $0 { true } else { false } }
    guard !normalises else {
      throw SpecError(
        "prior",
        "a vamp_prior passes pseudo-inputs through the encoder, whose batch_norm would count them as "
          + "data; use an encoder without batch_norm, or the prior \"mixture\"")
    }
  }
}

extension PriorSpec: Codable {
  private enum Key: String, CodingKey, CaseIterable {
    case type, components, range
    case initialMean = "initial_mean"
    case initialDeviation = "initial_deviation"

    // The fields that a type has.
    static func fields(of type: String) -> [Key] {
      switch type {
      case "vamp_prior": allCases
      case "mixture": [.type, .components]
      default: [.type]
      }
    }
  }

  /// Reads `{"type": "vamp_prior", "components": 500, "range": [0, 1]}`; a range of null is none.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    let type = try values.decode(String.self, forKey: .type)
    guard PriorSpec.names.contains(type) else {
      throw DecodingError.dataCorruptedError(
        forKey: .type, in: values,
        debugDescription: unknownName(type, what: "prior", valid: PriorSpec.names))
    }
    try decoder.rejectUnknownKeys(allowed: Key.fields(of: type).map(\.rawValue))
    let components =
      try values.decodeIfPresent(Int.self, forKey: .components) ?? PriorSpec.usualComponents
    switch type {
    case "mixture": self = .mixture(components: components)
    case "vamp_prior":
      var spec = VampPriorSpec(components: components)
      if values.contains(.range) {
        spec.range = nil
        if let ends = try values.decodeIfPresent([Float].self, forKey: .range) {
          guard ends.count == 2 && ends[0] < ends[1] else {
            throw DecodingError.dataCorruptedError(
              forKey: .range, in: values,
              debugDescription: "the range should be two numbers, the smaller one first, or null")
          }
          spec.range = ends[0]...ends[1]
        }
      }
      spec.initialMean =
        try values.decodeIfPresent(Float.self, forKey: .initialMean) ?? spec.initialMean
      spec.initialDeviation =
        try values.decodeIfPresent(Float.self, forKey: .initialDeviation) ?? spec.initialDeviation
      self = .vampPrior(spec)
    default: self = .standardNormal
    }
  }

  /// Writes what `init(from:)` reads.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    try values.encode(name, forKey: .type)
    try values.encodeIfPresent(components, forKey: .components)
    guard case .vampPrior(let spec) = self else { return }
    if let range = spec.range {
      try values.encode([range.lowerBound, range.upperBound], forKey: .range)
    } else {
      try values.encodeNil(forKey: .range)
    }
    try values.encode(spec.initialMean, forKey: .initialMean)
    try values.encode(spec.initialDeviation, forKey: .initialDeviation)
  }
}
