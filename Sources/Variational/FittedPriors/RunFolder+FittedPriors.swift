// Fitted priors in a model folder: prior-gaussian.safetensors, prior-mixture.safetensors, and
// prior-two-stage, which is a model folder itself with prior.json beside the model.

import Formats
import Foundation
import Kernels
import Networks

extension FittedPrior.Kind {
  /// The file or folder in the model's folder.
  public var fileName: String {
    self == .twoStage ? "prior-two-stage" : "prior-\(rawValue).safetensors"
  }
}

extension RunFolder {
  private static let recordKey = "prior"
  private static let recordFile = "prior.json"

  /// What a second stage's record says beside its model.
  private struct SecondStage: Codable {
    var record: FittedPriorRecord
    var mean: [Double]
    var deviation: [Double]
  }

  /// Writes a fitted prior; an older one of the same kind is replaced.
  ///
  /// A reader finds the old prior or the new one; of a second stage, which is a folder, for a moment none.
  ///
  /// - Throws: `FormatError` when a file cannot be written, or when something would be replaced that no fit wrote.
  public func save(_ prior: FittedPrior, record: FittedPriorRecord) throws(FormatError) {
    let path = file(prior.kind.fileName)
    try requireReplaceable(prior.kind)
    switch prior {
    case .gaussian(let gaussian):
      try save(GaussianMixture(gaussian), record, to: path)
    case .mixture(let mixture): try save(mixture, record, to: path)
    case .twoStage(let stage): try save(stage, record, to: path)
    }
  }

  /// Reads a fitted prior.
  ///
  /// - Parameters:
  ///   - kind: which one
  ///   - model: the folder's model
  /// - Throws: `DataError` when none was fitted, or to other weights than the model's; `FormatError` for a
  ///   damaged file or one of another model; `SpecError` for threads out of range.
  public func loadPrior(_ kind: FittedPrior.Kind, for model: Model) throws -> FittedPrior {
    let path = file(kind.fileName)
    let command = "vae fit-prior \(self.path) --data DATA --kind \(kind.rawValue)"
    guard FileManager.default.fileExists(atPath: path) else {
      throw DataError(
        self.path, "holds no fitted \(kind.rawValue) prior; fit one with '\(command)'")
    }
    let (prior, record) = try readPrior(kind, path: path, threads: model.threads)
    guard record.dimensions == model.spec.latents && prior.dimensions == model.spec.latents else {
      throw FormatError(
        file: path,
        reason: "is a prior of \(prior.dimensions) latents, but the model has \(model.spec.latents)"
      )
    }
    guard record.belongs(to: model) else {
      throw DataError(
        path, "was fitted to other weights than the model's; fit it again with '\(command)'")
    }
    return prior
  }

  /// The records of the priors that were fitted; empty if there are none.
  ///
  /// - Throws: `FormatError` for a damaged file.
  public func priorRecords() throws(FormatError) -> [FittedPriorRecord] {
    var records: [FittedPriorRecord] = []
    for kind in FittedPrior.Kind.allCases {
      let path = file(kind.fileName)
      guard FileManager.default.fileExists(atPath: path) else { continue }
      if kind == .twoStage {
        records.append(try RunFolder(path).readSecondStage().record)
      } else {
        let text = try SafeTensors.read(path).metadata[RunFolder.recordKey]
        records.append(try .read(text, kind: kind, file: path))
      }
    }
    return records
  }

  /// Checks that a fitted prior can be saved without replacing what no fit wrote.
  ///
  /// - Throws: `FormatError` naming the file.
  public func requireReplaceable(_ kind: FittedPrior.Kind) throws(FormatError) {
    let path = file(kind.fileName)
    guard FileManager.default.fileExists(atPath: path) else { return }
    if kind == .twoStage {
      let ours = ["config.json", "model.safetensors", RunFolder.recordFile]
      let folder = RunFolder(path)
      let isFolder = (try? FileManager.default.contentsOfDirectory(atPath: path)) != nil
      guard let foreign = isFolder ? folder.visibleFiles.first(where: { !ours.contains($0) }) : ""
      else { return }
      throw FormatError(
        file: isFolder ? folder.file(foreign) : path,
        reason: "was not written by a fit of a prior, which would replace it; move it")
    }
    // A damaged one is still ours; a tensor file of something else is not.
    guard let file = try? SafeTensors.read(path), file.metadata[RunFolder.recordKey] == nil else {
      return
    }
    throw FormatError(
      file: path, reason: "was not written by a fit of a prior, which would replace it; move it")
  }

  private func readPrior(
    _ kind: FittedPrior.Kind, path: String, threads: Int
  ) throws -> (FittedPrior, FittedPriorRecord) {
    guard kind != .twoStage else {
      let folder = RunFolder(path)
      let parts = try folder.readSecondStage()
      let model = try folder.loadModel(threads: threads)
      do throws(SpecError) {
        let stage = try TwoStagePrior(
          model: model, mean: parts.mean, deviation: parts.deviation)
        return (.twoStage(stage), parts.record)
      } catch {
        throw FormatError(file: path, reason: "\(error)")
      }
    }
    let tensors = try SafeTensors.read(path)
    let record = try FittedPriorRecord.read(
      tensors.metadata[RunFolder.recordKey], kind: kind, file: path)
    let mixture = try GaussianMixture(tensors, file: path)
    guard kind == .gaussian else { return (.mixture(mixture), record) }
    guard mixture.components == 1 else {
      throw FormatError(
        file: path, reason: "holds \(mixture.components) components; a gaussian prior is one")
    }
    return (.gaussian(mixture.gaussians[0]), record)
  }

  private func save(
    _ mixture: GaussianMixture, _ record: FittedPriorRecord, to path: String
  ) throws(FormatError) {
    try SafeTensors.write(
      mixture.tensors(), metadata: [RunFolder.recordKey: try record.json()], to: path)
  }

  // MARK: A second stage

  // The new folder is written beside the old one and takes its name when it is whole.
  private func save(
    _ stage: TwoStagePrior, _ record: FittedPriorRecord, to path: String
  ) throws(FormatError) {
    let tag = String(UInt64.random(in: .min ... .max), radix: 36)
    let fresh = RunFolder(file(".prior-two-stage.\(tag).partial"))
    let old = file(".prior-two-stage.\(tag).old")
    do throws(FormatError) {
      try fresh.create()
      try fresh.saveSpec(stage.model.spec)
      try fresh.saveWeights(of: stage.model)
      try fresh.write(
        SecondStage(record: record, mean: stage.mean, deviation: stage.deviation))
      let replaces = FileManager.default.fileExists(atPath: path)
      if replaces { try RunFolder.rename(path, to: old) }
      try RunFolder.rename(fresh.path, to: path)
      if replaces { try? FileManager.default.removeItem(atPath: old) }
    } catch {
      try? FileManager.default.removeItem(atPath: fresh.path)
      throw error
    }
  }

  private func write(_ parts: SecondStage) throws(FormatError) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(parts) else {
      throw FormatError(
        file: file(RunFolder.recordFile), reason: "its record holds a number that is not finite")
    }
    try AtomicFile.write([Array(data), [0x0A]], to: file(RunFolder.recordFile))
  }

  private func readSecondStage() throws(FormatError) -> SecondStage {
    let path = file(RunFolder.recordFile)
    let bytes = try FileBytes.read(path)
    guard bytes.count <= 1 << 24,
      let parts = try? JSONDecoder().decode(SecondStage.self, from: Data(bytes))
    else { throw FormatError(file: path, reason: "holds no record of a fitted prior") }
    // The record by itself is checked as those of the other kinds are.
    _ = try FittedPriorRecord.read(
      try parts.record.json(), kind: .twoStage, file: path)
    guard parts.mean.count == parts.record.dimensions else {
      throw FormatError(file: path, reason: "its record contradicts itself")
    }
    return parts
  }

  private static func rename(_ path: String, to target: String) throws(FormatError) {
    guard Foundation.rename(path, target) == 0 else {
      throw FormatError(
        file: target, reason: "cannot be written: \(String(cString: strerror(errno)))")
    }
  }
}
