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

  /// Makes a description one of a conditional model of the data's classes.
  func apply(to spec: inout ModelSpec, data: DataSet) throws {
    if condition != nil { spec.condition = try ConditionSpec(of: data) }
  }
}

/// `--class`
struct ClassOption: ParsableArguments {
  @Option(
    name: .customLong("class"),
    help: "The class that a conditional model is told: its name or its number, counted from 0.")
  var text: String?

  /// The class's number, nil if none was given.
  ///
  /// - Throws: a usage error when the model has no such class, or none at all.
  func label(in model: Model) throws -> Int? {
    guard let text else { return nil }
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
