// Weights and training states carry the description that they belong to.

import Formats
import Foundation

/// The part of a description that a file of weights or a training state depends on, in the file's metadata.
///
/// Files of earlier versions and of other programs have none, and are not checked.
struct SavedDescription {
  /// What the description is kept for.
  enum Use {
    /// What the weights mean: everything but how they were come by, names, and how files are read.
    case weights
    /// What the rest of the training depends on too: all but names, the number of epochs, patience and the paths of
    /// files, which may change while it goes on.
    case state
  }

  /// The key of the metadata.
  static let key = "description"

  /// The description as it is kept: one line of JSON.
  static func text(of spec: ModelSpec, for use: Use) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(spec.part(for: use)) else {
      preconditionFailure("SavedDescription: the description holds a number that is not finite")
    }
    return String(decoding: data, as: UTF8.self)
  }

  /// Checks that a file belongs to a description.
  ///
  /// - Throws: `FormatError` that names the first field in which the two differ.
  static func check(
    _ metadata: [String: String], of file: String, against spec: ModelSpec, for use: Use
  ) throws(FormatError) {
    guard let text = metadata[key] else { return }
    guard let saved = try? JSONDecoder().decode(ModelSpec.self, from: Data(text.utf8)) else {
      throw FormatError(
        file: file, reason: "its metadata holds a description that this program cannot read")
    }
    // Read and written again, for another version may have written the same in another way.
    let (mine, other) = (
      SavedDescription.text(of: spec, for: use), SavedDescription.text(of: saved, for: use)
    )
    guard mine != other else { return }
    let difference = difference(mine, other) ?? "they are not the same"
    switch use {
    case .weights:
      throw FormatError(
        file: file,
        reason: "was saved under another description than config.json: \(difference); put back the "
          + "weights or the description that belong together")
    case .state:
      throw FormatError(
        file: file,
        reason: "was saved under another description: \(difference); a resumed run takes the same")
    }
  }

  // "objective.beta was 1, and is 8 now"
  private static func difference(_ mine: String, _ saved: String) -> String? {
    guard let mine = try? JSONSerialization.jsonObject(with: Data(mine.utf8)),
      let saved = try? JSONSerialization.jsonObject(with: Data(saved.utf8))
    else { return nil }
    return difference(mine, saved, place: [])
  }

  private static func difference(_ mine: Any, _ saved: Any, place: [String]) -> String? {
    let name = place.joined(separator: ".")
    switch (mine, saved) {
    case (let mine as [String: Any], let saved as [String: Any]):
      for key in Set(mine.keys).union(saved.keys).sorted() {
        let place = place + [key]
        let name = place.joined(separator: ".")
        switch (mine[key], saved[key]) {
        case (let mine?, let saved?):
          if let found = difference(mine, saved, place: place) { return found }
        case (let mine?, nil): return "\(name) was not given, and is \(shown(mine)) now"
        case (nil, let saved?): return "\(name) was \(shown(saved)), and is not given now"
        case (nil, nil): continue
        }
      }
      return nil
    case (let mine as [Any], let saved as [Any]):
      for (index, pair) in zip(mine, saved).enumerated() {
        if let found = difference(pair.0, pair.1, place: place + ["\(index)"]) { return found }
      }
      return mine.count == saved.count
        ? nil : "\(name) had \(saved.count) entries, and has \(mine.count) now"
    default:
      let texts = (shown(mine), shown(saved))
      return texts.0 == texts.1 ? nil : "\(name) was \(texts.1), and is \(texts.0) now"
    }
  }

  private static func shown(_ value: Any) -> String {
    if value is [String: Any] { return "something" }
    if let list = value as? [Any] { return "a list of \(list.count)" }
    guard let data = try? JSONSerialization.data(withJSONObject: [value]) else {
      return "something"
    }
    let text = String(decoding: data, as: UTF8.self).dropFirst().dropLast()
    return text.count > 60 ? text.prefix(60) + "…" : String(text)
  }
}

extension ModelSpec {
  fileprivate func part(for use: SavedDescription.Use) -> ModelSpec {
    var spec = self
    spec.name = ""
    spec.data.images = nil
    // Shares by which samples are drawn; no class means another for them.
    spec.condition?.examples = nil
    spec.table = table?.meaning
    switch use {
    case .weights:
      spec.training = TrainingSpec()
      spec.initialiser = .glorotUniform
      (spec.objective.warmUp, spec.objective.warmUpEpochs) = (.linear, 0)
    case .state:
      spec.training.epochs = 1
      spec.training.patience = nil
      (spec.training.validationFile, spec.training.testFile) = (nil, nil)
    }
    return spec
  }
}

extension TableSchema {
  // What a column's cells are to a model; digits, notes and marks of missing cells are for reading and writing only.
  fileprivate var meaning: TableSchema {
    TableSchema(
      columns: columns.map { column in
        var plain = Column(name: column.name, kind: column.kind)
        plain.categories = column.categories
        (plain.mean, plain.deviation) = (column.mean, column.deviation)
        plain.clip = column.clip
        plain.learnsMissing = column.learnsMissing
        plain.likelihood = column.likelihood
        return plain
      }, rows: 0)
  }
}
