// Which files of a folder a run wrote, and may therefore replace.

import Formats
import Foundation

extension RunFolder {
  /// The files that a run writes and replaces, README.md and event files aside: those tell by themselves whose they are.
  public static let replacedFiles = modelFiles + RunPictures.fileNames

  /// What is in the folder, sorted; hidden files, which no run touches, are left out, and so is everything where there is no
  /// folder.
  public var visibleFiles: [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return names.filter { !$0.hasPrefix(".") }.sorted()
  }

  /// Whether a run wrote the folder's description, or, killed at its start, had not got as far.
  public var isOfARun: Bool {
    if hasModel { return wasWrittenByARun("config.json") }
    return wasWrittenByARun("training_state.safetensors")
      && visibleFiles.allSatisfy(RunFolder.modelFiles.contains)
  }

  /// The files under a run's names that no run wrote, and that a new run would replace.
  public var foreignFiles: [String] {
    // What lies beside a run's description is the run's.
    if isOfARun { return [] }
    return RunFolder.replacedFiles.filter { name in
      FileManager.default.fileExists(atPath: file(name)) && !wasWrittenByARun(name)
    }
  }

  /// Checks that a run can begin without replacing what no run wrote.
  ///
  /// - Throws: `FormatError` naming the file.
  public func requireReplaceable() throws(FormatError) {
    guard let name = foreignFiles.first else { return }
    throw FormatError(
      file: file(name),
      reason:
        "was not written by a training, which would replace it; move it, or train into another folder"
    )
  }

  /// Whether a file has a content that only a run gives it; pictures do not tell.
  private func wasWrittenByARun(_ name: String) -> Bool {
    let path = file(name)
    switch name {
    case "config.json":
      // A damaged one is still a run's.
      guard let bytes = try? FileBytes.read(path), bytes.count <= 1 << 28 else { return false }
      return String(decoding: bytes, as: UTF8.self).contains("\"\(ModelSpec.formatName)\"")
    case "model.safetensors": return (try? SafeTensors.read(path))?.metadata["model"] != nil
    case "training_state.safetensors":
      return (try? SafeTensors.read(path))?.metadata["progress"] != nil
    case "metrics.jsonl":
      guard let bytes = try? FileBytes.read(path) else { return false }
      guard let first = bytes.split(separator: 0x0A, maxSplits: 1).first else {
        return bytes.isEmpty
      }
      return (try? JSONDecoder().decode(EpochRecord.self, from: Data(first))) != nil
    default: return false
    }
  }
}
