import Foundation
import Testing

@testable import Variational

@Suite struct WarmUpTests {
  @Test func everyShapeBeginsAtZeroAndHoldsOneAfterTheEnd() {
    let shapes: [WarmUp] = [.linear, .sigmoid, .cyclical(cycles: 3, rising: 0.4)]
    for shape in shapes {
      #expect(shape.factor(0) == 0)
      #expect(shape.factor(1) == 1 && shape.factor(17.3) == 1)
      for index in 0...1000 { #expect((0...1).contains(shape.factor(Double(index) / 1000))) }
    }
  }

  @Test func theSigmoidIsMonotoneAndSymmetric() {
    var last = -1.0
    for index in 0...1000 {
      let progress = Double(index) / 1000
      let value = WarmUp.sigmoid.factor(progress)
      #expect(value > last)
      last = value
      #expect(abs(value + WarmUp.sigmoid.factor(1 - progress) - 1) <= 1e-12)
    }
    // (σ(−2.5) − σ(−5))/(σ(5) − σ(−5))
    let (low, high) = (1 / (1 + exp(5.0)), 1 / (1 + exp(-5.0)))
    let expected = (1 / (1 + exp(2.5)) - low) / (high - low)
    #expect(abs(WarmUp.sigmoid.factor(0.25) - expected) <= 1e-15)
  }

  @Test func aCycleRisesAndHolds() {
    // Fu et al., equations 6 and 7, with T = 400 steps, M = 4, R = 0.5: 50 steps up, 50 held.
    let shape = WarmUp.cyclical(cycles: 4, rising: 0.5)
    for step in 0..<400 {
      let tau = Double(step % 100) / 100
      let expected = tau <= 0.5 ? tau / 0.5 : 1
      // The quotients are rounded to 53 bits, and 4·progress loses up to two of them to its whole part.
      #expect(abs(shape.factor(Double(step) / 400) - expected) <= 1e-14)
    }
  }

  @Test func jsonReadsWhatItWrites() throws {
    for shape: WarmUp in [.linear, .sigmoid, .cyclical(cycles: 7, rising: 0.25)] {
      var objective = ObjectiveSpec(beta: 2, warmUpEpochs: 3)
      objective.warmUp = shape
      let bytes = try JSONEncoder().encode(objective)
      #expect(try JSONDecoder().decode(ObjectiveSpec.self, from: bytes) == objective)
    }
    let bytes = try JSONEncoder().encode(ObjectiveSpec(warmUpEpochs: 3))
    #expect(!String(decoding: bytes, as: UTF8.self).contains("\"warm_up\""))
  }
}
