import Testing

@testable import Formats

@Suite struct CSVMisfitTests {
  private static let text = "a,b,c\n1,2,3\n4,5\n6,7,8,9\n\"x\ny\",,\n\n10,11,12"

  private func rows(_ limits: CSVParser.Limits) throws -> [(line: Int, count: Int, misfit: String?)]
  {
    var found: [(Int, Int, String?)] = []
    var parser = CSVParser(file: "t.csv", limits: limits)
    func keep(_ row: CSVRow) throws(FormatError) { found.append((row.line, row.count, row.misfit)) }
    // A byte at a time: a row is the same whatever pieces it comes in.
    for byte in Self.text.utf8 { try parser.parse([byte], keep) }
    try parser.finish(keep)
    return found
  }

  @Test func rowsOfAnotherWidthAreToldWhereTheyAreAllowed() throws {
    var limits = CSVParser.Limits()
    limits.allowsMisfits = true
    let rows = try rows(limits)
    #expect(rows.map(\.line) == [1, 2, 3, 4, 5, 8])
    #expect(rows.map(\.count) == [3, 3, 2, 4, 3, 3])
    #expect(
      rows.map(\.misfit) == [
        nil, nil, "has 2 fields, but the first row has 3", "has 4 fields, but the first row has 3",
        nil, nil,
      ])
  }

  @Test func elsewhereTheyAreAnErrorAboutOneRow() {
    #expect {
      try rows(CSVParser.Limits())
    } throws: { error in
      guard let error = error as? FormatError else { return false }
      return error.concernsRow && error.reason == "line 3 has 2 fields, but the first row has 3"
    }
  }
}
