import Foundation
import Testing

@testable import Variational

@Suite struct ImportanceWeightedBoundTests {
  @Test(arguments: [1, 2, 3, 6], [(1, 1), (0.3, 1), (1, 2.5)])
  func valueAndWeightsMatchTheNaiveBound(groups: Int, _ numbers: (Double, Double)) {
    let terms = RandomTerms(examples: 3, samples: 6)
    let (scale, beta) = numbers
    let naive = NaiveObjective(scale: scale, beta: beta)
    let bound = ImportanceWeightedBound(
      logWeight: logWeight(scale: scale, beta: beta), groups: groups)
    let weights = TermWeights(rows: 18)
    let value = bound.weigh(terms.terms, into: weights)
    #expect(abs(value.loss - naive.multiple(terms.naive, groups: groups)) <= 1e-12)
    let slopes = terms.differences { naive.multiple($0, groups: groups) }
    for row in 0..<18 {
      #expect(abs(weights.likelihood[row] - slopes[0][row]) <= 1e-8)
      #expect(abs(weights.prior[row] - slopes[1][row]) <= 1e-8)
      #expect(abs(weights.posterior[row] - slopes[2][row]) <= 1e-8)
      #expect(weights.latent[row] == 1)
    }
  }

  @Test func hugeAndTinyDensitiesNeitherOverflowNorVanish() {
    // Adding c to every ln p(x|z) adds c to the bound and leaves the weights alone, up to c's rounding.
    for shift in [-1e5, 1e5] {
      let (near, far) = (TermWeights(rows: 8), TermWeights(rows: 8))
      let bound = ImportanceWeightedBound(logWeight: logWeight(), groups: 1)
      let value = bound.weigh(RandomTerms(examples: 2, samples: 4).terms, into: near)
      let moved = bound.weigh(
        RandomTerms(examples: 2, samples: 4, shift: shift).terms, into: far)
      #expect(abs(moved.loss - value.loss + shift) <= 1e5 * 8 * Double.ulpOfOne)
      for row in 0..<8 { #expect(abs(near.prior[row] - far.prior[row]) <= 1e-10) }
    }
  }

  @Test func aSampleOfNoLikelihoodHasNoWeight() {
    var terms = RandomTerms(examples: 1, samples: 3)
    terms.logLikelihoods[1] = -1e9
    let weights = TermWeights(rows: 3)
    let value = ImportanceWeightedBound(logWeight: logWeight(), groups: 1)
      .weigh(terms.terms, into: weights)
    #expect(value.loss.isFinite)
    #expect(weights.likelihood[1] == 0)
    #expect(abs(weights.likelihood[0] + weights.likelihood[2] + 1) <= 1e-15)
  }

  @Test func theBoundDoesNotFallWithItsSamples() {
    // ln of a mean is at least the mean of logarithms, for any terms.
    for seed in 1...20 {
      let terms = RandomTerms(examples: 5, samples: 12, seed: UInt64(seed))
      let losses = [12, 6, 4, 3, 2, 1].map {
        ImportanceWeightedBound(logWeight: logWeight(), groups: $0)
          .weigh(terms.terms, into: TermWeights(rows: 60)).loss
      }
      #expect(losses[0] >= losses[5])
      // Groups within groups: 12 ⊃ 6 ⊃ 3 ⊃ 1 and 12 ⊃ 4 ⊃ 2 ⊃ 1.
      for (loose, tight) in [(0, 1), (1, 3), (3, 5), (0, 2), (2, 4), (4, 5)] {
        #expect(losses[loose] >= losses[tight] - 1e-12)
      }
    }
  }
}
