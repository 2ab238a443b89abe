import Foundation
import Kernels
import TestSupport
import Testing

@testable import Variational

@Suite struct InferenceTests {
  static let models: [ModelSpec] = [
    .smallDense(), .smallDense(likelihood: .gaussian(.perDimension)), .smallConvolution(),
    .smallGated(), ModelSpec.smallDense().asAutoencoder(),
  ]

  /// More examples than a chunk holds, so that there are two chunks and a rest.
  static func model(_ spec: ModelSpec, threads: Int = 2) throws -> (Model, DataSet) {
    let model = try ModelTensorsTests.scrambled(spec)
    for tensor in model.layout.statistics where tensor.name.hasSuffix("running_var") {
      let view = tensor.slot.vector(in: model.statistics.vector)
      for index in 0..<view.count { view[index] = 1 + abs(view[index]) }
    }
    let capacity = InferenceWorkspace(model).capacity
    return (model, try randomFloats(2 * capacity + 3, spec.data.stored, seed: 3))
  }

  // An example alone goes through other GEMM kernels than one in a chunk: sums of up to 300 products in
  // another order, through up to seven layers, values of order ten.
  static let bound = 300 * roundoff * 10

  @Test(arguments: models)
  func encodingDoesNotDependOnTheChunk(_ spec: ModelSpec) throws {
    let (model, data) = try Self.model(spec)
    let all = try model.encode(data)
    #expect(all.means.rows == data.count && all.means.columns == spec.latents)
    #expect((all.logVariances == nil) == (spec.posterior == .deterministic))
    for index in [0, 1, 31, data.count / 2, data.count - 4, data.count - 1] {
      let single = try model.encode(data.subset([index]))
      #expect(largestDifference(single.means.row(0), all.means.row(index)) <= Self.bound)
      if let logVariances = all.logVariances {
        let row = try #require(single.logVariances?.row(0))
        #expect(largestDifference(row, logVariances.row(index)) <= Self.bound)
      }
    }
    #expect(try model.encode(data).means == all.means)
  }

  @Test(arguments: models)
  func decodingDoesNotDependOnTheChunk(_ spec: ModelSpec) throws {
    let (model, data) = try Self.model(spec)
    var generator = SeededGenerator(state: 3)
    let latents = Matrix(
      rows: data.count, columns: spec.latents, generator.normals(data.count * spec.latents))
    let all = model.decode(latents)
    #expect(all.rows == data.count && all.columns == spec.data.padded.count)
    for index in [0, 31, data.count / 2, data.count - 1] {
      let single = model.decode(Matrix(rows: 1, columns: spec.latents, latents.row(index)))
      let scale = max(1, largestMagnitude(all.row(index)))
      #expect(largestDifference(single.row(0), all.row(index)) <= Self.bound * scale)
    }
  }

  @Test(arguments: models)
  func reconstructionIsTheDecodedMean(_ spec: ModelSpec) throws {
    let (model, data) = try Self.model(spec)
    let means = try model.encode(data).means
    #expect(try model.reconstruct(data) == model.decode(means))
  }

  @Test func denseModelMatchesNaiveLoops() throws {
    let (model, data) = try Self.model(.smallDense())
    let naive = NaiveDense(model)
    let x = DataSourceTests.values(data.prefix(5))
    let encodings = try model.encode(data.prefix(5))
    let decoded = model.decode(encodings.means)
    for row in 0..<5 {
      let head = naive.encode(x[row * 10..<(row + 1) * 10].map(Double.init))
      for index in 0..<2 {
        #expect(abs(Double(encodings.means[row, index]) - head.mean[index]) <= Self.bound)
        let logVariance = try #require(encodings.logVariances)[row, index]
        #expect(abs(Double(logVariance) - head.logVariance[index]) <= Self.bound)
      }
      let logits = naive.decode(head.mean)
      for column in 0..<10 {
        let expected = 1 / (1 + exp(-logits[column]))
        #expect(abs(Double(decoded[row, column]) - expected) <= Self.bound)
      }
    }
  }

  @Test func encodedLogVariancesAreTheBoundedOnes() throws {
    let (model, data) = try Self.model(.smallDense())
    // A bias that puts every raw logVariance near 100: bounded, ln 81 above the bound.
    let bias = try #require(model.layout.trained.first { $0.name == "encoder.2.bias" })
    let view = bias.slot.vector(in: model.parameters.vector)
    for index in 2..<4 { view[index] = 100 }
    let logVariances = try #require(try model.encode(data.prefix(3)).logVariances)
    #expect(logVariances.elements.allSatisfy { $0 > 24 && $0 < 24.8 })
    #expect(try model.evaluate(data.prefix(3)).saturations == 6)
  }

  @Test(arguments: [false, true])
  func samplesAreFunctionsOfTheSeed(drawingData: Bool) throws {
    let (model, _) = try Self.model(.smallDense())
    let first = model.sample(600, seed: 4, drawingData: drawingData)
    #expect(model.sample(600, seed: 4, drawingData: drawingData) == first)
    #expect(model.sample(600, seed: 5, drawingData: drawingData) != first)
    // The first hundred of 600 are the hundred; the GEMM's order may differ, so only to rounding, and
    // for drawn bits but for a uniform number that falls into the gap.
    let fewer = model.sample(100, seed: 4, drawingData: drawingData)
    let differing = zip(fewer.elements, first.elements).count { abs($0 - $1) > Float(Self.bound) }
    #expect(differing <= (drawingData ? 1 : 0))
  }

  @Test func samplesComeFromThePrior() throws {
    // A decoder that is the identity shows z itself: means 0 and variances 1 within five standard errors.
    var spec = ModelSpec.smallDense(likelihood: .gaussian(.fixed(0.25)))
    spec.decoder = [.dense(outputs: 10)]
    let model = try Model(spec, threads: 1)
    let weight = try #require(model.layout.trained.first { $0.name == "decoder.0.weight" })
    var w = [Float](repeating: 0, count: 20)
    (w[0], w[3]) = (1, 1)  // outputs 0 and 1 are z₀ and z₁
    weight.slot.vector(in: model.parameters.vector).assign(weight.memoryOrder(w))
    let count = 20_000
    for (drawingData, variances) in [(false, [1.0, 1, 0]), (true, [1.25, 1.25, 0.25])] {
      let samples = model.sample(count, seed: 3, drawingData: drawingData)
      for column in 0..<3 {
        let values = samples.column(column).map(Double.init)
        let mean = values.reduce(0, +) / Double(count)
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)
        #expect(abs(mean) <= 5 * (variances[column] / Double(count)).squareRoot())
        #expect(
          abs(variance - variances[column])
            <= 5 * variances[column] * (2 / Double(count)).squareRoot())
      }
    }
  }

  @Test func dataIsChecked() throws {
    let (model, _) = try Self.model(.smallDense())
    let other = try randomFloats(2, Shape(features: 9))
    #expect(throws: DataError.self) { try model.encode(other) }
    #expect(throws: DataError.self) { try model.reconstruct(other) }
    #expect(throws: DataError.self) { try model.evaluate(other) }
  }

  @Test func inferenceChangesNothing() throws {
    let (model, data) = try Self.model(.smallConvolution())
    let checksum = model.weightsChecksum
    _ = try model.reconstruct(data)
    _ = model.sample(3, drawingData: true)
    _ = try model.evaluate(data, importanceSamples: 2)
    #expect(model.weightsChecksum == checksum)
  }
}

/// `ModelSpec.smallDense` in loops over doubles.
struct NaiveDense {
  private let tensors: [String: [Double]]

  init(_ model: Model) {
    var tensors: [String: [Double]] = [:]
    for tensor in model.layout.trained {
      let values = tensor.torchOrder(tensor.slot.vector(in: model.parameters.vector).array)
      tensors[tensor.name] = values.map(Double.init)
    }
    self.tensors = tensors
  }

  // y = Wx + b, W [out, in] as PyTorch has it
  private func affine(_ name: String, _ x: [Double]) -> [Double] {
    let (w, b) = (tensors["\(name).weight"]!, tensors["\(name).bias"]!)
    return b.indices.map { row in
      x.indices.reduce(b[row]) { $0 + w[row * x.count + $1] * x[$1] }
    }
  }

  func encode(_ x: [Double]) -> (mean: [Double], logVariance: [Double]) {
    let head = affine("encoder.2", affine("encoder.0", x).map { Foundation.tanh($0) })
    let latents = head.count / 2
    return (Array(head[..<latents]), Array(head[latents...]))
  }

  func decode(_ z: [Double]) -> [Double] {
    let hidden = affine("decoder.0", z).map {
      max($0, 0) + Foundation.log1p(Foundation.exp(-abs($0)))
    }
    return affine("decoder.2", hidden)
  }
}
