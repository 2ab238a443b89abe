import Networks

/// A model as a value: what config.json holds.
///
///     var spec = ModelSpec.fashion(latents: 2)
///     spec.objective.beta = 4
///     let model = try Model(spec, seed: 1)
public struct ModelSpec: Sendable, Hashable {
  /// The encoder's output that z is drawn from.
  public enum Posterior: String, Sendable, Hashable, Codable, CaseIterable {
    /// Mean and log-variance of every latent: a variational autoencoder.
    case diagonalGaussian = "diagonal_gaussian"
    /// The latent itself, no noise and no divergence: a plain autoencoder.
    case deterministic
  }

  /// A name for people.
  public var name: String
  /// What an example looks like.
  public var data: DataSpec
  /// From the (padded) data, with the classes behind its channels, to 2 × latents outputs, mean ‖ logVariance (latents for a deterministic one).
  public var encoder: [LayerSpec]
  /// L, the dimensions of z.
  public var latents: Int
  /// What the encoder's output means.
  public var posterior: Posterior
  /// What every logVariance is cut off at; nil for the soft bound that is felt beyond ±20 only. Some published
  /// models need it: the Exemplar VAE paper's keep to −6 ... 2.
  public var logVarianceRange: ClosedRange<Float>?
  /// What the posterior is held against, and what samples are drawn from.
  public var prior: PriorSpec
  /// From z, with the classes behind it, to the likelihood's parameters, as many as ``LikelihoodSpec/outputs(forColumns:)`` says.
  public var decoder: [LayerSpec]
  /// The classes that encoder and decoder are told; nil if none.
  public var condition: ConditionSpec?
  /// The distribution of the data given the decoder's output.
  public var likelihood: LikelihoodSpec
  /// What is minimised.
  public var objective: ObjectiveSpec
  /// How weights start where a layer doesn't say.
  public var initialiser: Initialiser
  /// How the model is trained unless told otherwise.
  public var training: TrainingSpec
  /// The columns of the table that the model is of; nil for other data.
  public var table: TableSchema?

  /// A description from its parts.
  public init(
    name: String, data: DataSpec, encoder: [LayerSpec], latents: Int,
    posterior: Posterior = .diagonalGaussian, logVarianceRange: ClosedRange<Float>? = nil,
    decoder: [LayerSpec], likelihood: LikelihoodSpec,
    objective: ObjectiveSpec = ObjectiveSpec(), initialiser: Initialiser = .glorotUniform,
    training: TrainingSpec = TrainingSpec(), prior: PriorSpec = .standardNormal,
    condition: ConditionSpec? = nil
  ) {
    self.name = name
    self.data = data
    self.encoder = encoder
    self.latents = latents
    self.posterior = posterior
    self.logVarianceRange = logVarianceRange
    self.decoder = decoder
    self.likelihood = likelihood
    self.objective = objective
    self.initialiser = initialiser
    self.training = training
    self.prior = prior
    self.condition = condition
  }

  /// The encoder's outputs that the posterior asks for.
  public var headWidth: Int { posterior == .diagonalGaussian ? 2 * latents : latents }

  /// What the decoder ends in: the padded data's pixels, with as many channels as the likelihood takes for the
  /// data's.
  var decoderOutput: Shape {
    let shape = data.padded
    return Shape(
      height: shape.height, width: shape.width,
      channels: likelihood.outputs(forColumns: shape.channels))
  }

  /// The same model as a plain autoencoder: no noise, no divergence.
  ///
  /// The encoder's last dense layer is halved.
  public func asAutoencoder() -> ModelSpec {
    var spec = self
    spec.posterior = .deterministic
    spec.logVarianceRange = nil
    spec.prior = .standardNormal
    spec.objective.kind = .evidenceBound(isSampled: false)
    spec.objective.beta = 0
    spec.training.samples = 1
    if case .dense(let outputs, let initialiser)? = spec.encoder.last,
      outputs == 2 * latents
    {
      spec.encoder[spec.encoder.count - 1] = .dense(outputs: latents, initialiser: initialiser)
    }
    return spec
  }

  /// The weight that the divergence has beside a log-likelihood in nats: what β a weighted mean of the
  /// reconstruction amounts to.
  ///
  /// With loss = s·(−ln p) + β·KL the minimum is that of −ln p + (β/s)·KL.
  public var effectiveBeta: Double {
    objective.beta
      / ReconstructionScale(
        objective, likelihood: likelihood, dimensions: data.padded.count
      ).scale
  }
}

extension ModelSpec {
  func validateLogVarianceRange() throws(SpecError) {
    guard let range = logVarianceRange else { return }
    guard posterior == .diagonalGaussian else {
      throw SpecError(
        "latent", "a \(posterior.rawValue) posterior has no variance for log_variance_range")
    }
    let bound = DiagonalGaussian.bound
    guard range.lowerBound >= -bound && range.upperBound <= bound else {
      throw SpecError(
        "latent",
        "log_variance_range [\(range.lowerBound), \(range.upperBound)] should lie within ±\(bound)")
    }
  }
}

extension ModelSpec: Codable {
  /// The version of the file format that this library writes.
  public static let formatVersion = 1
  /// What the field `format` says in every description that this library writes.
  public static let formatName = "variational-model"

  private enum Key: String, CodingKey, CaseIterable {
    case format, name, data, encoder, latent, prior, decoder, likelihood, objective, initialiser
    case training, condition, table
    case formatVersion = "format_version"
  }

  private struct Latent: Codable {
    var dimensions: Int
    var posterior: Posterior
    var logVarianceRange: ClosedRange<Float>?

    enum Key: String, CodingKey, CaseIterable {
      case dimensions, posterior
      case logVarianceRange = "log_variance_range"
    }

    init(_ spec: ModelSpec) {
      dimensions = spec.latents
      posterior = spec.posterior
      logVarianceRange = spec.logVarianceRange
    }

    init(from decoder: any Decoder) throws {
      try decoder.rejectUnknownKeys(allowed: Key.allCases.map(\.rawValue))
      let values = try decoder.container(keyedBy: Key.self)
      dimensions = try values.decode(Int.self, forKey: .dimensions)
      let name =
        try values.decodeIfPresent(String.self, forKey: .posterior)
        ?? Posterior.diagonalGaussian.rawValue
      guard let posterior = Posterior(rawValue: name) else {
        throw DecodingError.dataCorruptedError(
          forKey: .posterior, in: values,
          debugDescription: unknownName(
            name, what: "posterior", valid: Posterior.allCases.map(\.rawValue)))
      }
      self.posterior = posterior
      if let limits = try values.decodeIfPresent([Float].self, forKey: .logVarianceRange) {
        guard limits.count == 2, limits[0] < limits[1] else {
          throw DecodingError.dataCorruptedError(
            forKey: .logVarianceRange, in: values,
            debugDescription: "\(limits) should be two numbers, the smaller first")
        }
        logVarianceRange = limits[0]...limits[1]
      }
    }

    func encode(to encoder: any Encoder) throws {
      var values = encoder.container(keyedBy: Key.self)
      try values.encode(dimensions, forKey: .dimensions)
      try values.encode(posterior, forKey: .posterior)
      try values.encodeIfPresent(
        logVarianceRange.map { [$0.lowerBound, $0.upperBound] }, forKey: .logVarianceRange)
    }
  }

  /// Reads a description; fields left out take their defaults, unknown ones are errors.
  public init(from decoder: any Decoder) throws {
    try decoder.rejectUnknownKeys(allowed: Key.allCases.map(\.rawValue))
    let values = try decoder.container(keyedBy: Key.self)
    let format = try values.decodeIfPresent(String.self, forKey: .format) ?? ModelSpec.formatName
    guard format == ModelSpec.formatName else {
      throw DecodingError.dataCorruptedError(
        forKey: .format, in: values,
        debugDescription:
          "\"\(format.prefix(60))\" should be \"\(ModelSpec.formatName)\", or left out")
    }
    let version = try values.decodeIfPresent(Int.self, forKey: .formatVersion) ?? 1
    guard version == ModelSpec.formatVersion else {
      throw DecodingError.dataCorruptedError(
        forKey: .formatVersion, in: values,
        debugDescription:
          "format version \(version) is not \(ModelSpec.formatVersion), which this program reads")
    }
    name = try values.decodeIfPresent(String.self, forKey: .name) ?? "model"
    data = try values.decode(DataSpec.self, forKey: .data)
    encoder = try values.decode([LayerSpec].self, forKey: .encoder)
    let latent = try values.decode(Latent.self, forKey: .latent)
    latents = latent.dimensions
    posterior = latent.posterior
    logVarianceRange = latent.logVarianceRange
    prior = try values.decodeIfPresent(PriorSpec.self, forKey: .prior) ?? .standardNormal
    self.decoder = try values.decode([LayerSpec].self, forKey: .decoder)
    condition = try values.decodeIfPresent(ConditionSpec.self, forKey: .condition)
    likelihood = try values.decode(LikelihoodSpec.self, forKey: .likelihood)
    objective =
      try values.decodeIfPresent(ObjectiveSpec.self, forKey: .objective) ?? ObjectiveSpec()
    initialiser =
      try values.decodeIfPresent(Initialiser.self, forKey: .initialiser) ?? .glorotUniform
    training = try values.decodeIfPresent(TrainingSpec.self, forKey: .training) ?? TrainingSpec()
    table = try values.decodeIfPresent(TableSchema.self, forKey: .table)
  }

  /// Writes what `init(from:)` reads.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    try values.encode(ModelSpec.formatName, forKey: .format)
    try values.encode(ModelSpec.formatVersion, forKey: .formatVersion)
    try values.encode(name, forKey: .name)
    try values.encode(data, forKey: .data)
    try values.encode(self.encoder, forKey: .encoder)
    try values.encode(Latent(self), forKey: .latent)
    if prior != .standardNormal { try values.encode(prior, forKey: .prior) }
    try values.encodeIfPresent(condition, forKey: .condition)
    try values.encode(decoder, forKey: .decoder)
    try values.encode(likelihood, forKey: .likelihood)
    try values.encode(objective, forKey: .objective)
    try values.encode(initialiser, forKey: .initialiser)
    try values.encode(training, forKey: .training)
    try values.encodeIfPresent(table, forKey: .table)
  }
}
