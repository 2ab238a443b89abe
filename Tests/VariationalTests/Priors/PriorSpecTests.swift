import Foundation
import Testing

@testable import Variational

@Suite struct PriorSpecTests {
  static func decode(_ text: String) throws -> PriorSpec {
    try JSONDecoder().decode(PriorSpec.self, from: Data(text.utf8))
  }

  @Test(arguments: [
    PriorSpec.standardNormal, .mixture(components: 12), .vampPrior(.init()),
    .vampPrior(.init(components: 7, range: -1...2.5, initialMean: 0.5, initialDeviation: 0.25)),
    .vampPrior(.init(components: 7, range: nil)),
  ])
  func jsonReadsWhatItWrites(_ prior: PriorSpec) throws {
    let bytes = try JSONEncoder().encode(prior)
    #expect(try JSONDecoder().decode(PriorSpec.self, from: bytes) == prior)
  }

  @Test func fieldsLeftOutTakeTheAuthorsNumbers() throws {
    #expect(
      try Self.decode(#"{"type": "vamp_prior"}"#)
        == .vampPrior(
          .init(components: 500, range: 0...1, initialMean: 0.05, initialDeviation: 0.01)))
  }

  @Test(arguments: [
    (#"{"type": "vamp"}"#, "unknown prior \"vamp\""),
    (#"{"type": "mixtur"}"#, "did you mean \"mixture\""),
    (#"{"type": "mixture", "range": [0, 1]}"#, "unknown field \"range\""),
    (#"{"type": "vamp_prior", "range": [1, 0]}"#, "the smaller one first"),
    (#"{"type": "vamp_prior", "range": [1]}"#, "two numbers"),
  ])
  func whatCannotBeReadIsNamed(_ text: String, _ expected: String) {
    let message = sentence { try Self.decode(text) }
    #expect(message.contains(expected), "\(message)")
  }

  @Test(arguments: [
    (PriorSpec.mixture(components: 0), "prior.components: 0 components"),
    (.mixture(components: 1 << 17), "prior.components"),
    (.vampPrior(.init(components: -3)), "prior.components"),
    (.vampPrior(.init(initialMean: .nan)), "prior.initial_deviation"),
    (.vampPrior(.init(initialDeviation: -1)), "prior.initial_deviation"),
    (.vampPrior(.init(range: 0...Float.infinity)), "prior.range"),
  ])
  func numbersOutOfRangeAreRefused(_ prior: PriorSpec, _ expected: String) {
    var spec = ModelSpec.smallDense()
    spec.prior = prior
    let message = sentence { try Model(spec, threads: 1) }
    #expect(message.hasPrefix(expected), "\(message)")
  }

  @Test func whatDoesNotGoTogetherIsRefused() {
    var normalised = ModelSpec.smallConvolution()
    normalised.prior = .vampPrior(.init(components: 3))
    #expect(sentence { try Model(normalised, threads: 1) }.contains("batch_norm"))
    var plain = ModelSpec.smallDense().asAutoencoder()
    plain.prior = .mixture(components: 3)
    #expect(sentence { try Model(plain, threads: 1) }.contains("deterministic"))
    #expect(sentence { try PriorSpec.named("normal") }.contains("standard_normal"))
  }

  @Test func aModelWithoutALearnedPriorIsWrittenAsBefore() {
    let text = String(decoding: ModelSpec.dense().json(), as: UTF8.self)
    #expect(!text.contains("prior"))
  }
}
