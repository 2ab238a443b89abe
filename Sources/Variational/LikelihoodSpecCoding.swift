// Likelihoods as JSON.

import Networks

extension LikelihoodSpec: Codable {
  private enum Key: String, CodingKey, CaseIterable {
    case type, variance, scale, groups, parts
    case degreesOfFreedom = "degrees_of_freedom"
  }

  /// Every name that config.json may use, with the fields that go with it.
  private static let fields: KeyValuePairs<String, [Key]> = [
    "bernoulli": [], "continuous_bernoulli": [], "gaussian": [.variance], "laplace": [.scale],
    "student_t": [.degreesOfFreedom, .scale], "discretised_logistic": [.scale],
    "categorical": [.groups], "poisson": [], "negative_binomial": [],
    "zero_inflated_negative_binomial": [], "mixed": [.parts],
  ]

  /// Reads `{"type": "bernoulli"}`, and with a type that has them its fields: `variance` (a number,
  /// `"shared"`, `"per_dimension"` or `"optimal"`), `scale` (the same without the last),
  /// `degrees_of_freedom` (a number), `groups` (a list of sizes), `parts` (a list of
  /// `{"columns": 3, "likelihood": {"type": …}}`).
  public init(from decoder: any Decoder) throws {
    try decoder.rejectUnknownKeys(allowed: Key.allCases.map(\.rawValue))
    let values = try decoder.container(keyedBy: Key.self)
    let type = try values.decode(String.self, forKey: .type)
    guard let known = LikelihoodSpec.fields.first(where: { $0.key == type }) else {
      throw DecodingError.dataCorruptedError(
        forKey: .type, in: values,
        debugDescription: unknownName(
          type, what: "likelihood", valid: LikelihoodSpec.fields.map(\.key)))
    }
    try decoder.rejectUnknownKeys(allowed: (known.value + [.type]).map(\.rawValue))
    switch type {
    case "bernoulli": self = .bernoulli
    case "continuous_bernoulli": self = .continuousBernoulli
    case "gaussian": self = .gaussian(try LikelihoodSpec.variance(values))
    case "laplace": self = .laplace(try LikelihoodSpec.scale(values))
    case "student_t":
      self = .studentT(
        degreesOfFreedom: try values.decode(Float.self, forKey: .degreesOfFreedom),
        scale: try LikelihoodSpec.scale(values))
    case "discretised_logistic": self = .discretisedLogistic(try LikelihoodSpec.scale(values))
    case "categorical": self = .categorical(groups: try values.decode([Int].self, forKey: .groups))
    case "poisson": self = .poisson
    case "negative_binomial": self = .negativeBinomial
    case "mixed": self = .mixed(try values.decode([Part].self, forKey: .parts))
    default: self = .zeroInflatedNegativeBinomial
    }
  }

  private static func variance(_ values: KeyedDecodingContainer<Key>) throws -> VarianceSpec {
    let names: KeyValuePairs<String, VarianceSpec> = [
      "shared": .shared, "per_dimension": .perDimension, "optimal": .optimal,
    ]
    return try numberOrName(values, .variance, what: "variance", names) { .fixed($0) }
  }

  private static func scale(_ values: KeyedDecodingContainer<Key>) throws -> ScaleSpec {
    let names: KeyValuePairs<String, ScaleSpec> = [
      "shared": .shared, "per_dimension": .perDimension,
    ]
    return try numberOrName(values, .scale, what: "scale", names) { .fixed($0) }
  }

  // The first name is meant where the field is left out.
  private static func numberOrName<Value>(
    _ values: KeyedDecodingContainer<Key>, _ key: Key, what: String,
    _ names: KeyValuePairs<String, Value>, fixed: (Float) -> Value
  ) throws -> Value {
    if let number = try? values.decode(Float.self, forKey: key) { return fixed(number) }
    let name = try values.decodeIfPresent(String.self, forKey: key) ?? names[0].key
    if let found = names.first(where: { $0.key == name }) { return found.value }
    throw DecodingError.dataCorruptedError(
      forKey: key, in: values,
      debugDescription: unknownName(name, what: what, valid: names.map(\.key)) + ", or a number")
  }

  /// Writes what `init(from:)` reads.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    try values.encode(name, forKey: .type)
    switch self {
    case .gaussian(.fixed(let variance)): try values.encode(variance, forKey: .variance)
    case .gaussian(.shared): try values.encode("shared", forKey: .variance)
    case .gaussian(.perDimension): try values.encode("per_dimension", forKey: .variance)
    case .gaussian(.optimal): try values.encode("optimal", forKey: .variance)
    case .laplace(let scale), .discretisedLogistic(let scale):
      try LikelihoodSpec.encode(scale, into: &values)
    case .studentT(let freedom, let scale):
      try values.encode(freedom, forKey: .degreesOfFreedom)
      try LikelihoodSpec.encode(scale, into: &values)
    case .categorical(let groups): try values.encode(groups, forKey: .groups)
    case .mixed(let parts): try values.encode(parts, forKey: .parts)
    case .bernoulli, .continuousBernoulli, .poisson, .negativeBinomial,
      .zeroInflatedNegativeBinomial:
      break
    }
  }

  private static func encode(
    _ scale: ScaleSpec, into values: inout KeyedEncodingContainer<Key>
  ) throws {
    switch scale {
    case .fixed(let scale): try values.encode(scale, forKey: .scale)
    case .shared: try values.encode("shared", forKey: .scale)
    case .perDimension: try values.encode("per_dimension", forKey: .scale)
    }
  }
}

extension LikelihoodSpec.Part: Codable {
  private enum Key: String, CodingKey, CaseIterable { case columns, likelihood }

  /// Reads `{"columns": 3, "likelihood": {"type": "poisson"}}`.
  public init(from decoder: any Decoder) throws {
    try decoder.rejectUnknownKeys(allowed: Key.allCases.map(\.rawValue))
    let values = try decoder.container(keyedBy: Key.self)
    columns = try values.decode(Int.self, forKey: .columns)
    likelihood = try values.decode(LikelihoodSpec.self, forKey: .likelihood)
  }

  /// Writes what `init(from:)` reads.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    try values.encode(columns, forKey: .columns)
    try values.encode(likelihood, forKey: .likelihood)
  }
}
