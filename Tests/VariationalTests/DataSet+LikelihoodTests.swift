import Networks
import Testing

@testable import Variational

@Suite struct DataSetLikelihoodTests {
  static func check(_ floats: [Float], _ likelihood: LikelihoodSpec, columns: Int = 5) -> String {
    sentence {
      try DataSet(floats: floats, shape: Shape(features: columns), name: "rows")
        .checkValues(for: likelihood)
    }
  }

  @Test(arguments: [
    LikelihoodSpec.poisson, .negativeBinomial, .zeroInflatedNegativeBinomial,
  ])
  func countsAreWholeNumbersFromZero(_ likelihood: LikelihoodSpec) {
    #expect(Self.check([0, 1, 2, 1e6, 3], likelihood) == "accepted: ()")
    #expect(
      Self.check([0, 1, 2, 3, 4, 0, 1, 2.5, 3, -4], likelihood)
        == "rows: example 1, value 2 is 2.5, but a \(likelihood.name) likelihood takes whole "
        + "numbers from 0")
    #expect(Self.check([0, 1, 2, -3, 4], likelihood).contains("example 0, value 3 is -3.0"))
  }

  @Test func bytesAreNoCounts() throws {
    let bytes = try DataSet(bytes: [0, 255, 3], shape: Shape(features: 3), name: "bytes")
    #expect(sentence { try bytes.checkValues(for: .poisson) }.contains("wider type"))
    try bytes.checkValues(for: .discretisedLogistic(.shared))
    try bytes.checkValues(for: .continuousBernoulli)
  }

  @Test func greyLevelsLieOnTheGrid() {
    let levels = (0..<255).map { Float($0) / 255 }
    #expect(Self.check(levels, .discretisedLogistic(.shared)) == "accepted: ()")
    #expect(
      Self.check([0, 0.5, 1, 0, 0], .discretisedLogistic(.shared))
        .contains("example 0, value 1 is 0.5"))
    #expect(Self.check([0, 2, 1, 0, 0], .discretisedLogistic(.shared)).contains("value 1 is 2.0"))
  }

  @Test func theContinuousBernoulliTakesTheUnitInterval() {
    #expect(Self.check([0, 0.3, 1, 0, 0], .continuousBernoulli) == "accepted: ()")
    #expect(Self.check([0, 0.3, 1, 0, 1.5], .continuousBernoulli).contains("value 4 is 1.5"))
  }

  @Test func partsOfAMixedLikelihoodNameTheColumn() throws {
    let spec = LikelihoodSpec.mixed([
      .init(columns: 1, likelihood: .gaussian(.shared)), .init(columns: 1, likelihood: .bernoulli),
      .init(columns: 2, likelihood: .categorical(groups: [2])),
      .init(columns: 1, likelihood: .poisson),
    ])
    #expect(Self.check([-7, 1, 0, 1, 3], spec) == "accepted: ()")
    #expect(
      Self.check([-7, 2, 0, 1, 3], spec)
        == "rows: example 0, column 1 is 2.0, but a bernoulli likelihood takes values from 0 to 1")
    #expect(
      Self.check([-7, 1, 0, 1, 3, 0, 1, 1, 1, 2], spec)
        .contains("example 1 has not exactly one 1 in the group of columns that ends with column 3")
    )
    #expect(Self.check([-7, 1, 0, 1, 3.5], spec).contains("column 4 is 3.5"))
    // What is missing fits everything, a group with a hole in it too.
    let nan = Float.nan
    for row in [[nan, nan, nan, nan, nan], [0, 1, nan, 0, 3], [0, 1, 0, nan, nan]] {
      try DataSet(floats: row, shape: Shape(features: 5), allowsMissing: true)
        .checkValues(for: spec)
    }
    #expect(
      sentence {
        try DataSet(floats: [nan, 1, 1, 1, 3], shape: Shape(features: 5), allowsMissing: true)
          .checkValues(for: spec)
      }.contains("column 3"))
  }

  @Test func oneColumnOfEachGroupIsOne() {
    let spec = LikelihoodSpec.categorical(groups: [2, 3])
    #expect(Self.check([1, 0, 0, 0, 1, 0, 1, 1, 0, 0], spec) == "accepted: ()")
    #expect(
      Self.check([1, 0, 0, 0, 1, 0, 1, 1, 0, 1], spec)
        == "rows: example 1 has not exactly one 1 in the group of columns that ends with value 4; "
        + "a categorical likelihood takes one-hot groups of [2, 3]")
    #expect(Self.check([0, 0, 0, 0, 1], spec).contains("ends with value 1"))
    #expect(Self.check([1, 0, 0, 0.5, 0.5], spec).contains("value 3 is 0.5"))
  }

  @Test func onlyTheChosenExamplesAreLookedAt() throws {
    let data = try DataSet(
      floats: [1, 2, 0.5, 1], shape: Shape(features: 2), name: "rows")
    #expect(throws: DataError.self) { try data.checkValues(for: .poisson) }
    try data.subset([0]).checkValues(for: .poisson)
    try data.checkValues(for: .gaussian(.shared))
  }
}
