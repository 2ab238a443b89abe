import Foundation
import Kernels
import Testing

@testable import Variational

@Suite struct LatentTraversalTests {
  // A linear decoder from three latents to ten values with columns of known length, and an encoder whose
  // divergences are known: μ = 0, ℓ = bias.
  private static func model(prior: PriorSpec = .standardNormal) throws -> Model {
    var spec = ModelSpec.smallDense(latents: 3, likelihood: .gaussian(.fixed(1)))
    spec.encoder = [.dense(outputs: 6)]
    spec.decoder = [.dense(outputs: 10)]
    spec.prior = prior
    let model = try Model(spec, threads: 1)
    var weights = [Float](repeating: 0, count: 30)  // [10, 3]
    (weights[0], weights[1], weights[2]) = (0.5, 4, 1)
    model.setValues(of: "decoder.0.weight", weights)
    model.setValues(of: "encoder.0.weight", [Float](repeating: 0, count: 60))
    model.setValues(of: "encoder.0.bias", [0, 0, 0, -1, 0, -4])
    return model
  }

  @Test func theDecoderTellsWhichLatentsAreActive() throws {
    let sweep = try Self.model().traverse(range: 3, steps: 7)
    #expect(sweep.dimensions == [1, 2, 0] && sweep.measure == .decodedChange)
    // The decoded change is 6·|w| in one of ten values.
    for (activity, weight) in zip(sweep.activity, [4, 1, 0.5]) {
      #expect(abs(activity - 6 * weight / 10.0.squareRoot()) <= 1e-5)
    }
    #expect(sweep.positions == [-3, -2, -1, 0, 1, 2, 3])
    #expect(sweep.latents.rows == 21 && sweep.latents.row(0) == [0, -3, 0])
    #expect(sweep.latents.row(20) == [3, 0, 0] && sweep.latents.row(9) == [0, 0, -1])
  }

  @Test func dataTellByTheDivergence() throws {
    let model = try Self.model()
    let data = try randomFloats(5, model.spec.data.stored)
    let sweep = try model.traverse(
      data: data, around: [0.5, 0.25, -1], range: 2, steps: 2, count: 2)
    // KL = ½(e^ℓ − 1 − ℓ): 1.509 at −4, 0.184 at −1, 0 at 0.
    #expect(sweep.dimensions == [2, 0] && sweep.measure == .divergence)
    for (activity, l) in zip(sweep.activity, [-4.0, -1]) {
      #expect(abs(activity - 0.5 * (exp(l) - 1 - l)) <= 1e-6)
    }
    #expect(sweep.latents.elements == [0.5, 0.25, -2, 0.5, 0.25, 2, -2, 0.25, -1, 2, 0.25, -1])
  }

  @Test func aLearnedPriorGivesCentreAndDeviation() throws {
    let model = try Self.model(prior: .mixture(components: 1))
    model.setValues(of: "prior.means", [1, 2, 3])
    model.setValues(of: "prior.log_variances", [0, Float(log(4.0)), Float(log(9.0))])
    let sweep = try model.traverse(range: 1, steps: 2)
    #expect(sweep.dimensions == [1, 2, 0])
    for (value, expected) in zip(sweep.latents.row(0), [1, 0, 3] as [Float]) {
      #expect(abs(value - expected) <= 1e-6)
    }
  }

  @Test func aPlainAutoencodersCodesGiveThem() throws {
    let (model, data) = try InferenceTests.model(ModelSpec.smallDense().asAutoencoder())
    let sweep = try model.traverse(data: data, range: 1, steps: 3)
    #expect(sweep.measure == .codeVariance)
    let codes = try model.encode(data).means
    for (place, dimension) in sweep.dimensions.enumerated() {
      let column = codes.column(dimension).map(Double.init)
      let mean = column.reduce(0, +) / Double(column.count)
      let variance =
        column.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(column.count)
      #expect(abs(sweep.activity[place] - variance) <= 1e-9 * variance)
      let swept = sweep.latents.submatrix(rows: 3 * place..<3 * place + 3, columns: 0..<2)
      #expect(abs(Double(swept[1, dimension]) - mean) <= 1e-6)
      #expect(abs(Double(swept[2, dimension]) - mean - variance.squareRoot()) <= 1e-6)
    }
  }

  @Test func attributeVectorsAreDifferencesOfMeans() throws {
    let (model, data) = try InferenceTests.model(.smallDense())
    let (first, second) = (data.subset([0, 2, 4]), data.subset([1, 3]))
    let vector = try model.attributeVector(plus: first, minus: second)
    let codes = try model.encode(data).means
    for column in 0..<2 {
      func code(_ row: Int) -> Double { Double(codes[row, column]) }
      let expected = (code(0) + code(2) + code(4)) / 3 - (code(1) + code(3)) / 2
      #expect(abs(vector.direction[column] - expected) <= 2 * InferenceTests.bound)
    }
    #expect(vector.plus == 3 && vector.minus == 2)
    let direction = vector.direction
    let square = direction[0] * direction[0] + direction[1] * direction[1]
    #expect(abs(vector.length - square.squareRoot()) <= 1e-15)

    let given = AttributeVector(direction: [1, -2], plus: 1, minus: 1)
    let moved = given.added(to: Matrix(rows: 2, columns: 2, [0, 1, 5, 5]), strengths: [0, 2])
    #expect(moved.elements == [0, 1, 2, -3, 5, 5, 7, 1])
  }
}
