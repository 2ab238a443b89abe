import Foundation
import Kernels
import TestSupport
import Testing

@testable import Variational

@Suite struct FreeBitsTests {
  @Test(arguments: [1, 2, 3, 7, 50])
  func penaltyAndWeightsMatchTheNaiveGroups(groupSize: Int) {
    var generator = SeededGenerator(state: 2)
    let divergences = (0..<7).map { _ in Double(generator.float(0...1)) }
    func penalty(_ divergences: [Double]) -> Double {
      var total = 0.0
      var group: [Double] = []
      for (index, value) in divergences.enumerated() {
        group.append(value)
        if group.count == groupSize || index == divergences.count - 1 {
          total += max(0.5, group.reduce(0, +))
          group = []
        }
      }
      return total
    }
    let terms = TermBuffer(count: 7)
    for index in 0..<7 { terms[index] = divergences[index] }
    let weights = MatrixFixture(rows: 1, columns: 7)
    let actual = FreeBits(nats: 0.5, groupSize: groupSize)
      .penalty(terms, weights: weights.arena.vector)
    #expect(abs(actual - penalty(divergences)) <= 1e-14)
    for index in 0..<7 {
      var (ahead, behind) = (divergences, divergences)
      ahead[index] += 1e-6
      behind[index] -= 1e-6
      let slope = (penalty(ahead) - penalty(behind)) / 2e-6
      #expect(abs(Double(weights.values[index]) - slope) <= 1e-8)
    }
  }
}
