import Foundation
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
  ])
  func anythingElseIsRefused(_ text: String) {
    #expect(throws: DecodingError.self) { try Self.decode(text) }
  }

  @Test(arguments: [0, -1, .nan, .infinity] as [Float])
  func varianceIsPositive(_ variance: Float) {
    #expect(throws: SpecError.self) { try LikelihoodSpec.gaussian(.fixed(variance)).validate() }
  }
}
