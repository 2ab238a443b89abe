import Networks

/// An objective's own numbers as fields beside those that all have.
extension ObjectiveKind {
  /// The fields of its own numbers.
  var fields: [ObjectiveSpec.Key] {
    switch self {
    case .evidenceBound: []
    case .importanceWeighted(.multiple), .importanceWeighted(.partial): [.groups]
    case .importanceWeighted(.combined): [.share]
    case .importanceWeighted: []
    case .freeBits: [.freeBits, .groupSize]
    case .capacity: [.capacity, .capacityEpochs, .weight]
    case .totalCorrelation: [.alpha, .gamma]
    case .disentangledPrior: [.offDiagonal, .diagonal]
    case .maximumMeanDiscrepancy: [.weight, .kernel, .scale]
    case .regularised(let spec): spec.regulariser == .weights ? [.weight] : [.weight, .step]
    }
  }

  /// The same kind with the numbers that are there.
  func reading(_ values: KeyedDecodingContainer<ObjectiveSpec.Key>) throws -> ObjectiveKind {
    func number(_ key: ObjectiveSpec.Key, _ usual: Double) throws -> Double {
      try values.decodeIfPresent(Double.self, forKey: key) ?? usual
    }
    func count(_ key: ObjectiveSpec.Key, _ usual: Int) throws -> Int {
      try values.decodeIfPresent(Int.self, forKey: key) ?? usual
    }
    switch self {
    case .importanceWeighted(.multiple(let groups)):
      return .importanceWeighted(.multiple(groups: try count(.groups, groups)))
    case .importanceWeighted(.partial(let groups)):
      return .importanceWeighted(.partial(groups: try count(.groups, groups)))
    case .importanceWeighted(.combined(let share)):
      return .importanceWeighted(.combined(share: try number(.share, share)))
    case .evidenceBound, .importanceWeighted: return self
    case .freeBits(let nats, let groupSize):
      return .freeBits(
        nats: try number(.freeBits, nats), groupSize: try count(.groupSize, groupSize))
    case .capacity(let nats, let epochs, let weight):
      return .capacity(
        nats: try number(.capacity, nats), epochs: try number(.capacityEpochs, epochs),
        weight: try number(.weight, weight))
    case .totalCorrelation(var spec):
      spec.mutualInformation = try number(.alpha, spec.mutualInformation)
      spec.dimensionWise = try number(.gamma, spec.dimensionWise)
      return .totalCorrelation(spec)
    case .disentangledPrior(var spec):
      spec.offDiagonal = try number(.offDiagonal, spec.offDiagonal)
      spec.diagonal = try number(.diagonal, spec.diagonal)
      return .disentangledPrior(spec)
    case .maximumMeanDiscrepancy(var spec):
      spec.weight = try number(.weight, spec.weight)
      spec.scale = try number(.scale, spec.scale)
      spec.kernel = try kernel(values, spec.kernel)
      return .maximumMeanDiscrepancy(spec)
    case .regularised(var spec):
      spec.weight = try number(.weight, spec.weight)
      if case .gradientPenalty(let step) = spec.regulariser {
        spec.regulariser = .gradientPenalty(step: try number(.step, step))
      }
      return .regularised(spec)
    }
  }

  private func kernel(
    _ values: KeyedDecodingContainer<ObjectiveSpec.Key>, _ usual: MeanDiscrepancySpec.Kernel
  ) throws -> MeanDiscrepancySpec.Kernel {
    guard let name = try values.decodeIfPresent(String.self, forKey: .kernel) else { return usual }
    guard let kernel = MeanDiscrepancySpec.Kernel(rawValue: name) else {
      throw DecodingError.dataCorruptedError(
        forKey: .kernel, in: values,
        debugDescription: unknownName(
          name, what: "kernel", valid: MeanDiscrepancySpec.Kernel.allCases.map(\.rawValue)))
    }
    return kernel
  }

  /// Writes the numbers that `reading` reads.
  func write(to values: inout KeyedEncodingContainer<ObjectiveSpec.Key>) throws {
    switch self {
    case .evidenceBound: break
    case .importanceWeighted(.multiple(let groups)), .importanceWeighted(.partial(let groups)):
      try values.encode(groups, forKey: .groups)
    case .importanceWeighted(.combined(let share)): try values.encode(share, forKey: .share)
    case .importanceWeighted: break
    case .freeBits(let nats, let groupSize):
      try values.encode(nats, forKey: .freeBits)
      try values.encode(groupSize, forKey: .groupSize)
    case .capacity(let nats, let epochs, let weight):
      try values.encode(nats, forKey: .capacity)
      try values.encode(epochs, forKey: .capacityEpochs)
      try values.encode(weight, forKey: .weight)
    case .totalCorrelation(let spec):
      try values.encode(spec.mutualInformation, forKey: .alpha)
      try values.encode(spec.dimensionWise, forKey: .gamma)
    case .disentangledPrior(let spec):
      try values.encode(spec.offDiagonal, forKey: .offDiagonal)
      try values.encode(spec.diagonal, forKey: .diagonal)
    case .maximumMeanDiscrepancy(let spec):
      try values.encode(spec.weight, forKey: .weight)
      try values.encode(spec.kernel.rawValue, forKey: .kernel)
      try values.encode(spec.scale, forKey: .scale)
    case .regularised(let spec):
      try values.encode(spec.weight, forKey: .weight)
      if case .gradientPenalty(let step) = spec.regulariser {
        try values.encode(step, forKey: .step)
      }
    }
  }
}
