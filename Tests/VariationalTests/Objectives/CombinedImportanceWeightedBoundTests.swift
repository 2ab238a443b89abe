import Foundation
import Testing

@testable import Variational

@Suite struct CombinedImportanceWeightedBoundTests {
  @Test(arguments: [0, 0.25, 1])
  func valueAndWeightsMatchTheNaiveCombination(share: Double) {
    let terms = RandomTerms(examples: 3, samples: 4)
    let naive = NaiveObjective(scale: 0.5, beta: 2)
    func loss(_ terms: NaiveStep.Terms) -> Double {
      share * naive.multiple(terms, groups: 4) + (1 - share) * naive.multiple(terms, groups: 1)
    }
    let weights = TermWeights(rows: 12)
    let value = CombinedImportanceWeightedBound(
      logWeight: logWeight(scale: 0.5, beta: 2), share: share
    ).weigh(terms.terms, into: weights)
    #expect(abs(value.loss - loss(terms.naive)) <= 1e-12)
    let slopes = terms.differences(loss)
    for row in 0..<12 {
      #expect(abs(weights.likelihood[row] - slopes[0][row]) <= 1e-8)
      #expect(abs(weights.prior[row] - slopes[1][row]) <= 1e-8)
      #expect(abs(weights.posterior[row] - slopes[2][row]) <= 1e-8)
      #expect(weights.latent[row] == 1)
    }
  }
}
