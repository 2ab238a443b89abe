import Foundation
import Kernels
import Testing

@testable import Variational

@Suite struct AggregatePosteriorTests {
  /// A model whose encoder is `scale`·x₀ + bias with a constant log-variance, one latent.
  private func model(scale: Float, bias: Float, logVariance: Float) throws -> Model {
    let spec = ModelSpec(
      name: "line", data: DataSpec(height: 1, width: 1, channels: 2),
      encoder: [.dense(outputs: 2)], latents: 1, decoder: [.dense(outputs: 2)],
      likelihood: .gaussian(.fixed(1)))
    let model = try Model(spec, seed: 1, threads: 1)
    func set(_ name: String, _ values: [Float]) throws {
      let tensor = try #require(model.layout.trained.first { $0.name == name })
      tensor.slot.vector(in: model.parameters.vector).assign(tensor.memoryOrder(values))
    }
    try set("encoder.0.weight", [scale, 0, 0, 0])
    try set("encoder.0.bias", [bias, logVariance])
    return model
  }

  @Test func densitiesMatchNaiveLoops() {
    var generator = SeededGenerator(state: 9)
    func matrix(_ rows: Int, _ spread: Double) -> Matrix<Double> {
      Matrix(rows: rows, columns: 3, (0..<rows * 3).map { _ in spread * generator.normal() })
    }
    let (means, logVariances, z) = (matrix(7, 2), matrix(7, 3), matrix(5, 2))
    let found = PosteriorMixture(means: means, logVariances: logVariances).logDensities(at: z)
    for row in 0..<5 {
      for component in 0..<7 {
        var (sum, size) = (0.0, 0.0)
        for column in 0..<3 {
          let (mean, logVariance) = (means[component, column], logVariances[component, column])
          let difference = z[row, column] - mean
          let precision = exp(-logVariance)
          sum -= 0.5 * (log(2 * Double.pi) + logVariance + difference * difference * precision)
          size += (z[row, column] * z[row, column] + mean * mean) * precision
        }
        // The expanded square: terms of this size, a dozen roundings.
        #expect(abs(found[row, component] - sum) <= 32 * Double.ulpOfOne * (size + 20))
      }
    }
    #expect(abs(logSumExp([-1000, -1000]) - (log(2) - 1000)) <= 1e-12)
  }

  @Test func anEncoderThatIgnoresItsInputHasOneGaussian() throws {
    // KL(N(0.7, e^−1) ‖ N(0, 1)) in closed form; no information.
    let data = try randomFloats(500, Shape(features: 2))
    let found = try #require(
      try model(scale: 0, bias: 0.7, logVariance: -1).aggregatePosterior(of: data))
    let exact = DiagonalGaussianTests.divergence(0.7, -1)
    let error = try #require(found.divergenceStandardError)
    #expect(abs(found.divergence - exact) <= 4 * error)
    #expect(error < 0.1)
    // The mixture of equal densities is the density, to rounding of sums of 500.
    #expect(abs(found.mutualInformation) <= 1e-10)
    #expect(found.informationCeiling == log(500))
  }

  @Test func separateCodesSayWhichExampleItIs() throws {
    // Neighbouring codes lie 100 apart, the noise is e^−2: every example is told, I = ln M.
    let data = try DataSet(
      floats: (0..<64).flatMap { [Float($0), 0] }, shape: Shape(features: 2))
    let found = try #require(
      try model(scale: 100, bias: 0, logVariance: -4).aggregatePosterior(of: data))
    #expect(abs(found.mutualInformation - log(64)) <= 1e-9)
  }

  @Test(arguments: [PriorSpec.standardNormal, .mixture(components: 3)])
  func divergenceAndInformationAddUpToTheMeanDivergence(_ prior: PriorSpec) throws {
    var spec = ModelSpec.smallDense()
    spec.prior = prior
    let (model, data) = try InferenceTests.model(spec)
    let found = try #require(try model.aggregatePosterior(of: data, seed: 3))
    #expect(found.examples == data.count)
    // A second estimate of the same sum; under a mixture with its own draws, of about the same error.
    let whole = try model.evaluate(data).kl
    let error =
      try #require(found.divergenceStandardError)
      + #require(found.mutualInformationStandardError)
    #expect(abs(found.divergence + found.mutualInformation - whole) <= 4 * 2 * error)
    #expect(found.mutualInformation > 0 && found.mutualInformation <= found.informationCeiling)
    #expect(try model.aggregatePosterior(of: data, seed: 3) == found)
  }

  @Test func anAutoencoderHasNoAggregatePosterior() throws {
    let (model, data) = try InferenceTests.model(ModelSpec.smallDense().asAutoencoder())
    #expect(try model.aggregatePosterior(of: data) == nil)
  }
}
