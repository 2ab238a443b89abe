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
    }
  }

  /// One of every kind with its usual numbers.
  public static let all: [ObjectiveKind] = [
    .evidenceBound(isSampled: false), .evidenceBound(isSampled: true),
    .importanceWeighted(.all), .importanceWeighted(.doublyReparameterised),
    .importanceWeighted(.multiple(groups: 2)), .importanceWeighted(.partial(groups: 2)),
    .importanceWeighted(.combined(share: 0.5)),
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
    default: break
    }
  }
}
