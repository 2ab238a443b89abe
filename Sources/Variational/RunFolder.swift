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
    discardIfEmpty()
  }

  /// Takes back `create` where nothing is in the folder.
  func discardIfEmpty() { rmdir(path) }

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
      model.tensors(),
      metadata: [
        "format": "pt", "model": model.spec.name,
        SavedDescription.key: SavedDescription.text(of: model.spec, for: .weights),
      ], to: file("model.safetensors"))
  }

  /// Compiles the description and reads the weights.
  ///
  /// - Throws: `FormatError` or `SpecError`; a missing, spare or misshapen tensor is named, and so is the field of the
  ///   description in which config.json and the weights differ.
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
    try assign(try weights.get(), to: model)
    return model
  }

  /// Reads the weights into a model of the folder's description.
  ///
  /// - Throws: `FormatError`; a missing, spare or misshapen tensor is named, and nothing is changed.
  public func loadWeights(into model: Model) throws(FormatError) {
    try assign(try SafeTensors.read(file("model.safetensors")), to: model)
  }

  private func assign(_ weights: SafeTensors, to model: Model) throws(FormatError) {
    let path = file("model.safetensors")
    try SavedDescription.check(weights.metadata, of: path, against: model.spec, for: .weights)
    try model.assign(weights, file: path)
  }
}
