import Foundation
import Kernels
import TestSupport
import Testing

@testable import Variational

@Suite struct DisentangledPriorTests {
  @Test func penaltyAndItsDerivativeMatchTheFormula() {
    var generator = SeededGenerator(state: 5)
    let latents = 5
    let covariance = generator.floats(latents * latents, -2...2)
    let spec = DisentangledPriorSpec(includesVariances: false, offDiagonal: 3, diagonal: 7)
    func penalty(_ c: [Double]) -> Double {
      var total = 0.0
      for i in 0..<latents {
        for j in 0..<latents {
          let value = c[i * latents + j]
          total += i == j ? 7 * (value - 1) * (value - 1) : 3 * value * value
        }
      }
      return total
    }
    let matrix = MatrixFixture(rows: latents, columns: latents, covariance)
    let start = covariance.map(Double.init)
    // Float squares of five elements a row.
    let actual = DisentangledPrior(spec: spec).penalty(matrix.view)
    #expect(abs(actual - penalty(start)) <= 25 * 12 * 8 * roundoff)
    for index in start.indices {
      var (ahead, behind) = (start, start)
      ahead[index] += 1e-5
      behind[index] -= 1e-5
      let slope = (penalty(ahead) - penalty(behind)) / 2e-5
      #expect(abs(Double(matrix.values[index]) - slope) <= 42 * 4 * roundoff)
    }
  }

  @Test func theAuthorsWeightsAreTheUsualOnes() {
    let first = DisentangledPriorSpec(includesVariances: false)
    let second = DisentangledPriorSpec(includesVariances: true)
    #expect(first.offDiagonal == 10 && first.diagonal == 100)
    #expect(second.offDiagonal == 10 && second.diagonal == 10)
  }
}
