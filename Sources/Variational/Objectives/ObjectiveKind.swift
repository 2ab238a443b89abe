// Which objective, and its own numbers.

import Networks

/// What is minimised, apart from β and the reconstruction's units.
public enum ObjectiveKind: Sendable, Hashable {
  /// The evidence lower bound (Kingma and Welling, 2014), β its divergence's weight.
  ///
  /// With the divergence in closed form where there is one (a standard normal prior), else, and if
  /// `isSampled`, as ln q(z|x) − ln p(z) at the samples.
  case evidenceBound(isSampled: Bool)
  /// A bound from all samples of an example together.
  case importanceWeighted(ImportanceWeighting)
  /// The evidence bound in which every group of `groupSize` latents may use `nats` for nothing (Kingma et
  /// al., 2016).
  case freeBits(nats: Double, groupSize: Int)
  /// The divergence is held at a capacity that rises to `nats` over `epochs`: `weight`·|KL − C| (Burgess et
  /// al., 2018).
  case capacity(nats: Double, epochs: Double, weight: Double)
  /// β-TC: β weighs the total correlation alone (Chen et al., 2018).
  case totalCorrelation(TotalCorrelationSpec)
  /// DIP-VAE: the latents' covariance is drawn towards the identity (Kumar et al., 2018).
  case disentangledPrior(DisentangledPriorSpec)
  /// InfoVAE and the Wasserstein autoencoder: all latents together are held against the prior (Zhao et al.,
  /// 2017; Tolstikhin et al., 2018).
  case maximumMeanDiscrepancy(MeanDiscrepancySpec)
  /// No noise; latents kept small, the decoder smooth (Ghosh et al., 2020).
  case regularised(RegularisedSpec)

  /// How the samples of an example are put together. K is the number of samples in all.
  public enum ImportanceWeighting: Sendable, Hashable {
    /// IWAE (Burda et al., 2016).
    case all
    /// IWAE's bound with the doubly reparameterised gradient (Tucker et al., 2018).
    case doublyReparameterised
    /// MIWAE: the mean bound of `groups` groups of K/groups samples (Rainforth et al., 2018).
    case multiple(groups: Int)
    /// PIWAE: IWAE for the decoder, MIWAE for the encoder (the same).
    case partial(groups: Int)
    /// CIWAE: `share` of the evidence bound and the rest of IWAE's (the same).
    case combined(share: Double)
  }

  /// The name in config.json and on the command line.
  public var name: String {
    switch self {
    case .evidenceBound(let isSampled): isSampled ? "elbo_sampled" : "elbo"
    case .importanceWeighted(.all): "iwae"
    case .importanceWeighted(.doublyReparameterised): "dreg"
    case .importanceWeighted(.multiple): "miwae"
    case .importanceWeighted(.partial): "piwae"
    case .importanceWeighted(.combined): "ciwae"
    case .freeBits: "free_bits"
    case .capacity: "capacity"
    case .totalCorrelation(let spec): spec.isStratified ? "beta_tc_mss" : "beta_tc_mws"
    case .disentangledPrior(let spec): spec.includesVariances ? "dip_ii" : "dip_i"
    case .maximumMeanDiscrepancy(let spec): spec.isWasserstein ? "wae" : "info_vae"
    case .regularised(let spec): spec.regulariser == .weights ? "rae_l2" : "rae_gp"
    }
  }

  /// One of every kind with its usual numbers.
  public static let all: [ObjectiveKind] = [
    .evidenceBound(isSampled: false), .evidenceBound(isSampled: true),
    .importanceWeighted(.all), .importanceWeighted(.doublyReparameterised),
    .importanceWeighted(.multiple(groups: 2)), .importanceWeighted(.partial(groups: 2)),
    .importanceWeighted(.combined(share: 0.5)),
    .freeBits(nats: 0.25, groupSize: 1), .capacity(nats: 25, epochs: 10, weight: 100),
    .totalCorrelation(.init(isStratified: false)), .totalCorrelation(.init(isStratified: true)),
    .disentangledPrior(.init(includesVariances: false)),
    .disentangledPrior(.init(includesVariances: true)),
    .maximumMeanDiscrepancy(.init(isWasserstein: false)),
    .maximumMeanDiscrepancy(.init(isWasserstein: true)), .regularised(.init(.weights)),
    .regularised(.init(.gradientPenalty(step: 0.01))),
  ]

  /// The kind of that name with its usual numbers.
  public static func named(_ name: String) -> ObjectiveKind? { all.first { $0.name == name } }

  /// The number of samples that `vae train` takes where nobody says.
  public var usualSamples: Int {
    switch self {
    case .importanceWeighted(.multiple), .importanceWeighted(.partial): 8
    case .importanceWeighted: 5
    default: 1
    }
  }

  /// β where nobody says.
  public var usualBeta: Double {
    switch self {
    case .totalCorrelation: 6
    case .maximumMeanDiscrepancy: 0
    case .regularised: 0.1
    default: 1
    }
  }

  /// Whether `vae train` takes a deterministic encoder for it.
  public var isUsuallyDeterministic: Bool {
    switch self {
    case .maximumMeanDiscrepancy(let spec): spec.isWasserstein
    case .regularised: true
    default: false
    }
  }

  /// C at a step, nats; 0 for all but the capacity objective.
  func capacity(step: Int, stepsPerEpoch: Int) -> Double {
    guard case .capacity(let nats, let epochs, _) = self else { return 0 }
    let length = epochs * Double(stepsPerEpoch)
    return length > 0 ? nats * min(1, Double(step) / length) : nats
  }

  func validate(samples: Int) throws(SpecError) {
    switch self {
    case .importanceWeighted(.multiple(let groups)), .importanceWeighted(.partial(let groups)):
      guard groups >= 1 && samples % groups == 0 else {
        throw SpecError(
          "objective.groups",
          "\(groups) groups do not divide training.samples, \(samples), into equal parts")
      }
    case .importanceWeighted(.combined(let share)):
      guard share >= 0 && share <= 1 else {
        throw SpecError("objective.share", "the share \(share) should lie between 0 and 1")
      }
    case .freeBits(let nats, let groupSize):
      try check(nats, "free_bits")
      guard groupSize >= 1 else {
        throw SpecError(
          "objective.group_size", "a group of \(groupSize) dimensions should have at least 1")
      }
    case .capacity(let nats, let epochs, let weight):
      try check(nats, "capacity")
      try check(epochs, "capacity_epochs")
      try check(weight, "weight")
    case .totalCorrelation(let spec):
      try check(spec.mutualInformation, "alpha")
      try check(spec.dimensionWise, "gamma")
    case .disentangledPrior(let spec):
      try check(spec.offDiagonal, "off_diagonal")
      try check(spec.diagonal, "diagonal")
    case .maximumMeanDiscrepancy(let spec):
      try check(spec.weight, "weight")
      try check(spec.scale, "scale", isPositive: true)
    case .regularised(let spec):
      try check(spec.weight, "weight")
      if case .gradientPenalty(let step) = spec.regulariser {
        try check(step, "step", isPositive: true)
      }
    case .evidenceBound, .importanceWeighted: break
    }
  }

  private func check(
    _ value: Double, _ name: String, isPositive: Bool = false
  ) throws(SpecError) {
    guard value.isFinite && (isPositive ? value > 0 : value >= 0) else {
      throw SpecError(
        "objective.\(name)",
        "\(value) should be a number \(isPositive ? "above" : "of at least") 0")
    }
  }
}
