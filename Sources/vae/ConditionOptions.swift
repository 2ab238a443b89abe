import ArgumentParser
import Networks
import Variational

/// `--condition`
struct ConditionOptions: ParsableArguments {
  /// What a model can be told.
  static let names = ["labels"]

  @Option(
    name: .long,
    help:
      "What encoder and decoder are told beside the data: labels, the classes that come with it.",
    completion: .list(names))
  var condition: String?

  func validate() throws {
    if let condition, !Self.names.contains(condition) {
      throw ValidationError(unknownName(condition, what: "condition", valid: Self.names) + ".")
    }
  }

  /// The options that were given, for those that `--resume` excludes.
  var given: [(String, Bool)] { [("--condition", condition != nil)] }

  /// Makes a description one of a conditional model of the data's classes, and counts their training examples.
  ///
  /// A description that has a condition already keeps it, but for classes that are left out, and takes the data's
  /// names if it has none.
  func apply(to spec: inout ModelSpec, parts: DataParts) throws {
    if condition != nil || spec.condition != nil && parts.classes != nil {
      spec.condition = try ConditionSpec(of: parts.all)
    } else if let known = spec.condition, known.names.isEmpty, parts.all.labels != nil {
      let found = try ConditionSpec(of: parts.all)
      if found.classes == known.classes && !found.names.isEmpty { spec.condition = found }
    }
    spec.condition = try spec.condition?.counting(parts.training)
  }
}

/// `--class`
struct ClassOption: ParsableArguments {
  @Option(
    name: .customLong("class"),
    help: "The class that a conditional model is told: its name or its number, counted from 0.")
  var texts: [String] = []

  /// The class's number, nil if none was given.
  ///
  /// - Throws: a usage error when the model has no such class, or none at all, or when there are two.
  func label(in model: Model) throws -> Int? {
    guard texts.count <= 1 else {
      throw ValidationError(
        "--class is given \(texts.count) times; vae sample takes several, this command takes one.")
    }
    return try texts.first.map { try Self.label($0, in: model) }
  }

  fileprivate static func label(_ text: String, in model: Model) throws -> Int {
    guard let condition = model.spec.condition else {
      throw ValidationError(
        "--class \(text): the model \"\(model.spec.name)\" is told no class; "
          + "vae train --condition labels makes one that is.")
    }
    do { return try condition.label(named: text) } catch {
      throw ValidationError("--class \(text): \(error.reason).")
    }
  }
}

/// `--class` where it may be given several times.
struct SampledClassOption: ParsableArguments {
  @Option(
    name: .customLong("class"),
    help: """
      The class that a conditional model is told, by name or number. Several, each with a --class of its own, \
      take turns. Drawn in proportion to the training examples unless given.
      """)
  var texts: [String] = []

  /// The classes' numbers, in the order given.
  ///
  /// - Throws: a usage error when the model has no such class, or none at all.
  func labels(in model: Model) throws -> [Int] {
    try texts.map { try ClassOption.label($0, in: model) }
  }
}
