// Every reader of what others wrote, as a function of bytes. Fuzzing/ feeds it inputs by the million, and
// ReaderProbesTests replay the corpus that came of it.

import Formats
import Foundation
import Kernels
import Networks
import Variational

/// A reader, with all that uses what it has read before a person sees a result.
public enum ReaderProbe: String, CaseIterable, Sendable {
  case idx, npy, npz, png, jpeg, csv, safetensors, config, schema, state, metrics

  /// What a reader made of its input.
  public enum Verdict: Sendable, Hashable {
    /// It was read.
    case value
    /// It was refused with this sentence.
    case refused(String)
  }

  /// Reads an input.
  ///
  /// - Throws: anything but the typed errors that the command turns into a sentence: that is a find.
  ///   So is a trap, and so is an allocation that the input's length does not justify.
  public func verdict(on bytes: [UInt8]) throws -> Verdict {
    do {
      try read(bytes)
      return .value
    } catch let error as FormatError {
      return .refused(error.description)
    } catch let error as DataError {
      return .refused(error.description)
    } catch let error as SpecError {
      return .refused(error.description)
    } catch let error as TrainingError {
      return .refused(error.description)
    }
  }

  private func read(_ bytes: [UInt8]) throws {
    switch self {
    case .idx:
      _ = try IDX.decode(bytes, file: "input", ceiling: 1 << 30).floats()
      try useAsData(bytes)
    case .npy:
      _ = try NPY.decode(bytes, file: "input").floats()
      try useAsData(bytes)
    case .npz:
      for entry in try NPZ.decode(bytes, file: "input", ceiling: 1 << 30) {
        _ = entry.array.floats()
      }
      try useAsData(bytes)
    case .png:
      let mended = MendedPNG.mend(bytes)
      _ = try PNG.decode(mended, file: "input")
      _ = try PNG.decode(mended, file: "input", as: .grey)
      _ = try PNG.decode(bytes, file: "input")
    case .jpeg: _ = try JPEG.decode(bytes, file: "input")
    case .csv: try withFile("input.csv", bytes) { try ProbedTable.read($0) }
    case .schema: try withFile("schema.json", bytes) { try ProbedTable.read(schema: $0) }
    case .safetensors:
      let file = try SafeTensors.decode(bytes, file: "input")
      for tensor in file.tensors {
        _ = try file.array(tensor.name)
        if tensor.elementType.isFloatingPoint { _ = try file.floats(tensor.name) }
      }
    case .config: try withFile("config.json", bytes) { try ProbedTraining.run(config: $0) }
    case .state:
      try withFile("training_state.safetensors", bytes) {
        try ProbedTraining.restore(RunFolder(($0 as NSString).deletingLastPathComponent))
      }
    case .metrics:
      try withFile("metrics.jsonl", bytes) {
        _ = try RunFolder(($0 as NSString).deletingLastPathComponent).readMetrics()
      }
    }
  }

  // As `vae` uses a file that it was given as data.
  private func useAsData(_ bytes: [UInt8]) throws {
    _ = try withFile("input", bytes) { try DataSource.file($0).load(.train) }
  }

  // Readers that take a path read a file of this process.
  private func withFile<Result>(
    _ name: String, _ bytes: [UInt8], _ body: (String) throws -> Result
  ) throws -> Result {
    let shared = FileManager.default.fileExists(atPath: "/dev/shm")
    let root = shared ? "/dev/shm" : FileManager.default.temporaryDirectory.path
    let folder = "\(root)/vae-probe-\(UUID().uuidString)"
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true)
    let path = "\(folder)/\(name)"
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try body(path)
  }
}
