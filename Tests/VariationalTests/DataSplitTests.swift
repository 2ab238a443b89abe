import Formats
import Foundation
import Testing

@testable import Variational

@Suite struct DataSplitTests {
  private func split(
    _ count: Int, validation: Double = 0, number: Int = 0, test: Double = 0, seed: UInt64 = 1
  ) throws -> DataSplit {
    var settings = TrainingSpec(seed: seed)
    settings.validationFraction = validation
    settings.validationCount = number
    settings.testFraction = test
    return try DataSplit(count: count, settings: settings, name: "data")
  }

  @Test func everyExampleIsInOnePart() throws {
    let cases: [(Double, Int, Double)] = [
      (0.2, 0, 0.1), (0, 30, 0.1), (0, 0, 0.25), (0.5, 0, 0.49),
    ]
    for (validation, number, test) in cases {
      let parts = try split(200, validation: validation, number: number, test: test)
      #expect((parts.training + parts.validation + parts.test).sorted() == Array(0..<200))
      #expect(parts.test.count == Int((200 * test).rounded()))
      #expect(parts.validation.count == (number > 0 ? number : Int((200 * validation).rounded())))
      for part in [parts.training, parts.validation, parts.test] { #expect(part == part.sorted()) }
    }
    #expect(try split(5).training == [0, 1, 2, 3, 4])
  }

  @Test func aCountTakesTheLastExamples() throws {
    #expect(try split(10, number: 3).validation == [7, 8, 9])
    #expect(try split(10, number: 3, test: 0.2).validation == [7, 8, 9])
  }

  @Test func theSeedDecidesAndATestPartMovesNoValidation() throws {
    let parts = try split(100, validation: 0.1)
    #expect(try split(100, validation: 0.1) == parts)
    #expect(try split(100, validation: 0.1, seed: 2) != parts)
    #expect(try split(100, validation: 0.1, test: 0.2).validation == parts.validation)
  }

  // `DataSet.split` has held out by fraction before tests could be: the same rows.
  @Test func validationIsWhatASetHoldsOut() throws {
    let data = try DataSet(
      floats: (0..<50).map(Float.init), shape: .init(features: 1), name: "rows")
    let (rest, heldOut) = try data.split(holdingOut: 0.3, seed: 4)
    let parts = try split(50, validation: 0.3, seed: 4)
    #expect(DataSourceTests.values(heldOut) == parts.validation.map(Float.init))
    #expect(DataSourceTests.values(rest) == parts.training.map(Float.init))
  }

  @Test func partsThatLeaveNothingAreRefused() throws {
    #expect(
      sentence { try split(1, validation: 0.5) }
        == "data: of its 1 examples 1 cannot be held out for validation and 0 for testing")
    #expect(sentence { try split(10, number: 10) }.contains("10 cannot be held out"))
    #expect(sentence { try split(10, validation: 0.5, test: 0.5) }.contains("5 for testing"))
    #expect(sentence { try split(10, number: .max, test: 0.5) }.contains("cannot be held out"))
    #expect(try split(2, test: 0.01).test.count == 1)
  }

  @Test func statisticsComeFromTheTrainingRowsOnly() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/t.csv"
      try AtomicFile.write([Array(TableFixture.mixed(rows: 100).utf8)], to: path)
      var settings = TrainingSpec()
      (settings.validationFraction, settings.testFraction) = (0.2, 0.3)
      let parts = try DataSource(path).load(splitting: settings)
      #expect([parts.training, parts.validation, parts.test].map { $0?.count } == [50, 20, 30])
      let table = try #require(try DataSource(path).table())
      let schema = try #require(parts.table)
      let rows = try DataSplit(count: 100, settings: settings, name: "").training
      let sizes = rows.map { table.columns[0].numbers[$0] }
      let mean = sizes.reduce(0, +) / 50
      // Fifty numbers below 64: sums err by 50 × 2⁻⁵³ of theirs.
      #expect(abs(schema.columns[0].mean - mean) < 1e-12)
      #expect(schema.columns[0].mean != table.columns[0].numbers.reduce(0, +) / 100)

      // The model's settings give the same rows back.
      var spec = try ModelSpec.table(schema)
      spec.training = settings
      for (part, expected) in [(DataSplit.Part.test, parts.test), (.validation, parts.validation)] {
        let found = try DataSource(path).load(part, for: spec)
        #expect(
          DataSourceTests.values(found) == expected.map(DataSourceTests.values), "\(part)")
      }
      #expect(try DataSource(path).load(nil, for: spec).count == 100)
      spec.training.testFraction = 0
      #expect(
        sentence { try DataSource(path).load(.test, for: spec) }.contains(
          "was trained without test data"))
      // Another file would be split otherwise.
      let other = "\(folder)/other.csv"
      try AtomicFile.write([Array(TableFixture.mixed(rows: 99).utf8)], to: other)
      #expect(
        sentence { try DataSource(other).load(.validation, for: spec) }.contains(
          "has 99 rows, but the model was trained with a file of 100"))
      spec.training.testFile = other
      #expect(try DataSource(path).load(.test, for: spec).count == 99)
    }
  }
}
