import Kernels
import Networks
import TestSupport
import Testing

/// ⟨u, J v⟩ from differences of the forward pass against ⟨Jᵀu, v⟩ from backward, for every layer kind.
///
/// u and v are ±1, inputs and parameters multiples of 2⁻¹², steps powers of two: x ± hv is exact. The error
/// of the quotient D(h/2) of central differences has two parts.
///
/// - Truncation, c·h²/4 where f is smooth: a third of |D(h) − D(h/2)|, which is allowed in full. For the many
///   linear layers it vanishes. So that f is smooth, h is halved until no unit in front of a function with
///   a kink changes its sign between x − hv and x + hv.
/// - Rounding. With n roundings on the longest path each of the m outputs is off by some 4·n·u·|y| (Higham
///   and Mary, 2019: λ·√n·u·Σ|terms|, Σ|terms| ≤ √n·|terms|₂), and these errors add up like a random walk
///   under u's random signs: 4·√m·n·u·max(1, |y|)/(h/2), on the average of the quotient's two sides.
@Suite struct LayerTests {
  static let batch = 4
  static let steps: [Float] = [0x1p-5, 0x1p-6, 0x1p-7, 0x1p-8, 0x1p-9, 0x1p-10, 0x1p-11]

  struct Estimate {
    let value: Double
    let tolerance: Double
  }

  private func hasKink(_ spec: LayerSpec) -> Bool {
    switch spec {
    case .relu, .leakyReLU, .elu: true
    default: false
    }
  }

  /// The networks that end in front of a kink, with the same parameters.
  private func kinks(_ test: NetworkCase, _ whole: Harness) throws -> [Harness] {
    try test.specs.indices.filter { hasKink(test.specs[$0]) }.map { index in
      let prefix = try Harness(
        Array(test.specs[..<index]), input: test.input, capacity: Self.batch)
      prefix.values.vector.copy(
        from: whole.values.vector.slice(0, count: prefix.layout.trainedCount))
      return prefix
    }
  }

  /// - Parameter f: the output of a network where the perturbed quantity has moved by h
  private func estimate(
    _ test: NetworkCase, u: [Float], _ whole: Harness, at f: (Harness, Float) -> [Float]
  ) throws -> Estimate {
    let prefixes = try kinks(test, whole)
    func isSmooth(_ h: Float) -> Bool {
      prefixes.allSatisfy { prefix in
        zip(f(prefix, h), f(prefix, -h)).allSatisfy { ($0 > 0) == ($1 > 0) }
      }
    }
    let smooth = Self.steps.first { isSmooth($0) }
    let h = try #require(smooth)
    var largest = 1.0
    var quotients: [Double] = []
    for h in [h, h / 2] {
      let (plus, minus) = (f(whole, h), f(whole, -h))
      largest = max(largest, largestMagnitude(plus))
      quotients.append((innerProduct(u, plus) - innerProduct(u, minus)) / (2 * Double(h)))
    }
    let truncation = abs(quotients[0] - quotients[1])
    let rounding =
      4 * Double(u.count).squareRoot() * Double(test.roundings) * roundoff * largest
      / Double(h / 2)
    return Estimate(value: quotients[1], tolerance: truncation + rounding + 1e-9)
  }

  private func setUp(_ test: NetworkCase) throws -> (Harness, [Float], [Float], TestNumbers) {
    var numbers = TestNumbers(seed: test.name.utf8.reduce(7) { $0 * 31 % 65_521 + Int($1) })
    let harness = try Harness(test.specs, input: test.input, capacity: Self.batch)
    harness.scatterValues(seed: 2)
    // Away from zero, where a function that comes first may have its kink.
    let x = numbers.floats(Self.batch * test.input.count).map { $0 < 0 ? $0 - 0x1p-4 : $0 + 0x1p-4 }
    let u = numbers.signs(Self.batch * harness.network.outputShape.count)
    return (harness, x, u, numbers)
  }

  @Test(arguments: NetworkCase.all)
  func inputGradientMatchesDifferences(_ test: NetworkCase) throws {
    var (harness, x, u, numbers) = try setUp(test)
    let v = numbers.signs(x.count)
    let found = harness.run(x, u).inputGradient
    let expected = try estimate(test, u: u, harness) { harness, h in
      harness.forward(zip(x, v).map { $0 + h * $1 })
    }
    #expect(abs(innerProduct(found, v) - expected.value) <= expected.tolerance)
    // The test has power: v is random, so ⟨Jᵀu, v⟩ has the deviation |Jᵀu|.
    #expect(expected.tolerance < 0.2 * norm(found), "\(expected), |Jᵀu| = \(norm(found))")
  }

  @Test(arguments: NetworkCase.all)
  func parameterGradientsMatchDifferences(_ test: NetworkCase) throws {
    var (harness, x, u, numbers) = try setUp(test)
    harness.run(x, u, wantsInputGradient: false)
    for tensor in harness.layout.trained {
      let gradient = tensor.slot.vector(in: harness.gradients.vector).array
      let start = tensor.slot.vector(in: harness.values.vector).array
      let v = numbers.signs(start.count)
      let expected = try estimate(test, u: u, harness) { harness, h in
        // A network that ends before the tensor's layer doesn't have it.
        guard tensor.slot.offset < harness.layout.trainedCount else { return harness.forward(x) }
        let values = tensor.slot.vector(in: harness.values.vector)
        values.assign(zip(start, v).map { $0 + h * $1 })
        defer { values.assign(start) }
        return harness.forward(x)
      }
      #expect(
        abs(innerProduct(gradient, v) - expected.value) <= expected.tolerance, "\(tensor.name)")
    }
  }

  /// The padding between tensors belongs to nobody.
  @Test(arguments: NetworkCase.all)
  func paddingHasNoGradient(_ test: NetworkCase) throws {
    let (harness, x, u, _) = try setUp(test)
    harness.run(x, u)
    var isOwned = [Bool](repeating: false, count: harness.gradients.count)
    for tensor in harness.layout.trained {
      for index in 0..<tensor.slot.count { isOwned[tensor.slot.offset + index] = true }
    }
    for (index, gradient) in harness.gradients.vector.array.enumerated() where !isOwned[index] {
      #expect(gradient == 0)
    }
  }
}
