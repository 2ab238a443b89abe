import Formats
import Foundation
import Kernels
import Testing

@testable import Variational

struct ONNXExportTests {
  // Weights, running moments and learned scales away from where they start.
  private func stir(_ model: Model) {
    var generator = SeededGenerator(state: 9)
    let places =
      model.layout.trained.map { $0.slot.vector(in: model.parameters.vector) }
      + model.layout.statistics.map { $0.slot.vector(in: model.statistics.vector) }
    for place in places {
      for index in 0..<place.count { place[index] += 0.2 * Float(generator.normal()) }
    }
    for tensor in model.layout.statistics where tensor.name.hasSuffix("running_var") {
      let variance = tensor.slot.vector(in: model.statistics.vector)
      for index in 0..<variance.count { variance[index] = abs(variance[index]) + 0.1 }
    }
  }

  private func graphs(_ model: Model) throws -> (encoder: NaiveONNX, decoder: NaiveONNX) {
    let export = try ONNXExport(model)
    return (
      try #require(NaiveONNX(export.encoder.message.bytes)),
      try #require(NaiveONNX(export.decoder.message.bytes))
    )
  }

  // Rows of [height, width, channels] as [N, channels, height, width]; rows of values stay.
  private func channelsFirst(_ values: [Float], _ shape: Shape) -> NaiveTensor {
    let rows = values.count / shape.count
    if shape.isFlat { return NaiveTensor([rows, shape.count], values.map { Double($0) }) }
    return NaiveTensor([rows, shape.channels, shape.height, shape.width]) { index in
      let pixel = (index[0] * shape.height + index[2]) * shape.width + index[3]
      return Double(values[pixel * shape.channels + index[1]])
    }
  }

  /// What the engine computes in single precision with sums of up to some hundred terms of the order of one
  /// is off by less than 10⁻⁵ of that order; a misplaced weight or pixel by 10⁻¹.
  private func expectAgreement(
    _ result: NaiveTensor?, _ expected: NaiveTensor, _ what: String
  ) throws {
    let result = try #require(result)
    #expect(result.shape == expected.shape, "\(what)")
    let scale = max(1, expected.values.map { abs($0) }.max() ?? 0)
    let difference = zip(result.values, expected.values).map { abs($0 - $1) }.max() ?? .infinity
    #expect(difference <= 2e-5 * scale, "\(what): \(difference) of \(scale)")
  }

  func check(_ model: Model, _ data: DataSet) throws {
    stir(model)
    let (encoder, decoder) = try graphs(model)
    let stored = model.spec.data.stored
    let arena = Arena(count: data.count * stored.count)
    data.gather(
      Array(0..<data.count)[...], padding: 0,
      into: arena.vector.matrix(rows: data.count, columns: stored.count))
    let encodings = try model.encode(data)
    var feed = ["data": channelsFirst(arena.vector.array, stored)]
    let classes = model.spec.condition == nil ? nil : data.labels
    let told = model.spec.condition.map { condition in
      NaiveTensor([data.count, condition.classes]) { classes?[$0[0]] == $0[1] ? 1 : 0 }
    }
    feed["condition"] = told
    let encoded = encoder.run(feed)
    let latents = Shape(features: model.spec.latents)
    try expectAgreement(
      encoded["mean"], channelsFirst(encodings.means.elements, latents), "mean")
    if let logVariances = encodings.logVariances {
      try expectAgreement(
        encoded["log_variance"], channelsFirst(logVariances.elements, latents), "log_variance")
    } else {
      #expect(encoder.outputs.map(\.0) == ["mean"])
    }
    let decoded = model.decode(encodings.means, classes: classes)
    let images = (0..<decoded.rows).flatMap { row in
      model.spec.data.withoutPadding(
        decoded.elements[row * decoded.columns..<(row + 1) * decoded.columns])
    }
    feed = ["latents": channelsFirst(encodings.means.elements, latents)]
    feed["condition"] = told
    let computed = decoder.run(feed)
    try expectAgreement(computed["mean"], channelsFirst(images, stored), "decoded")
  }

  // MARK: values

  @Test func denseConvolutionAndGatedModelsAgreeWithTheEngine() throws {
    try check(try Model(.smallDense(), threads: 2), randomFloats(5, Shape(features: 10)))
    try check(try Model(.smallGated(), threads: 2), randomFloats(5, Shape(features: 10)))
    let images = try randomBytes(5, Shape(height: 6, width: 6, channels: 2))
    try check(try Model(.smallConvolution(), threads: 2), images)
  }

  @Test(
    arguments: [
      .continuousBernoulli, .gaussian(.perDimension), .laplace(.shared),
      .studentT(degreesOfFreedom: 5, scale: .fixed(1)), .discretisedLogistic(.perDimension),
      .discretisedLogistic(.fixed(0.1)), .poisson, .negativeBinomial, .bernoulli,
    ] as [LikelihoodSpec])
  func everyLikelihoodsMeanAgrees(_ likelihood: LikelihoodSpec) throws {
    var generator = SeededGenerator(state: 4)
    let levels = (0..<50).map { _ in Float(generator.float(0...5).rounded()) }
    let isCount = [LikelihoodSpec.poisson, .negativeBinomial].contains(likelihood)
    let rows = try DataSet(
      floats: levels.map { isCount ? $0 : $0 / 255 }, shape: Shape(features: 10))
    try check(try Model(.smallDense(likelihood: likelihood), threads: 1), rows)
    if !isCount {
      try check(
        try Model(.smallConvolution(likelihood: likelihood), threads: 1),
        randomBytes(3, Shape(height: 6, width: 6, channels: 2)))
    }
  }

  @Test func groupsOfColumnsAndZeroInflationAgree() throws {
    let rows: [Float] = [
      1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 1,
    ]
    try check(
      try Model(.smallDense(likelihood: .categorical(groups: [3, 3, 4])), threads: 1),
      DataSet(floats: rows, shape: Shape(features: 10)))
    var spec = ModelSpec.smallDense(likelihood: .zeroInflatedNegativeBinomial)
    spec.decoder[2] = .dense(outputs: 20)
    try check(try Model(spec, threads: 1), DataSet(floats: rows, shape: Shape(features: 10)))
  }

  // Ten columns: two real, one of grey levels with a scale of its own, three classes, two counts of either kind.
  @Test func mixedTablesWithMissingValuesAgree() throws {
    let parts: [LikelihoodSpec.Part] = [
      .init(columns: 2, likelihood: .gaussian(.perDimension)),
      .init(columns: 1, likelihood: .discretisedLogistic(.perDimension)),
      .init(columns: 3, likelihood: .categorical(groups: [3])),
      .init(columns: 2, likelihood: .poisson),
      .init(columns: 2, likelihood: .zeroInflatedNegativeBinomial),
    ]
    var spec = ModelSpec.smallDense(likelihood: .mixed(parts))
    spec.data.missing = true
    spec.decoder[2] = .dense(outputs: 12)
    let rows: [Float] = [
      0.5, -1, 0.2, 0, 1, 0, 3, 0, 12, 0, .nan, 2, 0, 0, 0, 1, 0, 1, .nan, 4, -0.25, 0.75, .nan, 1,
      0, 0, .nan, 7, 0, .nan,
    ]
    try check(
      try Model(spec, threads: 1),
      DataSet(floats: rows, shape: Shape(features: 10), allowsMissing: true))
  }

  @Test func conditionalModelsOfRowsAndImagesAgree() throws {
    var dense = ModelSpec.smallDense()
    var images = ModelSpec.smallConvolution()
    dense.condition = ConditionSpec(classes: 3)
    images.condition = ConditionSpec(classes: 3)
    let (rows, pixels) = (Shape(features: 10), Shape(height: 6, width: 6, channels: 2))
    var generator = SeededGenerator(state: 6)
    for (spec, shape) in [(dense, rows), (images, pixels)] {
      let data = try DataSet(
        bytes: generator.bytes(4 * shape.count), shape: shape, labels: [2, 0, 1, 2])
      try check(try Model(spec, threads: 1), data)
    }
  }

  // Asymmetric padding, dilation, rows that a stride leaves over, an output beyond the last window.
  @Test func unusualConvolutionsAgree() throws {
    let spec = ModelSpec(
      name: "unusual", data: DataSpec(height: 7, width: 5, channels: 2),
      encoder: [
        .conv2D(ConvolutionSpec(filters: 3, kernel: [4, 3], stride: [2, 3])),
        .leakyReLU(slope: 0.3),
        .conv2D(
          ConvolutionSpec(
            filters: 2, kernel: [3, 2],
            padding: .explicit(top: 2, bottom: 0, left: 1, right: 3), dilation: [2, 1])),
        .conv2D(ConvolutionSpec(filters: 4, kernel: [1, 2], stride: [3, 3], padding: .valid)),
        .relu, .flatten, .dense(outputs: 4),
      ], latents: 2,
      decoder: [
        .dense(outputs: 6), .sigmoid, .reshape(height: 2, width: 1, channels: 3),
        .convTranspose2D(ConvolutionSpec(filters: 2, kernel: [2, 3], stride: [3, 2])), .tanh,
        .convTranspose2D(
          ConvolutionSpec(
            filters: 3, kernel: [2, 3], stride: [1, 2],
            padding: .explicit(top: 0, bottom: 0, left: 0, right: 0))),
        .convTranspose2D(
          ConvolutionSpec(
            filters: 2, kernel: [1, 1],
            padding: .explicit(top: 0, bottom: 0, left: 0, right: 0))),
      ], likelihood: .gaussian(.shared))
    try check(
      try Model(spec, threads: 1), randomBytes(4, Shape(height: 7, width: 5, channels: 2)))
  }

  @Test func logVariancesBeyondTheBoundAgree() throws {
    for range in [nil, -0.5...0.25] as [ClosedRange<Float>?] {
      var spec = ModelSpec.smallDense()
      spec.logVarianceRange = range
      let model = try Model(spec, threads: 1)
      let head = try #require(model.layout.trained.first { $0.name == "encoder.2.bias" })
      let bias = head.slot.vector(in: model.parameters.vector)
      (bias[2], bias[3]) = (300, -21)
      try check(model, randomFloats(5, Shape(features: 10)))
    }
  }

  @Test func plainAutoencoderHasOneOutput() throws {
    try check(
      try Model(ModelSpec.smallDense().asAutoencoder(), threads: 1),
      randomFloats(5, Shape(features: 10)))
  }

  // MARK: structure

  @Test func namesShapesAndVersionsAreThoseOfTheDocumentation() throws {
    let model = try Model(.smallConvolution(), threads: 1)
    let (encoder, decoder) = try graphs(model)
    for graph in [encoder, decoder] {
      #expect(graph.irVersion == 8 && graph.operatorSet == 17)
    }
    #expect(encoder.inputs.map(\.0) == ["data"])
    #expect(encoder.inputs.map(\.1) == [["N", "2", "6", "6"]])
    #expect(encoder.outputs.map(\.0) == ["mean", "log_variance"])
    #expect(encoder.outputs.map(\.1) == [["N", "2"], ["N", "2"]])
    #expect(decoder.inputs.map(\.1) == [["N", "2"]])
    #expect(decoder.outputs.map(\.0) == ["mean", "parameters"])
    #expect(decoder.outputs.map(\.1) == [["N", "2", "6", "6"], ["N", "2", "6", "6"]])
  }

  @Test func constantsAreTheWeightsUnderTheirNames() throws {
    let model = try Model(.smallConvolution(), threads: 1)
    stir(model)
    let (encoder, decoder) = try graphs(model)
    for tensor in model.layout.trained {
      let graph = tensor.name.hasPrefix("encoder") ? encoder : decoder
      let floats = tensor.torchOrder(tensor.slot.vector(in: model.parameters.vector).array)
      let constant = try #require(graph.constants[tensor.name], "\(tensor.name)")
      #expect(constant == NaiveTensor(tensor.shape, floats.map { Double($0) }), "\(tensor.name)")
    }
  }

  @Test func everyValueIsMadeOnceAndBeforeItIsUsed() throws {
    for spec in [ModelSpec.smallDense(), .smallGated(), .smallConvolution(), .fashion(), .faces()] {
      let (encoder, decoder) = try graphs(try Model(spec, threads: 1))
      for graph in [encoder, decoder] {
        var known = Set(graph.constants.keys).union(graph.inputs.map(\.0))
        for node in graph.nodes {
          #expect(node.inputs.allSatisfy(known.contains), "\(node)")
          for output in node.outputs { #expect(known.insert(output).inserted, "\(output)") }
        }
        #expect(graph.outputs.allSatisfy { known.contains($0.0) })
      }
    }
  }

  @Test func filesAreWrittenIntoANewFolder() throws {
    try withTemporaryFolder { folder in
      let export = try ONNXExport(try Model(.smallDense(), threads: 1))
      try export.write(to: "\(folder)/onnx")
      let names = try FileManager.default.contentsOfDirectory(atPath: "\(folder)/onnx").sorted()
      #expect(names == ["decoder.onnx", "encoder.onnx"])
      #expect(
        try FileBytes.read("\(folder)/onnx/encoder.onnx") == export.encoder.message.bytes)
      #expect(throws: FormatError.self) { try export.write(to: "\(folder)/missing/onnx") }
    }
  }
}
