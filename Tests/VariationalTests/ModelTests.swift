import Kernels
import Testing

@testable import Variational

@Suite struct ModelTests {
  @Test func theSpecsSeedDecidesUnlessOneIsGiven() throws {
    var spec = ModelSpec.smallConvolution()
    spec.training.seed = 5
    let checksums = try [nil, 5, 6].map { try Model(spec, seed: $0, threads: 1).weightsChecksum }
    #expect(checksums[0] == checksums[1])
    #expect(checksums[0] != checksums[2])
    // The number of threads is no part of a model.
    #expect(try Model(spec, threads: 3).weightsChecksum == checksums[0])
  }

  @Test func weightsStartWithinGlorotsLimitAndBiasesAtZero() throws {
    let model = try Model(.fashion(), threads: 1)
    for tensor in model.layout.trained {
      let values = tensor.slot.vector(in: model.parameters.vector).array
      if tensor.shape.count == 1 {
        #expect(values.allSatisfy { $0 == 0 }, "\(tensor.name)")
        continue
      }
      let taps = tensor.shape.dropFirst(2).reduce(1, *)
      let limit = (6 / Double((tensor.shape[0] + tensor.shape[1]) * taps)).squareRoot()
      #expect(values.allSatisfy { abs(Double($0)) <= limit * (1 + 1e-6) }, "\(tensor.name)")
      // A uniform variable's variance, limit²/3, within five of its standard errors, √(4/5n) of it.
      let variance = values.reduce(0) { $0 + Double($1) * Double($1) } / Double(values.count)
      let error = 5 * (0.8 / Double(values.count)).squareRoot()
      #expect(abs(variance / (limit * limit / 3) - 1) <= error, "\(tensor.name)")
    }
  }

  @Test func statisticsStartAtTheStandardNormals() throws {
    let model = try Model(.smallConvolution(), threads: 1)
    for tensor in model.layout.statistics {
      let expected: Float = tensor.name.hasSuffix("running_var") ? 1 : 0
      #expect(tensor.slot.vector(in: model.statistics.vector).array.allSatisfy { $0 == expected })
    }
  }

  @Test func theInferenceWorkspaceIsMadeOnce() throws {
    let model = try Model(.smallDense(), threads: 1)
    #expect(model.inferenceWorkspace() === model.inferenceWorkspace())
    #expect(InferenceWorkspace(model).capacity == 512)
    // 16,388 activations an example in the encoder, 62,464 in the decoder: 2²³ / 78,853 examples.
    #expect(InferenceWorkspace(try Model(.fashion(), threads: 1)).capacity == 106)
  }

  @Test func everyModelOfTheSuitesCompiles() throws {
    for spec in ModelTensorsTests.specs + TrainingStepTests.models {
      let model = try Model(spec, threads: 1)
      let counts = model.layout.trained.map { $0.shape.reduce(1, *) }
      #expect(model.parameterCount == counts.reduce(0, +))
      #expect(model.isVariational == (spec.posterior == .diagonalGaussian))
    }
  }
}
