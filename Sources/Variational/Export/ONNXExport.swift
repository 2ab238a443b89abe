// A model as two ONNX files: what the encoder and what the decoder compute outside training.

import Formats
import Foundation
import Networks

/// A model's two graphs.
///
///     try ONNXExport(model).write(to: "garments-onnx")
///
/// | file | inputs | outputs |
/// |---|---|---|
/// | `encoder.onnx` | `data` | `mean`, `log_variance` (not of a plain autoencoder) |
/// | `decoder.onnx` | `latents` [N, L] | `mean`, `parameters` |
///
/// `data` and the decoder's `mean` are [N, channels, height, width] for images and [N, values] for others, without
/// the padding that the model adds for itself; N is the caller's choice. Values are those that the model is
/// trained on: bytes divided by 255; zeros and ones if it binarises its data. `parameters` is what the likelihood
/// takes, before any sigmoid or exponential: for each channel one, or for a zero-inflated likelihood first
/// all channels' ln μ and then all channels' log-odds.
///
/// A conditional model takes `condition` [N, classes] beside both inputs, 1 at the class and 0 elsewhere. Where the
/// model allows missing values, they are NaN in `data`.
///
/// The files are of ONNX's IR version 8 and operator set 17.
public struct ONNXExport: Sendable {
  /// The names of the files.
  public static let fileNames = ["encoder.onnx", "decoder.onnx"]

  let encoder: ONNXModel
  let decoder: ONNXModel

  /// Describes a model's computations; its weights are copied.
  ///
  /// - Throws: `SpecError` for what has no counterpart in ONNX.
  /// - Complexity: O(parameters)
  public init(_ model: Model) throws(SpecError) {
    let tensors = model.exportedTensors()
    let metadata = ONNXExport.metadata(model.spec)
    encoder = ONNXModel(
      try ONNXExport.encoder(model, tensors),
      summary: "Encoder of \(model.spec.name): data to the posterior over the latents.",
      metadata: metadata)
    decoder = ONNXModel(
      try ONNXExport.decoder(model, tensors),
      summary: "Decoder of \(model.spec.name): latents to the \(model.spec.likelihood.name) "
        + "likelihood's mean and parameters.",
      metadata: metadata)
  }

  /// Writes both files or, if that fails, none.
  ///
  /// - Parameters:
  ///   - folder: made unless it is there; its parent must exist
  ///   - overwriting: whether files under these names are replaced that no export wrote
  /// - Throws: `FormatError` when a file cannot be written, when another process writes into the folder, or when a file
  ///   would be replaced that no export wrote.
  public func write(to folder: String, overwriting: Bool = false) throws(FormatError) {
    let folder = RunFolder(folder)
    let isNew = try folder.create()
    let lock = try FolderLock(folder.path)
    defer { lock.unlock() }
    do throws(FormatError) {
      for name in ONNXExport.fileNames where !overwriting { try requireExport(folder.file(name)) }
      try AtomicFile.together { () throws(FormatError) in
        try encoder.write(to: folder.file(ONNXExport.fileNames[0]))
        try decoder.write(to: folder.file(ONNXExport.fileNames[1]))
      }
    } catch {
      if isNew { folder.discardIfEmpty() }
      throw error
    }
  }

  // Other programs export models under these names too.
  private func requireExport(_ path: String) throws(FormatError) {
    guard FileManager.default.fileExists(atPath: path),
      let bytes = try? FileBytes.read(path), !ONNXModel.isOurs(bytes)
    else { return }
    throw FormatError(
      file: path, reason: "was written by another program, and the export would replace it")
  }

  private static func metadata(_ spec: ModelSpec) -> [(String, String)] {
    var values = [
      ("model", spec.name), ("latents", "\(spec.latents)"), ("posterior", spec.posterior.rawValue),
      ("likelihood", spec.likelihood.name), ("data", "\(spec.data.stored)"),
    ]
    if spec.data.binarisation != .none {
      values.append(("binarisation", spec.data.binarisation.rawValue))
    }
    return values
  }

  private static func encoder(
    _ model: Model, _ tensors: [String: ExportedTensor]
  ) throws(SpecError) -> ONNXGraph {
    let spec = model.spec
    var graph = ONNXGraph(name: "encoder")
    let input = graph.input("data", shape: dimensions(spec.data.stored))
    let condition = spec.condition.map {
      graph.input("condition", shape: dimensions(Shape(features: $0.classes)))
    }
    var network = ExportedNetwork(
      graph, value: input, shape: spec.data.stored, tensors: tensors)
    network.pad(spec.data.padding, named: "padded")
    network.prepareEncoderInput(spec, condition: condition)
    try network.append(spec.encoder, name: "encoder")
    network.makeVector("head")
    graph = network.graph
    let latents = dimensions(Shape(features: spec.latents))
    guard model.isVariational else {
      graph.output(network.value, as: "mean", shape: latents)
      return graph
    }
    let (mean, logVariance) = model.posterior.append(network.value, to: &graph)
    graph.output(mean, as: "mean", shape: latents)
    graph.output(logVariance, as: "log_variance", shape: latents)
    return graph
  }

  private static func decoder(
    _ model: Model, _ tensors: [String: ExportedTensor]
  ) throws(SpecError) -> ONNXGraph {
    let spec = model.spec
    let latents = Shape(features: spec.latents)
    var graph = ONNXGraph(name: "decoder")
    let input = graph.input("latents", shape: dimensions(latents))
    let condition = spec.condition.map {
      graph.input("condition", shape: dimensions(Shape(features: $0.classes)))
    }
    var network = ExportedNetwork(graph, value: input, shape: latents, tensors: tensors)
    if let condition { network.appendClasses(condition, count: spec.condition?.classes ?? 0) }
    try network.append(spec.decoder, name: "decoder")
    if spec.data.padded.isFlat { network.makeVector("output") }
    graph = network.graph
    let likelihood = ExportedLikelihood(
      spec: spec.likelihood, shape: spec.data.padded, name: "likelihood", tensors: tensors)
    let mean = likelihood.appendMean(of: network.value, to: &graph)
    let stored = spec.data.stored
    let outputs = Shape(
      height: stored.height, width: stored.width,
      channels: spec.likelihood.outputs(forColumns: stored.channels))
    graph.output(
      crop(mean, spec.data, "mean.cropped", &graph), as: "mean", shape: dimensions(stored))
    graph.output(
      crop(network.value, spec.data, "parameters.cropped", &graph), as: "parameters",
      shape: dimensions(outputs))
    return graph
  }

  // The image without the padding around it.
  private static func crop(
    _ value: String, _ data: DataSpec, _ name: String, _ graph: inout ONNXGraph
  ) -> String {
    let padding = data.padding
    guard padding != 0 else { return value }
    let starts = graph.constant("crop.starts", [padding.top, padding.left])
    let ends = graph.constant(
      "crop.ends", [padding.top + data.height, padding.left + data.width])
    let axes = graph.constant("crop.axes", [2, 3])
    return graph.apply("Slice", to: [value, starts, ends, axes], named: name)
  }

  private static func dimensions(_ shape: Shape) -> [ONNXGraph.Dimension] {
    let channels = ONNXGraph.Dimension.fixed(shape.channels)
    return shape.isFlat
      ? [.named("N"), channels]
      : [.named("N"), channels, .fixed(shape.height), .fixed(shape.width)]
  }
}

extension ONNXGraph {
  // An output that may be another's value or an input has a name of its own.
  fileprivate mutating func output(_ value: String, as name: String, shape: [Dimension]) {
    output(apply("Identity", to: [value], named: name), shape: shape)
  }
}

extension Model {
  /// Every tensor by its name in model.safetensors.
  fileprivate func exportedTensors() -> [String: ExportedTensor] {
    var tensors: [String: ExportedTensor] = [:]
    for tensor in layout.trained {
      tensors[tensor.name] = ExportedTensor(
        shape: tensor.shape,
        floats: tensor.torchOrder(tensor.slot.vector(in: parameters.vector).array))
    }
    for tensor in layout.statistics {
      tensors[tensor.name] = ExportedTensor(
        shape: tensor.shape, floats: tensor.slot.vector(in: statistics.vector).array)
    }
    return tensors
  }
}
