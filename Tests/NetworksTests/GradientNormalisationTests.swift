import Foundation
import Kernels
import TestSupport
import Testing

@testable import Networks

@Suite struct GradientNormalisationTests {
  /// Tensors of these sizes, among them one smaller than a vector, one that crosses every share, and one that
  /// no share's boundary divides evenly.
  static let sizes = [3, 40_000, 1, 7_777, 16]

  static func layout() -> ParameterLayout {
    var layout = ParameterLayout()
    for (index, size) in sizes.enumerated() {
      _ = layout.add("tensor.\(index)", shape: [size], initialiser: .zeros)
    }
    return layout
  }

  /// A norm of n squares: 16 float sums of up to 256 terms each carry 256u, the root halves it; its factor,
  /// rounded to float, and the product 2u more.
  @Test(arguments: [1, 2, 3])
  func everyTensorIsDividedByItsNorm(threads: Int) {
    let layout = Self.layout()
    let gradients = Arena(count: layout.trainedCount)
    var numbers = TestNumbers(seed: 6)
    for (index, tensor) in layout.trained.enumerated() {
      let scale = Float(pow(10, Double(3 * index - 6)))
      tensor.slot.vector(in: gradients.vector)
        .assign(numbers.floats(tensor.slot.count).map { $0 * scale })
    }
    let before = layout.trained.map { $0.slot.vector(in: gradients.vector).array }
    TensorNormaliser(layout, workers: threads)
      .normalise(gradients.vector, compute: computeForTest(threads: threads))
    for (tensor, before) in zip(layout.trained, before) {
      let norm = before.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
      let after = tensor.slot.vector(in: gradients.vector).array
      for (old, new) in zip(before, after) {
        let expected = Double(old) / (norm + 1e-7)
        #expect(abs(Double(new) - expected) <= 131 * roundoff * abs(expected) + 1e-44)
      }
    }
  }

  @Test func aGradientOfZerosStaysZero() {
    let layout = Self.layout()
    let gradients = Arena(count: layout.trainedCount)
    layout.trained[1].slot.vector(in: gradients.vector).fill(1)
    TensorNormaliser(layout, workers: 2)
      .normalise(gradients.vector, compute: computeForTest(threads: 2))
    for index in [0, 2, 3, 4] {
      #expect(layout.trained[index].slot.vector(in: gradients.vector).array.allSatisfy { $0 == 0 })
    }
    // 40,000 ones have the norm 200.
    #expect(
      layout.trained[1].slot.vector(in: gradients.vector).array
        .allSatisfy { abs(Double($0) - 1.0 / 200) <= 131 * roundoff / 200 })
  }

  @Test func thePaddingBetweenTensorsStaysZero() {
    let layout = Self.layout()
    let gradients = Arena(count: layout.trainedCount)
    for tensor in layout.trained { tensor.slot.vector(in: gradients.vector).fill(2) }
    TensorNormaliser(layout, workers: 3)
      .normalise(gradients.vector, compute: computeForTest(threads: 3))
    let inside = Set(layout.trained.flatMap { $0.slot.offset..<$0.slot.offset + $0.slot.count })
    for (index, value) in gradients.vector.array.enumerated() where !inside.contains(index) {
      #expect(value == 0)
    }
  }

  @Test func namesSurviveJSONAndMistakesAreAnswered() throws {
    for choice in GradientNormalisation.allCases {
      let data = try JSONEncoder().encode([choice])
      #expect(try JSONDecoder().decode([GradientNormalisation].self, from: data) == [choice])
    }
    let text = errorText("[\"tensors\"]", as: [GradientNormalisation].self)
    #expect(
      text?.contains("unknown gradient normalisation \"tensors\"; did you mean \"tensor\"?")
        == true)
  }
}
