import Foundation
import Testing

@testable import Variational

@Suite struct TrainingSpecTests {
  static func decode(_ text: String) throws -> TrainingSpec {
    try JSONDecoder().decode(TrainingSpec.self, from: Data(text.utf8))
  }

  @Test func emptyObjectTakesTheDefaults() throws {
    #expect(try Self.decode("{}") == TrainingSpec())
    try TrainingSpec().validate()
  }

  @Test func everyFieldIsRead() throws {
    let spec = try Self.decode(
      """
      {"optimiser": {"type": "sgd", "momentum": 0.9}, "learning_rate": 0.1,
       "schedule": {"type": "cosine", "floor": 0.01, "warm_up_steps": 10}, "batch_size": 7,
       "epochs": 3, "samples": 2, "clip_norm": 5, "validation_fraction": 0.1, "patience": 4,
       "gradient_normalisation": "tensor", "validation_count": 12, "seed": 18446744073709551615}
      """)
    #expect(
      spec
        == TrainingSpec(
          optimiser: .sgd(momentum: 0.9), learningRate: 0.1,
          schedule: Schedule(.cosine(floor: 0.01), warmUpSteps: 10), batchSize: 7, epochs: 3,
          samples: 2, clipNorm: 5, gradientNormalisation: .tensor, validationFraction: 0.1,
          validationCount: 12, patience: 4, seed: .max))
    let again = try JSONDecoder().decode(
      TrainingSpec.self, from: try JSONEncoder().encode(spec))
    #expect(again == spec)
  }

  @Test(arguments: [
    (#"{"learning_rate": 0}"#, "learning_rate: the learning rate 0.0 should be a positive number"),
    (
      #"{"learning_rate": -1}"#, "learning_rate: the learning rate -1.0 should be a positive number"
    ),
    (#"{"batch_size": 0}"#, "batch_size: the batch size 0 should lie between 1 and 1048576"),
    (#"{"epochs": 0}"#, "epochs: the number of epochs, 0, should lie between 1 and 1000000"),
    (#"{"samples": 0}"#, "samples: the number of samples, 0, should lie between 1 and 65536"),
    (#"{"clip_norm": 0}"#, "clip_norm: the gradient norm's limit 0.0 should be positive"),
    (
      #"{"validation_fraction": 1}"#,
      "validation_fraction: the validation fraction 1.0 should lie in [0, 1)"
    ),
    (
      #"{"validation_count": -1}"#,
      "validation_count: the number of validation examples, -1, should be at least 0"
    ),
    (
      #"{"validation_count": 10, "validation_fraction": 0.5}"#,
      "validation_count: validation examples are a fraction or a number: leave "
        + "validation_fraction out"
    ),
    (
      #"{"gradient_normalisation": "tensor", "clip_norm": 1}"#,
      "clip_norm: gradients that are normalised by gradient_normalisation have nothing to clip: "
        + "leave one out"
    ),
    (
      #"{"patience": 0, "validation_fraction": 0.5}"#,
      "patience: the patience 0 should be at least 1"
    ),
    (
      #"{"patience": 2}"#,
      "patience: early stopping is judged on validation data: set validation_fraction above 0"
    ),
    (
      #"{"schedule": {"type": "plateau", "patience": 1, "factor": 0.5}}"#,
      "schedule: a plateau is judged on validation data: set validation_fraction above 0"
    ),
    (
      #"{"optimiser": {"type": "adam", "beta1": 1}}"#,
      "optimiser: the decay rates 1.0 and 0.999 should lie in [0, 1)"
    ),
    (
      #"{"schedule": {"type": "step", "epochs": 0, "factor": 0.5}}"#,
      "schedule: step needs epochs of at least 1 and a factor in (0, 1]"
    ),
  ])
  func numbersOutOfRangeAreRefused(_ text: String, _ expected: String) throws {
    let spec = try Self.decode(text)
    #expect(sentence { try spec.validate() } == "training.\(expected)")
  }

  @Test func patienceMayBeJudgedOnTheLastExamples() throws {
    try Self.decode(#"{"patience": 3, "validation_count": 10}"#).validate()
    #expect(try Self.decode(#"{"validation_count": 10}"#).holdsOut)
    #expect(try !Self.decode("{}").holdsOut)
  }

  @Test func notANumberIsRefused() {
    for change: (inout TrainingSpec) -> Void in [
      { $0.learningRate = .nan }, { $0.learningRate = .infinity }, { $0.clipNorm = .nan },
      { $0.validationFraction = .nan },
    ] {
      var spec = TrainingSpec()
      change(&spec)
      #expect(throws: SpecError.self) { try spec.validate() }
    }
  }
}
