// A class that encoder and decoder are told (Sohn, Lee and Yan, "Learning structured output representation
// using deep conditional generative models", 2015).

import Kernels
import Networks

/// The classes that a conditional model is told: q(z|x, c) and p(x|z, c).
///
/// The class is fed one-hot, behind a table's columns, as planes behind an image's channels, and behind the
/// latents, [z ‖ c]. The prior of z does not depend on it.
public struct ConditionSpec: Sendable, Hashable {
  /// C, the number of classes.
  public var classes: Int
  /// What they are called; empty if unknown.
  public var names: [String]

  /// So many classes, with their names if there are any.
  public init(classes: Int, names: [String] = []) {
    self.classes = classes
    self.names = names
  }

  /// The classes of a data set: as many as it has names, or labels up to the largest.
  ///
  /// - Throws: `DataError` when it has no labels.
  public init(of data: DataSet) throws(DataError) {
    guard let labels = data.labels, let largest = labels.max() else {
      throw DataError(data.name, "has no labels, which a conditional model is told")
    }
    let names = data.classNames.count > largest ? data.classNames : []
    self.init(classes: max(names.count, largest + 1), names: names)
  }

  /// What a class is called: its name, or its number.
  public func name(of label: Int) -> String {
    names.indices.contains(label) ? names[label] : "\(label)"
  }

  /// The number of a class.
  ///
  /// - Parameter text: a name (in any case) or a number
  /// - Throws: `SpecError` with the nearest name.
  public func label(named text: String) throws(SpecError) -> Int {
    let lowercased = text.lowercased()
    if let found = names.firstIndex(of: text) { return found }
    if let found = names.firstIndex(where: { $0.lowercased() == lowercased }) { return found }
    if let number = Int(text) {
      guard (0..<classes).contains(number) else {
        throw SpecError("class", "\(number) should lie between 0 and \(classes - 1)")
      }
      return number
    }
    guard !names.isEmpty else {
      throw SpecError(
        "class",
        "\"\(text)\" should be a number between 0 and \(classes - 1): the classes have no names"
      )
    }
    throw SpecError("class", unknownName(text, what: "class", valid: names))
  }

  func validate() throws(SpecError) {
    guard classes >= 1 && classes <= 1 << 16 else {
      throw SpecError(
        "condition", "the number of classes, \(classes), should lie between 1 and \(1 << 16)")
    }
    guard names.isEmpty || names.count == classes else {
      throw SpecError("condition", "\(names.count) names for \(classes) classes")
    }
    guard Set(names).count == names.count else {
      throw SpecError("condition", "two classes have the same name in \(names)")
    }
  }
}

extension ConditionSpec: Codable {
  private enum Key: String, CodingKey, CaseIterable { case classes, names }

  /// Reads `{"classes": 2, "names": ["cat", "dog"]}`; names may be left out.
  public init(from decoder: any Decoder) throws {
    try decoder.rejectUnknownKeys(allowed: Key.allCases.map(\.rawValue))
    let values = try decoder.container(keyedBy: Key.self)
    classes = try values.decode(Int.self, forKey: .classes)
    names = try values.decodeIfPresent([String].self, forKey: .names) ?? []
  }

  /// Writes what `init(from:)` reads.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    try values.encode(classes, forKey: .classes)
    if !names.isEmpty { try values.encode(names, forKey: .names) }
  }
}

extension ModelSpec {
  /// Checks the condition, and what does not go with one.
  func validateCondition() throws(SpecError) {
    guard let condition else { return }
    try condition.validate()
    if case .vampPrior = prior {
      throw SpecError(
        "prior",
        "a vamp_prior passes pseudo-inputs through the encoder, and they have no class; a conditional "
          + "model takes standard_normal or mixture")
    }
    if case .regularised(let spec) = objective.kind, case .gradientPenalty = spec.regulariser {
      throw SpecError(
        "objective", "\(objective.kind.name) is not offered for conditional models")
    }
  }
}

extension DataSet {
  /// Checks that every example has one of the classes that a model is told.
  func checkLabels(for condition: ConditionSpec) throws(DataError) {
    guard let labels else {
      throw DataError(
        name, "has no labels, but the model is told one of \(condition.classes) classes")
    }
    guard let bad = labels.firstIndex(where: { $0 >= condition.classes }) else { return }
    throw DataError(
      name,
      "the label of example \(bad) is \(labels[bad]), but the model has \(condition.classes) classes, "
        + "counted from 0")
  }

  /// Writes the classes of some examples, as floats, which hold them exactly.
  func copyLabels(_ indices: ArraySlice<Int>, into target: VectorView) {
    guard let labels, target.count > 0 else { return }
    for (row, index) in indices.enumerated() { target[row] = Float(labels[index]) }
  }
}
