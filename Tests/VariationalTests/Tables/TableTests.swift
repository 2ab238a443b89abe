import Formats
import Foundation
import Testing

@testable import Variational

@Suite struct TableTests {
  typealias Fixture = TableFixture

  private func cells(_ table: Table, _ column: Int) -> [TableCells.Cell] {
    (0..<table.rowCount).map { table.columns[column][$0] }
  }

  @Test func cellsAreNumbersTextsOrMissing() throws {
    let table = try Fixture.table("a,b\n1, x \n,y\nNA,x\n-2.50,?\n1e3,007\n n/a ,NaN\n")
    #expect(table.columnNames == ["a", "b"] && table.rowCount == 6)
    #expect(
      cells(table, 0) == [.number(1), .missing, .missing, .number(-2.5), .number(1000), .missing])
    #expect(
      cells(table, 1) == [.text("x"), .text("y"), .text("x"), .missing, .text("007"), .missing])
    #expect(table.columns[0].missing == 3 && table.columns[1].textCount == 4)
    #expect(table.columns[1].texts == ["x", "y", "007"])
  }

  @Test func theFirstRowCanBeSaidToBeNamesOrNot() throws {
    var reading = TableReading()
    reading.hasHeader = true
    #expect(try Fixture.table("2010,2011\n3,4\n", reading).columnNames == ["2010", "2011"])
    reading.hasHeader = false
    #expect(try Fixture.table("a,b\nc,d\n", reading).rowCount == 2)
    reading.hasHeader = nil
    reading.changes = SchemaChanges(columns: ["2010": .init(kind: .real)])
    #expect(try Fixture.table("2010,2011\n3,4\n", reading).rowCount == 1)
  }

  @Test func theDelimiterIsSeenOrGiven() throws {
    #expect(try Fixture.table("a;b\n1;2\n").columnNames == ["a", "b"])
    #expect(try Fixture.table("a\tb\n1\t2\n").columnNames == ["a", "b"])
    var reading = TableReading()
    reading.delimiter = UInt8(ascii: "|")
    #expect(try Fixture.table("a,b|c\n1|2\n", reading).columnNames == ["a,b", "c"])
  }

  @Test func tablesThatAreNoneAreRefused() throws {
    #expect(
      Fixture.complaint { try Fixture.table("") } == "is empty; it should be a table")
    #expect(
      Fixture.complaint { try Fixture.table("a,b\n") }
        == "has a line of names but no rows; is the first row data? (--no-header)")
    var reading = TableReading()
    reading.hasHeader = true
    #expect(
      Fixture.complaint { try Fixture.table("a,b,a\n1,2,3\n", reading) }
        == "line 1, column 3: the name \"a\" is that of column 1 too; rename one of them")
    #expect(
      Fixture.complaint { try Fixture.table("a,b\n1,2\n3\n") }
        == "line 3 has 1 field, but the first row has 2")
  }

  @Test func moreTextsThanCategoriesAreFreeText() throws {
    let text = "id,n\n" + (0..<5_000).map { "x\($0),1\n" }.joined()
    let column = try Fixture.table(text).columns[0]
    #expect(column.texts.count == TableCells.mostTexts && column.hasFreeText)
    #expect(column.textCount == 5_000 && column[4_999] == .text("…"))
    let long = String(repeating: "l", count: TableCells.longestText + 1)
    #expect(try Fixture.table("a,b\n\(long),1\n").columns[0].hasFreeText)
  }

  @Test func anErrorNamesTheLineOfTheFile() throws {
    let table = try Fixture.table("a,b\n\"1\n\",2\n\n3,4\n")
    let error = table.failure(row: 1, column: "b", "is odd")
    #expect(error.reason == "line 5, column \"b\": is odd")
  }
}
