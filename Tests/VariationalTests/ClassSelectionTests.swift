import Formats
import Foundation
import Networks
import Testing

@testable import Variational

/// Data of which some classes are left out before a model is trained.
@Suite struct ClassSelectionTests {
  /// Twelve rows of four kinds; only foxes are red, and only they are far from zero.
  static let animals = """
    size,colour,kind
    1.5,grey,cat
    2.5,brown,dog
    900.5,red,fox
    3.5,grey,cat
    4.5,brown,emu
    5.5,black,cat
    700.5,red,fox
    6.5,black,dog
    7.5,grey,emu
    8.5,brown,cat
    9.5,black,dog
    10.5,grey,cat

    """

  static func withTable<Result>(_ body: (DataSource, DataReading) throws -> Result) throws -> Result
  {
    try withTemporaryFolder { folder in
      let path = "\(folder)/animals.csv"
      try AtomicFile.write([Array(animals.utf8)], to: path)
      var reading = DataReading()
      reading.table.changes = SchemaChanges(columns: ["kind": .init(kind: .label)])
      return try body(DataSource(path), reading)
    }
  }

  @Test func aTableIsUnderstoodFromTheRowsThatRemain() throws {
    try Self.withTable { source, reading in
      var reading = reading
      reading.classes = ClassSelection(excluded: ["fox"])
      let parts = try source.load(splitting: TrainingSpec(), reading)
      #expect(parts.all.count == 10 && parts.training.count == 10)
      #expect(parts.all.notes.contains { $0.contains("2 examples of the class \"fox\"") })
      let table = try #require(parts.table)
      #expect(table.label?.categories == ["cat", "dog", "emu"])
      #expect(table.columns[1].categories == ["black", "brown", "grey"])
      // The mean of 1.5, 2.5, …, 10.5, and the root of (10² − 1) / 12.
      #expect(abs(table.columns[0].mean - 6) < 1e-12)
      #expect(abs(table.columns[0].deviation - 8.25.squareRoot()) < 1e-12)
      #expect(table.rows == 12)
      #expect(try ConditionSpec(of: parts.all).names == ["cat", "dog", "emu"])
      #expect(parts.classes == ClassSelection(excluded: ["fox"]))

      // Categories that the schema file lists are those of the rows that remain too.
      reading.table.changes.columns["kind"]?.categories = ["fox", "emu", "dog", "cat"]
      let listed = try source.load(splitting: TrainingSpec(), reading)
      #expect(listed.table?.label?.categories == ["emu", "dog", "cat"])
    }
  }

  @Test(arguments: [
    ClassSelection(excluded: ["fox", "emu"]), ClassSelection(only: ["Dog", "cat"]),
  ])
  func partsAreThoseOfAllClassesTogether(_ selection: ClassSelection) throws {
    try Self.withTable { source, reading in
      let settings = TrainingSpec(validationFraction: 0.25, testFraction: 0.25)
      let split = try DataSplit(count: 12, settings: settings, name: "t")
      let kinds = Self.animals.split(separator: "\n").dropFirst().map {
        $0.split(separator: ",")[2]
      }
      var selected = reading
      selected.classes = selection
      let parts = try source.load(splitting: settings, selected)
      func count(_ rows: [Int]) -> Int { rows.count { ["cat", "dog"].contains(kinds[$0]) } }
      #expect(parts.training.count == count(split.training))
      #expect(parts.validation?.count == count(split.validation))
      #expect(parts.test?.count == count(split.test))

      // A model gives back those very parts.
      var spec = try ModelSpec.table(try #require(parts.table))
      spec.training = settings
      spec.data.classes = parts.classes
      for (part, expected) in [
        (DataSplit.Part.train, Optional(parts.training)), (.test, parts.test),
      ] {
        let again = try source.load(part, for: spec)
        #expect(again.labels == expected?.labels && again.values() == expected?.values())
      }
      // So does a command that asks for no part, if it is about what the model was trained on.
      var always = DataReading()
      always.modelClasses = .always
      #expect(try source.load(nil, for: spec, always).count == parts.all.count)
      spec.training.testFraction = 0
      #expect(throws: DataError.self) { try source.load(.test, for: spec) }
    }
  }

  @Test func numbersKeepTheirMeaning() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/d.npz"
      try NPZ.write(
        [
          (name: "data", array: NPYArray((0..<6).map(Float.init), shape: [6, 1])),
          (name: "labels", array: NPYArray([0, 1, 2, 2, 1, 0] as [Int64], shape: [6])),
        ], to: path)
      var reading = DataReading()
      reading.classes = ClassSelection(excluded: ["1"])
      let parts = try DataSource(path).load(splitting: TrainingSpec(), reading)
      #expect(parts.all.labels == [0, 2, 2, 0])
      let condition = try ConditionSpec(of: parts.all)
      #expect(condition == ConditionSpec(classes: 2, numbers: [0, 2]))
      let matched = try parts.matchingClasses(of: condition)
      #expect(matched.training.labels == [0, 1, 1, 0] && matched.all.classNames == ["0", "2"])
      #expect(try condition.label(named: "2") == 1)
      #expect(sentence { try condition.label(named: "1") }.contains("0, 2"))
      var spec = ModelSpec.dense()
      spec.data = DataSpec(height: 1, width: 1, channels: 1)
      spec.condition = condition
      #expect(
        sentence { try DataSource(path).load(nil, for: spec) }.contains("label of example 1 is 1"))
    }
  }

  @Test func aSecondFileNeedNotHaveEveryClass() throws {
    try Self.withTable { source, reading in
      try withTemporaryFolder { folder in
        let other = "\(folder)/other.csv"
        try AtomicFile.write([Array("size,colour,kind\n2,red,fox\n3,grey,cat\n".utf8)], to: other)
        var reading = reading
        reading.classes = ClassSelection(excluded: ["dog", "fox"])
        var settings = TrainingSpec()
        settings.validationFile = other
        let parts = try source.load(splitting: settings, reading)
        #expect(parts.validation?.count == 1)
        reading.classes = ClassSelection(excluded: ["wolf"])
        #expect(
          sentence { try source.load(splitting: settings, reading) }
            .contains("unknown class \"wolf\""))
      }
    }
  }

  @Test func aRowWithoutALabelBelongsToNoClass() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/t.csv"
      let text = "size,kind\n1.5,cat\n2.5,dog\n3.25,\n4.5,cat\n5,dog\n"
      try AtomicFile.write([Array(text.utf8)], to: path)
      var reading = DataReading()
      reading.classes = ClassSelection(excluded: ["dog"])
      let unlabelled = sentence { try DataSource(path).load(splitting: TrainingSpec(), reading) }
      #expect(unlabelled.contains("its rows have no classes") && unlabelled.contains("--schema"))
      reading.table.changes = SchemaChanges(columns: ["kind": .init(kind: .label)])
      #expect(
        sentence { try DataSource(path).load(splitting: TrainingSpec(), reading) }
          .contains("line 4, column \"kind\""))
      reading.classes = ClassSelection()
      let set = try DataSource(path).load(splitting: TrainingSpec(), reading).all
      #expect(sentence { try ConditionSpec(of: set) }.contains("line 4, column \"kind\""))
    }
  }

  @Test func theSelectionIsReadAndWritten() throws {
    var data = DataSpec(height: 1, width: 1, channels: 3)
    let without = String(decoding: try JSONEncoder().encode(data), as: UTF8.self)
    #expect(!without.contains("classes"))
    data.classes = ClassSelection(only: ["cat"], excluded: ["dog"])
    let json = try JSONEncoder().encode(data)
    #expect(try JSONDecoder().decode(DataSpec.self, from: json) == data)
    #expect(throws: (any Error).self) {
      try JSONDecoder().decode(ClassSelection.self, from: Data(#"{"onyl": []}"#.utf8))
    }
  }
}
