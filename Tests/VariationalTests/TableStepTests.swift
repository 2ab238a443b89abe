import Foundation
import Kernels
import Networks
import Testing

@testable import Variational

/// Whole steps of models with missing values, mixed likelihoods and classes, against differences of their loss.
@Suite struct TableStepTests {
  // The Laplace's density has a kink, over which a difference is no derivative.
  static var smoothTable: LikelihoodSpec {
    .mixed(
      NaiveTable.parts.map { part in
        var part = part
        if case .laplace = part.likelihood { part.likelihood = .gaussian(.perDimension) }
        return part
      })
  }

  /// Names, descriptions and data.
  static func trial(_ name: String) throws -> (ModelSpec, DataSet) {
    let labels = (0..<6).map { $0 % 3 }
    switch name {
    case "conditional images":
      var spec = ConditionTests.specs[1]
      spec.likelihood = .gaussian(.perDimension)
      return (spec, try ConditionTests.data(spec, 6))
    case "missing pixels":
      var spec = ModelSpec.smallConvolution(likelihood: .gaussian(.shared))
      spec.data.padding = 0
      spec.data.missing = true
      spec.data.height = 8
      spec.data.width = 8
      var generator = SeededGenerator(state: 71)
      let values = (0..<6 * 128).map { _ in
        generator.float(0...1) < 0.2 ? Float.nan : generator.float(0...1)
      }
      return (spec, try DataSet(floats: values, shape: spec.data.stored, allowsMissing: true))
    default:
      var spec = MissingValueModelTests.tableSpec(condition: ConditionTests.condition)
      spec.likelihood = smoothTable
      if name == "mixture prior" { spec.prior = .mixture(components: 3) }
      if name == "iwae" { spec.objective.kind = .importanceWeighted(.all) }
      return (spec, try NaiveTable.data(6, missing: 0.3, labels: labels))
    }
  }

  @Test(arguments: ["table", "mixture prior", "iwae", "conditional images", "missing pixels"])
  func gradientsAreDifferencesOfTheLoss(_ name: String) throws {
    let (spec, data) = try Self.trial(name)
    let model = try Model(spec, seed: 4, threads: 2)
    var generator = SeededGenerator(state: 72)
    for tensor in model.layout.trained {
      for index in tensor.slot.offset..<tensor.slot.offset + tensor.slot.count {
        model.parameters.vector[index] += generator.float(-0.2...0.2)
      }
    }
    let samples = spec.training.samples
    let step = TrainingStep(model, capacity: 6, samples: samples)
    func loss() -> Double {
      step.gradients(
        of: data, Array(0..<6)[...],
        noise: .stream(RandomStream(seed: 8, purpose: .latentNoise)), beta: 1, seed: 8, step: 3
      ).value.loss
    }
    // Rounding of the loss: up to 32 roundoffs of the size of a sum over an example's values, of random sign
    // over the six examples.
    let size = abs(loss()) + Double(spec.data.stored.count)
    let rounding = 32 * 0x1p-24 * size / 6.0.squareRoot()
    let gradients = model.gradients.vector.array
    for tensor in model.layout.trained {
      let range = tensor.slot.offset..<tensor.slot.offset + tensor.slot.count
      let signs = randomSigns(range.count, seed: 9)
      let start = range.map { model.parameters.vector[$0] }
      let difference = DirectionalDifference(step: 0x1p-7, rounding: rounding) { h in
        for (place, index) in range.enumerated() {
          model.parameters.vector[index] = start[place] + Float(h) * signs[place]
        }
        return loss()
      }
      for (place, index) in range.enumerated() { model.parameters.vector[index] = start[place] }
      let found = range.enumerated().reduce(0.0) {
        $0 + Double(gradients[$1.element]) * Double(signs[$1.offset])
      }
      #expect(
        abs(found - difference.value) <= difference.tolerance,
        "\(tensor.name): \(found), not \(difference.value) ± \(difference.tolerance)")
    }
  }
}
