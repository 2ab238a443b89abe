import Testing

@testable import Formats

@Suite struct CSVDelimiterTests {
  private func rows(_ text: String, delimiter: UInt8? = nil) throws(FormatError) -> [[String]] {
    try CSV.rows(of: Array(text.utf8), delimiter: delimiter, file: "t.csv")
  }

  @Test(arguments: [
    ("a,b\n1,2\n", ","), ("a;b\n1;2\n", ";"), ("a\tb\n1\t2\n", "\t"), ("a|b\n1|2\n", "|"),
    ("a\n1\n", ","),
    // Decimal commas, with names and without, as many commas as delimiters or more.
    ("1,5;2,5\n3,5;4,5\n", ";"), ("1,5;2,5;3,5\n1,0;2,0;3,0\n", ";"), ("a;b\n1,5;2,5\n", ";"),
    ("Preis, netto;Menge, brutto\n1,5;2,5\n", ";"), ("1,5\t2,5\n3,5\t4,5\n", "\t"),
    ("a;b\n1,5;2\n3;4\n", ";"),
    // Texts with commas between tabs; a row's commas differ.
    ("x\ty\na, b\tc, d\n1\t2\n", "\t"), ("a;b,c\n1;2\n3;4\n", ";"),
    ("Rome, IT\t5\nParis, FR\t6\n", "\t"),
    ("\"a;b\",c\n1,2\n", ","), ("a,b;c\n1,2\n", ","), ("1,2,a;b\n3,4,c;d\n", ","), ("", ","),
  ])
  func theDelimiterDividesAllRowsEvenly(_ text: String, _ expected: String) {
    #expect(CSV.delimiter(of: Array(text.utf8)) == expected.utf8.first, "\(text)")
  }

  @Test(arguments: [
    "sep=;\na;b,c\n", "sep=;\r\na;b,c\r\n", "\u{FEFF}sep=;\na;b,c\n", "\"sep=;\"\na;b,c\n",
    "SEP=;\na;b,c\n",
    "sep=;;\na;b,c\n",
  ])
  func excelsFirstLineIsNoData(_ text: String) throws {
    #expect(try rows(text) == [["a", "b,c"]])
    #expect(try rows(text, delimiter: UInt8(ascii: ",")) == [["a;b", "c"]])
  }

  @Test func excelsFirstLineTellsEveryDelimiter() throws {
    #expect(
      try rows("sep=,\n1;2,3\n") == [["1;2", "3"]] && rows("sep=\t\n1;2\t3\n") == [["1;2", "3"]])
    #expect(
      try rows("sep= \n1  2\n") == [["1", "2"]] && rows("sep=;\n") == [] && rows("sep=;") == [])
    // Names and values that only begin so.
    #expect(
      try rows("sep=a\n1\n") == [["sep=a"], ["1"]] && rows("sep=\n1\n") == [["sep="], ["1"]])
    #expect(try rows("sep=;x\n1;2\n") == [["sep=", "x"], ["1", "2"]])
    // The line counts, so that errors name the file's.
    #expect(
      sentence { () throws(FormatError) in try rows("sep=;\na;b\n1\n") }
        == "t.csv: line 3 has 1 field, but the first row has 2")
  }

  @Test(arguments: [
    ("a b\n1 2\n", [["a", "b"], ["1", "2"]]),
    ("  a   b  \n 1\t 2 \n\n", [["a", "b"], ["1", "2"]]),
    ("\"a b\" c\n1 \"\"\n", [["a b", "c"], ["1", ""]]), ("a b", [["a", "b"]]),
    ("a b ", [["a", "b"]]),
    ("1\n\n2\n", [["1"], [""], ["2"]]), ("x 1,5\r\ny 2,5\r\n", [["x", "1,5"], ["y", "2,5"]]),
  ])
  func spacesDivideWhatStandsInColumns(_ text: String, _ expected: [[String]]) throws {
    #expect(try rows(text, delimiter: 0x20) == expected, "\(text)")
    for size in 1...5 {
      var pieces: [[String]] = []
      var parser = CSVParser(file: "t", delimiter: 0x20)
      let keep = { (row: CSVRow) in pieces.append((0..<row.count).map { row.text($0) ?? "?" }) }
      let bytes = Array(text.utf8)
      for start in stride(from: 0, to: bytes.count, by: size) {
        try parser.parse(Array(bytes[start..<min(start + size, bytes.count)]), keep)
      }
      try parser.finish(keep)
      #expect(pieces == expected, "\(text) in pieces of \(size)")
    }
    #expect(
      sentence { () throws(FormatError) in try rows("a b\n1\n", delimiter: 0x20) }
        == "t.csv: line 2 has 1 field, but the first row has 2")
  }

  @Test(arguments: [
    ("a\n1\n\n2\n", [["a"], ["1"], [""], ["2"]]), ("a\n\n\n", [["a"], [""], [""]]),
    ("a\r\n\r\n1\r\n", [["a"], [""], ["1"]]), ("\n\na\n", [[""], [""], ["a"]]),
    ("a\n1", [["a"], ["1"]]),
    ("a,b\n\n1,2\n\n", [["a", "b"], ["1", "2"]]), ("\n\na,b\n", [["a", "b"]]), ("\n\n", []),
  ])
  func anEmptyLineIsARowOfOneColumn(_ text: String, _ expected: [[String]]) throws {
    #expect(try rows(text) == expected, "\(text)")
  }

  @Test func textsDividedBySpacesAreTold() {
    func isSpaced(_ text: String) -> Bool { CSV.isLikelySpaced(Array(text.utf8)[...]) }
    #expect(isSpaced("1.0 2.0\n3.0 4.0\n") && !isSpaced("1.0,2.0 x\n") && !isSpaced("hello\n"))
    #expect(!isSpaced("\u{1}a b\n"))
  }
}
