import Formats
import Foundation
import Kernels
import TestSupport
import Testing

@testable import Variational

/// Whole training steps against PyTorch in 64 bits (Fixtures/make_training.py, which defines weights,
/// data and noise by integers).
///
/// Tolerances come from the file. It records how far PyTorch's own float32 runs come from its float64
/// run; three runs sample that distribution, and ours is another draw from it with a different order of
/// summation, so eight times the recorded deviation is allowed. Deviations of a scalar can be small by
/// chance and do not shrink from step to step, so a step takes the largest so far. A few units in the
/// last place of the largest value are added: PyTorch's may all have rounded alike.
@Suite struct PyTorchTrainingTests {
  @Test(arguments: TrainingFixture.runs, [1, 2])
  func stepsGradientsAndWeightsMatchPyTorch(_ run: TrainingFixture.Run, threads: Int) throws {
    let trainer = try run.trainer(threads: threads, asBytes: threads == 1)
    var largest = TrainingFixture.Numbers()
    for (index, expected) in run.steps.enumerated() {
      let report = try trainer.step(run.batch(index), noise: .given(run.noise(step: index)))
      largest = largest.largest(expected.deviation)
      let actual = TrainingFixture.Numbers(
        loss: report.loss, reconstruction: report.reconstruction, kl: report.kl,
        gradientNorm: report.gradientNorm)
      for quantity in TrainingFixture.Numbers.quantities {
        let (value, reference) = (actual[keyPath: quantity], expected.numbers[keyPath: quantity])
        let tolerance = 8 * largest[keyPath: quantity] + 4 * spacing(reference)
        #expect(
          abs(value - reference) <= tolerance,
          "step \(index), \(quantity): \(value), not \(reference) ± \(tolerance)")
      }
      if index == 0 { try expectGradients(of: trainer.model, run) }
    }
    try expectFinalWeights(of: trainer.model, run)
  }

  private func expectGradients(of model: Model, _ run: TrainingFixture.Run) throws {
    for tensor in model.layout.trained where !run.cancelledBiases.contains(tensor.name) {
      let actual = tensor.torchOrder(tensor.slot.vector(in: model.gradients.vector).array)
      let description = try #require(run.tensors[tensor.name])
      #expect(description.shape == tensor.shape, "\(tensor.name)")
      let expected = try #require(description.firstGradient)
      try expect(
        actual, matches: expected, stored: run.stored ? "first_gradient.\(tensor.name)" : nil, run)
    }
  }

  private func expectFinalWeights(of model: Model, _ run: TrainingFixture.Run) throws {
    for tensor in model.layout.tensors where !run.cancelledBiases.contains(tensor.name) {
      let isTrained = model.layout.trained.contains { $0.name == tensor.name }
      let arena = isTrained ? model.parameters : model.statistics
      let actual = tensor.torchOrder(tensor.slot.vector(in: arena.vector).array)
      let description = try #require(run.tensors[tensor.name])
      #expect(description.shape == tensor.shape, "\(tensor.name)")
      try expect(
        actual, matches: description.final, stored: run.stored ? "final.\(tensor.name)" : nil, run)
    }
  }

  // Element by element where PyTorch's tensor is stored. Otherwise through its sums: with a root mean
  // square deviation r of n elements, Cauchy and Schwarz give |Δ Σx| ≤ n·r and
  // |Δ Σx²| ≤ 2‖x‖·√n·r + n·r².
  private func expect(
    _ actual: [Float], matches expected: TrainingFixture.Summary, stored: String?,
    _ run: TrainingFixture.Run
  ) throws {
    let n = Double(actual.count)
    let allowed = 8 * expected.deviation.rootMeanSquare + 4 * spacing(expected.largest)
    let sum = actual.reduce(0) { $0 + Double($1) }
    let squares = actual.reduce(0) { $0 + Double($1) * Double($1) }
    #expect(abs(sum - expected.sum) <= n * allowed, "\(run.name)")
    let bound =
      2 * expected.sumOfSquares.squareRoot() * n.squareRoot() * allowed + n * allowed * allowed
    #expect(abs(squares - expected.sumOfSquares) <= bound, "\(run.name)")
    guard let stored else { return }
    let reference = try TrainingFixture.tensors.floats("\(run.name).\(stored)")
    let square = zip(actual, reference).reduce(0) { total, pair in
      let difference = Double(pair.0) - Double(pair.1)
      return total + difference * difference
    }
    let deviation = (square / n).squareRoot()
    #expect(deviation <= allowed, "\(run.name).\(stored)")
  }

  @Test(arguments: TrainingFixture.runs)
  func formulaOfTheFixtureIsTheOneUsedHere(_ run: TrainingFixture.Run) throws {
    let trainer = try run.trainer(threads: 1, asBytes: true)
    let first = try #require(trainer.model.layout.trained.first { $0.shape.count > 1 })
    let weights = first.torchOrder(first.slot.vector(in: trainer.model.parameters.vector).array)
    #expect(Array(weights.prefix(4)) == run.firstValues.weight)
    #expect(run.bytes(step: 0).prefix(8).map(Int.init) == run.firstValues.bytes)
    #expect(Array(run.noise(step: 0).prefix(4)) == run.firstValues.noise)
  }
}
