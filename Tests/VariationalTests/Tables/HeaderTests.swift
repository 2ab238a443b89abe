import Testing

@testable import Variational

/// Whether the first row holds names.
@Suite struct HeaderTests {
  typealias Fixture = TableFixture

  private func isHeader(_ text: String) throws -> Bool { try Fixture.table(text).hasHeader }

  // Rows of the fields that a closure gives.
  private func table(_ first: String, rows: Int, _ row: (Int) -> String) -> String {
    ([first] + (0..<rows).map(row)).joined(separator: "\n") + "\n"
  }

  @Test(arguments: [
    ("a,b\n1,2\n", ["a", "b"], 1), ("1,2\n3,4\n", ["column_1", "column_2"], 2),
    ("x,2\ny,4\n", ["column_1", "column_2"], 2), ("yes,yes\nno,no\n", ["column_1", "column_2"], 2),
    (",b\n1,2\n", ["column_1", "b"], 1), (" a , b \n1,2\n", ["a", "b"], 1),
    ("a,NA\n1,2\n", ["a", "NA"], 1),
  ])
  func namesAreSeenInTheFirstRow(_ text: String, _ names: [String], _ rows: Int) throws {
    let table = try Fixture.table(text)
    #expect(table.columnNames == names && table.rowCount == rows)
  }

  @Test func aTextOverNumbersIsANameWhateverElse() throws {
    #expect(try isHeader("a,2019,5.5\n1,2,3\n4,5,6\n") && isHeader("n,2019\n1,2019\n2,2020\n"))
    #expect(try isHeader("a,,0\n1,2,3\n") && isHeader("when,x\n2024-01-31,a\n2024-02-01,b\n"))
    #expect(
      try isHeader("preis;menge\n1,5;2\n2,5;3\n") && isHeader("price,n\n\"$1,200\",a\n$5,b\n"))
    #expect(try isHeader("zip,city\n00417,a\n00418,b\n"))
    // Months as names of a time series.
    #expect(try isHeader("2024-01,2024-02\n1.5,2.5\n3.5,4.5\n"))
    // One bad cell in a column of numbers.
    #expect(try isHeader(table("a,b", rows: 20) { $0 == 7 ? "x,1" : "\($0 * 3),1" }))
  }

  @Test func aNumberAmongNamesIsAName() throws {
    let regions = ["N", "S", "E", "W"]
    #expect(
      try isHeader(
        table("region,2019,2020", rows: 60) {
          "\(regions[$0 * 7 % 4]),\(Double($0) * 0.37 + 0.1),\($0 + 5)"
        }))
    #expect(try isHeader(table("region,2019", rows: 12) { "r\($0),\($0 * 31 % 17)" }))
    // The same rows without names.
    #expect(
      try !isHeader(
        table("N,4.467,4.424", rows: 60) {
          "\(regions[$0 * 7 % 4]),\(Double($0) * 0.37),\(Double($0) * 0.1)"
        }))
    #expect(try !isHeader(table("N,7", rows: 60) { "\(regions[$0 % 4]),\($0 % 11)" }))
    #expect(try !isHeader(table("new,5.5", rows: 30) { "\(regions[$0 % 4]),\(Double($0) * 0.5)" }))
  }

  @Test func thePandasIndexHasNoName() throws {
    // DataFrame.to_csv without names of columns.
    #expect(
      try isHeader(table(",0,1,2", rows: 9) { "\($0),\($0 * 5 % 7),\($0 * 3 % 5),\($0 % 4)" }))
    #expect(
      try isHeader(
        table(",0,1", rows: 9) { "\($0),\(Double($0) + 0.5),\(Double($0) * 0.3 + 0.05)" })
    )
    #expect(
      try isHeader(table("0,1,2", rows: 9) { "\(Double($0) + 0.5),\(Double($0) * 0.3 + 0.05),0.5" })
    )
    #expect(try isHeader(table("0,1,2,3", rows: 9) { "\($0 * 5 % 7),\($0 * 3 % 5),\($0 % 4),9" }))
    #expect(try isHeader(table(",a,b", rows: 9) { "\($0),\($0 % 3),x" }))
    let named = try Fixture.table(
      table(",0,1,2", rows: 9) { "\($0),\($0 * 5 % 7),\($0 * 3 % 5),1" })
    #expect(named.columnNames == ["column_1", "0", "1", "2"])
    // What goes on below as it begins is data, and so is a row that lacks a cell.
    #expect(try !isHeader("0,1,2\n3,4,5\n6,7,8\n") && !isHeader("1,2,3\n4,5,6\n7,8,9\n"))
    #expect(try !isHeader("0,1\n1,0\n1,1\n0,0\n") && !isHeader(",5.1,2\n3,4.2,1\n4,4.4,2\n"))
    #expect(try !isHeader("0.0,1.0,2.0\n0.5,1.5,2.5\n") && !isHeader("5\n6\n9\n"))
    #expect(try !isHeader("0.0,1.0,2.0\n0.5,1.5,2.7\n0.1,0.3,0.4\n0.2,0.9,0.8\n"))
    #expect(try isHeader(table(",0,1", rows: 9) { "\($0),\($0 * 5 % 7),\($0 * 3 % 5)" }))
  }

  @Test func yearsInARowAreNames() throws {
    #expect(try isHeader(table("2018,2019,2020", rows: 6) { "\($0 * 531),\($0 * 731),\($0 * 97)" }))
    // Years over years are data.
    #expect(
      try !isHeader(table("2018,2019,2020", rows: 6) { "\(1990 + $0),\(1991 + $0),\(1992 + $0)" }))
  }

  @Test func inATableOfTextsValuesComeBackAndNamesDoNot() throws {
    let sizes = ["S", "M", "L"]
    let row = { (index: Int) in "\(index % 2 == 0 ? "red" : "blue"),\(sizes[index % 3])" }
    #expect(try isHeader(table("colour,size", rows: 12, row)))
    #expect(try !isHeader(table("red,M", rows: 12, row)))
    // Nothing comes back: different texts are taken for names.
    #expect(try isHeader("name,street\nAnn,Elm\nBo,Oak\n") && isHeader("name\nAnn\nBo\n"))
    #expect(try !isHeader("red\nblue\nred\n"))
  }

  @Test func equalNamesAreNamed() {
    for text in ["a,a\n1,2\n3,4\n", "x,a,a\n1,2,3\n"] {
      #expect(
        Fixture.complaint { try Fixture.table(text) }.hasSuffix(
          "rename one of them (--no-header if the first row is data)"), "\(text)")
    }
    let texts = table("colour,colour,size", rows: 30) { $0 % 2 == 0 ? "red,blue,S" : "blue,red,M" }
    #expect(
      Fixture.complaint { try Fixture.table(texts) }.hasPrefix(
        "line 1, column 2: the name \"colour\" is that of column 1 too; rename one of them"))
  }

  @Test func aFirstRowTakenForDataIsTold() throws {
    let note = "t.csv: the first row is taken for data, not for names; --header says otherwise."
    #expect(try Fixture.table("1,2\n3,4\n").notes.map { $0.suffix(note.count) } == [note[...]])
    #expect(try Fixture.table("a,b\n1,2\n").notes == [])
    var reading = TableReading()
    reading.hasHeader = false
    #expect(try Fixture.table("1,2\n3,4\n", reading).notes == [])
  }

  @Test func aModelKnowsWhetherThereAreNames() throws {
    let named = try Fixture.schema("a,b\n1.5,x\n2.5,y\n3.5,x\n")
    let nameless = try Fixture.schema("1.5,x\n2.5,y\n3.5,x\n")
    #expect(nameless.columns.map(\.name) == ["column_1", "column_2"])
    var reading = TableReading()
    reading.schema = named
    #expect(try Fixture.table("b,a\nx,2\n", reading).hasHeader)
    reading.schema = nameless
    #expect(try !Fixture.table("7,y\n8,x\n", reading).hasHeader)
    #expect(try Fixture.table("u,v\n7,y\n8,x\n", reading).hasHeader)
  }

  @Test func moreRowsThanAreLookedAtAreAllKept() throws {
    let rows = HeaderEvidence.mostRows * 2 + 5
    #expect(try Fixture.table(table("a,b", rows: rows) { "\($0),x" }).rowCount == rows)
    #expect(try Fixture.table(table("0,x", rows: rows) { "\($0),x" }).rowCount == rows + 1)
  }

  @Test func emptyLinesOfOneColumnAreRows() throws {
    let table = try Fixture.table("a\n\n0.5\n\n1.5\n")
    #expect(table.rowCount == 4 && table.columns[0].missing == 2)
    // In front of the name they are none.
    #expect(try Fixture.table("\n\na\n1\n").rowCount == 1)
    #expect(try Fixture.table("\n5\n6\n").rowCount == 3)
  }
}
