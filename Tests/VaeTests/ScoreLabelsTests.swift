import Formats
import Foundation
import Testing

extension CommandTests {
  /// Classes that only the scored file has.
  @Suite struct ScoreLabelsTests {}
}

extension CommandTests.ScoreLabelsTests {
  /// Pairs on a line, and some off it; the class of each row in a column that training did not have.
  private func pairs(_ rows: Int, seed: UInt64, label: ((Int) -> String)? = nil) -> String {
    var generator = SeededGenerator(state: seed)
    var text = "a,b" + (label == nil ? "" : ",kind") + "\n"
    for row in 0..<rows {
      let a = Double.random(in: -1..<1, using: &generator)
      let isOdd = label.map { $0(row) == "bad" || $0(row) == "1" } ?? false
      let b = isOdd ? 40 + a : -a + Double.random(in: -0.1..<0.1, using: &generator)
      text += String(format: "%.3f,%.3f", a, b) + (label.map { "," + $0(row) } ?? "") + "\n"
    }
    return text
  }

  private func withPairs(_ body: (String, ([String]) throws -> Outcome) throws -> Void) throws {
    try withTemporaryFolder { folder in
      try write(pairs(300, seed: 5), to: "\(folder)/train.csv")
      expectSuccess(
        try Command.run([
          "train", "--data", "\(folder)/train.csv", "--epochs", "3", "--latents", "1", "--output",
          "\(folder)/model", "--threads", "1", "--no-pictures",
        ]))
      try body(folder) { arguments in
        try Command.run(
          [
            "score", "\(folder)/model", "--data", "\(folder)/test.csv", "--json", "--threads", "1",
          ] + arguments)
      }
    }
  }

  private func area(_ outcome: Outcome) throws -> [String: Any]? {
    expectSuccess(outcome)
    let scores = try outcome.json()["scores"] as? [[String: Any]]
    return scores?.first?["auroc"] as? [String: Any]
  }

  @Test func aLabelThatOnlyTheTestHasIsNamedByAnOptionOrAFile() throws {
    try withPairs { folder, score in
      try write(
        pairs(40, seed: 6) { $0 % 4 == 0 ? "1" : "0" }, to: "\(folder)/test.csv")
      try write(#"{"columns": {"kind": "label"}}"#, to: "\(folder)/label.json")
      // Unknown, the column is ignored, and that is said.
      let plain = try score([])
      #expect(try area(plain) == nil)
      #expect(plain.error.contains("\"kind\"") && plain.error.contains("ignored"))
      for arguments in [
        ["--labels", "kind"], ["--schema", "\(folder)/label.json"],
        ["--labels", "kind", "--anomaly-label", "1"],
        ["--labels", "kind", "--calibration", "\(folder)/train.csv"],
        ["--schema", "\(folder)/label.json", "--calibration", "\(folder)/train.csv"],
      ] {
        let area = try #require(try area(try score(arguments)), "\(arguments)")
        #expect(area["anomalies"] as? Int == 10 && area["normals"] as? Int == 30)
        // Ten deviations off the line.
        #expect(area["area"] as? Double == 1)
      }
      // The column "kind" is then one that the model does not know, which is said first.
      let misspelt = try score(["--labels", "knid"])
      #expect(misspelt.status == 65)
      #expect(misspelt.error.contains("test.csv: has no column \"knid\", and there is no file"))
      try write(#"{"columns": {"a": "label"}}"#, to: "\(folder)/label.json")
      expectFailure(
        try score(["--schema", "\(folder)/label.json"]), 65, "label.json", "\"a\"", "the model's")
      let evaluated = try Command.run([
        "evaluate", "\(folder)/model", "--data", "\(folder)/test.csv", "--labels", "kind",
        "--threads", "1",
      ])
      expectSuccess(evaluated)
      expectFailure(
        try Command.run([
          "evaluate", "\(folder)/model", "--data", "\(folder)/test.csv", "--labels", "knid",
        ]), 65, "\"kind\"")
    }
  }

  @Test func namesOfClassesDoNotSayWhatIsOdd() throws {
    try withPairs { folder, score in
      // "good" comes behind "bad" in the alphabet, and is no anomaly for that.
      try write(
        pairs(40, seed: 6) { $0 % 4 == 0 ? "bad" : "good" }, to: "\(folder)/test.csv")
      let untold = try score(["--labels", "kind"])
      #expect(try area(untold) == nil)
      #expect(untold.error.contains("bad, good") && untold.error.contains("--anomaly-label"))
      let told = try #require(try area(try score(["--labels", "kind", "--anomaly-label", "bad"])))
      #expect(told["area"] as? Double == 1 && told["anomalies"] as? Int == 10)
      expectFailure(
        try score(["--labels", "kind", "--anomaly-label", "evil"]), 65, "test.csv",
        "unknown class \"evil\"", "bad, good")
    }
  }

  @Test func rowsWithoutALabelAreScoredAndLeftOutOfTheRanking() throws {
    try withPairs { folder, score in
      try write(
        pairs(40, seed: 6) { $0 % 4 == 0 ? "1" : $0 % 4 == 1 ? "" : "0" },
        to: "\(folder)/test.csv")
      let outcome = try score(["--labels", "kind", "--output", "\(folder)/s.csv"])
      let area = try #require(try area(outcome))
      #expect(area["anomalies"] as? Int == 10 && area["normals"] as? Int == 20)
      let rows = try table("\(folder)/s.csv")
      #expect(rows.count == 40 && rows[1]["anomaly"] == "" && rows[0]["anomaly"] == "1")
    }
  }

  @Test func aCalibrationLeavesOutWhatItCannotRead() throws {
    try withPairs { folder, score in
      try write(pairs(20, seed: 6), to: "\(folder)/test.csv")
      try write(pairs(60, seed: 7) + "x,1\n1e25,0\n", to: "\(folder)/normal.csv")
      let outcome = try score(["--calibration", "\(folder)/normal.csv"])
      expectSuccess(outcome)
      let report = try #require((try outcome.json()["scores"] as? [[String: Any]])?.first)
      #expect((report["alarms"] as? [String: Any])?["calibration_examples"] as? Int == 60)
      #expect(outcome.error.contains("left out of the calibration"))
      #expect(outcome.error.contains("line 62"))
      // The same threshold as without those rows.
      try write(pairs(60, seed: 7), to: "\(folder)/normal.csv")
      let clean = try score(["--calibration", "\(folder)/normal.csv"])
      #expect(clean.output == outcome.output)
    }
  }
}

extension CommandTests.ScoreLabelsTests {
  @Test func aConditionalModelMarksRowsOfClassesItWasNeverTold() throws {
    try withTemporaryFolder { folder in
      let text = pairs(60, seed: 9) { $0 % 2 == 0 ? "x" : "y" }
      try write(text, to: "\(folder)/train.csv")
      try write(#"{"columns": {"kind": "label"}}"#, to: "\(folder)/label.json")
      expectSuccess(
        try Command.run([
          "train", "--data", "\(folder)/train.csv", "--schema", "\(folder)/label.json",
          "--condition", "labels", "--epochs", "1", "--output", "\(folder)/model", "--threads", "1",
          "--no-pictures",
        ]))
      try write("a,b,kind\n0.1,0.2,y\n0.1,0.2,z\n0.1,0.2,\n0.1,0.2,x\n", to: "\(folder)/new.csv")
      let data = ["\(folder)/model", "--data", "\(folder)/new.csv", "--threads", "1", "--output"]
      expectSuccess(try Command.run(["score"] + data + ["\(folder)/s.csv"]))
      let rows = try table("\(folder)/s.csv")
      #expect(rows.map { $0["elbo"] == "inf" } == [false, true, true, false])
      #expect(
        rows.map { $0["reason"] } == ["", "unknown class \"z\"", "has no label", ""])
      expectSuccess(
        try Command.run(["encode"] + data + ["\(folder)/z.csv", "--on-error", "skip"]))
      #expect(try table("\(folder)/z.csv").map { $0["line"] } == ["2", "5"])
    }
  }
}
