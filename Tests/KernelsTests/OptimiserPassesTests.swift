import Foundation
import TestSupport
import Testing

@testable import Kernels

@Suite struct OptimiserPassesTests {
  static let counts = [0, 1, 2, 15, 16, 17, 31, 33, 100]

  /// One pass from random moments. Of positive size, each new moment is a sum of two terms with at most
  /// four roundings; the step is a quotient of these: half the second moment's for the root, and six
  /// more of its own: 16 roundings of the larger of the terms in all.
  @Test(arguments: counts)
  func adamMatchesDouble(count: Int) {
    var numbers = TestNumbers(seed: count)
    let (p, g, m) = (numbers.floats(count), numbers.floats(count), numbers.floats(count))
    let v = numbers.floats(count).map { abs($0) + 0x1p-10 }
    let c = AdamCoefficients(
      firstDecay: 0.9, secondDecay: 0.99, stepSize: 0.25, rootCorrection: 1.5, epsilon: 1e-4,
      decay: 0.875, gradientScale: 0.5)
    let a = VectorFixture([p, g, m, v])
    adamPass(
      parameters: a[0], gradients: a[1], firstMoments: a[2],
      secondMoments: a[3], c)
    #expect(a[1].array == g)
    for i in 0..<count {
      let (first, second) = (Double(c.firstDecay), Double(c.secondDecay))
      let scaled = 0.5 * Double(g[i])
      let newM = first * Double(m[i]) + (1 - first) * scaled
      let newV = second * Double(v[i]) + (1 - second) * scaled * scaled
      let denominator = newV.squareRoot() * 1.5 + Double(c.epsilon)
      let newP = 0.875 * Double(p[i]) - 0.25 * newM / denominator
      #expect(abs(Double(a[2][i]) - newM) <= sumBound(4) * (abs(Double(m[i])) + abs(scaled)))
      #expect(abs(Double(a[3][i]) - newV) <= sumBound(4) * newV)
      let step = 0.25 * (abs(Double(m[i])) + abs(scaled)) / denominator
      #expect(abs(Double(a[0][i]) - newP) <= sumBound(16) * (abs(Double(p[i])) + step))
    }
  }

  /// Zeros stay zeros: the padding between tensors never moves.
  @Test func zeroGradientsAndMomentsLeaveZeros() {
    let a = VectorFixture(vectors: 4, count: 20)
    adamPass(
      parameters: a[0], gradients: a[1], firstMoments: a[2],
      secondMoments: a[3],
      AdamCoefficients(
        firstDecay: 0.9, secondDecay: 0.999, stepSize: 1, rootCorrection: 30, epsilon: 1e-8,
        decay: 0.9, gradientScale: 1))
    for index in 0..<4 { #expect(a[index].array.allSatisfy { $0 == 0 }) }
  }

  /// Sums of three products, then one more: 4 and 6 roundings of the magnitudes.
  @Test(arguments: counts)
  func momentumMatchesDouble(count: Int) {
    var numbers = TestNumbers(seed: 50 + count)
    let (p, g, b) = (numbers.floats(count), numbers.floats(count), numbers.floats(count))
    let a = VectorFixture([p, g, b])
    momentumPass(
      parameters: a[0], gradients: a[1], velocities: a[2], learningRate: 0.3,
      momentum: 0.9, weightDecay: 0.1, gradientScale: 0.7)
    #expect(a[1].array == g)
    for i in 0..<count {
      let terms = [
        Double(Float(0.9)) * Double(b[i]), Double(Float(0.7)) * Double(g[i]),
        Double(Float(0.1)) * Double(p[i]),
      ]
      let magnitude = terms.reduce(0) { $0 + abs($1) }
      let velocity = terms.reduce(0, +)
      #expect(abs(Double(a[2][i]) - velocity) <= sumBound(4) * magnitude)
      let exact = Double(p[i]) - Double(Float(0.3)) * velocity
      #expect(abs(Double(a[0][i]) - exact) <= sumBound(6) * (abs(Double(p[i])) + magnitude))
    }
  }
}
