// Everything that an evaluation found, as one value.

/// An evaluation in full: what `vae evaluate` prints.
///
/// Its JSON is one object with the summary's keys at the top.
public struct EvaluationReport: Sendable {
  /// The model's name.
  public var model: String
  /// The data's name.
  public var data: String
  /// The means.
  public var summary: Evaluation
  /// What each latent dimension does.
  public var latents: LatentStatistics
  /// The aggregate posterior against the prior; nil for a plain autoencoder.
  public var aggregatePosterior: AggregatePosterior?
  /// Reconstructions against the mean example.
  public var fidelity: ReconstructionFidelity?
  /// How smoothly the decoder follows its latents; nil unless asked for.
  public var smoothness: DecoderSmoothness?
  /// Samples against data; nil unless asked for.
  public var samples: SampleComparison?
  /// Scores against known factors; nil unless there are any.
  public var disentanglement: Disentanglement?
  /// What is wrong.
  public var warnings: [EvaluationWarning]

  /// What a report is to hold beyond the usual.
  public struct Contents: Sendable {
    /// Importance samples; 0 for none.
    public var importanceSamples = 0
    /// Whether decoder smoothness and sample quality are measured.
    public var measuresSamples = false
    /// Known factors, one row an example.
    public var factors: FactorTable?
    /// What all draws are derived from.
    public var seed: UInt64 = 1
    /// The reconstruction term on the training data, to be held against this data's.
    public var trainingReconstruction: Double?

    /// The usual.
    public init() {}
  }
}

extension EvaluationReport: Encodable {
  private enum Key: String, CodingKey {
    case model, data, warnings, latents, smoothness, samples, disentanglement
    case aggregatePosterior = "aggregate_posterior"
    case fidelity = "reconstruction_fidelity"
  }

  /// The summary's keys and, beside them, an object for each other part.
  public func encode(to encoder: any Encoder) throws {
    try summary.encode(to: encoder)
    var values = encoder.container(keyedBy: Key.self)
    try values.encode(model, forKey: .model)
    try values.encode(data, forKey: .data)
    try values.encode(warnings, forKey: .warnings)
    try values.encode(latents, forKey: .latents)
    try values.encodeIfPresent(aggregatePosterior, forKey: .aggregatePosterior)
    try values.encodeIfPresent(fidelity, forKey: .fidelity)
    try values.encodeIfPresent(smoothness, forKey: .smoothness)
    try values.encodeIfPresent(samples, forKey: .samples)
    try values.encodeIfPresent(disentanglement, forKey: .disentanglement)
  }
}

extension Model {
  /// Evaluates the model in full.
  ///
  /// - Returns: the report, and the numbers of every example.
  /// - Throws: `DataError` when the data or the factors do not fit, or when the loss is not a finite number.
  public func report(
    on data: DataSet, _ contents: EvaluationReport.Contents = EvaluationReport.Contents()
  ) throws(DataError) -> (report: EvaluationReport, examples: [ExampleEvaluation]) {
    let seed = contents.seed
    if let factors = contents.factors, factors.count != data.count {
      throw DataError(
        data.name,
        "\(data.count) examples, but \(factors.count) rows of factors; there should be one an example"
      )
    }
    let detail = try evaluateInDetail(
      data, importanceSamples: contents.importanceSamples, seed: seed)
    guard detail.summary.isFinite else {
      throw DataError(
        data.name,
        "the model's loss on it is not a finite number, so its weights are of no use; "
          + "train it again with a smaller learning rate")
    }
    let measured = try fidelity(on: data, seed: seed)
    let fidelity = measured.error.isFinite ? measured : nil
    var report = EvaluationReport(
      model: spec.name, data: data.name, summary: detail.summary, latents: detail.latents,
      aggregatePosterior: try aggregatePosterior(of: data, seed: seed), fidelity: fidelity,
      warnings: EvaluationWarning.all(
        detail, spec: spec, fidelity: fidelity, training: contents.trainingReconstruction))
    if contents.measuresSamples {
      // Far from the codes, weights of absurd size may decode to what is no number.
      let smoothness = try smoothness(on: data, seed: seed)
      if smoothness.isFinite { report.smoothness = smoothness }
      report.samples = try compareSamples(with: data, seed: seed)
    }
    if let factors = contents.factors {
      report.disentanglement = try Disentanglement(
        codes: try encode(data).means, factors: factors, seed: seed)
    }
    return (report, detail.examples)
  }
}
