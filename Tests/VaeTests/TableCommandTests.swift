import Foundation
import Testing

extension CommandTests {
  @Suite struct TableTests {}
}

/// A small mixed table: size, colour, wet, eggs and a text that names the row.
private func mixedTable(rows: Int, seed: UInt64 = 9, missing: Bool = true) -> String {
  var generator = SeededGenerator(state: seed)
  func uniform() -> Double { .random(in: 0..<1, using: &generator) }
  var text = "name,size,colour,wet,eggs\n"
  for row in 0..<rows {
    let hidden = uniform()
    var cells = [
      String(format: "%.2f", 20 + 10 * hidden + uniform()),
      hidden < 0.3 ? "red" : hidden < 0.7 ? "\"green, dark\"" : "blue",
      uniform() < hidden ? "yes" : "no", "\(Int(uniform() * hidden * 20))",
    ]
    if missing { for place in 0..<4 where uniform() < 0.05 { cells[place] = "" } }
    text += (["animal \(row)"] + cells).joined(separator: ",") + "\n"
  }
  return text
}

extension CommandTests.TableTests {
  // A folder with `animals.csv` (400 rows) and a model trained on it for a few epochs.
  private func withTrainedModel(_ body: (String) throws -> Void) throws {
    try withTemporaryFolder { folder in
      try write(mixedTable(rows: 400), to: "\(folder)/animals.csv")
      expectSuccess(
        try Command.run([
          "train", "--data", "\(folder)/animals.csv", "--epochs", "3", "--latents", "2",
          "--validation-fraction", "0.2", "--test-fraction", "0.1", "--output", "\(folder)/model",
          "--threads", "1",
        ]))
      try body(folder)
    }
  }

  private func rows(_ path: String) throws -> [[Substring]] {
    try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map {
      $0.replacingOccurrences(of: "\"green, dark\"", with: "green")[...].split(
        separator: ",", omittingEmptySubsequences: false)
    }
  }

  @Test func aTableIsTrainedEvaluatedSampledAndEncoded() throws {
    try withTrainedModel { folder in
      let (model, data) = ("\(folder)/model", "\(folder)/animals.csv")
      let all = try Command.run(["evaluate", model, "--data", data, "--json"])
      expectSuccess(all)
      #expect(try all.json()["examples"] as? Int == 400)
      for (part, count) in [("train", 280), ("validation", 80), ("test", 40)] {
        let outcome = try Command.run([
          "evaluate", model, "--data", data, "--split", part, "--json",
        ])
        expectSuccess(outcome)
        #expect(try outcome.json()["examples"] as? Int == count, "\(part)")
      }

      expectSuccess(
        try Command.run([
          "sample", model, "--count", "50", "--output", "\(folder)/samples.csv",
        ]))
      let samples = try rows("\(folder)/samples.csv")
      #expect(samples[0] == ["size", "colour", "wet", "eggs"] && samples.count == 51)
      // Cells are missing in the samples too, for one in twenty is in the data.
      let missing = samples.dropFirst().joined().count(where: \.isEmpty)
      #expect(missing < 100)
      for row in samples.dropFirst() {
        let size = row[0].isEmpty ? 20 : try #require(Double(row[0]))
        // Two decimals, as the data has, and no size that it has not.
        #expect(row[0].isEmpty || row[0].split(separator: ".").last?.count == 2)
        #expect((20...31).contains(size))
        #expect(
          ["red", "green", "blue", ""].contains(row[1]) && ["yes", "no", ""].contains(row[2]))
        #expect(row[3].isEmpty || Int(row[3]).map { (0..<20).contains($0) } == true)
      }

      expectSuccess(
        try Command.run([
          "reconstruct", model, "--data", data, "--output", "\(folder)/again.csv",
        ]))
      #expect(try rows("\(folder)/again.csv").count == 401)
      expectSuccess(
        try Command.run(["encode", model, "--data", data, "--output", "\(folder)/z.csv"]))
      let latents = try rows("\(folder)/z.csv")
      #expect(latents[0] == ["line", "z1", "z2"] && latents.count == 401)
      #expect(latents.dropFirst().allSatisfy { $0.allSatisfy { Double($0) != nil } })
    }
  }

  @Test func trainingGoesOnWithTheSameRows() throws {
    try withTrainedModel { folder in
      let (model, data) = ("\(folder)/model", "\(folder)/animals.csv")
      let outcome = try Command.run([
        "train", "--data", data, "--resume", model, "--epochs", "4", "--threads", "1", "--json",
      ])
      expectSuccess(outcome)
      #expect(try outcome.json()["examples"] as? Int == 80)
      expectFailure(
        try Command.run([
          "train", "--data", data, "--resume", model, "--epochs", "5", "--test-fraction", "0.2",
        ]), 64, "--test-fraction", "--resume")
      // A model's rows belong to its file.
      try write(mixedTable(rows: 300), to: "\(folder)/less.csv")
      expectFailure(
        try Command.run(["evaluate", model, "--data", "\(folder)/less.csv", "--split", "test"]), 65,
        "less.csv", "300 rows", "400")
      expectSuccess(try Command.run(["evaluate", model, "--data", "\(folder)/less.csv"]))
    }
  }

  @Test func partsCanBeFiles() throws {
    try withTemporaryFolder { folder in
      for (name, rows, seed) in [("a", 200, 1), ("b", 60, 2), ("c", 50, 3)] {
        try write(mixedTable(rows: rows, seed: UInt64(seed)), to: "\(folder)/\(name).csv")
      }
      let train = [
        "train", "--data", "\(folder)/a.csv", "--epochs", "2", "--validation", "\(folder)/b.csv",
        "--test", "\(folder)/c.csv", "--output", "\(folder)/model", "--threads", "1", "--json",
        "--no-pictures",
      ]
      let outcome = try Command.run(train)
      expectSuccess(outcome)
      #expect(try outcome.json()["examples"] as? Int == 60)
      for (part, count) in [("train", 200), ("validation", 60), ("test", 50)] {
        let outcome = try Command.run([
          "evaluate", "\(folder)/model", "--data", "\(folder)/a.csv", "--split", part, "--json",
        ])
        #expect(try outcome.json()["examples"] as? Int == count, "\(part)")
      }
      expectFailure(
        try Command.run(train + ["--validation-fraction", "0.1"]), 64, "--validation",
        "--validation-fraction")
      expectFailure(
        try Command.run(train + ["--test-fraction", "0.1"]), 64, "--test-fraction", "exclude")
    }
  }

  @Test func inspectSaysWhatWasUnderstood() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/animals.csv"
      try write(mixedTable(rows: 300), to: path)
      let outcome = try Command.run(["inspect", path])
      expectSuccess(outcome)
      let lines = outcome.output.split(separator: "\n").map {
        $0.split(separator: " ").map(String.init)
      }
      let kinds = Dictionary(
        uniqueKeysWithValues: lines.drop { $0.first != "column" }.dropFirst().map {
          ($0[0], Array($0[1...].prefix(2)))
        })
      #expect(
        kinds["size"] == ["real", "gaussian_per_dimension"]
          && kinds["colour"] == ["categorical", "categorical"]
          && kinds["wet"] == ["binary", "bernoulli"]
          && kinds["eggs"] == ["count", "negative_binomial"] && kinds["name"]?[0] == "ignore",
        "\(outcome.output)")

      try write("{\"columns\": {\"eggs\": \"real\", \"wet\": \"label\"}}", to: "\(folder)/s.json")
      let changed = try Command.run(["inspect", path, "--schema", "\(folder)/s.json", "--json"])
      expectSuccess(changed)
      let json = try changed.json()
      let columns = try #require(json["columns"] as? [[String: Any]])
      #expect(
        columns.map { $0["kind"] as? String } == ["ignore", "real", "categorical", "label", "real"])
      #expect(json["kind"] as? String == "table" && json["examples"] as? Int == 300)

      let images = try Command.run(["inspect", SampleFiles.imagesFile, "--json"])
      expectSuccess(images)
      #expect(try images.json()["shape"] as? [Int] == [12, 12, 1])
      #expect(try images.json()["kind"] as? String == "images")
      expectSuccess(try Command.run(["inspect", SampleFiles.rowsFile]))
    }
  }

  @Test func filesThatAreNoTableAreNamedByLineAndColumn() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/bad.csv"
      func expectRefused(
        _ text: String, _ words: String..., sourceLocation: SourceLocation = #_sourceLocation
      ) throws {
        try write(text, to: path)
        let outcome = try Command.run([
          "train", "--data", path, "--output", "\(folder)/run", "--epochs", "1",
        ])
        expectFailure(outcome, 65, path, sourceLocation: sourceLocation)
        for word in words {
          #expect(outcome.error.contains(word), "\(outcome.error)", sourceLocation: sourceLocation)
        }
        #expect(!FileManager.default.fileExists(atPath: "\(folder)/run"))
      }
      try expectRefused("", "is empty")
      try expectRefused("a,b\n", "no rows")
      try expectRefused("a,b\n1,2\n3\n", "line 3 has 1 field", "2")
      try expectRefused("a,b\n1,\"x\n", "line 2, column 2", "never ends")
      try expectRefused("a,b\n1,\u{0}\n", "line 2, column 2", "zero byte")
      try expectRefused("a,b\n5,5\n5,5\n", "none of its columns", "one value only")
      let numbers = (0..<40).map { $0 == 30 ? "oops" : "\(Double($0) * 1.1)" }
      try expectRefused(
        "a,b\n" + numbers.map { "\($0),\(Double($0.count) + 0.5)\n" }.joined(),
        "line 32, column \"a\"", "\"oops\" is not a finite number")
    }
  }

  @Test func aModelReadsLaterFilesByItsOwnColumns() throws {
    try withTrainedModel { folder in
      let path = "\(folder)/later.csv"
      func evaluate(_ text: String) throws -> Outcome {
        try write(text, to: path)
        return try Command.run(["evaluate", "\(folder)/model", "--data", path])
      }
      expectSuccess(try evaluate("eggs,wet,colour,size\n3,yes,red,25.5\n4,no,blue,21\n"))
      expectFailure(
        try evaluate("eggs,wet,colour\n3,yes,red\n"), 65, path, "lacks the column \"size\"")
      expectFailure(
        try evaluate("eggs,wet,colour,size,depth\n3,yes,red,25.5,1\n"), 65, path, "\"depth\"")
      expectFailure(
        try evaluate("eggs,wet,colour,size\n3,yes,red,25.5\n3,yes,rde,25.5\n"), 65, path,
        "line 3, column \"colour\"", "\"rde\"; did you mean \"red\"?", "blue, green, dark, red")
      expectFailure(
        try evaluate("eggs,wet,colour,size\n3.5,yes,red,25.5\n"), 65, path,
        "line 2, column \"eggs\"", "3.5 is not a whole number")
      // What the model's columns are cannot be said again, but what others are.
      try write(#"{"columns": {"size": "count"}}"#, to: "\(folder)/s.json")
      expectFailure(
        try Command.run([
          "evaluate", "\(folder)/model", "--data", path, "--schema", "\(folder)/s.json",
        ]), 65, "s.json", "\"size\" is one of the model's (real)")
      try write(#"{"columns": {"depth": "ignore"}}"#, to: "\(folder)/s.json")
      try write("eggs,wet,colour,size,depth\n3,yes,red,25.5,1\n", to: path)
      expectSuccess(
        try Command.run([
          "evaluate", "\(folder)/model", "--data", path, "--schema", "\(folder)/s.json",
        ]))
    }
  }

  @Test func onlyAModelOfATableWritesRows() throws {
    try withTemporaryFolder { folder in
      expectFailure(
        try Command.run([
          "sample", SampleFiles.modelFolder, "--count", "3", "--output", "\(folder)/x.csv",
        ]), 65, "x.csv", "was not trained with a CSV file", ".npy")
      expectFailure(
        try Command.run([
          "train", "--data", SampleFiles.imagesFile, "--preset", "table", "--output",
          "\(folder)/run",
        ]), 65, "table", "CSV")
    }
  }
}
