import Testing

@testable import Formats

@Suite struct CSVWriterTests {
  @Test func onlyWhatNeedsQuotesGetsThem() {
    var writer = CSVWriter()
    writer.append(["plain", "a,b", "say \"x\"", "two\nlines", "", " edge ", "é"])
    writer.append([""])
    #expect(
      String(decoding: writer.bytes, as: UTF8.self)
        == "plain,\"a,b\",\"say \"\"x\"\"\",\"two\nlines\",,\" edge \",é\n\"\"\n")
  }

  @Test func anyRowsComeBack() throws {
    // Fields made of everything that means something to a reader.
    let letters = ["a", "\"", ",", "\n", "\r", ";", "\t", " ", "é", "\u{FEFF}", "1", "-"]
    var generator = SeededGenerator(state: 11)
    for delimiter in [UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "\t")] {
      for _ in 0..<300 {
        let width = Int.random(in: 1...4, using: &generator)
        let rows = (0..<Int.random(in: 1...6, using: &generator)).map { _ in
          (0..<width).map { _ in
            (0..<Int.random(in: 0...5, using: &generator)).map { _ in
              letters.randomElement(using: &generator) ?? ""
            }.joined()
          }
        }
        var writer = CSVWriter(delimiter: delimiter)
        for row in rows { writer.append(row) }
        let back = try CSV.rows(of: writer.bytes, delimiter: delimiter, file: "back")
        // Swift compares texts by what they mean: \r\n and \n are not the same, é and é would be.
        #expect(back.map { $0.map { Array($0.utf8) } } == rows.map { $0.map { Array($0.utf8) } })
      }
    }
  }
}
