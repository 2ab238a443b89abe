import Foundation
import Testing

@testable import Variational

@Suite struct PartiallyImportanceWeightedBoundTests {
  @Test(arguments: [1, 2, 3, 6])
  func decoderAndEncoderGetTheWeightsOfTheirBounds(groups: Int) {
    let terms = RandomTerms(examples: 3, samples: 6)
    let naive = NaiveObjective(scale: 0.5, beta: 2)
    let weights = TermWeights(rows: 18)
    let value = PartiallyImportanceWeightedBound(
      logWeight: logWeight(scale: 0.5, beta: 2), groups: groups
    ).weigh(terms.terms, into: weights)
    #expect(abs(value.loss - naive.multiple(terms.naive, groups: 1)) <= 1e-12)
    let tight = terms.differences { naive.multiple($0, groups: 1) }
    let loose = terms.differences { naive.multiple($0, groups: groups) }
    for row in 0..<18 {
      #expect(abs(weights.likelihood[row] - tight[0][row]) <= 1e-8)
      #expect(abs(weights.prior[row] - tight[1][row]) <= 1e-8)
      let factor = weights.latent[row]
      #expect(abs(weights.likelihood[row] * factor - loose[0][row]) <= 1e-8)
      #expect(abs(weights.posterior[row] * factor - loose[2][row]) <= 1e-8)
    }
  }

  @Test func aGroupThatTheTightBoundIgnoresStillTeachesTheEncoder() {
    // The second group is e⁻⁵⁰⁰ of the first: no float could hold its weight among all samples.
    var terms = RandomTerms(examples: 1, samples: 4)
    terms.logLikelihoods[2] -= 500
    terms.logLikelihoods[3] -= 500
    let weights = TermWeights(rows: 4)
    _ = PartiallyImportanceWeightedBound(logWeight: logWeight(), groups: 2)
      .weigh(terms.terms, into: weights)
    let shares = (2...3).map { Float(weights.likelihood[$0]) * Float(weights.latent[$0]) }
    #expect(abs(shares[0] + shares[1] + 0.5) <= 1e-6)
    #expect(shares.allSatisfy { $0 < 0 })
    #expect(abs(weights.likelihood[2]) <= 1e-17)
  }
}
