import Formats
import Foundation
import Kernels
import Testing

@testable import Variational

@Suite struct ModelTensorsTests {
  /// Every layer kind with weights, in one model each.
  static let specs: [ModelSpec] = {
    var transposed = ModelSpec.smallConvolution()
    transposed.name = "wide shifted convolutions"
    transposed.encoder = [
      .conv2D(filters: 12), .relu, .conv2D(filters: 3), .flatten, .dense(outputs: 4),
    ]
    transposed.decoder = [
      .gatedDense(outputs: 8 * 8 * 5), .reshape(height: 8, width: 8, channels: 5),
      .convTranspose2D(filters: 9), .convTranspose2D(filters: 2),
    ]
    return [
      .smallDense(), .smallDense(likelihood: .gaussian(.shared)),
      .smallDense(likelihood: .gaussian(.perDimension)), .smallConvolution(), .smallGated(),
      transposed, ModelSpec.smallDense().asAutoencoder(),
    ]
  }()

  /// A model whose every value, statistics included, is random; variances are positive.
  static func scrambled(_ spec: ModelSpec, seed: UInt64 = 6) throws -> Model {
    let model = try Model(spec, threads: 1)
    var generator = SeededGenerator(state: seed)
    for (tensors, arena) in [
      (model.layout.trained, model.parameters), (model.layout.statistics, model.statistics),
    ] {
      for tensor in tensors {
        let range: ClosedRange<Float> = tensor.name.hasSuffix(".running_var") ? 0.1...1 : -1...1
        tensor.slot.vector(in: arena.vector).assign(generator.floats(tensor.slot.count, range))
      }
    }
    return model
  }

  static func write(_ entries: [SafeTensors.Entry], _ folder: String) throws -> SafeTensors {
    let path = "\(folder)/model.safetensors"
    try SafeTensors.write(entries, to: path)
    return try SafeTensors.read(path)
  }

  @Test(arguments: specs)
  func everyTensorComesBackBitForBit(_ spec: ModelSpec) throws {
    let model = try Self.scrambled(spec)
    try withTemporaryFolder { folder in
      let file = try Self.write(model.tensors(), folder)
      let other = try Model(spec, seed: 99, threads: 1)
      #expect(other.weightsChecksum != model.weightsChecksum)
      try other.assign(file, file: "f")
      #expect(other.weightsChecksum == model.weightsChecksum)
      #expect(other.parameters.vector.array == model.parameters.vector.array)
      #expect(other.statistics.vector.array == model.statistics.vector.array)
    }
  }

  @Test func namesAndShapesArePyTorchs() throws {
    let model = try Model(.smallConvolution(), threads: 1)
    let shapes = Dictionary(uniqueKeysWithValues: model.tensors().map { ($0.name, $0.shape) })
    #expect(shapes["encoder.0.weight"] == [4, 2, 3, 3])
    #expect(shapes["encoder.1.running_mean"] == [4])
    #expect(shapes["encoder.6.weight"] == [4, 48])
    #expect(shapes["decoder.0.weight"] == [48, 2])
    #expect(shapes["decoder.4.weight"] == [3, 4, 3, 3])
    #expect(shapes["decoder.6.bias"] == [2])
    let gated = try Model(.smallGated(), threads: 1).tensors().map(\.name)
    #expect(gated.contains("encoder.0.h.weight") && gated.contains("encoder.0.g.bias"))
    let variance = try Model(.smallDense(likelihood: .gaussian(.shared)), threads: 1)
    #expect(variance.tensors().last?.name == "likelihood.log_variance")
  }

  @Test func denseWeightsAreTransposedOnDisk() throws {
    // y = Wx + b with PyTorch's W [out, in]: compute one output by hand from the file's order.
    var spec = ModelSpec.smallDense().asAutoencoder()
    spec.encoder = [.dense(outputs: 2)]
    let model = try Self.scrambled(spec)
    let weight = try #require(model.layout.trained.first { $0.name == "encoder.0.weight" })
    #expect(weight.shape == [2, 10])
    let w = weight.torchOrder(weight.slot.vector(in: model.parameters.vector).array)
    let bias = try #require(model.layout.trained.first { $0.name == "encoder.0.bias" })
    let b = bias.slot.vector(in: model.parameters.vector).array
    let data = try randomFloats(1, Shape(features: 10))
    let x = DataSourceTests.values(data)
    let means = try model.encode(data).means
    for output in 0..<2 {
      let expected = (0..<10).reduce(Double(b[output])) {
        $0 + Double(w[output * 10 + $1]) * Double(x[$1])
      }
      #expect(abs(Double(means[0, output]) - expected) <= 16 * 6e-8 * 10)
    }
  }

  @Test func whatDoesNotFitIsNamedAndChangesNothing() throws {
    let model = try Self.scrambled(.smallConvolution())
    let checksum = model.weightsChecksum
    let entries = try Self.scrambled(.smallConvolution(), seed: 7).tensors()
    func refusal(_ entries: [SafeTensors.Entry]) throws -> String {
      try withTemporaryFolder { folder in
        let file = try Self.write(entries, folder)
        let text = sentence { try model.assign(file, file: "model.safetensors") }
        #expect(model.weightsChecksum == checksum)
        return text
      }
    }
    func without(_ name: String) -> [SafeTensors.Entry] { entries.filter { $0.name != name } }
    #expect(
      try refusal(without("decoder.4.bias"))
        == "model.safetensors: the tensor decoder.4.bias [4] of the model is missing")
    #expect(
      try refusal(without("encoder.1.running_var"))
        == "model.safetensors: the tensor encoder.1.running_var [4] of the model is missing")
    #expect(
      try refusal(
        entries + [SafeTensors.Entry(name: "encoder.9.weight", floats: [1], shape: [1])])
        == "model.safetensors: holds a tensor encoder.9.weight that the model does not have")
    #expect(
      try refusal(
        without("encoder.6.weight") + [
          SafeTensors.Entry(
            name: "encoder.6.weight", floats: [Float](repeating: 0, count: 4 * 48), shape: [48, 4])
        ])
        == "model.safetensors: the tensor encoder.6.weight is [48, 4], but the model takes [4, 48]")
    for bad in [Float.nan, .infinity, -.infinity] {
      #expect(
        try refusal(
          without("decoder.1.bias") + [
            SafeTensors.Entry(
              name: "decoder.1.bias",
              floats: [Float](repeating: 0, count: 5) + [bad] + [Float](repeating: 0, count: 42),
              shape: [48])
          ]) == "model.safetensors: element 5 of the tensor decoder.1.bias is \(bad)")
    }
    #expect(
      try refusal(
        without("encoder.1.running_var") + [
          SafeTensors.Entry(name: "encoder.1.running_var", floats: [1, 0, -0.5, 2], shape: [4])
        ])
        == "model.safetensors: element 2 of the tensor encoder.1.running_var is -0.5, but no variance "
        + "is negative")
    let whole = try refusal(
      without("encoder.0.bias") + [
        SafeTensors.Entry(name: "encoder.0.bias", array: NumericArray([Int64(1), 2, 3, 4]))
      ])
    #expect(whole.contains("encoder.0.bias") && whole.contains("int64"))
  }

  @Test func countersOfBatchesArePassedOver() throws {
    let model = try Self.scrambled(.smallConvolution())
    let other = try Self.scrambled(.smallConvolution(), seed: 7)
    try withTemporaryFolder { folder in
      let counter = SafeTensors.Entry(
        name: "encoder.1.num_batches_tracked",
        array: NumericArray(elementType: .int64, shape: [], bytes: [3, 0, 0, 0, 0, 0, 0, 0]))
      try model.assign(try Self.write(other.tensors() + [counter], folder), file: "f")
      #expect(model.weightsChecksum == other.weightsChecksum)
    }
  }

  @Test func checksumSeesEveryValue() throws {
    let model = try Self.scrambled(.smallConvolution())
    let checksum = model.weightsChecksum
    for arena in [model.parameters, model.statistics] {
      for index in [0, 1, 17] {
        let value = arena.vector[index]
        arena.vector[index] = value.nextUp
        #expect(model.weightsChecksum != checksum)
        arena.vector[index] = value
      }
    }
    #expect(model.weightsChecksum == checksum)
  }
}
