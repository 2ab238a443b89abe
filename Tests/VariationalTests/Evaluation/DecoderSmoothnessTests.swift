import Foundation
import Kernels
import TestSupport
import Testing

@testable import Variational

@Suite struct DecoderSmoothnessTests {
  @Test func aLinearDecoderChangesByItsWeights() throws {
    // With one latent every unit direction is ±1, so every change is ‖w‖, and per deviation s·‖w‖.
    let spec = ModelSpec(
      name: "line", data: DataSpec(height: 1, width: 1, channels: 3),
      encoder: [.dense(outputs: 2)], latents: 1, decoder: [.dense(outputs: 3)],
      likelihood: .gaussian(.fixed(1)))
    let model = try Model(spec, seed: 1, threads: 1)
    func set(_ name: String, _ values: [Float]) throws {
      let tensor = try #require(model.layout.trained.first { $0.name == name })
      tensor.slot.vector(in: model.parameters.vector).assign(tensor.memoryOrder(values))
    }
    try set("decoder.0.weight", [2, -1, 2])
    try set("encoder.0.weight", [3, 0, 0, 0, 0, 0])
    let data = try randomFloats(200, Shape(features: 3))
    let found = try model.smoothness(on: data, points: 200)
    // z and g are rounded at sizes up to 3 and 6, and the difference is divided by a tenth.
    let bound = 10 * 6 * 4 * Double(Float.ulpOfOne)
    #expect(abs(found.changeAtCodes - 3) <= bound)
    #expect(abs(found.changeAtPrior - 3) <= bound)
    #expect(try #require(found.changeAtCodesStandardError) <= bound)
    let codes = try model.encode(data).means.column(0).map(Double.init)
    let mean = codes.reduce(0, +) / 200
    let deviation = (codes.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 200).squareRoot()
    #expect(abs(found.changePerDeviation - 3 * deviation) <= bound)
    // Two points of the unit cube lie 0.66 apart in the mean; 199 dependent pairs of deviation 0.25.
    let error = 0.25 * (2.0 / 199).squareRoot()
    #expect(abs(found.distanceBetweenExamples - 0.6617) <= 4 * error)
    #expect(try model.smoothness(on: data, points: 200) == found)
  }

  @Test func pointsAreNoMoreThanThereAre() throws {
    let (model, data) = try InferenceTests.model(ModelSpec.smallDense().asAutoencoder())
    #expect(try model.smoothness(on: data.prefix(12)).points == 12)
  }
}
