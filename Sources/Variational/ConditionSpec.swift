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
  /// The number of each class in data that knows classes by number only, [C]; nil for 0, 1, 2, ….
  ///
  /// Classes that no training example had are none, so that the numbers of the others may have gaps.
  public var numbers: [Int]?
  /// How many training examples each class had, [C], in whose proportion samples are drawn; nil if
  /// nobody knows.
  public var examples: [Int]?

  /// So many classes, with their names if there are any.
  public init(
    classes: Int, names: [String] = [], numbers: [Int]? = nil, examples: [Int]? = nil
  ) {
    self.classes = classes
    self.names = names
    self.numbers = numbers
    self.examples = examples
  }

  /// The classes that the examples of a data set have, in the order of their numbers.
  ///
  /// A class without examples is none: a model would be told it without having seen it.
  ///
  /// - Throws: `DataError` when it has no labels.
  public init(of data: DataSet) throws(DataError) {
    guard let labels = data.labels, let largest = labels.max() else {
      throw DataError(
        data.name, "\(data.labelAbsence ?? "has no labels"), which a conditional model is told")
    }
    let present = Set(labels).sorted()
    let hasNames = data.classNames.count > largest
    self.init(
      classes: present.count, names: hasNames ? present.map { data.classNames[$0] } : [],
      numbers: present == Array(0..<present.count) ? nil : present)
  }

  /// What a class is called: its name, or its number in the data.
  public func name(of label: Int) -> String {
    if names.indices.contains(label) { return names[label] }
    return "\(number(of: label))"
  }

  /// The number that a class has in data with numbers only: its name, where all names are numbers.
  public func number(of label: Int) -> Int {
    if names.indices.contains(label), ClassNames.areNumbers(names) {
      return Int(names[label]) ?? label
    }
    guard let numbers, numbers.indices.contains(label) else { return label }
    return numbers[label]
  }

  /// The class of a name: the very name, or the only one that differs in upper and lower case alone.
  func label(ofName name: String) -> Int? { ClassNames.place(of: name, in: names) }

  /// The class of a number in the data.
  func label(ofNumber number: Int) -> Int? {
    // Where classes are called 1, 2, 3, the number 0 is a wrong name and not the first of them.
    if ClassNames.holdNumbers(names) { return names.firstIndex(of: "\(number)") }
    if let numbers { return numbers.firstIndex(of: number) }
    return (0..<classes).contains(number) ? number : nil
  }

  /// The number of a class.
  ///
  /// - Parameter text: a name (in any case) or a number
  /// - Throws: `SpecError` with the nearest name.
  public func label(named text: String) throws(SpecError) -> Int {
    if let found = label(ofName: text) { return found }
    if let number = Int(text), !ClassNames.holdNumbers(names) {
      if let found = label(ofNumber: number) { return found }
      guard numbers == nil else {
        throw SpecError("class", unknownName(text, what: "class", valid: listed))
      }
      throw SpecError("class", "\(number) should lie between 0 and \(classes - 1)")
    }
    guard names.isEmpty && numbers == nil else {
      throw SpecError("class", unknownName(text, what: "class", valid: listed))
    }
    throw SpecError(
      "class",
      "\"\(text)\" should be a number between 0 and \(classes - 1): the classes have no names")
  }

  /// What all classes are called, [C].
  var listed: [String] { (0..<classes).map(name) }

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
    if let numbers {
      guard
        numbers.count == classes && Set(numbers).count == classes && numbers.allSatisfy({ $0 >= 0 })
      else {
        throw SpecError(
          "condition",
          "numbers should be \(classes) different ones from 0, one for each class, not \(numbers.prefix(20))"
        )
      }
    }
    if let examples {
      guard examples.count == classes && examples.allSatisfy({ 0...1 << 48 ~= $0 }),
        examples.contains(where: { $0 > 0 })
      else {
        throw SpecError(
          "condition",
          "examples should be \(classes) counts from 0, one for each class, not \(examples.prefix(20))"
        )
      }
    }
  }
}

extension ConditionSpec: Codable {
  private enum Key: String, CodingKey, CaseIterable { case classes, names, numbers, examples }

  /// Reads `{"classes": 2, "names": ["cat", "dog"], "examples": [20, 30]}`; all but the first may be left out.
  public init(from decoder: any Decoder) throws {
    try decoder.rejectUnknownKeys(allowed: Key.allCases.map(\.rawValue))
    let values = try decoder.container(keyedBy: Key.self)
    classes = try values.decode(Int.self, forKey: .classes)
    names = try values.decodeIfPresent([String].self, forKey: .names) ?? []
    numbers = try values.decodeIfPresent([Int].self, forKey: .numbers)
    examples = try values.decodeIfPresent([Int].self, forKey: .examples)
  }

  /// Writes what `init(from:)` reads.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    try values.encode(classes, forKey: .classes)
    if !names.isEmpty { try values.encode(names, forKey: .names) }
    try values.encodeIfPresent(numbers, forKey: .numbers)
    try values.encodeIfPresent(examples, forKey: .examples)
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
