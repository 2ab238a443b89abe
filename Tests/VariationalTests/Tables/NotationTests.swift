import Formats
import Foundation
import Kernels
import Testing

@testable import Variational

/// How columns write numbers and dates, found out from a table's cells.
@Suite struct NotationTests {
  typealias Fixture = TableFixture

  // A file of one interesting column beside one that says nothing of marks.
  private func file(_ cells: [String], delimiter: String = ";") -> String {
    "x\(delimiter)other\n"
      + cells.map { "\"\($0)\"\(delimiter)\($0.utf8.count)\n" }.joined()
  }

  private func column(
    _ cells: [String], delimiter: String = ";", _ reading: TableReading = TableReading()
  ) throws -> (values: [Double], format: String?, notes: [String]) {
    let table = try Fixture.table(file(cells, delimiter: delimiter), reading)
    let cells = table.columns[0]
    return (cells.numbers, cells.format?.name, table.notes)
  }

  struct Reference: Decodable {
    struct Numbers: Decodable {
      let cells: [String]
      let format: String
      let values: [Double]
    }
    struct Dates: Decodable {
      let cells: [String]
      let pattern: String
      let days: [Double]
    }
    struct Missing: Decodable {
      let cells: [String]
      let is_missing: [Bool]
    }
    let numbers: [Numbers]
    let dates: [Dates]
    let missing: Missing
  }

  private func reference() throws -> Reference {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../FormatsTests/Fixtures/written.json")
    return try JSONDecoder().decode(Reference.self, from: Data(contentsOf: file))
  }

  @Test func columnsOfNumbersAreReadAsByPandas() throws {
    for numbers in try reference().numbers {
      let found = try column(numbers.cells, delimiter: "|")
      #expect(found.values == numbers.values && found.notes == [], "\(numbers.format) \(found)")
      #expect(found.format == numbers.format)
    }
  }

  @Test func columnsOfDatesAreReadAsByPandas() throws {
    // Eight digits are a number until somebody says otherwise.
    for dates in try reference().dates where dates.pattern != "yyyyMMdd" {
      let found = try column(dates.cells)
      for (days, expected) in zip(found.values, dates.days) {
        #expect(abs(days - expected) <= 0x1p-33, "\(dates.pattern) \(found)")
      }
      let isAmbiguous = dates.pattern == "dd-MM-yy"
      #expect(found.format == dates.pattern && found.notes.isEmpty == !isAmbiguous || isAmbiguous)
    }
  }

  @Test func missingMarksAreThoseOfPandas() throws {
    let missing = try reference().missing
    var reading = TableReading()
    reading.changes = SchemaChanges(missing: ["-999"])
    let table = try Fixture.table(file(missing.cells), reading)
    #expect((0..<table.rowCount).map(table.columns[0].isMissing) == missing.is_missing)
  }

  @Test func commasThatCanBeReadInTwoWaysAreDecidedByTheFile() throws {
    let cells = ["1,234", "5,678", "9,123"]
    let alone = try column(cells)
    #expect(alone.values == [1.234, 5.678, 9.123] && alone.notes.count == 1)
    #expect(alone.notes[0].contains("\"x\"") && alone.notes[0].contains("--decimal ."))
    let quoted = try column(cells, delimiter: ",")
    #expect(quoted.values == [1234, 5678, 9123] && quoted.notes[0].contains("--decimal ,"))
    for (hasComma, values) in [(true, [1.234, 5.678, 9.123]), (false, [1234, 5678, 9123])] {
      var reading = TableReading()
      reading.hasDecimalComma = hasComma
      for delimiter in [";", ",", "\t"] {
        let told = try column(cells, delimiter: delimiter, reading)
        #expect(told.values == values && told.notes == [])
      }
    }
    // Another column of the file tells.
    let point = try Fixture.table("x;y\n1,234;0.5\n5,678;1.5\n")
    #expect(point.columns[0].numbers == [1234, 5678] && point.notes == [])
    let comma = try Fixture.table("x,y\n\"1,234\",\"0,5\"\n\"5,678\",\"1,5\"\n")
    #expect(comma.columns[0].numbers == [1.234, 5.678] && comma.notes == [])
    // Another cell of the column tells.
    #expect(try column(["1,234", "0,5"]).values == [1.234, 0.5])
    #expect(try column(["1,234", "1,234,567"]).values == [1234, 1_234_567])
  }

  @Test func pointsAreFractionsUnlessTheFileHasDecimalCommas() throws {
    #expect(try column(["1.234", "5.678"]).values == [1.234, 5.678])
    let table = try Fixture.table("x;y\n1.234;0,5\n5.678;1,5\n12;2,5\n")
    #expect(table.columns[0].numbers == [1234, 5678, 12])
    #expect(table.notes.count == 1 && table.notes[0].contains("\"x\""))
    // A column whose points are beyond doubt stays.
    let mixed = try Fixture.table("x;y\n1.25;0,5\n5.678;1,5\n")
    #expect(mixed.columns[0].numbers == [1.25, 5.678] && mixed.columns[1].numbers == [0.5, 1.5])
  }

  @Test func aColumnThatDoesNotAgreeIsNotReadInSilence() throws {
    // One cell in another notation, or with another currency, is named by its line.
    for (odd, like) in [("1.5", "1234,5"), ("$7", "1234,5 €"), ("soon", "1234,5 €")] {
      let end = like.hasSuffix("€") ? " €" : ""
      let cells = (0..<60).map { $0 == 40 ? odd : "\($0),25\(end)" }
      #expect(
        Fixture.complaint { try Fixture.schema(file(cells)) }.hasPrefix(
          "line 42, column \"x\": \"\(odd)\" is not a number written like \(like), but most"),
        "\(odd)")
    }
    // Half and half are texts.
    let halves = (0..<60).map { $0 % 2 == 0 ? "\($0),5" : "\($0).5" }
    #expect(try Fixture.schema(file(halves)).columns[0].isLost)
    // A percent sign on some cells only.
    let shares = (0..<60).map { $0 % 2 == 0 ? "\($0)%" : "\($0)" }
    #expect(try Fixture.schema(file(shares)).columns[0].isLost)
  }

  @Test func codesAndAddressesStayTexts() throws {
    for cells in [
      ["007", "013"], ["10.0.0.1", "10.0.0.2"], ["1-2", "2-3"], ["A1", "B2"], ["5kg", "7kg"],
      ["1,2,3", "4,5,6"],
      ["12:61", "13:99"], ["2024-13-01", "2024-99-01"],
    ] {
      let found = try column(cells)
      #expect(found.format == nil && found.values.allSatisfy(\.isNaN), "\(cells)")
    }
  }

  @Test func daysAndMonthsThatCanBeExchangedAreTold() throws {
    let cells = ["01/02/2024", "03/04/2024", "05/06/2024"]
    let found = try column(cells)
    #expect(found.format == "MM/dd/yyyy" && found.notes.count == 1)
    #expect(found.notes[0].contains("\"x\"") && found.notes[0].contains("\"dd/MM/yyyy\""))
    #expect(try column(cells + ["13/01/2024"]).format == "dd/MM/yyyy")
    #expect(try column(cells + ["01/13/2024"]).notes == [])
    // Where points divide, the day comes first.
    let german = try column(cells.map { $0.replacingOccurrences(of: "/", with: ".") })
    #expect(german.format == "dd.MM.yyyy" && german.notes == [])
    // Another column of the file tells.
    let table = try Fixture.table("x;y\n01/02/2024;31/01/2024\n03/04/2024;01/02/2024\n")
    #expect(table.columns[0].format?.name == "dd/MM/yyyy" && table.notes == [])
    var reading = TableReading()
    reading.changes = SchemaChanges(columns: ["x": wish("dd/MM/yyyy")])
    let told = try column(cells, reading)
    #expect(told.format == "dd/MM/yyyy" && told.notes == [])
    // The 1st of February 2024.
    #expect(told.values[0] == 19_754)
  }

  private func wish(_ format: String) -> SchemaChanges.Column {
    var wish = SchemaChanges.Column(kind: .real)
    wish.format = CellFormat(name: format)
    wish.isDateTime = wish.format?.isDate ?? false
    return wish
  }

  @Test func kindsFollowFromNumbersAsWritten() throws {
    func schema(_ cells: [String]) throws -> TableSchema.Column {
      try Fixture.schema(file(cells) + "9;77\n".replacingOccurrences(of: "9", with: cells[0]))
        .columns[0]
    }
    // Few different fractions are numbers, not categories.
    #expect(try schema(["1,5", "3,0", "1,5", "2,5"]).kind == .real)
    #expect(try schema(["1,5", "3,0", "1,5"]).categories == ["1,5", "3"])
    #expect(try schema(["1.000", "7", "12", "3", "0", "1.000.000"]).kind == .real)
    let daily = (1...28).map { "2024-02-" + ($0 < 10 ? "0\($0)" : "\($0)") }
    #expect(try schema(daily).isDateTime && schema(daily).kind == .real)
    #expect(try schema(["$5", "$7", "$900", "$12", "$0", "$44"]).kind == .real)
    let constant = try schema(["1,50", "1,5"])
    #expect(constant.kind == .ignore && constant.constant == "1,5")
  }

  @Test func aTableComesBackInItsOwnNotation() throws {
    let text = """
      preis;anteil;tag;zeit;verlust;farbe
      1.234,50 €;12,5 %;31.01.2024;2024-01-31T10:15;(85,00);1,5
      0,99 €;3,0 %;01.12.1999;1999-12-01T23:59;12,50;2,5
      17,00 €;100,0 %;15.06.2010;2010-06-15T00:00;0,25;1,5

      """
    let table = try Fixture.table(text)
    let schema = try TableSchema(inferredFrom: table)
    #expect(schema.columns.map(\.kind) == [.real, .real, .real, .real, .real, .binary])
    let data = try schema.dataSet(from: table)
    let rows = Matrix(rows: 3, columns: 6, DataSourceTests.values(data))
    // CSVWriter divides by commas.
    let back = try CSV.rows(of: try schema.csv(rows), delimiter: UInt8(ascii: ","), file: "back")
    let original = try CSV.rows(of: Array(text.utf8), file: "original")
    #expect(back == original)
    // And config.json keeps the notation.
    let kept = try JSONDecoder().decode(TableSchema.self, from: JSONEncoder().encode(schema))
    #expect(kept == schema)
  }

  @Test func aLaterFileMayBeWrittenOtherwise() throws {
    let german = try Fixture.schema("x;d\n1,5;31.01.2024\n2,5;01.02.2024\n12,25;15.02.2024\n")
    var reading = TableReading()
    reading.schema = german
    func numbers(_ text: String) throws -> [Double] {
      try Fixture.table(text, reading).columns[0].numbers
    }
    #expect(try numbers("x,d\n1.5,2024-01-31\n2.25,2024-02-01\n") == [1.5, 2.25])
    // What its cells leave open is as the model has it.
    #expect(try numbers("x;d\n1,234;01.02.2024\n") == [1.234])
    let table = try Fixture.table("x;d\n1,234;2024-02-01\n", reading)
    #expect(table.columns[1].numbers == [19_754] && table.notes == [])
    // Percent or not is another number.
    let share = try Fixture.schema("x;y\n5%;1\n7%;2\n9,5%;4\n")
    #expect(
      Fixture.complaint {
        try share.dataSet(
          from: Fixture.table(
            "x;y\n0,05;1\n",
            {
              var r = TableReading(); r.schema = share; return r
            }()))
      }
        == "line 2, column \"x\": \"0,05\" is not a number written like 1234,5%, which a real column takes"
    )
  }

  @Test func answersInAnyCaseAreOneCategory() throws {
    let column = try Fixture.column([
      "True", "TRUE", "true", "false", "True", "False", "FALSE", "False",
    ])
    #expect(column.kind == .binary && column.categories == ["False", "True"])
    #expect(try Fixture.column(["yes", "No", "YES", "no", "no"]).categories == ["YES", "no"])
    #expect(try Fixture.column(["y", "N", "Y", "n", "n"]).kind == .binary)
    #expect(try Fixture.column(["true", "True", "unknown", "false", "true"]).categories.count == 3)
    // Other words and single letters among others are what they are.
    #expect(
      try Fixture.column(["Red", "red", "blue", "red"]).categories == ["Red", "blue", "red"])
    #expect(try Fixture.column(["t", "T", "g", "t"]).categories == ["T", "g", "t"])
    let schema = try Fixture.schema("c,x\nTrue,1.5\nFALSE,2.5\ntrue,3.5\nTrue,1.0\n")
    let data = try schema.dataSet(from: try Fixture.table("c,x\nTRUE,1.5\nfalse,2.5\n"))
    let values = DataSourceTests.values(data)
    let layout = try TableLayout(schema)
    let place = try #require(layout.places.first { $0.column == 0 })
    #expect(values[place.offset] == 1 && values[layout.width + place.offset] == 0)
    // A model with both spellings as categories keeps them.
    var old = TableSchema.Column(name: "c", kind: .categorical)
    old.categories = ["TRUE", "True", "false"]
    let table = try Fixture.table("c\nTrue\nTRUE\nfalse\n")
    let reader = CellReader(old, table, table.columns[0])
    #expect(try (0..<3).map { try reader.category($0) } == [1, 0, 2])
  }

  @Test func spacesThatDoNotBreakDoNotCount() throws {
    let table = try Fixture.table("a,b\n\u{A0}1.5 , x\u{A0}\n\u{202F}2.5,\u{A0}\n")
    #expect(table.columns[0].numbers == [1.5, 2.5])
    #expect(table.columns[1][0] == .text("x") && table.columns[1][1] == .missing)
  }

  @Test func aTableDividedBySpacesIsTold() throws {
    let text = "a b\n1.5 2\n2.5 3\n4.5 1\n"
    #expect(Fixture.complaint { try Fixture.table(text) }.contains("--delimiter ' '"))
    var reading = TableReading()
    reading.delimiter = 0x20
    #expect(try Fixture.table(text, reading).columnNames == ["a", "b"])
    // Digits in groups are a number, and texts are texts.
    #expect(try Fixture.table("n\n1 234\n5 678\n").columns[0].numbers == [1234, 5678])
    #expect(try Fixture.table("kind\nsize 1\nsize 2\n").columns[0].textCount == 2)
  }
}
