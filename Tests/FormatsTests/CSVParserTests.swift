import Testing

@testable import Formats

@Suite struct CSVParserTests {
  static func rows(_ text: String, delimiter: UInt8? = nil) throws(FormatError) -> [[String]] {
    try CSV.rows(of: Array(text.utf8), delimiter: delimiter, file: "t.csv")
  }

  // The same text in pieces of every size from one byte up.
  static func inPieces(_ text: String, of size: Int) throws(FormatError) -> [[String]] {
    var rows: [[String]] = []
    func keep(_ row: CSVRow) { rows.append((0..<row.count).map { row.text($0) ?? "?" }) }
    var parser = CSVParser(file: "t.csv", delimiter: CSV.delimiter(of: Array(text.utf8)))
    let bytes = Array(text.utf8)
    for start in stride(from: 0, to: bytes.count, by: size) {
      try parser.parse(Array(bytes[start..<min(start + size, bytes.count)]), keep)
    }
    try parser.finish(keep)
    return rows
  }

  @Test(arguments: [
    ("a,b\n1,2\n", [["a", "b"], ["1", "2"]]),
    ("a,b\n1,2", [["a", "b"], ["1", "2"]]),
    ("a,b\r\n1,2\r\n", [["a", "b"], ["1", "2"]]),
    ("a,b\r1,2\r", [["a", "b"], ["1", "2"]]),
    ("\u{FEFF}a,b\n1,2\n", [["a", "b"], ["1", "2"]]),
    ("\u{FEFF}\"a,c\",b\n", [["a,c", "b"]]),
    ("\n\r\n\na,b\n\n1,2\n\n", [["a", "b"], ["1", "2"]]),
    ("a,\n,b\n,\n", [["a", ""], ["", "b"], ["", ""]]),
    ("\"\"\n\"x\"\n", [[""], ["x"]]),
    ("\"a\"\"b\",\"c,d\"\n", [["a\"b", "c,d"]]),
    ("\"line\nbreak\",\"and\r\nanother\"\n", [["line\nbreak", "and\r\nanother"]]),
    ("\"\"\"\",\"\"\"\"\"\"\n", [["\"", "\"\""]]),
    ("a\"b,5\" pipe\n", [["a\"b", "5\" pipe"]]),
    (" a , b \n", [[" a ", " b "]]),
    ("ä,日本\n", [["ä", "日本"]]),
    ("a;b\n1,5;2\n", [["a", "b"], ["1,5", "2"]]),
    ("a\tb\n\"x\ty\"\tz\n", [["a", "b"], ["x\ty", "z"]]),
    ("one\ntwo\n", [["one"], ["two"]]), ("", []), ("\n\n", []), ("x", [["x"]]),
    ("a,\"b\"", [["a", "b"]]), ("a,\"\"", [["a", ""]]), ("a,", [["a", ""]]),
  ])
  func textIsReadAsRows(_ text: String, _ expected: [[String]]) throws {
    #expect(try Self.rows(text) == expected)
    for size in 1...7 { #expect(try Self.inPieces(text, of: size) == expected) }
  }

  @Test(arguments: [
    ("a,b\n1,2\n3\n", "t.csv: line 3 has 1 field, but the first row has 2"),
    ("a,b\n1,2,3\n", "t.csv: line 2 has 3 fields, but the first row has 2"),
    ("a,b\n\"x\ny\",2\n3,4,\n", "t.csv: line 4 has 3 fields, but the first row has 2"),
    (
      "a,b\n1,\"x\"y\n",
      "t.csv: line 2, column 2: text follows the closing quote; a quote inside a quoted field is "
        + "written twice"
    ),
    ("a,b\n1,\"x\n\n\n", "t.csv: line 2, column 2: the quoted field that begins here never ends"),
    (
      "a,b\n1,\u{0}\n",
      "t.csv: line 2, column 2: there is a zero byte; the file should be text in UTF-8"
    ),
    (
      "a,\"\u{0}\"\n",
      "t.csv: line 1, column 2: there is a zero byte; the file should be text in UTF-8"
    ),
  ])
  func whatIsNoCSVIsNamedByLineAndColumn(_ text: String, _ expected: String) throws {
    #expect(sentence { () throws(FormatError) in try Self.rows(text) } == expected)
  }

  @Test func bytesThatAreNoUTF8AreNamed() throws {
    let bytes = Array("a,b\nx,".utf8) + [0xFF, 0x0A]
    #expect(
      sentence { () throws(FormatError) in try CSV.rows(of: bytes, file: "t.csv") }
        == "t.csv: line 2, column 2: the text is not UTF-8")
  }

  @Test func linesAreThoseOfTheFile() throws {
    var lines: [Int] = []
    var parser = CSVParser(file: "t.csv")
    let note = { (row: CSVRow) in lines.append(row.line) }
    try parser.parse(Array("a\r\n\"b\r\nc\nd\"\n\n\re\rf".utf8), note)
    try parser.finish(note)
    // a on 1; b, c, d on 2 to 4; empty lines 5 and 6, which are rows of one column; e on 7, f on 8.
    #expect(lines == [1, 2, 5, 6, 7, 8])
  }

  @Test func limitsEndWhatAMissingQuoteSwallows() {
    var limits = CSVParser.Limits()
    (limits.fields, limits.fieldBytes, limits.rowBytes) = (3, 8, 16)
    func read(_ text: String) -> String {
      sentence { () throws(FormatError) in
        var parser = CSVParser(file: "t.csv", limits: limits)
        try parser.parse(Array(text.utf8)) { _ in }
        try parser.finish { _ in }
        return "all"
      }
    }
    #expect(read("a,b,c\n") == "accepted: all")
    #expect(read("a,b,c,d\n") == "t.csv: line 1, column 4: a row has more than 3 fields")
    #expect(read("12345678\n") == "accepted: all")
    #expect(
      read("123456789\n")
        == "t.csv: line 1, column 1: the field has more than 8 bytes; is a quote missing?")
    #expect(read("12345678,12345678,1\n").hasSuffix("the row has more than 16 bytes"))
  }

  @Test func aGzippedFileIsReadAsThePlainOne() throws {
    let text = "a,b\n" + (0..<50_000).map { "\($0),x\($0)\n" }.joined()
    try withTemporaryFolder { folder in
      let plain = "\(folder)/t.csv"
      try AtomicFile.write([Array(text.utf8)], to: plain)
      let packed = "\(folder)/t.csv.gz"
      try AtomicFile.write([Deflate.pack([Array(text.utf8)], as: .gzip, level: 6)], to: packed)
      for path in [plain, packed] {
        var (count, sum) = (0, 0)
        try CSV.read(path) { (row) throws(FormatError) in
          count += 1
          sum += DecimalNumber(row[0]).map { Int($0.value) } ?? 0
        }
        #expect(count == 50_001 && sum == 50_000 * 49_999 / 2, "\(path)")
      }
      #expect(
        sentence { () throws(FormatError) in
          try CSV.read(packed, ceiling: 1000) { _ in }
          return "all"
        } == "\(packed): unpacks to more than 1000 bytes")
    }
  }

  @Test func mutilatedTextNeverTraps() {
    let bytes = Array("\u{FEFF}a,\"b\"\r\n1,\"x\"\"y\nz\"\r\n\"\",;\t|\n".utf8)
    surviveMutations(bytes, seed: 3) { (bytes) throws(FormatError) in
      try CSV.rows(of: bytes, file: "cut")
    }
  }

  @Test func likelyTablesAreToldFromOtherBytes() {
    #expect(CSV.isLikely(Array("a,b\n1,2".utf8)[...]))
    #expect(CSV.isLikely(Array("a;b".utf8)[...]))
    #expect(!CSV.isLikely(Array("hello\na,b".utf8)[...]))
    #expect(!CSV.isLikely([0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, 1, 0, 44]))
    #expect(!CSV.isLikely([]))
  }
}
