import Foundation
import Networks
import Testing

@testable import Variational

/// Data whose classes are in another order than the model's.
@Suite struct ClassMatchingTests {
  static let animals = ConditionSpec(classes: 3, names: ["cat", "dog", "emu"])

  /// One value an example, its place, so that examples can be told apart.
  static func data(_ labels: [Int], _ names: [String] = []) throws -> DataSet {
    try DataSet(
      floats: labels.indices.map(Float.init), shape: Shape(features: 1), labels: labels,
      classNames: names, name: "set")
  }

  @Test(arguments: [
    ["cat", "dog", "emu"], ["dog", "emu"], ["emu", "dog", "cat"], ["Dog", "EMU", "cat"],
    ["Zebra", "dog", "cat"],
  ])
  func classesAreMatchedByName(_ names: [String]) throws {
    // The further class of the last list has no examples, and so nobody has to know it.
    let labels = names.indices.filter { names[$0] != "Zebra" }
    let matched = try Self.data(labels, names).matchingClasses(of: Self.animals)
    let expected = labels.map { ["cat": 0, "dog": 1, "emu": 2][names[$0].lowercased()] ?? -1 }
    #expect(matched.labels == expected)
    #expect(matched.classNames == Self.animals.names)
    try matched.checkLabels(for: Self.animals)
    #expect(try Self.data(labels).values() == matched.values())
  }

  @Test func namesThatDifferInCaseOnlyAreTwoClasses() throws {
    let condition = ConditionSpec(classes: 2, names: ["dog", "Dog"])
    let matched = try Self.data([0, 1], ["Dog", "dog"]).matchingClasses(of: condition)
    #expect(matched.labels == [1, 0])
    #expect(
      sentence { try Self.data([0], ["DOG"]).matchingClasses(of: condition) }
        .contains("unknown class \"DOG\""))
    #expect(try condition.label(named: "Dog") == 1)
    #expect(try Self.data([0, 1], ["Dog", "dog"]).classNumber("dog") == 1)
  }

  @Test func unknownClassesAreNamedWithTheKnownOnes() throws {
    let set = try Self.data([0, 1, 2, 3], ["cat", "fox", "dog", "owl"])
    let message = sentence { try set.matchingClasses(of: Self.animals) }
    for word in ["set", "\"fox\"", "\"owl\"", "cat, dog, emu"] {
      #expect(message.contains(word), "\(message)")
    }
    // Numbers are no names.
    #expect(
      sentence { try Self.data([0], ["1"]).matchingClasses(of: Self.animals) }
        .contains("unknown class \"1\""))
  }

  @Test func numbersAloneAreThoseOfTheTrainingData() throws {
    #expect(try Self.data([2, 0]).matchingClasses(of: Self.animals).labels == [2, 0])
    // Without the class of number 1 the others keep theirs.
    let gaps = ConditionSpec(classes: 2, names: ["cat", "emu"], numbers: [0, 2])
    #expect(try Self.data([2, 0]).matchingClasses(of: gaps).labels == [1, 0])
    let message = sentence { try Self.data([2, 1]).matchingClasses(of: gaps) }
    #expect(message.contains("label of example 1 is 1") && message.contains("0 cat, 2 emu"))
    // Names that are numbers are what numbers mean, not places.
    let codes = ConditionSpec(classes: 3, names: ["1", "2", "10"])
    #expect(try Self.data([10, 1]).matchingClasses(of: codes).labels == [2, 0])
    #expect(sentence { try Self.data([0]).matchingClasses(of: codes) }.contains("1, 2, 10"))
    #expect(sentence { try codes.label(named: "0") }.contains("unknown class \"0\""))
    #expect(try codes.label(named: "10") == 2)
    #expect((0..<3).map { codes.number(of: $0) } == [1, 2, 10])
  }

  @Test func namedDataMeetsAModelThatKnowsNumbersOnly() throws {
    let nameless = ConditionSpec(classes: 11)
    // As names sort, not as numbers do.
    let numbered = try Self.data([0, 1, 2], ["0", "10", "2"]).matchingClasses(of: nameless)
    #expect(numbered.labels == [0, 10, 2] && numbered.notes.isEmpty)
    let named = try Self.data([0, 1], ["cat", "dog"]).matchingClasses(of: nameless)
    #expect(named.labels == [0, 1] && named.classNames == ["cat", "dog"])
    #expect(named.notes.count == 1 && named.notes[0].contains("cat is 0, dog is 1"))
    #expect(
      sentence { try Self.data([0], ["11"]).matchingClasses(of: nameless) }
        .contains("unknown class \"11\""))
  }

  @Test func classesWithoutExamplesAreNone() throws {
    let set = try Self.data([0, 2, 3], ["cat", "dog", "emu", "fox"])
    let condition = try ConditionSpec(of: set)
    #expect(
      condition == ConditionSpec(classes: 3, names: ["cat", "emu", "fox"], numbers: [0, 2, 3]))
    #expect(try set.matchingClasses(of: condition).labels == [0, 1, 2])
    #expect(
      try ConditionSpec(of: Self.data([5, 3, 5])) == ConditionSpec(classes: 2, numbers: [3, 5]))
    let counted = try condition.counting(Self.data([2, 0, 2], ["cat", "dog", "emu"]))
    #expect(counted.examples == [1, 2, 0])
  }

  @Test func dataThatIsNumberedOtherwiseIsRefused() throws {
    let swapped = try Self.data([0, 1], ["dog", "cat"])
    #expect(
      sentence { try swapped.checkLabels(for: Self.animals) }.contains(
        "its class 0 is \"dog\", but the model's is \"cat\""))
    // Label 0 is class 0 either way, and label 1 is not: nobody knows which way the data was numbered.
    let gaps = ConditionSpec(classes: 2, numbers: [0, 2])
    #expect(throws: DataError.self) { try Self.data([0, 1]).checkLabels(for: gaps) }
    try Self.data([0, 2]).matchingClasses(of: gaps).checkLabels(for: gaps)
  }

  @Test func numbersAndCountsAreReadWrittenAndChecked() throws {
    let condition = ConditionSpec(
      classes: 2, names: ["cat", "emu"], numbers: [0, 2], examples: [5, 7])
    let json = try JSONEncoder().encode(condition)
    #expect(try JSONDecoder().decode(ConditionSpec.self, from: json) == condition)
    let plain = try JSONEncoder().encode(Self.animals)
    let text = String(decoding: plain, as: UTF8.self)
    #expect(!text.contains("numbers") && !text.contains("examples"))
    for bad in [
      ConditionSpec(classes: 2, numbers: [0]), ConditionSpec(classes: 2, numbers: [1, 1]),
      ConditionSpec(classes: 2, numbers: [-1, 0]), ConditionSpec(classes: 2, examples: [1]),
      ConditionSpec(classes: 2, examples: [0, 0]), ConditionSpec(classes: 2, examples: [-1, 2]),
    ] {
      #expect(throws: SpecError.self) { try bad.validate() }
    }
  }
}
