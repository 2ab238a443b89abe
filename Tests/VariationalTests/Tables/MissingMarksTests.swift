import Formats
import Foundation
import Testing

@testable import Variational

@Suite struct MissingMarksTests {
  typealias Fixture = TableFixture

  // The schema file's text, and whether each cell of a column is missing under it.
  private func missing(_ schema: String, _ cells: [String]) throws -> [Bool] {
    var reading = TableReading()
    reading.changes = try JSONDecoder().decode(SchemaChanges.self, from: Data(schema.utf8))
    let text = "x;y\n" + cells.map { "\($0);1\n" }.joined()
    let table = try Fixture.table(text, reading)
    return (0..<table.rowCount).map(table.columns[0].isMissing)
  }

  private func changes(_ text: String) throws -> SchemaChanges {
    try JSONDecoder().decode(SchemaChanges.self, from: Data(text.utf8))
  }

  @Test func aMarkThatIsANumberIsThatNumberHoweverWritten() throws {
    let cells = ["-999.0", "-9.99e2", "-999", "-999.5", "999", "1.5"]
    #expect(
      try missing(#"{"missing": ["-999"]}"#, cells) == [true, true, true, false, false, false])
    #expect(
      try missing(#"{"missing": ["-9.99e2"]}"#, cells) == [true, true, true, false, false, false])
    // Also with decimal commas and a currency.
    #expect(
      try missing(#"{"missing": ["-999"]}"#, ["-999,0", "1,5", "2,5"]) == [true, false, false])
    #expect(
      try missing(#"{"missing": ["0"]}"#, ["$0.00", "$1.50", "$2.50"]) == [true, false, false])
    #expect(
      try missing(#"{"missing": ["1900-01-01"]}"#, ["1900-01-01", "2024-01-31"]) == [true, false])
  }

  @Test func inAColumnOfTextsAMarkIsItsLetters() throws {
    #expect(
      try missing(#"{"missing": ["999"]}"#, ["999.0", "999", "a", "1.0.2", "0999"]) == [
        false, true, false, false, false,
      ])
  }

  @Test func aListAddsToTheUsualMarksUnlessItSaysOtherwise() throws {
    let cells = ["None", "NA", "", "?", "x", "NONE"]
    #expect(try missing("{}", cells) == [false, true, true, true, false, false])
    #expect(try missing(#"{"missing": ["none"]}"#, cells) == [true, true, true, true, false, true])
    #expect(
      try missing(#"{"missing": {"also": ["none"]}}"#, cells) == [
        true, true, true, true, false, true,
      ])
    #expect(
      try missing(#"{"missing": {"only": ["none"]}}"#, cells) == [
        true, false, true, false, false, true,
      ])
    #expect(
      try missing(#"{"missing": {"only": []}}"#, cells) == [
        false, false, true, false, false, false,
      ])
  }

  @Test func aColumnCanHaveItsOwnMarks() throws {
    let cells = ["none", "-1", "NA", "x"]
    #expect(
      try missing(#"{"missing": ["none"], "columns": {"x": {"missing": ["-1"]}}}"#, cells) == [
        false, true, true, false,
      ])
    #expect(
      try missing(#"{"missing": ["none"], "columns": {"y": {"missing": ["-1"]}}}"#, cells) == [
        true, false, true, false,
      ])
  }

  @Test func marksThatAreNoneAreRefused() {
    for text in [
      #"{"missing": {"olny": []}}"#, #"{"missing": {}}"#, #"{"missing": 5}"#,
      #"{"missing": {"only": 5}}"#,
      #"{"missing": {"only": [], "also": []}}"#,
    ] {
      #expect(throws: DecodingError.self, "\(text)") { try changes(text) }
    }
  }

  @Test func aModelOfVersionOneReadsItsMarksToTheLetter() throws {
    let old =
      #"{"rows": 3, "missing": ["-999", "none"], "columns": [{"name": "x", "kind": "real"}]}"#
    let schema = try JSONDecoder().decode(TableSchema.self, from: Data(old.utf8))
    #expect(schema.missing == MissingMarks(["-999", "none"], rule: .exactly))
    var reading = TableReading()
    reading.schema = schema
    let table = try Fixture.table("x\n-999\n-999.0\nnone\nNone\nNA\n", reading)
    #expect((0..<5).map(table.columns[0].isMissing) == [true, false, true, false, false])
    // And is written again as it was.
    let again = try JSONDecoder().decode(TableSchema.self, from: JSONEncoder().encode(schema))
    #expect(again == schema)
  }

  @Test func marksComeBackFromAConfiguration() throws {
    for marks in [MissingMarks(["-1"]), MissingMarks(["-1"], rule: .only), ["a", "b"]] {
      var schema = TableSchema(columns: [.init(name: "x", kind: .real)], missing: marks, rows: 1)
      schema.columns[0].missing = marks
      let again = try JSONDecoder().decode(TableSchema.self, from: JSONEncoder().encode(schema))
      #expect(again == schema)
    }
  }

  @Test func aKindAndAFormatGoTogether() throws {
    func complaint(_ column: String) -> String {
      sentence { try changes("{\"columns\": {\"x\": \(column)}}") }
    }
    #expect(try changes(#"{"columns": {"x": "datetime"}}"#).columns["x"]?.isDateTime == true)
    for good in [
      #"{"kind": "datetime", "format": "dd/MM/yyyy"}"#, #"{"format": "1.234,5 €"}"#,
      #"{"kind": "count", "format": "1,234.5"}"#, #"{"format": "%d/%m/%Y"}"#,
    ] { _ = try changes("{\"columns\": {\"x\": \(good)}}") }
    for bad in [
      #"{"kind": "datetime", "format": "1.234,5"}"#, #"{"kind": "count", "format": "dd/MM/yyyy"}"#,
      #"{"kind": "categorical", "format": "1.234,5"}"#, #"{"format": "1,234"}"#, #"{"format": ""}"#,
      #"{"kind": "datetme"}"#,
    ] {
      #expect(throws: DecodingError.self, "\(bad)") {
        try changes("{\"columns\": {\"x\": \(bad)}}")
      }
    }
    #expect(!complaint(#"{"format": "1,234"}"#).isEmpty)
  }

  @Test func aDateTimeColumnHoldsDates() throws {
    let changes = try changes(#"{"columns": {"x": "datetime"}}"#)
    func schema(_ text: String) throws -> TableSchema {
      var reading = TableReading()
      reading.changes = changes
      return try TableSchema(inferredFrom: try Fixture.table(text, reading), changes: changes)
    }
    // Two days would be a binary column.
    #expect(try schema("x,y\n2024-01-31,1.5\n2024-02-01,2.5\n").columns[0].isDateTime)
    let compact = try schema("x,y\n20240131,1.5\n20240201,2.5\n20240303,0.5\n").columns[0]
    #expect(compact.format?.name == "yyyyMMdd" && compact.mean > 19_000 && compact.mean < 20_000)
    #expect(
      Fixture.complaint { try schema("x,y\n1.5,1.5\n2.5,2.5\n") }.contains(
        "not dates or times that are known"))
    #expect(
      Fixture.complaint { try schema("x,y\n2024-01-31,1\n2024-02-01,2\n2024-02-30,3\n") }.contains(
        "line 4, column \"x\": \"2024-02-30\" is not a date or time written as yyyy-MM-dd"))
  }
}
