import Networks

extension ObjectiveSpec: Codable {
  enum Key: String, CodingKey, CaseIterable {
    case type, beta, reconstruction
    case warmUpEpochs = "warm_up_epochs"
    case warmUp = "warm_up"
    case groups, share, capacity, weight, alpha, gamma, kernel, scale, step
    case capacityEpochs = "capacity_epochs"
    case freeBits = "free_bits"
    case groupSize = "group_size"
    case offDiagonal = "off_diagonal"
    case diagonal

    static let common: [Key] = [.type, .beta, .reconstruction, .warmUpEpochs, .warmUp]
  }

  private struct Reconstruction: Codable {
    var reduction: String
    var weight: Double

    enum Key: String, CodingKey, CaseIterable { case reduction, weight }

    init(reduction: String, weight: Double) {
      self.reduction = reduction
      self.weight = weight
    }

    init(from decoder: any Decoder) throws {
      try decoder.rejectUnknownKeys(allowed: Key.allCases.map(\.rawValue))
      let values = try decoder.container(keyedBy: Key.self)
      reduction = try values.decode(String.self, forKey: .reduction)
      weight = try values.decodeIfPresent(Double.self, forKey: .weight) ?? 1
      guard reduction == "mean" || (reduction == "sum" && weight == 1) else {
        throw DecodingError.dataCorruptedError(
          forKey: .reduction, in: values,
          debugDescription: reduction == "sum"
            ? "a sum is not weighted: set beta instead"
            : unknownName(reduction, what: "reduction", valid: ["sum", "mean"]))
      }
    }
  }

  /// Reads `{"type": "elbo", "beta": 1, "reconstruction": {"reduction": "mean", "weight": 500}}`; the other
  /// types and their numbers are those of ``ObjectiveKind``.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    let type = try values.decodeIfPresent(String.self, forKey: .type) ?? "elbo"
    guard let usual = ObjectiveKind.named(type) else {
      throw DecodingError.dataCorruptedError(
        forKey: .type, in: values,
        debugDescription: unknownName(
          type, what: "objective", valid: ObjectiveKind.all.map(\.name)))
    }
    try decoder.rejectUnknownKeys(allowed: (Key.common + usual.fields).map(\.rawValue))
    kind = try usual.reading(values)
    beta = try values.decodeIfPresent(Double.self, forKey: .beta) ?? kind.usualBeta
    warmUpEpochs = try values.decodeIfPresent(Double.self, forKey: .warmUpEpochs) ?? 0
    warmUp = try values.decodeIfPresent(WarmUp.self, forKey: .warmUp) ?? .linear
    let term = try values.decodeIfPresent(Reconstruction.self, forKey: .reconstruction)
    if let term, term.reduction == "mean" {
      reconstruction = .weightedMean(weight: term.weight)
    } else {
      reconstruction = .negativeLogLikelihood
    }
  }

  /// Writes what `init(from:)` reads.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    try values.encode(kind.name, forKey: .type)
    try values.encode(beta, forKey: .beta)
    try values.encode(warmUpEpochs, forKey: .warmUpEpochs)
    if warmUp != .linear { try values.encode(warmUp, forKey: .warmUp) }
    try kind.write(to: &values)
    switch reconstruction {
    case .negativeLogLikelihood:
      try values.encode(Reconstruction(reduction: "sum", weight: 1), forKey: .reconstruction)
    case .weightedMean(let weight):
      try values.encode(Reconstruction(reduction: "mean", weight: weight), forKey: .reconstruction)
    }
  }
}
