import Foundation
import Testing

extension CommandTests {
  @Suite struct DescriptionTests {}
}

/// A text of the sample description, what takes its place, and what the refusal must name.
struct Edit: Sendable, CustomTestStringConvertible {
  let old: String
  let new: String
  let words: [String]

  init(_ old: String, _ new: String, _ words: String...) {
    (self.old, self.new, self.words) = (old, new, words)
  }

  var testDescription: String { new }
}

extension CommandTests.DescriptionTests {
  private func train(_ description: String, in folder: String) throws -> Outcome {
    try write(description, to: "\(folder)/config.json")
    return try Command.run([
      "train", "--data", SampleFiles.imagesFile, "--config", "\(folder)/config.json", "--output",
      "\(folder)/run", "--no-pictures",
    ])
  }

  @Test(arguments: [
    Edit("\"relu\"", "\"rlu\"", "encoder.2", "rlu", "did you mean \"relu\""),
    Edit("\"type\": \"relu\"", "\"kind\": \"relu\"", "encoder.2", "\"kind\"", "unknown field"),
    Edit("\"dimensions\": 2", "\"dimension\": 2", "latent", "did you mean \"dimensions\""),
    Edit("\"latent\": {\"dimensions\": 2},", "", "\"latent\"", "is missing"),
    Edit("\"outputs\": 4", "\"outputs\": 5", "encoder", "ends in 5", "2 latents", "4"),
    Edit("\"outputs\": 144", "\"outputs\": 100", "decoder.3", "100 values", "12×12×1"),
    Edit("{\"type\": \"flatten\"},", "", "encoder.0", "flat input", "12×12×1", "put a flatten"),
    Edit(
      "{\"type\": \"batch_norm\"},",
      "{\"type\": \"conv2d\", \"filters\": 2, \"padding\": \"valid\"},",
      "encoder.3", "does not fit"),
    Edit("\"outputs\": 8", "\"outputs\": \"8\"", "encoder.1.outputs", "a whole number"),
    Edit("\"outputs\": 8", "\"outputs\": 8.5", "coder.", "outputs: 8.5 should be a whole number"),
    Edit("\"outputs\": 8", "\"outputs\": null", "encoder.1.outputs"),
    Edit("\"outputs\": 8", "\"outputs\": 0", "encoder.1", "between 1 and"),
    Edit("\"outputs\": 8", "\"outputs\": 1000000000", "encoder.1", "1000000000", "between 1 and"),
    Edit("\"outputs\": 8", "\"outputs\": 9223372036854775807", "encoder.1", "between 1 and"),
    Edit("\"outputs\": 8", "\"outputs\": 16777216", "encoder.1", "weights", "2³¹"),
    Edit("\"outputs\": 8", "\"outputs\": 1e400", "config.json"),
    Edit("\"dimensions\": 2", "\"dimensions\": 70000", "latent", "70000", "between 1 and 65536"),
    Edit(
      "\"data\": {\"height\": 12, \"width\": 12, \"channels\": 1}", "\"data\": {\"channels\": 0}",
      "data", "channels 0 between 1"),
    Edit("\"height\": 12", "\"height\": 99999999", "data", "99999999", "between 1 and"),
    Edit(
      "\"data\": {\"height\": 12,", "\"data\": {\"padding\": -1, \"height\": 12,",
      "data: padding -1 should lie between 0 and"),
    Edit("\"bernoulli\"", "\"bernouli\"", "likelihood", "did you mean \"bernoulli\""),
    Edit(
      "\"bernoulli\"", "\"gaussian\", \"variance\": 0", "likelihood", "variance 0", "positive"),
    Edit("\"epochs\": 2", "\"epochs\": 0", "training.epochs", "between 1"),
    Edit("\"batch_size\": 16", "\"batch_size\": -1", "training.batch_size", "between 1"),
    Edit("\"batch_size\": 16", "\"seed\": -1", "training.seed", "-1", "at least 0"),
    Edit("\"batch_size\": 16", "\"patience\": 3", "training.patience", "validation_fraction"),
    Edit(
      "\"batch_size\": 16", "\"validation_count\": -1", "training.validation_count", "at least 0"),
    Edit(
      "\"dimensions\": 2", "\"dimensions\": 2, \"log_variance_range\": [-90, 2]", "latent",
      "log_variance_range", "within"),
    Edit(
      "\"bernoulli\"}",
      "\"bernoulli\"}, \"initialiser\": {\"type\": \"normal\", \"deviation\": -1}",
      "initialiser", "deviation -1.0"),
    Edit("\"name\": \"tiny\"", "\"format_version\": 2", "format", "version 2", "1"),
    Edit("\"name\": \"tiny\",", "\"name\": \"tiny\"", "not valid JSON"),
  ])
  func aDescriptionThatCannotBeBuiltIsRefused(_ edit: Edit) throws {
    try withTemporaryFolder { folder in
      let outcome = try train(SampleFiles.description((edit.old, edit.new)), in: folder)
      expectFailure(outcome, 65, "\(folder)/config.json")
      for word in edit.words { #expect(outcome.error.contains(word), "\(outcome.error)") }
      #expect(try contents(of: folder).keys.sorted() == ["config.json"])
    }
  }

  /// Sizes whose products leave 64 bits, or memory, must not reach an allocation.
  @Test(arguments: [
    "{\"type\": \"conv2d\", \"filters\": 1048576, \"kernel\": [4096, 4096]}",
    "{\"type\": \"conv2d\", \"filters\": 9223372036854775807}",
    "{\"type\": \"conv2d\", \"filters\": 1, \"kernel\": [9223372036854775807, 1]}",
    "{\"type\": \"conv2d\", \"filters\": 1, \"kernel\": []}",
    "{\"type\": \"conv2d\", \"filters\": 1, \"stride\": [0, 1]}",
    "{\"type\": \"conv2d\", \"filters\": 1, \"padding\": [4097, 0, 0, 0]}",
    "{\"type\": \"conv2d\", \"filters\": 1, \"dilation\": [4096, 4096], \"padding\": \"valid\"}",
    "{\"type\": \"conv_transpose2d\", \"filters\": 1048576, \"stride\": [4096, 4096]}",
    "{\"type\": \"conv_transpose2d\", \"filters\": 8, \"stride\": [4096, 4096]}",
    """
    {"type": "conv_transpose2d", "filters": 1, "stride": [4096, 1]},
    {"type": "conv_transpose2d", "filters": 1, "stride": [4096, 1]}
    """,
    "{\"type\": \"conv_transpose2d\", \"filters\": 1, \"padding\": [4096, 4096, 4096, 4096]}",
    """
    {"type": "conv_transpose2d", "filters": 64, "stride": [160, 160]}, {"type": "flatten"},
    {"type": "dense", "outputs": 100}
    """,
    "{\"type\": \"reshape\", \"height\": 4294967296, \"width\": 4294967296, \"channels\": 1}",
    "{\"type\": \"dropout\", \"rate\": 1}", "{\"type\": \"batch_norm\", \"epsilon\": 0}",
    "{\"type\": \"leaky_relu\", \"slope\": -1}", "{\"type\": \"elu\", \"alpha\": 0}",
  ])
  func absurdLayersAreRefused(_ layers: String) throws {
    try withTemporaryFolder { folder in
      let outcome = try train(
        SampleFiles.description(("{\"type\": \"flatten\"}", layers + ", {\"type\": \"flatten\"}")),
        in: folder)
      expectFailure(outcome, 65, "\(folder)/config.json", "encoder.")
      #expect(try contents(of: folder).keys.sorted() == ["config.json"])
    }
  }

  @Test func aModelBeyondMemoryIsRefused() throws {
    try withTemporaryFolder { folder in
      // Six layers of 46000 × 46000 weights: 51 GB, and as much for their gradients.
      let layer = "{\"type\": \"dense\", \"outputs\": 46000}"
      let layers = ["{\"type\": \"flatten\"}"] + [String](repeating: layer, count: 7)
      let outcome = try train(
        SampleFiles.description(("{\"type\": \"flatten\"}", layers.joined(separator: ", "))),
        in: folder)
      expectFailure(outcome, 65, "\(folder)/config.json", "GB of memory", "smaller")
    }
  }

  @Test func aBatchBeyondMemoryIsRefused() throws {
    try withTemporaryFolder { folder in
      // 64 × 65536 rows through a hidden layer of 16000: 268 GB, and as much for the gradients.
      let outcome = try train(
        SampleFiles.description(
          ("\"batch_size\": 16", "\"batch_size\": 64, \"samples\": 65536"),
          ("\"outputs\": 8", "\"outputs\": 16000")), in: folder)
      expectFailure(outcome, 65, "training.batch_size", "GB of memory", "smaller")
      #expect(try contents(of: folder).keys.sorted() == ["config.json"])
    }
  }

  @Test func manyLayersAreNoTrap() throws {
    try withTemporaryFolder { folder in
      let layers = [String](repeating: "{\"type\": \"relu\"}", count: 5_000)
        .joined(separator: ",")
      let outcome = try train(
        SampleFiles.description(("{\"type\": \"flatten\"}", layers)), in: folder)
      expectFailure(outcome, 65, "encoder", "5004 layers", "4096")
      let nested = String(repeating: "[", count: 100_000)
      expectFailure(try train(nested, in: folder), 65, "config.json")
    }
  }

  @Test(arguments: ["", "{", "[]", "null", "3", "{}", "\u{0}", "{\"name\": \"\\ud800\"}"])
  func whatIsNoDescriptionIsRefused(_ text: String) throws {
    try withTemporaryFolder { folder in
      expectFailure(try train(text, in: folder), 65, "\(folder)/config.json")
    }
  }
}
