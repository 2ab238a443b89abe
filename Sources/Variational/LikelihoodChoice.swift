// Likelihoods by name, and models with another likelihood than they were described with.

public import Networks

extension LikelihoodSpec {
  /// Names for `vae train --likelihood`, with what they mean.
  ///
  /// What a name leaves open is learned once for all dimensions, or with `_per_dimension` for each.
  private static let choices: KeyValuePairs<String, LikelihoodSpec> = [
    "bernoulli": .bernoulli,
    "continuous_bernoulli": .continuousBernoulli,
    "gaussian": .gaussian(.shared),
    "gaussian_per_dimension": .gaussian(.perDimension),
    "gaussian_optimal": .gaussian(.optimal),
    "gaussian_fixed": .gaussian(.fixed(1)),
    "laplace": .laplace(.shared),
    "laplace_per_dimension": .laplace(.perDimension),
    "student_t": .studentT(degreesOfFreedom: 5, scale: .shared),
    "student_t_per_dimension": .studentT(degreesOfFreedom: 5, scale: .perDimension),
    "discretised_logistic": .discretisedLogistic(.shared),
    "discretised_logistic_per_dimension": .discretisedLogistic(.perDimension),
    "categorical": .categorical(groups: []),
    "poisson": .poisson,
    "negative_binomial": .negativeBinomial,
    "zero_inflated_negative_binomial": .zeroInflatedNegativeBinomial,
  ]

  /// Every name that `init(named:channels:)` takes.
  public static var choiceNames: [String] { choices.map(\.key) }

  /// The likelihood of a name.
  ///
  /// - Parameters:
  ///   - name: one of ``choiceNames``; `categorical:3,5` gives the groups' sizes
  ///   - channels: the data's columns: the size of the one group of a `categorical` without sizes
  /// - Throws: `SpecError` for an unknown name or sizes that are none.
  public init(named name: String, channels: Int) throws(SpecError) {
    let parts = name.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    let word = parts.first.map(String.init) ?? ""
    guard let found = LikelihoodSpec.choices.first(where: { $0.key == word })?.value else {
      throw SpecError(
        "likelihood", unknownName(word, what: "likelihood", valid: LikelihoodSpec.choiceNames))
    }
    guard case .categorical = found else {
      guard parts.count == 1 else {
        throw SpecError("likelihood", "\"\(word)\" takes no \":\(parts[1])\"")
      }
      self = found
      return
    }
    guard parts.count == 2 else {
      self = .categorical(groups: [channels])
      return
    }
    let sizes = parts[1].split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
    guard !sizes.contains(nil) else {
      throw SpecError(
        "likelihood", "\"\(name)\" should give sizes as in categorical:3,5")
    }
    self = .categorical(groups: sizes.compactMap { $0 })
  }
}

extension ModelSpec {
  /// The same model with another likelihood.
  ///
  /// - A last sigmoid, tanh, softplus or rectifier of the decoder is taken away when the likelihood takes
  ///   logits or log-rates, which are any real number. It stays where the output is a place among the data.
  /// - The decoder's last weighted layer gets as many outputs as the likelihood has parameters.
  /// - A weighted mean as reconstruction loss becomes the negative log-likelihood unless the likelihood is
  ///   the one that the mean was meant for.
  ///
  /// - Throws: `SpecError` when the decoder's last layers do not allow it.
  public func replacing(likelihood: LikelihoodSpec) throws(SpecError) -> ModelSpec {
    guard likelihood != self.likelihood else { return self }
    var spec = self
    spec.likelihood = likelihood
    spec.objective.reconstruction = .negativeLogLikelihood
    if likelihood.takesLogits, let last = spec.decoder.last, last.limitsRange {
      spec.decoder.removeLast()
    }
    let channels = spec.data.channels
    let before = self.likelihood.outputs(forColumns: channels)
    let after = likelihood.outputs(forColumns: channels)
    if before != after { try spec.widenDecoder(from: before, to: after) }
    return spec
  }

  // Every layer from the end to the last one with weights: `after` channels for `before`. A layer of another
  // size, such as one before a flatten, is changed by the same ratio, if that gives a whole number.
  private mutating func widenDecoder(from before: Int, to after: Int) throws(SpecError) {
    func scaled(_ size: Int) throws(SpecError) -> Int {
      let product = Double(size) * Double(after)
      let isSmall = product / Double(before) <= Double(1 << 26)
      guard size > 0 && isSmall && (size * after) % before == 0 else {
        throw SpecError(
          "decoder",
          "its last layers' size \(size) cannot be changed from \(before) outputs for "
            + "each pixel to \(after); give the model as a --config")
      }
      return size * after / before
    }
    for index in decoder.indices.reversed() {
      switch decoder[index] {
      case .dense(let outputs, let initialiser):
        decoder[index] = .dense(outputs: try scaled(outputs), initialiser: initialiser)
        return
      case .gatedDense(let outputs, let initialiser):
        decoder[index] = .gatedDense(outputs: try scaled(outputs), initialiser: initialiser)
        return
      case .conv2D(var convolution):
        convolution.filters = try scaled(convolution.filters)
        decoder[index] = .conv2D(convolution)
        return
      case .convTranspose2D(var convolution):
        convolution.filters = try scaled(convolution.filters)
        decoder[index] = .convTranspose2D(convolution)
        return
      case .reshape(let height, let width, let channels):
        decoder[index] = .reshape(
          height: height, width: width, channels: try scaled(channels))
      default: continue
      }
    }
    throw SpecError(
      "decoder",
      "no layer of it has weights, so it cannot give \(after) outputs for each pixel")
  }
}

extension LayerSpec {
  // Whether it maps every number into a part of the line.
  fileprivate var limitsRange: Bool {
    switch self {
    case .sigmoid, .tanh, .softplus, .relu: true
    default: false
    }
  }
}
