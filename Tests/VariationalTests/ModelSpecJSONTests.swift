import Formats
import Foundation
import Testing

@testable import Variational

/// What config.json says when it cannot be read: the file, the place in it, what would be right.
@Suite struct ModelSpecJSONTests {
  static let small = """
    {"data": {"channels": 10}, "encoder": [{"type": "dense", "outputs": 4}],
     "latent": {"dimensions": 2}, "decoder": [{"type": "dense", "outputs": 10}],
     "likelihood": {"type": "bernoulli"}}
    """

  /// Reads a text as a file and returns the reason of the refusal.
  static func reason(_ text: String) throws -> String {
    try withTemporaryFolder { folder in
      let path = "\(folder)/config.json"
      try AtomicFile.write([Array(text.utf8)], to: path)
      do throws(FormatError) {
        return "accepted: \(try ModelSpec.read(path))"
      } catch {
        #expect(error.file == path)
        return error.reason
      }
    }
  }

  @Test func onlyFiveFieldsAreNeeded() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/config.json"
      try AtomicFile.write([Array(Self.small.utf8)], to: path)
      let spec = try ModelSpec.read(path)
      let expected = ModelSpec(
        name: "model", data: DataSpec(height: 1, width: 1, channels: 10),
        encoder: [.dense(outputs: 4)], latents: 2, decoder: [.dense(outputs: 10)],
        likelihood: .bernoulli)
      #expect(spec == expected)
      _ = try Model(spec, threads: 1)
    }
  }

  // A text that is replaced in the small description, its replacement, and the sentence.
  static let refusals: [(String, String, String)] = [
    (#""data": {"channels": 10}, "#, "", #"the field "data" is missing"#),
    (#""latent": {"dimensions": 2}, "#, "", #"the field "latent" is missing"#),
    (#", "outputs": 4"#, "", #"at encoder.0: the field "outputs" is missing"#),
    (#"{"dimensions": 2}"#, "{}", #"at latent: the field "dimensions" is missing"#),
    (#"{"channels": 10}"#, #"{"width": 3}"#, #"at data: the field "channels" is missing"#),
    (#""outputs": 4"#, #""outputs": "four""#, "at encoder.0.outputs: should be a whole number"),
    (
      #"{"dimensions": 2}"#, #"{"dimensions": "two"}"#,
      "at latent.dimensions: should be a whole number"
    ),
    (
      #"{"dimensions": 2}"#, #"{"dimensions": 2, "log_variance_range": [2, -6]}"#,
      "at latent.log_variance_range: [2.0, -6.0] should be two numbers, the smaller first"
    ),
    (
      #"{"dimensions": 2}"#, #"{"dimensions": 2, "log_variance_range": [2]}"#,
      "at latent.log_variance_range: [2.0] should be two numbers, the smaller first"
    ),
    (
      #"{"dimensions": 2}"#, #"{"dimensions": 2, "log_variance_range": 6}"#,
      "at latent.log_variance_range: should be a list"
    ),
    (
      #"{"dimensions": 2}"#, #"{"dimensions": null}"#,
      "at latent.dimensions: should be a whole number, not null"
    ),
    (#"{"channels": 10}"#, "[10]", "at data: should be an object"),
    (#"{"channels": 10}"#, "10", "at data: should be an object"),
    (#"[{"type": "dense", "outputs": 4}]"#, "4", "at encoder: should be a list"),
    (#"[{"type": "dense", "outputs": 4}]"#, "{}", "at encoder: should be a list"),
    (#"{"type": "bernoulli"}"#, #"{"type": 3}"#, "at likelihood.type: should be a text"),
    (
      #"{"type": "bernoulli"}"#, #"{"type": "bernouli"}"#,
      #"at likelihood.type: unknown likelihood "bernouli"; did you mean "bernoulli"? It is one of "#
        + "bernoulli, continuous_bernoulli, gaussian, laplace, student_t, discretised_logistic, "
        + "categorical, poisson, negative_binomial, zero_inflated_negative_binomial, "
        + "mixed"
    ),
    (
      #"{"type": "bernoulli"}"#, #"{"type": "gaussian", "variance": "per_dimensions"}"#,
      #"at likelihood.variance: unknown variance "per_dimensions"; did you mean "per_dimension"? "#
        + "It is one of shared, per_dimension, optimal, or a number"
    ),
    (
      #""latent""#, #""latents""#,
      #"at latents: unknown field "latents"; did you mean "latent"? It is one of format, name, data, "#
        + "encoder, latent, prior, decoder, likelihood, objective, initialiser, training, condition, "
        + "table, format_version"
    ),
    (
      #"{"dimensions": 2}"#, #"{"dimensions": 2, "posterior": "flow"}"#,
      #"at latent.posterior: unknown posterior "flow"; it is one of diagonal_gaussian, deterministic"#
    ),
    (
      #"{"channels": 10}"#, #"{"channels": 10, "heigth": 3}"#,
      #"at data.heigth: unknown field "heigth"; did you mean "height"? It is one of height, width, "#
        + "channels, padding, binarisation, missing, images, classes, full_scale"
    ),
    (
      #""data""#, #""format_version": 2, "data""#,
      "at format_version: format version 2 is not 1, which this program reads"
    ),
    (
      #""data""#, #""objective": {"type": "elbow"}, "data""#,
      #"at objective.type: unknown objective "elbow"; did you mean "elbo"? It is one of elbo, "#
        + ObjectiveKind.all.map(\.name).dropFirst().joined(separator: ", ")
    ),
    (
      #""data""#, #""objective": {"betta": 1}, "data""#,
      #"at objective.betta: unknown field "betta"; did you mean "beta"? It is one of type, beta, "#
        + "reconstruction, warm_up_epochs, warm_up"
    ),
    (
      #""data""#, #""objective": {"reconstruction": {"reduction": "sum", "weight": 2}}, "data""#,
      "at objective.reconstruction.reduction: a sum is not weighted: set beta instead"
    ),
    (
      #""data""#, #""objective": {"reconstruction": {"reduction": "average"}}, "data""#,
      #"at objective.reconstruction.reduction: unknown reduction "average"; it is one of sum, mean"#
    ),
    (
      #""data""#, #""objective": {"beta": "one"}, "data""#, "at objective.beta: should be a number"
    ),
    (
      #""data""#, #""training": {"batch_size": "big"}, "data""#,
      "at training.batch_size: should be a whole number"
    ),
    (
      #""data""#, #""training": {"learning_rates": 1}, "data""#,
      #"at training.learning_rates: unknown field "learning_rates"; did you mean "learning_rate"? It is "#
        + "one of optimiser, schedule, epochs, samples, patience, seed, selection, learning_rate, "
        + "batch_size, clip_norm, gradient_normalisation, validation_fraction, "
        + "validation_count, validation_file, test_fraction, test_file"
    ),
    (
      #""data""#, #""training": {"optimiser": {"type": "adm"}}, "data""#,
      #"at training.optimiser.type: unknown optimiser "adm"; did you mean "adam"? It is one of adam, "#
        + "adamw, sgd"
    ),
    (
      #""data""#, #""training": {"schedule": {"type": "cos"}}, "data""#,
      #"at training.schedule.type: unknown schedule "cos"; it is one of constant, step, cosine, plateau"#
    ),
    (
      #""data""#, #""initialiser": "glorot", "data""#,
      #"at initialiser: unknown initialiser "glorot"; it is one of glorot_uniform, glorot_normal, "#
        + "he_uniform, he_normal, normal, orthogonal, zeros, ones, constant"
    ),
    (#"{"type": "dense", "outputs": 10}"#, "7", "at decoder.0: should be an object"),
  ]

  @Test(arguments: refusals)
  func mistakesAreNamedWithTheirPlace(_ old: String, _ new: String, _ expected: String) throws {
    let range = try #require(Self.small.range(of: old))
    let text = Self.small.replacingCharacters(in: range, with: new)
    #expect(try Self.reason(text) == expected)
  }

  @Test func whatIsNotJSONIsCalledThat() throws {
    // What follows is the parser's own clause on what and where.
    for text in ["{\"data\": ", "\u{0}\u{1}", "model", "{\"data\": {} \"latent\": {}}"] {
      #expect(try Self.reason(text).hasPrefix("this is not valid JSON: "))
    }
    #expect(try Self.reason("") == "is empty; it should hold a model as JSON")
    #expect(try Self.reason("[]") == "should be an object")
  }

  @Test func aMissingFileIsNamed() throws {
    let message = sentence { try ModelSpec.read("/nonexistent/config.json") }
    #expect(message.hasPrefix("/nonexistent/config.json"))
  }

  @Test func anyTruncationIsAnErrorNotATrap() throws {
    let bytes = ModelSpec.fashion().json()
    try withTemporaryFolder { folder in
      let path = "\(folder)/config.json"
      for count in Swift.stride(from: 0, to: bytes.count, by: 7) {
        try AtomicFile.write([Array(bytes.prefix(count))], to: path)
        #expect(throws: FormatError.self) { try ModelSpec.read(path) }
      }
    }
  }
}
