import Foundation
import Kernels
import Testing

@testable import Variational

@Suite struct ColumnNotationTests {
  typealias Fixture = TableFixture

  // A real column of these cells; an unlikely number beside each keeps it from being anything else.
  private func column(_ cells: [String]) throws -> TableSchema.Column {
    var changes = SchemaChanges()
    changes.columns["c"] = SchemaChanges.Column(kind: .real)
    let lines = cells.enumerated().map { "\($1),\(Double($0) * 1.5 + 0.25)" }
    return try Fixture.schema("c,other\n" + lines.joined(separator: "\n") + "\n", changes)
      .columns[0]
  }

  // Significant digits of a text, with the zeros at the end of a fraction but not of a whole number, which is
  // written without an exponent.
  private func digits(_ text: String) -> Int {
    let mantissa = text.prefix { $0 != "e" }
    let all = mantissa.filter(\.isNumber).drop { $0 == "0" }
    return mantissa.contains(".") ? all.count : Array(all.reversed().drop { $0 == "0" }).count
  }

  private func decimals(_ text: String) -> Int {
    text.split(separator: ".").count == 2 ? text.split(separator: ".")[1].count : 0
  }

  @Test func noTextHasMoreDigitsThanTheColumn() throws {
    for notation in try CellFixture.read().notation {
      let column = try column(notation.cells)
      let hasExponent = notation.cells.contains { $0.lowercased().contains("e") }
      for step in 0...200 {
        let value = (Double(step) / 77 - 1) * column.deviation + column.mean
        let text = column.text(of: value)
        let number = try #require(Double(text), "\(text)")
        #expect((notation.least...notation.largest).contains(number), "\(text) \(notation.cells)")
        if hasExponent {
          #expect(digits(text.replacing(/\.0$/, with: "")) <= max(notation.digits, 4), "\(text)")
        } else {
          #expect(decimals(text) <= notation.decimals, "\(text) \(notation.cells)")
        }
        // Cells of one form have as many digits as their decimals give them.
        if Set(notation.cells.map(decimals)).count > 1 {
          #expect(digits(text) <= max(notation.digits, 1), "\(text) \(notation.cells)")
        }
      }
    }
  }

  @Test func aColumnsOwnNumbersComeBack() throws {
    for notation in try CellFixture.read().notation {
      let column = try column(notation.cells)
      for cell in notation.cells {
        let number = try #require(Double(cell))
        let back = try #require(Double(column.text(of: number)))
        // Nine digits where cells have more.
        #expect(abs(back - number) <= 1e-9 * abs(number), "\(cell) \(column.text(of: number))")
      }
    }
  }

  @Test func wholeNumbersWithAPointKeepIt() throws {
    // As pandas writes whole numbers of a column with missing cells.
    let text =
      "eggs,grade,wet,x\n"
      + (0..<40).map {
        "\($0 % 13).0,\($0 % 3).0,\($0 % 2).0,\(Double($0) * 0.25)\n"
      }.joined()
    let schema = try Fixture.schema(text)
    #expect(schema.columns.map(\.kind) == [.count, .categorical, .binary, .real])
    let table = try Fixture.table(text)
    let data = try schema.dataSet(from: table)
    let back = try schema.csv(
      Matrix(rows: 40, columns: data.shape.count, DataSourceTests.values(data)))
    let lines = String(decoding: back, as: UTF8.self).split(separator: "\n")
    #expect(lines[2].hasPrefix("1.0,1.0,1.0,") && lines[40].hasPrefix("0.0,0.0,1.0,"))
  }

  @Test func numbersStayWithinTheirBounds() throws {
    var column = TableSchema.Column(name: "x", kind: .real)
    (column.mean, column.deviation, column.decimals) = (0, 1, 2)
    column.bounds = ColumnBounds(lower: 0.125, upper: 0.337)
    // Rounded to the inside: 0.13 and 0.33, not 0.12 and 0.34.
    #expect(column.text(of: -5) == "0.13" && column.text(of: 0.1251) == "0.13")
    #expect(column.text(of: 5) == "0.33" && column.text(of: 0.3369) == "0.33")
    // No number of two decimals lies between: the bound itself.
    column.bounds = ColumnBounds(lower: 0.331, upper: 0.339)
    #expect(column.text(of: 5) == "0.339" && column.text(of: -5) == "0.331")
    column.bounds = ColumnBounds(lower: nil, upper: -1)
    #expect(column.text(of: 3) == "-1.00" && column.text(of: -3) == "-3.00")
    column.bounds = ColumnBounds(lower: 0)
    #expect(column.text(of: -0.001) == "0.00" && column.text(of: 1e9) == "1000000000.00")
    #expect(column.text(of: .nan) == "" && column.text(of: .infinity) == "")
    var count = TableSchema.Column(name: "n", kind: .count)
    count.bounds = ColumnBounds(lower: 1.5, upper: 7.5)
    #expect(count.cell([0]) == "2" && count.cell([3.4]) == "3" && count.cell([99]) == "7")
  }

  @Test func boundsAreThoseOfTheTrainingRowsOrTheSchemas() throws {
    let text = "a,b,c\n1.5,0,x\n-2.5,7,y\n9.5,12,z\n100,30,x\n4.5,2,y\n0.5,9,x\n"
    func bounds(_ wish: SchemaChanges.Column?) throws -> [ColumnBounds?] {
      var changes = SchemaChanges(columns: ["b": .init(kind: .count)])
      if let wish { changes.columns["a"] = wish }
      return try Fixture.schema(text, changes, statisticsFrom: [0, 1, 2, 4]).columns.map(\.bounds)
    }
    #expect(
      try bounds(nil) == [
        ColumnBounds(lower: -2.5, upper: 9.5), ColumnBounds(lower: 0, upper: 12), nil,
      ])
    let given = ColumnBounds(lower: -10, upper: nil)
    #expect(try bounds(.init(bounds: given))[0] == given)
    #expect(try bounds(.init(bounds: ColumnBounds()))[0] == nil)
    func complaint(_ name: String, _ wish: SchemaChanges.Column) -> String {
      Fixture.complaint { try Fixture.schema(text, SchemaChanges(columns: [name: wish])) }
    }
    #expect(
      complaint("a", .init(bounds: ColumnBounds(lower: 0)))
        == "line 3, column \"a\": -2.5 lies outside the bounds [0, null] that the schema gives it")
    #expect(
      complaint("c", .init(bounds: ColumnBounds(lower: 0))).contains(
        "bounds go with a real or a count column, but this one is categorical"))
    #expect(
      complaint("a", .init(bounds: ColumnBounds(lower: 5, upper: 1))).contains(
        "at columns.a: the bounds [5, 1] should be finite numbers, the lower one first"))
  }

  @Test func boundsAreWrittenAndReadAsAList() throws {
    var schema = try Fixture.schema("a,b\n1.5,0.5\n2.5,1.25\n")
    schema.columns[0].bounds = ColumnBounds(lower: 0)
    schema.columns[0].clip = ColumnBounds(upper: 7)
    schema.columns[0].learnsMissing = true
    schema.columns[0].digits = 4
    let bytes = try JSONEncoder().encode(schema)
    let text = String(decoding: bytes, as: UTF8.self)
    #expect(text.contains("\"bounds\":[0,null]") && text.contains("\"clip\":[null,7]"))
    #expect(try JSONDecoder().decode(TableSchema.self, from: bytes) == schema)
    let plain =
      #"{"columns":[{"name":"a","kind":"real","mean":1,"deviation":2},{"name":"b","kind":"count"}]}"#
    let old = try JSONDecoder().decode(TableSchema.self, from: Data(plain.utf8))
    #expect(old.columns[0].bounds == nil && old.columns[0].clip == nil && !old.learnsMissing)
    func complaint(_ change: (inout TableSchema) -> Void) -> String {
      var damaged = schema
      change(&damaged)
      return sentence { try damaged.validate() }
    }
    #expect(complaint { $0.columns[0].digits = 0 }.contains("between 1 and 17"))
    #expect(
      complaint { $0.columns[0].bounds = ColumnBounds(lower: 2, upper: 1) }.contains("[2, 1]"))
    #expect(
      sentence { try JSONDecoder().decode(ColumnBounds.self, from: Data("[1]".utf8)) }
        .contains("list of two"))
  }
}
