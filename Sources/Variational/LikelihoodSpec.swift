import Networks

/// The distribution of a data value given what the decoder puts out for it.
///
/// docs/OBJECTIVES.md says what each is for, with its formula.
public enum LikelihoodSpec: Sendable, Hashable {
  /// A value in [0, 1] with log-odds from the decoder: x·ln p + (1 − x)·ln(1 − p).
  ///
  /// For values strictly between 0 and 1 this is a loss, not a density: it has no normalising constant
  /// and its smallest value is the data's entropy, not zero.
  case bernoulli
  /// A value in [0, 1] with log-odds from the decoder and the constant that makes the Bernoulli's formula
  /// a density there (Loaiza-Ganem and Cunningham, 2019).
  case continuousBernoulli
  /// A real value with its mean from the decoder and a variance from elsewhere.
  case gaussian(VarianceSpec)
  /// A real value with its median from the decoder: e^(−|x − m|/b) / 2b.
  case laplace(ScaleSpec)
  /// A real value with its centre from the decoder and heavy tails.
  case studentT(degreesOfFreedom: Float, scale: ScaleSpec)
  /// A grey level k/255 with the centre of a logistic distribution from the decoder; each level has the
  /// probability of its interval, 0 and 1 those of the tails too (Salimans et al., 2017).
  case discretisedLogistic(ScaleSpec)
  /// Columns in groups, in each of which one column is 1 and the others 0, with logits from the decoder.
  ///
  /// The sizes add up to the data's channels; an image has the groups at every pixel.
  case categorical(groups: [Int])
  /// A count with the logarithm of its mean from the decoder.
  case poisson
  /// A count with the logarithm of its mean μ from the decoder and a learned inverse dispersion θ for each
  /// dimension: the variance is μ + μ²/θ.
  case negativeBinomial
  /// The same, or 0 from another cause (Lopez et al., 2018): the decoder gives ln μ, then the log-odds of
  /// that cause, for all channels of each pixel.
  case zeroInflatedNegativeBinomial
  /// The columns of a table in neighbouring parts, each with a likelihood of its own.
  ///
  /// The parts' columns add up to the data's; what a part learns is named `likelihood.<index>.…`.
  case mixed([Part])

  /// Neighbouring columns of a table that share a likelihood.
  public struct Part: Sendable, Hashable {
    /// How many columns; those of all groups for a categorical likelihood.
    public var columns: Int
    /// Any but another mixed one.
    public var likelihood: LikelihoodSpec

    /// A part of a ``LikelihoodSpec/mixed(_:)`` likelihood.
    public init(columns: Int, likelihood: LikelihoodSpec) {
      self.columns = columns
      self.likelihood = likelihood
    }
  }

  /// Where a Gaussian's variance comes from.
  public enum VarianceSpec: Sendable, Hashable {
    /// A given number.
    case fixed(Float)
    /// One number, learned.
    case shared
    /// One number for each data dimension, learned.
    case perDimension
    /// The mean squared error of the minibatch, which is the best number for it (Rybkin et al., 2021); no
    /// gradient goes through it. Outside training it is the mean of recent minibatches.
    case optimal
  }

  /// Where a scale comes from.
  public enum ScaleSpec: Sendable, Hashable {
    /// A given number.
    case fixed(Float)
    /// One number, learned.
    case shared
    /// One number for each data dimension, learned.
    case perDimension
  }

  /// The name in config.json.
  public var name: String {
    switch self {
    case .bernoulli: "bernoulli"
    case .continuousBernoulli: "continuous_bernoulli"
    case .gaussian: "gaussian"
    case .laplace: "laplace"
    case .studentT: "student_t"
    case .discretisedLogistic: "discretised_logistic"
    case .categorical: "categorical"
    case .poisson: "poisson"
    case .negativeBinomial: "negative_binomial"
    case .zeroInflatedNegativeBinomial: "zero_inflated_negative_binomial"
    case .mixed: "mixed"
    }
  }

  /// Numbers that the decoder gives for so many columns of a table, or channels of a pixel.
  public func outputs(forColumns columns: Int) -> Int {
    // A description that is asked before it is validated may hold any number.
    let columns = min(max(columns, 1), 1 << 20)
    switch self {
    case .zeroInflatedNegativeBinomial: return 2 * columns
    case .mixed(let parts):
      return parts.reduce(0) { $0 + $1.likelihood.outputs(forColumns: $1.columns) }
    default: return columns
    }
  }

  /// Whether the decoder gives log-odds, logits or log-rates, which are any real number, and not a place
  /// among the data.
  var takesLogits: Bool {
    switch self {
    case .gaussian, .laplace, .studentT, .discretisedLogistic: false
    default: true
    }
  }

  /// The likelihood in words.
  var words: String {
    switch self {
    case .bernoulli: "Bernoulli on log-odds"
    case .continuousBernoulli: "continuous Bernoulli on log-odds"
    case .gaussian(.fixed(let variance)): "Gaussian, variance \(variance)"
    case .gaussian(.shared): "Gaussian, one learned variance"
    case .gaussian(.perDimension): "Gaussian, a learned variance for each dimension"
    case .gaussian(.optimal): "Gaussian, each minibatch's mean squared error as variance"
    case .laplace(let scale): "Laplace, \(scale.words)"
    case .studentT(let freedom, let scale):
      "Student's t, \(freedom) degrees of freedom, \(scale.words)"
    case .discretisedLogistic(let scale): "logistic on 256 grey levels, \(scale.words)"
    case .categorical(let groups):
      groups.count == 1
        ? "categorical, one group of \(groups[0])"
        : "categorical, \(groups.count) groups of columns"
    case .poisson: "Poisson on log-rates"
    case .negativeBinomial:
      "negative binomial on log-means, a learned dispersion for each dimension"
    case .zeroInflatedNegativeBinomial:
      "zero-inflated negative binomial on log-means and log-odds, "
        + "a learned dispersion for each dimension"
    case .mixed(let parts):
      "mixed: "
        + parts.map {
          "\($0.columns) \($0.columns == 1 ? "column" : "columns") \($0.likelihood.words)"
        }.joined(separator: "; ")
    }
  }

  /// Checks the numbers of the description against the data's shape.
  ///
  /// - Throws: `SpecError` with the number and what would be right.
  func validate(data: DataSpec? = nil) throws(SpecError) {
    switch self {
    case .gaussian(.fixed(let variance)):
      guard variance > 0 && variance.isFinite else {
        throw SpecError("likelihood", "the variance \(variance) should be positive")
      }
    case .laplace(let scale), .discretisedLogistic(let scale): try scale.validate()
    case .studentT(let freedom, let scale):
      guard freedom >= 0.01 && freedom <= 1e6 else {
        throw SpecError(
          "likelihood", "the degrees of freedom \(freedom) should lie between 0.01 and 1000000")
      }
      try scale.validate()
    case .categorical(let groups): try validate(groups, data: data)
    case .mixed(let parts): try validate(parts, data: data)
    default: break
    }
  }

  private func validate(_ parts: [Part], data: DataSpec?) throws(SpecError) {
    guard !parts.isEmpty else {
      throw SpecError("likelihood", "a mixed likelihood should have at least one part")
    }
    var total = 0.0
    for (index, part) in parts.enumerated() {
      guard part.columns >= 1 && part.columns <= 1 << 20 else {
        throw SpecError(
          "likelihood.\(index)",
          "a part's columns, \(part.columns), should lie between 1 and \(1 << 20)")
      }
      if case .mixed = part.likelihood {
        throw SpecError(
          "likelihood.\(index)", "a part of a mixed likelihood should not be mixed itself")
      }
      total += Double(part.columns)
      do {
        try part.likelihood.validate(data: DataSpec(height: 1, width: 1, channels: part.columns))
      } catch { throw SpecError("likelihood.\(index)", error.reason) }
    }
    guard let data else { return }
    guard data.padded.isFlat else {
      throw SpecError(
        "likelihood", "a mixed likelihood is for the columns of a table, not for \(data.stored)")
    }
    guard total == Double(data.channels) else {
      throw SpecError(
        "likelihood",
        "the parts have \(Int(total)) columns together, but the data has \(data.channels)")
    }
  }

  private func validate(_ groups: [Int], data: DataSpec?) throws(SpecError) {
    guard !groups.isEmpty && groups.allSatisfy({ $0 >= 1 && $0 <= 1 << 20 }) else {
      throw SpecError(
        "likelihood", "the groups \(groups) should be a list of sizes between 1 and \(1 << 20)")
    }
    guard let data else { return }
    let total = groups.reduce(0.0) { $0 + Double($1) }
    guard total == Double(data.channels) else {
      throw SpecError(
        "likelihood",
        "the groups have \(Int(total)) columns together, but the data has \(data.channels) channels"
      )
    }
    guard data.padding == 0 else {
      throw SpecError(
        "likelihood",
        "padding \(data.padding) puts zeros around an image, which belong to no class; "
          + "a categorical likelihood takes padding 0")
    }
  }
}

extension LikelihoodSpec.ScaleSpec {
  fileprivate var words: String {
    switch self {
    case .fixed(let scale): "scale \(scale)"
    case .shared: "one learned scale"
    case .perDimension: "a learned scale for each dimension"
    }
  }

  fileprivate func validate() throws(SpecError) {
    guard case .fixed(let scale) = self else { return }
    guard scale > 0 && scale.isFinite else {
      throw SpecError("likelihood", "the scale \(scale) should be positive")
    }
  }
}
