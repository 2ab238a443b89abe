import Foundation
import Testing

extension CommandTests {
  @Suite struct TableUsesTests {}
}

/// Sizes that hang on colour and wetness, and a label that says which rows have a size that no colour has.
private func animals(_ rows: Int, seed: UInt64, odd: Int = 0, missing: Bool = false) -> String {
  var generator = SeededGenerator(state: seed)
  func uniform() -> Double { .random(in: 0..<1, using: &generator) }
  var text = "size,colour,wet,eggs,odd\n"
  for row in 0..<rows {
    let hidden = uniform()
    let isOdd = row < odd
    let size = String(format: "%.1f", 20 + 10 * hidden + uniform() + (isOdd ? 60 : 0))
    let colour = hidden < 0.3 ? "red" : hidden < 0.7 ? "green" : "blue"
    let wet = uniform() < hidden ? "yes" : "no"
    var cells = [size, colour, wet, "\(Int(uniform() * hidden * 20))"]
    if missing && row % 4 == 0 { cells[row / 4 % 4] = "" }
    text += (cells + [isOdd ? "1" : "0"]).joined(separator: ",") + "\n"
  }
  return text
}

extension CommandTests.TableUsesTests {
  private func withTrainedModel(_ body: (String) throws -> Void) throws {
    try withTemporaryFolder { folder in
      try write(animals(400, seed: 1), to: "\(folder)/train.csv")
      try write(animals(99, seed: 2), to: "\(folder)/normal.csv")
      try write(animals(120, seed: 3, odd: 20), to: "\(folder)/test.csv")
      try write(animals(40, seed: 4, missing: true), to: "\(folder)/holes.csv")
      try write(#"{"columns": {"odd": {"kind": "label"}}}"#, to: "\(folder)/schema.json")
      expectSuccess(
        try Command.run([
          "train", "--data", "\(folder)/train.csv", "--schema", "\(folder)/schema.json",
          "--epochs", "20", "--latents", "2", "--output", "\(folder)/model", "--threads", "1",
        ]))
      try body(folder)
    }
  }

  private func rows(_ path: String) throws -> [[Substring]] {
    try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false)
    }
  }

  @Test func oddRowsAreScoredFlaggedAndExplained() throws {
    try withTrainedModel { folder in
      let outcome = try Command.run([
        "score", "\(folder)/model", "--data", "\(folder)/test.csv", "--calibration",
        "\(folder)/normal.csv", "--false-alarm-rate", "0.05", "--top-features", "1", "--output",
        "\(folder)/scores.csv", "--json", "--threads", "1",
      ])
      expectSuccess(outcome)
      let report = try #require((try outcome.json()["scores"] as? [[String: Any]])?.first)
      let area = try #require(report["auroc"] as? [String: Any])
      // Sizes that lie twenty deviations from all others: no chance about it.
      #expect(area["area"] as? Double == 1 && area["anomalies"] as? Int == 20)
      let alarms = try #require(report["alarms"] as? [String: Any])
      #expect(alarms["detection_rate"] as? Double == 1)
      let table = try rows("\(folder)/scores.csv")
      #expect(
        table[0] == [
          "example", "line", "elbo", "elbo_p_value", "elbo_flagged", "anomaly", "feature_1",
          "contribution_1",
        ])
      for row in table[1...20] { #expect(row[5] == "1" && row[6] == "size") }
    }
  }

  @Test func holesAreFilledAndNothingElseIsChanged() throws {
    try withTrainedModel { folder in
      expectSuccess(
        try Command.run([
          "impute", "\(folder)/model", "--data", "\(folder)/holes.csv", "--imputations", "2",
          "--burn-in", "10", "--spacing", "2", "--output", "\(folder)/filled.csv", "--threads", "1",
        ]))
      let given = try rows("\(folder)/holes.csv")
      for number in 1...2 {
        let filled = try rows("\(folder)/filled-\(number).csv")
        // Columns that no model sees, here the label, are carried through.
        #expect(filled[0] == ["size", "colour", "wet", "eggs", "odd"] && filled.count == 41)
        for (before, after) in zip(given, filled).dropFirst() {
          for column in 0..<5 {
            let (old, new) = (before[column], after[column])
            #expect(!new.isEmpty)
            if !old.isEmpty { #expect(new == old) }
          }
        }
      }
    }
  }

  @Test func waysAndSweepsHaveTheTablesColumns() throws {
    try withTrainedModel { folder in
      let data = ["--data", "\(folder)/test.csv", "--threads", "1"]
      let way = "\(folder)/way.csv"
      expectSuccess(
        try Command.run(
          [
            "interpolate", "\(folder)/model", "--from", "30", "--to", "31", "--steps", "4",
            "--output", way,
          ] + data))
      let table = try rows(way)
      #expect(
        table[0] == [
          "path", "position", "from_line", "to_line", "z1", "z2", "size", "colour", "wet", "eggs",
        ])
      #expect(table.count == 5)
      for row in table.dropFirst() {
        // Examples are counted from 0, lines from 1 with the names.
        #expect(row[2] == "32" && row[3] == "33")
        #expect(["red", "green", "blue"].contains(row[7]))
      }
      expectFailure(
        try Command.run(
          ["traverse", "\(folder)/model", "--output", "\(folder)/x.png"] + data), 65, "x.png",
        "not images")
    }
  }
}
