// training_state.safetensors and metrics.jsonl: what a run goes on from, and what it left behind.

import Formats
import Foundation
import Kernels

/// What a training state says besides weights and moments.
struct SavedState {
  var progress: TrainingProgress
  /// The data it was saved with; nil in files that do not say.
  var data: RunData?
  /// The number of training examples it was saved with.
  var examples: Int
  /// The hash of the metrics' text; nil in files that do not say.
  var metrics: String?
  /// The epochs so far, from the metrics.
  var records: [EpochRecord] = []
}

extension RunFolder {
  private static let stateFile = "training_state.safetensors"
  private static let metricsFile = "metrics.jsonl"

  // MARK: training_state.safetensors

  /// Writes weights, moments and where training has got to.
  ///
  /// - Parameters:
  ///   - records: the epochs so far, whose text's hash is kept
  ///   - data: what the run is trained on and judged by
  func saveState(
    of trainer: Trainer, progress: TrainingProgress, records: [EpochRecord], data: RunData
  ) throws(FormatError) {
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
        "data": encodeJSON(data), "metrics": RunFolder.hash(RunFolder.text(of: records)),
        SavedDescription.key: SavedDescription.text(of: trainer.describedSpec, for: .state),
      ], to: file(RunFolder.stateFile))
  }

  /// Reads a state into a trainer, and the metrics that belong to it; everything is checked before anything is changed.
  ///
  /// - Parameters:
  ///   - data: what the run is to go on with; nil takes any, also in another number
  /// - Throws: `FormatError` for a state that is missing, damaged or of another description, or for metrics that are
  ///   not its own, `DataError` for other data.
  func loadState(into trainer: Trainer, data: RunData?) throws -> SavedState {
    let path = file(RunFolder.stateFile)
    guard hasState else {
      throw FormatError(
        file: self.path,
        reason: "holds no training_state.safetensors, so training cannot go on from it")
    }
    let tensors = try SafeTensors.read(path)
    let metadata = tensors.metadata
    for (name, value) in [
      ("batch_size", trainer.settings.batchSize.description),
      ("seed", trainer.settings.seed.description),
    ] { try RunFolder.require(name, value, in: metadata, of: path) }
    try SavedDescription.check(metadata, of: path, against: trainer.describedSpec, for: .state)
    let savedData = try RunFolder.data(in: metadata, of: path)
    if let data {
      if let savedData, let difference = data.difference(from: savedData) {
        throw DataError(
          trainer.data.name,
          "\(difference), so they are not those that \(self.path) was trained with; a resumed run takes the same"
        )
      }
      try RunFolder.require("examples", "\(trainer.data.count)", in: metadata, of: path)
    }
    guard let text = metadata["progress"],
      let progress = try? JSONDecoder().decode(TrainingProgress.self, from: Data(text.utf8))
    else { throw FormatError(file: path, reason: "its metadata holds no progress record") }
    let examples = metadata["examples"].flatMap { Int($0) } ?? 0
    guard (1...1 << 48).contains(examples),
      progress.fits(examples: examples, batchSize: trainer.settings.batchSize)
    else {
      throw FormatError(
        file: path, reason: "its progress record contradicts itself or the training data")
    }
    var state = SavedState(
      progress: progress, data: savedData, examples: examples, metrics: metadata["metrics"])
    state.records = try readMetrics(of: state)
    try assign(tensors, path, to: trainer)
    return state
  }

  private func assign(
    _ tensors: SafeTensors, _ path: String, to trainer: Trainer
  ) throws(FormatError) {
    let (model, state) = (trainer.model, trainer.state)
    let weights = try model.values(in: tensors, file: path, prefix: "weights.")
    let firstMoments = try model.values(
      in: tensors, file: path, prefix: "first_moments.", ofMoments: true)
    let secondMoments = try model.values(
      in: tensors, file: path, prefix: "second_moments.", ofMoments: true)
    model.assign(weights)
    model.assign(firstMoments, toMoments: state.firstMoments.vector)
    model.assign(secondMoments, toMoments: state.secondMoments.vector)
  }

  private static func require(
    _ name: String, _ value: String, in metadata: [String: String], of path: String
  ) throws(FormatError) {
    let saved = metadata[name] ?? "nothing"
    guard saved == value else {
      throw FormatError(
        file: path,
        reason: "was saved with \(name) \(saved), not \(value); a resumed run takes the same")
    }
  }

  private static func data(
    in metadata: [String: String], of path: String
  ) throws(FormatError) -> RunData? {
    guard let text = metadata["data"] else { return nil }
    guard let data = try? JSONDecoder().decode(RunData.self, from: Data(text.utf8)) else {
      throw FormatError(file: path, reason: "what its metadata says about the data is damaged")
    }
    return data
  }

  // MARK: metrics.jsonl

  func writeMetrics(_ records: [EpochRecord]) throws(FormatError) {
    try AtomicFile.write([RunFolder.text(of: records)], to: file(RunFolder.metricsFile))
  }

  /// The records of the epochs so far; empty if there is no file.
  ///
  /// - Throws: `FormatError` naming the first line that is no record, or one that no run can leave.
  public func readMetrics() throws(FormatError) -> [EpochRecord] {
    let path = file(RunFolder.metricsFile)
    guard FileManager.default.fileExists(atPath: path) else { return [] }
    return try RunFolder.records(try FileBytes.read(path), path)
  }

  /// The same, checked to be what a state was saved with.
  ///
  /// A run that died between its state and its metrics left those of the save before: they lack the state's
  /// record.
  ///
  /// - Throws: `FormatError` for metrics that are another run's or were changed.
  private func readMetrics(of state: SavedState) throws(FormatError) -> [EpochRecord] {
    let path = file(RunFolder.metricsFile)
    guard FileManager.default.fileExists(atPath: path) else { return [] }
    let bytes = try FileBytes.read(path)
    let records = try RunFolder.records(bytes, path)
    if let saved = state.metrics {
      let completed = state.progress.record.map { bytes + RunFolder.text(of: [$0]) }
      guard RunFolder.hash(bytes) == saved || completed.map(RunFolder.hash) == saved else {
        throw FormatError(
          file: path,
          reason: "is not what the run wrote; without this file it goes on, its earlier epochs "
            + "missing from the record: remove it")
      }
    }
    return records.filter { $0.epoch <= state.progress.epoch }
  }

  private static func records(_ bytes: [UInt8], _ path: String) throws(FormatError) -> [EpochRecord]
  {
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
      if let field = record.impossibleField {
        throw FormatError(
          file: path, reason: "line \(index + 1): no run can have this \(field)")
      }
      records.append(record)
    }
    return records
  }

  private static func text(of records: [EpochRecord]) -> [UInt8] {
    Array(records.map { encodeJSON($0) + "\n" }.joined().utf8)
  }

  private static func hash(_ bytes: [UInt8]) -> String {
    var hash = ContentHash()
    hash.add(bytes[...])
    return hash.digits
  }
}

extension Trainer {
  /// The model's description with the settings in force.
  var describedSpec: ModelSpec {
    var spec = model.spec
    spec.training = settings
    return spec
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
