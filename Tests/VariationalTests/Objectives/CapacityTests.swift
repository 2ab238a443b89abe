import Foundation
import Testing

@testable import Variational

@Suite struct CapacityTests {
  @Test(arguments: [0.5, 3, 20])
  func lossAndWeightMatchTheirFormula(divergence: Double) {
    let objective = Capacity(
      reconstruction: logWeight(scale: 0.5).reconstruction, weight: 4, capacity: 3)
    func loss(_ divergence: Double) -> Double {
      0.5 * 80 + 4 * (max(divergence, 3) - min(divergence, 3))
    }
    let value = objective.value(logLikelihood: -80, divergence: divergence)
    #expect(abs(value.loss - loss(divergence)) <= 1e-13)
    #expect(abs((value.penalty ?? -1) - abs(divergence - 3)) <= 1e-15)
    let slope = (loss(divergence + 1e-6) - loss(divergence - 1e-6)) / 2e-6
    #expect(abs(objective.divergenceWeight(divergence) - slope) <= 1e-7)
  }
}
