import Foundation
import Testing

@testable import Variational

@Suite struct DoublyReparameterisedBoundTests {
  @Test func theEncoderGetsTheSquaresOfTheWeights() {
    let terms = RandomTerms(examples: 3, samples: 4)
    let naive = NaiveObjective(scale: 0.5, beta: 2)
    let weights = TermWeights(rows: 12)
    let value = DoublyReparameterisedBound(logWeight: logWeight(scale: 0.5, beta: 2))
      .weigh(terms.terms, into: weights)
    #expect(abs(value.loss - naive.multiple(terms.naive, groups: 1)) <= 1e-12)
    let normalised = naive.normalised(terms.naive).flatMap { $0 }
    for row in 0..<12 {
      let weight = normalised[row]
      #expect(abs(weights.likelihood[row] + 0.5 * weight / 3) <= 1e-14)
      #expect(abs(weights.prior[row] + 2 * weight / 3) <= 1e-14)
      #expect(abs(weights.posterior[row] * weights.latent[row] - 2 * weight * weight / 3) <= 1e-14)
      #expect(
        abs(weights.likelihood[row] * weights.latent[row] + 0.5 * weight * weight / 3) <= 1e-14)
    }
  }
}
