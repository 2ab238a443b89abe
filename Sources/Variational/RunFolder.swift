// A model folder: config.json, model.safetensors, metrics.jsonl, training_state.safetensors.

import Formats
import Foundation
import Kernels
import Networks

/// A folder that holds a model, and while training can go on, the state to go on from.
///
/// Every file is written to a temporary name, synced and renamed.
public struct RunFolder: Sendable, Hashable {
  /// The folder's path as given.
  public let path: String

  /// A folder; nothing is touched yet.
  public init(_ path: String) {
    self.path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
  }

  /// The path of a file in the folder.
  public func file(_ name: String) -> String { "\(path)/\(name)" }

  /// Whether there is a model.
  public var hasModel: Bool { FileManager.default.fileExists(atPath: file("config.json")) }

  /// Whether training can go on.
  public var hasState: Bool {
    FileManager.default.fileExists(atPath: file("training_state.safetensors"))
  }

  /// Makes the folder unless it is there; its parent must exist.
  ///
  /// - Returns: whether it was made.
  /// - Throws: `FormatError` naming the folder.
  @discardableResult
  public func create() throws(FormatError) -> Bool {
    var isDirectory: ObjCBool = false
    if FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) {
      if isDirectory.boolValue { return false }
      throw FormatError(file: path, reason: "is a file; the output should be a folder")
    }
    // Foundation's deletingLastPathComponent traps on a path of one character (Swift 6.3 on Linux).
    let parent = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
    if !parent.isEmpty && !FileManager.default.fileExists(atPath: parent) {
      throw FormatError(
        file: path, reason: "its parent folder \(parent) does not exist; create it first")
    }
    guard mkdir(path, 0o777) == 0 else {
      throw FormatError(
        file: path, reason: "cannot be created: \(String(cString: strerror(errno)))")
    }
    return true
  }

  /// Removes files of the model; those that are not there are no error.
  public func remove(_ names: [String]) throws(FormatError) {
    for name in names where FileManager.default.fileExists(atPath: file(name)) {
      guard unlink(file(name)) == 0 else {
        throw FormatError(
          file: file(name), reason: "cannot be removed: \(String(cString: strerror(errno)))")
      }
    }
  }

  /// Takes back `create`, with the files that a failed start may have left.
  public func discard() {
    try? remove(RunFolder.modelFiles)
    // Fails, as it should, where something else is in the folder.
    rmdir(path)
  }

  /// The files of a model besides its pictures.
  public static let modelFiles = [
    "config.json", "model.safetensors", "training_state.safetensors", "metrics.jsonl",
  ]

  // MARK: config.json

  /// Writes the description.
  public func saveSpec(_ spec: ModelSpec) throws(FormatError) {
    try AtomicFile.write([spec.json(), [0x0A]], to: file("config.json"))
  }

  /// Reads the description.
  ///
  /// - Throws: `FormatError` naming the file, the place and the reason.
  public func loadSpec() throws(FormatError) -> ModelSpec {
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
      throw FormatError(
        file: path, reason: "there is no such folder; give the folder of a trained model")
    }
    guard isDirectory.boolValue else {
      throw FormatError(file: path, reason: "is a file; give the folder of a trained model")
    }
    guard hasModel else {
      throw FormatError(file: path, reason: "holds no model: there is no config.json in it")
    }
    return try ModelSpec.read(file("config.json"))
  }

  // MARK: model.safetensors

  /// Writes the weights under PyTorch's names and in its layouts.
  public func saveWeights(of model: Model) throws(FormatError) {
    try SafeTensors.write(
      model.tensors(), metadata: ["format": "pt", "model": model.spec.name],
      to: file("model.safetensors"))
  }

  /// Compiles the description and reads the weights.
  ///
  /// - Throws: `FormatError` or `SpecError`; a missing, spare or misshapen tensor is named.
  public func loadModel(
    threads: Int? = nil, backend: MatrixBackend = .openBLAS
  ) throws -> Model {
    let spec = try loadSpec()
    // Read before the model is made, told of after it: what is wrong with the description comes first.
    let weights = Result { () throws(FormatError) in
      try SafeTensors.read(file("model.safetensors"))
    }
    let tensors = (try? weights.get())?.tensors ?? []
    let savedValues = tensors.reduce(0) { $0 + $1.shape.reduce(1, *) }
    let model: Model
    do {
      model = try Model(
        spec, threads: threads, backend: backend, savedValues: savedValues)
    } catch let error as SpecError {
      if error.place == "threads" { throw error }
      if error.place == "model", case .failure(let failure) = weights { throw failure }
      throw FormatError(file: file("config.json"), reason: "\(error)")
    }
    try model.assign(try weights.get(), file: file("model.safetensors"))
    return model
  }

  /// Reads the weights into a model of the folder's description.
  ///
  /// - Throws: `FormatError`; a missing, spare or misshapen tensor is named, and nothing is changed.
  public func loadWeights(into model: Model) throws(FormatError) {
    let path = file("model.safetensors")
    try model.assign(try SafeTensors.read(path), file: path)
  }

  // MARK: training_state.safetensors

  func saveState(of trainer: Trainer, progress: TrainingProgress) throws(FormatError) {
    let model = trainer.model
    var entries = model.tensors(prefix: "weights.")
    entries += model.tensors(
      prefix: "first_moments.", trained: trainer.state.firstMoments.vector)
    entries += model.tensors(
      prefix: "second_moments.", trained: trainer.state.secondMoments.vector)
    try SafeTensors.write(
      entries,
      metadata: [
        "progress": encodeJSON(progress), "examples": "\(trainer.data.count)",
        "batch_size": "\(trainer.settings.batchSize)", "seed": "\(trainer.settings.seed)",
      ], to: file("training_state.safetensors"))
  }

  // Everything is checked before anything is changed.
  func loadState(into trainer: Trainer) throws(FormatError) -> TrainingProgress {
    let path = file("training_state.safetensors")
    guard hasState else {
      throw FormatError(
        file: self.path,
        reason: "holds no training_state.safetensors, so training cannot go on from it")
    }
    let tensors = try SafeTensors.read(path)
    let expected = [
      ("examples", "\(trainer.data.count)"), ("batch_size", "\(trainer.settings.batchSize)"),
      ("seed", "\(trainer.settings.seed)"),
    ]
    for (name, value) in expected {
      let saved = tensors.metadata[name] ?? "nothing"
      guard saved == value else {
        throw FormatError(
          file: path,
          reason: "was saved with \(name) \(saved), not \(value); a resumed run takes the same")
      }
    }
    guard let text = tensors.metadata["progress"],
      let progress = try? JSONDecoder().decode(TrainingProgress.self, from: Data(text.utf8))
    else { throw FormatError(file: path, reason: "its metadata holds no progress record") }
    guard progress.fits(trainer) else {
      throw FormatError(
        file: path, reason: "its progress record contradicts itself or the training data")
    }
    let (model, state) = (trainer.model, trainer.state)
    let weights = try model.values(in: tensors, file: path, prefix: "weights.")
    let firstMoments = try model.values(
      in: tensors, file: path, prefix: "first_moments.", ofMoments: true)
    let secondMoments = try model.values(
      in: tensors, file: path, prefix: "second_moments.", ofMoments: true)
    model.assign(weights)
    model.assign(firstMoments, toMoments: state.firstMoments.vector)
    model.assign(secondMoments, toMoments: state.secondMoments.vector)
    return progress
  }

  // MARK: metrics.jsonl

  func writeMetrics(_ records: [EpochRecord]) throws(FormatError) {
    let lines = records.map { encodeJSON($0) + "\n" }.joined()
    try AtomicFile.write([Array(lines.utf8)], to: file("metrics.jsonl"))
  }

  /// The records of the epochs so far; empty if there is no file.
  public func readMetrics() throws(FormatError) -> [EpochRecord] {
    let path = file("metrics.jsonl")
    guard FileManager.default.fileExists(atPath: path) else { return [] }
    let bytes = try FileBytes.read(path)
    var records: [EpochRecord] = []
    for (index, line) in bytes.split(separator: 0x0A).enumerated() {
      guard let record = try? JSONDecoder().decode(EpochRecord.self, from: Data(line)) else {
        throw FormatError(file: path, reason: "line \(index + 1) is not an epoch's record")
      }
      // Usually index + 1; where somebody removed the file while the run went on, a later one.
      guard record.epoch > records.last?.epoch ?? 0 else {
        throw FormatError(
          file: path, reason: "line \(index + 1) is the record of epoch \(record.epoch)")
      }
      records.append(record)
    }
    return records
  }
}

private func encodeJSON(_ value: some Encodable) -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  guard let data = try? encoder.encode(value) else {
    preconditionFailure("encodeJSON: \(value) holds a number that is not finite")
  }
  return String(decoding: data, as: UTF8.self)
}
