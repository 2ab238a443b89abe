import Formats
import Foundation
import Testing

@testable import Variational

@Suite struct RowFailuresTests {
  typealias Fixture = TableFixture

  /// Size, wetness, eggs and colour of four animals.
  private static let known =
    "wet,size,eggs,colour\nno,1.5,7,red\nyes,2.5,0,blue\nno,4.0,90,green\n"
    + "yes,0.5,3,red\nno,1.0,12,blue\nyes,2.0,40,green\n"

  private static func schema() throws -> TableSchema { try Fixture.schema(known) }

  private static func reading(_ onError: RowErrorPolicy) -> TableReading {
    var reading = TableReading()
    reading.onError = onError
    return reading
  }

  private static func marked(_ rows: String...) throws -> DataSet {
    let text = "wet,size,eggs,colour\n" + rows.map { $0 + "\n" }.joined()
    return try schema().dataSet(from: try Fixture.table(text, reading(.mark)))
  }

  @Test(arguments: [
    ("no,1,2,purple", "column \"colour\": unknown category \"purple\""),
    ("33333,1,2,red", "column \"wet\": unknown category \"33333\""),
    ("no,x,2,red", "column \"size\": \"x\" is not a finite number, which a real column takes"),
    (
      "no,1e999,2,red",
      "column \"size\": \"1e999\" is not a finite number, which a real column takes"
    ),
    ("no,1,2,red,9", "has 5 fields, but the first row has 4"),
    ("no,1,2", "has 3 fields, but the first row has 4"),
    (
      "no,1,-1,red",
      "column \"eggs\": -1 is not a whole number from 0 to 16777216, which a count column takes"
    ),
    (
      "no,1,2.5,red",
      "column \"eggs\": 2.5 is not a whole number from 0 to 16777216, which a count column takes"
    ),
    (
      "no,1,7e9,red",
      "column \"eggs\": 7000000000 is not a whole number from 0 to 16777216, which a count column takes"
    ),
  ])
  func aRowThatCannotBeReadIsMarkedWithTheReason(_ row: String, _ reason: String) throws {
    let set = try Self.marked("no,1,2,red", row, "yes,3,1,blue")
    #expect(set.count == 3 && set.usableExamples == [0, 2])
    #expect(set.failure(of: 1) == reason)
    #expect(set.failure(of: 0) == nil && set.failure(of: 2) == nil)
    #expect(set.place(of: 1) == "line 3" && set.usable.place(of: 1) == "line 4")
    // The others are what they are without it.
    let rest = try Self.marked("no,1,2,red", "yes,3,1,blue")
    #expect(DataSourceTests.values(set.usable) == DataSourceTests.values(rest))
  }

  @Test func aNumberFarBeyondTheDataIsMarked() throws {
    let set = try Self.marked("no,1e300,2,red", "no,1,2,red")
    #expect(set.failure(of: 0)?.contains("1e+300 is too far from the mean") == true)
    #expect(set.usableExamples == [1])
  }

  @Test func severalReasonsOfARowAreJoined() throws {
    let set = try Self.marked("maybe,1,2,purple")
    #expect(
      set.failure(of: 0) == "column \"wet\": unknown category \"maybe\"; "
        + "column \"colour\": unknown category \"purple\""
        || set.failure(of: 0) == "column \"colour\": unknown category \"purple\"; "
          + "column \"wet\": unknown category \"maybe\""
    )
    let failures = RowFailures()
    for _ in 0..<1000 { failures.add(String(repeating: "x", count: 50), row: 4) }
    #expect((failures.reasons[4]?.utf8.count ?? 0) < 400)
  }

  @Test func stoppingIsStillTheRuleAndSaysThatARowIsToBlame() throws {
    for row in ["no,1,2,purple", "no,1,2"] {
      let text = "wet,size,eggs,colour\nno,1,2,red\n\(row)\n"
      #expect {
        try Self.schema().dataSet(from: try Fixture.table(text))
      } throws: { error in
        (error as? FormatError)?.concernsRow == true && "\(error)".contains("line 3")
      }
    }
    // A quote that never ends hides whatever follows: no row is to blame.
    #expect {
      try Fixture.table("a,b\n1,\"2\n", Self.reading(.mark))
    } throws: { ($0 as? FormatError)?.concernsRow == false }
  }

  @Test func whatIsLeftOutIsNamedUpToTwenty() throws {
    let rows = (0..<30).map { $0 % 10 == 0 ? "no,1,2,red" : "no,1,2,purple" }
    let set = try Self.schema().dataSet(
      from: try Fixture.table(
        "wet,size,eggs,colour\n" + rows.joined(separator: "\n") + "\n", Self.reading(.skip)))
    let rest = try set.leavingOutFailures()
    #expect(rest.count == 3)
    #expect((0..<3).map { rest.place(of: $0) } == ["line 2", "line 12", "line 22"])
    #expect(rest.notes.count == 22)
    #expect(
      rest.notes[0].hasSuffix("t.csv: line 3: column \"colour\": unknown category \"purple\""))
    #expect(rest.notes[20] == "and 7 more" && rest.notes[21].hasSuffix("27 of 30 rows left out"))
    #expect(throws: DataError.self) {
      try set.subset([1, 2]).leavingOutFailures()
    }
  }

  @Test func aTableWithABadRowIsTrainedOnWithoutIt() throws {
    let numbers = (0..<40).map { $0 == 30 ? "oops" : "\(Double($0) * 1.1)" }
    let text = "a,b\n" + numbers.map { "\($0),\(Double($0.count) * 1.5 + 0.25)\n" }.joined()
    try withTemporaryFolder { folder in
      let path = "\(folder)/t.csv"
      try AtomicFile.write([Array(text.utf8)], to: path)
      var reading = DataReading()
      reading.onError = .skip
      let parts = try DataSource(path).load(
        splitting: TrainingSpec(validationFraction: 0.25), reading)
      #expect(parts.all.count == 39 && parts.table?.rows == 40)
      #expect(parts.training.count + (parts.validation?.count ?? 0) == 39)
      let column = try #require(parts.table?.columns.first)
      #expect(column.kind == .real && column.mean.isFinite)
      // The rows held out are those of the file, so that they are the same however it is read.
      let spec = try ModelSpec.table(try #require(parts.table))
      var trained = spec
      trained.training.validationFraction = 0.25
      let held = try DataSource(path).load(.validation, for: trained, reading)
      let validation = try #require(parts.validation)
      #expect(
        (0..<held.count).map { held.place(of: $0) }
          == (0..<validation.count).map { validation.place(of: $0) })
    }
  }

  @Test func unknownColumnsAreIgnoredWhereRowsAreMarkedAndOthersAreMissed() throws {
    let schema = try Self.schema()
    let set = try schema.dataSet(
      from: try Fixture.table(
        "wet,size,x,eggs,colour\nno,1,9,2,red\n", Self.reading(.mark)))
    #expect(set.notes.count == 1 && set.notes[0].contains("\"x\""))
    #expect(
      Fixture.complaint {
        try schema.dataSet(
          from: try Fixture.table("wet,size,eggs\nno,1,2\n", Self.reading(.mark)))
      } == "lacks the column \"colour\", which the model was trained with")
  }

  @Test func examplesOfAnArrayThatALikelihoodCannotTakeAreMarked() throws {
    let spec = ModelSpec.smallDense(likelihood: .poisson)
    let width = spec.data.stored.count
    var values = [Float](repeating: 2, count: 4 * width)
    values[width + 3] = -1
    values[2 * width] = 2.5
    let set = try DataSet(floats: values, shape: spec.data.stored)
    let marked = try set.markingUnfit(for: spec)
    #expect(marked.usableExamples == [0, 3])
    #expect(marked.failure(of: 1)?.hasPrefix("value 3 is -1.0") == true)
    #expect(marked.failure(of: 2)?.hasPrefix("value 0 is 2.5") == true)
    // Nothing fits: these are data of another kind.
    #expect(throws: DataError.self) {
      try set.subset([1, 2]).markingUnfit(for: spec)
    }
    values[3 * width] = .infinity
    let infinite = try DataSet(
      marking: values, shape: spec.data.stored, labels: nil, classNames: [], name: "x",
      allowsMissing: false)
    #expect(infinite.failure(of: 3) == "value 0 is inf, not a finite number")
    #expect(try infinite.markingUnfit(for: spec).usableExamples == [0])
  }
}
