import Foundation
import Testing

extension CommandTests {
  /// Tables as people write them: first rows, decimal commas, dates, marks.
  @Suite struct WrittenTableTests {}
}

extension CommandTests.WrittenTableTests {
  // Rows of a table in German notation: price, share, day, colour.
  private func germanTable(rows: Int) -> String {
    var generator = SeededGenerator(state: 4)
    var text = "Preis;Anteil;Tag;Farbe\n"
    for row in 0..<rows {
      let price = Int.random(in: 10...999_999, using: &generator)
      let digits = "\(price / 100)"
      let whole = digits.count > 3 ? "\(digits.dropLast(3)).\(digits.suffix(3))" : digits
      let day = Int.random(in: 1...28, using: &generator)
      let cents = price % 100 < 10 ? "0\(price % 100)" : "\(price % 100)"
      text +=
        "\(whole),\(cents) €;\(row % 100),\(row % 10) %;\(day < 10 ? "0" : "")\(day).0\(row % 9 + 1).2024;"
      text += ["rot", "blau", "grün"][row * 7 % 3] + "\n"
    }
    return text
  }

  private func train(_ data: String, _ folder: String, _ more: String...) throws -> Outcome {
    try Command.run(
      [
        "train", "--data", data, "--epochs", "2", "--threads", "1", "--no-pictures", "--output",
        "\(folder)/model", "--overwrite",
      ] + more)
  }

  @Test func aTableIsTrainedAndSampledInItsOwnNotation() throws {
    try withTemporaryFolder { folder in
      let data = "\(folder)/preise.csv"
      try write(germanTable(rows: 200), to: data)
      let inspected = try Command.run(["inspect", data, "--json"])
      expectSuccess(inspected)
      let columns = try #require(try inspected.json()["columns"] as? [[String: Any]])
      #expect(columns.map { $0["kind"] as? String } == ["real", "real", "real", "categorical"])
      #expect(
        columns.map { $0["format"] as? String } == ["1.234,5 €", "1234,5 %", "dd.MM.yyyy", nil])
      #expect(try Command.run(["inspect", data]).output.contains("datetime"))
      let trained = try train(data, folder)
      expectSuccess(trained)
      #expect(!trained.error.contains("ignored"))
      let output = "\(folder)/s.csv"
      expectSuccess(
        try Command.run(["sample", "\(folder)/model", "--count", "20", "--output", output]))
      let lines = try String(contentsOfFile: output, encoding: .utf8).split(separator: "\n")
      #expect(lines.count == 21 && lines[0] == "Preis,Anteil,Tag,Farbe")
      let row =
        /"-?[0-9]{1,3}(\.[0-9]{3})*,[0-9]{2} €","-?[0-9]+,[0-9] %",[0-9]{2}\.[0-9]{2}\.[0-9]{4},(rot|blau|grün)/
      for line in lines.dropFirst() { #expect(line.wholeMatch(of: row) != nil, "\(line)") }
      // A later file in another notation, with a cell that is missing, is imputed in the model's.
      try write("Preis,Anteil,Tag,Farbe\n$12.50,5.5 %,2024-03-01,rot\n", to: "\(folder)/odd.csv")
      let odd = try Command.run(["evaluate", "\(folder)/model", "--data", "\(folder)/odd.csv"])
      expectSuccess(odd)
    }
  }

  @Test func equalNamesAreRefused() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/t.csv"
      for text in [
        "a,a\n1,2\n3,4\n", "colour,colour\n" + String(repeating: "red,blue\nblue,red\n", count: 9),
      ] {
        try write(text, to: path)
        expectFailure(try Command.run(["inspect", path]), 65, path, "rename one of them")
        expectFailure(try train(path, folder), 65, path, "rename one of them")
      }
    }
  }

  @Test func aFirstRowTakenForDataIsTold() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/t.csv"
      try write((0..<40).map { "\(Double($0 * 7 % 11) + 0.5),\($0 % 2)\n" }.joined(), to: path)
      let sentence =
        "\(path): the first row is taken for data, not for names; --header says otherwise."
      for outcome in [try Command.run(["inspect", path]), try train(path, folder)] {
        expectSuccess(outcome)
        #expect(
          outcome.error.split(separator: "\n").contains { $0 == sentence }, "\(outcome.error)")
      }
      let evaluated = try Command.run(["evaluate", "\(folder)/model", "--data", path])
      expectSuccess(evaluated)
      #expect(evaluated.error.contains(sentence))
      #expect(try Command.run(["inspect", path, "--no-header"]).error == "")
    }
  }

  @Test func aTableThatLostHalfItsColumnsAsksForASchema() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/t.csv"
      try write(
        "a,b,c,d\n" + (0..<80).map { "x\($0),y \($0),\(Double($0) * 0.7),1.\($0)\n" }.joined(),
        to: path)
      expectFailure(
        try train(path, folder), 65, path, "2 of 4 columns", "\"a\"", "\"b\"", "--schema", "\"x0\"")
      #expect(!FileManager.default.fileExists(atPath: "\(folder)/model"))
      try write(#"{"columns": {"a": "ignore"}}"#, to: "\(folder)/s.json")
      let outcome = try train(path, folder, "--schema", "\(folder)/s.json")
      expectSuccess(outcome)
      #expect(outcome.error.contains("Column \"b\" is ignored: it holds too many different texts"))
    }
  }

  @Test func emptyLinesOfOneColumnAreExamples() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/t.csv"
      let lines = (0..<60).map { $0 % 3 == 0 ? "" : "0.\($0 * 37 % 89 + 10)" }
      try write("a\n" + lines.joined(separator: "\n") + "\n", to: path)
      expectSuccess(try train(path, folder))
      let outcome = try Command.run(["evaluate", "\(folder)/model", "--data", path, "--json"])
      #expect(try outcome.json()["examples"] as? Int == 60)
    }
  }

  @Test func delimitersThatAreRareAreTaken() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/t.csv"
      func columns(_ arguments: String...) throws -> [String] {
        let outcome = try Command.run(["inspect", path, "--json"] + arguments)
        expectSuccess(outcome)
        let columns = try outcome.json()["columns"] as? [[String: Any]]
        return (columns ?? []).compactMap { $0["name"] as? String }
      }
      var rows: [(Double, Double)] = []
      for row in 0..<30 { rows.append((Double(row * 7 % 11) + 0.25, Double(row * 5 % 13) + 0.5)) }
      let semicolons = rows.map { "\($0.0);\($0.1)\r\n" }.joined()
      try write("sep=;\r\na;b\r\n" + semicolons, to: path)
      #expect(try columns() == ["a", "b"])
      let spaces = rows.map { " \($0.0)  \($0.1)\n" }.joined()
      try write("  a   b\n" + spaces, to: path)
      #expect(
        try columns("--delimiter", " ") == ["a", "b"]
          && columns("--delimiter", "space") == ["a", "b"])
      expectFailure(try Command.run(["inspect", path]), 65, path, "--delimiter ' '")
      let text = "\(folder)/t.txt"
      try FileManager.default.copyItem(atPath: path, toPath: text)
      expectFailure(try Command.run(["inspect", text]), 65, text, "--delimiter ' '")
      expectSuccess(try Command.run(["inspect", text, "--delimiter", " "]))
    }
  }

  @Test func theDecimalMarkCanBeSaid() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/t.csv"
      try write("x;y\n" + (0..<40).map { "\($0 + 1),\($0 + 100);\($0)\n" }.joined(), to: path)
      func largest(_ mark: String) throws -> Double? {
        let outcome = try Command.run(["inspect", path, "--json", "--decimal", mark])
        expectSuccess(outcome)
        #expect(outcome.error == "")
        let columns = try #require(try outcome.json()["columns"] as? [[String: Any]])
        return columns[0]["max"] as? Double
      }
      #expect(try largest(",") == 40.139 && largest("comma") == 40.139)
      #expect(try largest(".") == 40_139 && largest("point") == 40_139)
      #expect(try Command.run(["inspect", path]).error.contains("--decimal"))
      expectFailure(try Command.run(["inspect", path, "--decimal", "x"]), 64, "--decimal", "comma")
    }
  }
}
