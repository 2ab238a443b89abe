import Foundation
import Networks
import Testing

@testable import Variational

@Suite struct LikelihoodSpecTests {
  static func decode(_ text: String) throws -> LikelihoodSpec {
    try JSONDecoder().decode(LikelihoodSpec.self, from: Data(text.utf8))
  }

  @Test(arguments: [
    (#"{"type": "bernoulli"}"#, LikelihoodSpec.bernoulli),
    (#"{"type": "gaussian"}"#, .gaussian(.shared)),
    (#"{"type": "gaussian", "variance": "shared"}"#, .gaussian(.shared)),
    (#"{"type": "gaussian", "variance": "per_dimension"}"#, .gaussian(.perDimension)),
    (#"{"type": "gaussian", "variance": 0.25}"#, .gaussian(.fixed(0.25))),
    (#"{"type": "gaussian", "variance": 1}"#, .gaussian(.fixed(1))),
    (#"{"type": "gaussian", "variance": "optimal"}"#, .gaussian(.optimal)),
    (#"{"type": "continuous_bernoulli"}"#, .continuousBernoulli),
    (#"{"type": "laplace"}"#, .laplace(.shared)),
    (#"{"type": "laplace", "scale": 0.5}"#, .laplace(.fixed(0.5))),
    (
      #"{"type": "student_t", "degrees_of_freedom": 4, "scale": "per_dimension"}"#,
      .studentT(degreesOfFreedom: 4, scale: .perDimension)
    ),
    (#"{"type": "discretised_logistic"}"#, .discretisedLogistic(.shared)),
    (#"{"type": "categorical", "groups": [3, 5]}"#, .categorical(groups: [3, 5])),
    (#"{"type": "poisson"}"#, .poisson),
    (#"{"type": "negative_binomial"}"#, .negativeBinomial),
    (#"{"type": "zero_inflated_negative_binomial"}"#, .zeroInflatedNegativeBinomial),
    (
      #"{"type": "mixed", "parts": [{"columns": 2, "likelihood": {"type": "poisson"}}]}"#,
      .mixed([.init(columns: 2, likelihood: .poisson)])
    ),
  ])
  func jsonIsReadAndWritten(_ text: String, _ expected: LikelihoodSpec) throws {
    #expect(try Self.decode(text) == expected)
    let again = try JSONDecoder().decode(
      LikelihoodSpec.self, from: try JSONEncoder().encode(expected))
    #expect(again == expected)
  }

  @Test(arguments: [
    "{}", #"{"type": "cauchy"}"#, #"{"type": "gaussian", "variance": "fixed"}"#,
    #"{"type": "gaussian", "variance": true}"#, #"{"type": "gaussian", "variance": [1]}"#,
    #"{"type": "gaussian", "sigma": 1}"#, "[]", "3",
    #"{"type": "bernoulli", "variance": 1}"#, #"{"type": "laplace", "variance": 1}"#,
    #"{"type": "laplace", "scale": "optimal"}"#, #"{"type": "student_t", "scale": 1}"#,
    #"{"type": "student_t", "degrees_of_freedom": "many"}"#, #"{"type": "categorical"}"#,
    #"{"type": "categorical", "groups": 3}"#, #"{"type": "categorical", "groups": [1.5]}"#,
    #"{"type": "mixed"}"#, #"{"type": "mixed", "parts": [{"columns": 2}]}"#,
    #"{"type": "mixed", "parts": [{"column": 2, "likelihood": {"type": "poisson"}}]}"#,
    #"{"type": "poisson", "groups": [1]}"#, #"{"type": "negative_binomial", "scale": "shared"}"#,
  ])
  func anythingElseIsRefused(_ text: String) {
    #expect(throws: DecodingError.self) { try Self.decode(text) }
  }

  @Test(arguments: [0, -1, .nan, .infinity] as [Float])
  func varianceIsPositive(_ variance: Float) {
    #expect(throws: SpecError.self) { try LikelihoodSpec.gaussian(.fixed(variance)).validate() }
  }

  @Test(arguments: [0, -1, .nan, .infinity] as [Float])
  func scalesAndDegreesOfFreedomArePositive(_ value: Float) {
    for spec: LikelihoodSpec in [
      .laplace(.fixed(value)), .discretisedLogistic(.fixed(value)),
      .studentT(degreesOfFreedom: 3, scale: .fixed(value)),
      .studentT(degreesOfFreedom: value, scale: .shared),
    ] {
      #expect(throws: SpecError.self) { try spec.validate() }
    }
  }

  @Test func groupsAddUpToTheChannelsAndTakeNoPadding() throws {
    let table = DataSpec(height: 1, width: 1, channels: 8)
    try LikelihoodSpec.categorical(groups: [3, 5]).validate(data: table)
    for groups in [[], [8, 0], [-1, 9], [3, 4], [9], [.max, .max]] {
      #expect(throws: SpecError.self) {
        try LikelihoodSpec.categorical(groups: groups).validate(data: table)
      }
    }
    let padded = DataSpec(height: 4, width: 4, channels: 8, padding: 1)
    #expect(
      sentence { try LikelihoodSpec.categorical(groups: [8]).validate(data: padded) }
        .contains("padding 1"))
  }

  @Test func partsAddUpToTheColumnsOfATable() throws {
    let table = DataSpec(height: 1, width: 1, channels: 8)
    func mixed(_ parts: (Int, LikelihoodSpec)...) -> LikelihoodSpec {
      .mixed(parts.map { .init(columns: $0.0, likelihood: $0.1) })
    }
    try mixed((3, .bernoulli), (5, .categorical(groups: [2, 3]))).validate(data: table)
    for (spec, words) in [
      (mixed(), "at least one part"), (mixed((8, .mixed([]))), "not be mixed itself"),
      (mixed((0, .poisson), (8, .poisson)), "columns, 0"), (mixed((7, .poisson)), "7 columns"),
      (mixed((3, .poisson), (5, .categorical(groups: [2, 2]))), "4 columns together"),
      (mixed((8, .gaussian(.fixed(-1)))), "-1.0 should be positive"),
      (mixed((.max, .poisson), (.max, .zeroInflatedNegativeBinomial)), "likelihood.0"),
    ] {
      let said = sentence { try spec.validate(data: table) }
      #expect(said.hasPrefix("likelihood") && said.contains(words), "\(said)")
      // Asked before it is validated, it still has an answer.
      #expect(spec.outputs(forColumns: .max) >= 0)
    }
    #expect(
      sentence {
        try mixed((1, .poisson)).validate(data: DataSpec(height: 2, width: 4, channels: 1))
      }.contains("columns of a table"))
    #expect(mixed((3, .bernoulli), (2, .zeroInflatedNegativeBinomial)).outputs(forColumns: 5) == 7)
  }

  @Test func everyNameOfTheCommandIsALikelihood() throws {
    for name in LikelihoodSpec.choiceNames {
      let spec = try LikelihoodSpec(named: name, channels: 7)
      try spec.validate(data: DataSpec(height: 1, width: 1, channels: 7))
      #expect(name.hasPrefix(spec.name))
    }
    #expect(
      try LikelihoodSpec(named: "categorical:3,4", channels: 7) == .categorical(groups: [3, 4]))
    #expect(
      sentence { try LikelihoodSpec(named: "poison", channels: 7) }
        .contains("did you mean \"poisson\"?"))
    for name in ["", "categorical:", "categorical:3,x", "poisson:2"] {
      #expect(throws: SpecError.self) { try LikelihoodSpec(named: name, channels: 7) }
    }
  }
}
