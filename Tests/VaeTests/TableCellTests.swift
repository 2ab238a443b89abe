import Foundation
import Testing

extension CommandTests {
  /// What comes out of a table's model, cell by cell.
  @Suite struct TableCellTests {}
}

extension CommandTests.TableCellTests {
  private func rows(_ path: String) throws -> [[String]] {
    try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
  }

  private func train(_ folder: String, _ arguments: String...) throws -> Outcome {
    try Command.run(
      [
        "train", "--data", "\(folder)/in.csv", "--seed", "1", "--threads", "1", "--no-pictures",
        "--overwrite", "--output", "\(folder)/run",
      ] + arguments)
  }

  /// Numbers that a 32-bit float does not hold, an outlier, a key, notes: none of them changes.
  @Test func imputationChangesNoCellThatIsThere() throws {
    try withTemporaryFolder { folder in
      var generator = SeededGenerator(state: 12)
      var text = "key,big,money,outlier,small,note\n"
      for row in 0..<120 {
        func uniform() -> Double { .random(in: 0..<1, using: &generator) }
        var cells = [
          "K-\(row * 7)", "\(Int(uniform() * 2e9) + 90_000_000_000)",
          String(format: "%.17g", 1 + uniform()), row == 60 ? "1E12" : "\(Int(uniform() * 100))",
          row % 2 == 0 ? "+0.5" : "0.70", row % 3 == 0 ? "" : "n\(row)",
        ]
        if row % 11 == 1 { for place in 1...4 where uniform() < 0.5 { cells[place] = "" } }
        text += cells.joined(separator: ",") + "\n"
      }
      try write(text, to: "\(folder)/in.csv")
      try write(#"{"columns": {"small": "real"}}"#, to: "\(folder)/schema.json")
      let outcome = try train(folder, "--epochs", "3", "--schema", "\(folder)/schema.json")
      expectSuccess(outcome)
      #expect(outcome.error.contains("Column \"outlier\" has far outliers"), "\(outcome.error)")
      expectSuccess(
        try Command.run([
          "impute", "\(folder)/run", "--data", "\(folder)/in.csv", "--imputations", "1",
          "--burn-in", "5", "--spacing", "1", "--output", "\(folder)/filled.csv", "--threads", "1",
        ]))
      let (given, filled) = (try rows("\(folder)/in.csv"), try rows("\(folder)/filled.csv"))
      #expect(filled.count == given.count && filled[0] == given[0])
      for (old, new) in zip(given, filled) {
        for column in old.indices where !old[column].isEmpty || column == 5 {
          #expect(new[column] == old[column])
        }
        for column in 1...4 { #expect(!new[column].isEmpty) }
      }
    }
  }

  @Test func aColumnOfOneValueOrNoneKeepsItsShare() throws {
    try withTemporaryFolder { folder in
      var generator = SeededGenerator(state: 13)
      var text = "deleted,amount,group\n"
      for row in 0..<400 {
        let amount = String(format: "%.2f", Double.random(in: 9..<14, using: &generator))
        text += "\(row % 20 == 7 ? "yes" : ""),\(amount),\(row % 3 == 0 ? "A" : "B")\n"
      }
      try write(text, to: "\(folder)/in.csv")
      expectSuccess(try train(folder, "--epochs", "40"))
      expectSuccess(
        try Command.run([
          "sample", "\(folder)/run", "--count", "2000", "--output", "\(folder)/s.csv", "--threads",
          "1",
        ]))
      let samples = try rows("\(folder)/s.csv")
      #expect(samples[0] == ["deleted", "amount", "group"])
      let deleted = samples.dropFirst().count { $0[0] == "yes" }
      // One in twenty is 100; five standard errors of 2,000 draws are 49.
      #expect((51...149).contains(deleted), "\(deleted)")
      #expect(samples.dropFirst().allSatisfy { ["", "yes"].contains($0[0]) })
      #expect(samples.dropFirst().allSatisfy { (9...14).contains(Double($0[1]) ?? 0) })
    }
  }

  /// Prices that most models would draw below nothing: from samples, reconstructions and ways alike.
  @Test func nothingComesOutThatAColumnCouldNotHold() throws {
    try withTemporaryFolder { folder in
      var generator = SeededGenerator(state: 14)
      var text = "price,share,pieces,year\n"
      var prices: [Double] = []
      for _ in 0..<300 {
        func uniform() -> Double { .random(in: 0..<1, using: &generator) }
        let price = String(format: "%.2f", 1.4 + 40 * -log(1 - uniform()))
        prices.append(Double(price) ?? 0)
        text += "\(price),\(String(format: "%.4f", uniform() * uniform())),"
        text += "\(Int(1 + 9 * uniform() * uniform())),\(2001 + Int(20 * uniform()))\n"
      }
      try write(text, to: "\(folder)/in.csv")
      expectSuccess(try train(folder, "--epochs", "5"))
      let model = ["\(folder)/run", "--threads", "1"]
      let data = ["--data", "\(folder)/in.csv"]
      let (least, largest) = (prices.min() ?? 0, prices.max() ?? 0)
      func check(_ arguments: [String], from column: Int = 0) throws {
        let path = "\(folder)/out.csv"
        expectSuccess(try Command.run(arguments + ["--output", path]))
        for row in try rows(path).dropFirst() {
          let price = try #require(Double(row[column]))
          let share = try #require(Double(row[column + 1]))
          #expect((least...largest).contains(price) && (0...1).contains(share), "\(arguments[0])")
          #expect(row[column].split(separator: ".")[1].count == 2)
          #expect(row[column + 1].split(separator: ".")[1].count == 4)
          #expect(Int(row[column + 2]).map { (1...9).contains($0) } == true, "\(row)")
          #expect(Int(row[column + 3]).map { (2001...2020).contains($0) } == true, "\(row)")
        }
      }
      try check(["sample"] + model + ["--count", "3000"])
      try check(["reconstruct"] + model + data)
      try check(
        ["interpolate"] + model + data + ["--from", "0", "--to", "9", "--steps", "30"], from: 6)
    }
  }

  @Test func boundsOfASchemaFileReplaceThoseOfTheData() throws {
    try withTemporaryFolder { folder in
      var text = "temperature,x\n"
      for row in 0..<200 { text += "\(20 + row % 7 * 3).5,\(row * 37 % 101).25\n" }
      try write(text, to: "\(folder)/in.csv")
      func inspect(_ schema: String) throws -> Outcome {
        try write(schema, to: "\(folder)/schema.json")
        return try Command.run([
          "inspect", "\(folder)/in.csv", "--schema", "\(folder)/schema.json", "--json",
        ])
      }
      func bounds(_ schema: String) throws -> [Any]? {
        let outcome = try inspect(schema)
        expectSuccess(outcome)
        return (try outcome.json()["columns"] as? [[String: Any]])?[0]["bounds"] as? [Any]
      }
      #expect(try bounds("{}")?.compactMap { $0 as? Double } == [20.5, 38.5])
      let half = try bounds(#"{"columns": {"temperature": {"bounds": [-273.15, null]}}}"#)
      #expect(half?[0] as? Double == -273.15 && half?[1] is NSNull)
      #expect(try bounds(#"{"columns": {"temperature": {"bounds": [null, null]}}}"#) == nil)
      for (schema, words) in [
        (
          #"{"columns": {"temperature": {"bounds": [25, null]}}}"#,
          ["line 2", "20.5", "[25, null]"]
        ),
        (#"{"columns": {"temperature": {"bounds": [25]}}}"#, ["list of two"]),
        (#"{"columns": {"temperature": {"bounds": ["a", 1]}}}"#, ["temperature", "bounds"]),
        (#"{"columns": {"temperature": {"bounds": [2, 1]}}}"#, ["[2, 1]", "lower one first"]),
        (
          #"{"columns": {"temperature": {"kind": "label", "bounds": [0, 1]}}}"#,
          ["real or a count column", "label"]
        ),
      ] {
        let outcome = try inspect(schema)
        expectFailure(outcome, 65)
        for word in words { #expect(outcome.error.contains(word), "\(outcome.error)") }
      }
    }
  }

  @Test func indicatorsAreShownAndSwitchedOff() throws {
    try withTemporaryFolder { folder in
      var text = "a,b\n"
      for row in 0..<200 {
        text += "\(row % 10 == 3 ? "" : "\(row * 37 % 101).5"),\(row % 13).25\n"
      }
      try write(text, to: "\(folder)/in.csv")
      let plain = try Command.run(["inspect", "\(folder)/in.csv"])
      expectSuccess(plain)
      #expect(plain.output.contains("learns which are missing"), "\(plain.output)")
      try write(#"{"columns": {"*": {"missing_indicator": false}}}"#, to: "\(folder)/schema.json")
      let off = try Command.run([
        "inspect", "\(folder)/in.csv", "--schema", "\(folder)/schema.json",
      ])
      expectSuccess(off)
      #expect(!off.output.contains("learns"), "\(off.output)")
      let outcome = try train(folder, "--epochs", "1")
      expectSuccess(outcome)
      #expect(outcome.error.contains("Which cells are missing is learned too, in \"a\"."))
    }
  }
}
