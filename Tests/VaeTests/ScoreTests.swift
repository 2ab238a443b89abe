import Formats
import Foundation
import Testing

extension CommandTests {
  @Suite struct ScoreTests {}
}

extension CommandTests.ScoreTests {
  private func score(_ arguments: String...) throws -> Outcome {
    try Command.run(
      ["score", SampleFiles.modelFolder, "--data", SampleFiles.imagesFile, "--threads", "1"]
        + arguments)
  }

  /// An .npz file of the sample images with labels.
  private func labelled(_ folder: String, _ label: (Int) -> Int64) throws -> String {
    let path = "\(folder)/labelled.npz"
    try NPZ.write(
      [
        (name: "data", array: SampleFiles.images(64, height: 12, width: 12)),
        (name: "labels", array: NumericArray((0..<64).map(label))),
      ], to: path)
    return path
  }

  @Test func everyScoreIsAColumn() throws {
    try withTemporaryFolder { folder in
      let (csv, npy) = ("\(folder)/x.csv", "\(folder)/x.npy")
      expectSuccess(try score("--score", "all", "--output", csv))
      let lines = try String(contentsOfFile: csv, encoding: .utf8).split(separator: "\n")
      #expect(lines.count == 65)
      #expect(
        lines[0] == "example,reconstruction_error,elbo,log_likelihood,reconstruction_probability")
      let outcome = try score("--score", "all", "--output", npy, "--json")
      expectSuccess(outcome)
      let array = try NPY.read(npy)
      #expect(array.shape == [64, 4] && array.elementType == .float64)
      let first = lines[1].split(separator: ",").dropFirst().compactMap { Double($0) }
      #expect(first == Array(array.doubles().prefix(4)))
      // Most are of the order of a hundred nats, and a bound is no better than the likelihood it bounds, on average.
      let scores = try #require(try outcome.json()["scores"] as? [[String: Any]])
      let means = scores.compactMap { $0["mean"] as? Double }
      #expect(means.count == 4 && means[1] > means[2])
      #expect(try outcome.json()["examples"] as? Int == 64)
    }
  }

  @Test func calibrationFlagsAtTheRateAskedFor() throws {
    try withTemporaryFolder { folder in
      let csv = "\(folder)/x.csv"
      // Calibrated on themselves, of 64 examples at most ⌊65 × 0.1⌋ = 6 lie above the threshold by a score of their own.
      let outcome = try score(
        "--score", "reconstruction-error", "--calibration", SampleFiles.imagesFile,
        "--false-alarm-rate", "0.1", "--output", csv, "--json")
      expectSuccess(outcome)
      let report = try #require((try outcome.json()["scores"] as? [[String: Any]])?.first)
      let alarms = try #require(report["alarms"] as? [String: Any])
      #expect(alarms["flagged"] as? Int == 5 || alarms["flagged"] as? Int == 6)
      #expect(alarms["calibration_examples"] as? Int == 64)
      let lines = try String(contentsOfFile: csv, encoding: .utf8).split(separator: "\n")
      #expect(
        lines[0]
          == "example,reconstruction_error,reconstruction_error_p_value,reconstruction_error_flagged"
      )
      for line in lines.dropFirst() {
        let fields = line.split(separator: ",").compactMap { Double($0) }
        #expect((fields[2] <= 0.1) == (fields[3] == 1))
      }
      expectFailure(
        try score("--calibration", SampleFiles.imagesFile, "--false-alarm-rate", "0.001"), 65,
        "64 examples are too few", "at least 999")
    }
  }

  @Test func knownAnomaliesAreRanked() throws {
    try withTemporaryFolder { folder in
      let data = try labelled(folder) { Int64($0 % 3) }
      func run(_ arguments: String...) throws -> Outcome {
        try Command.run(
          ["score", SampleFiles.modelFolder, "--data", data, "--json", "--threads", "1"]
            + arguments)
      }
      let outcome = try run("--anomaly-label", "2", "--calibration", data)
      expectSuccess(outcome)
      let report = try #require((try outcome.json()["scores"] as? [[String: Any]])?.first)
      let area = try #require(report["auroc"] as? [String: Any])
      #expect(area["anomalies"] as? Int == 21 && area["normals"] as? Int == 43)
      #expect(area["standard_error"] is Double)
      let alarms = try #require(report["alarms"] as? [String: Any])
      #expect(alarms["calibration_examples"] as? Int == 43)
      #expect(alarms["false_alarm_rate_standard_error"] is Double)

      let labels = "\(folder)/truth.npy"
      try NPY.write(NumericArray((0..<64).map { UInt8($0 % 2) }), to: labels)
      let truth = try run("--labels", labels)
      expectSuccess(truth)
      #expect(truth.output.contains("\"anomalies\":32"))
      expectFailure(try run("--anomaly-label", "7"), 65, "unknown class \"7\"", "0, 1, 2")
      // Only some classes.
      let some = try run("--only-class", "1", "--exclude-class", "2")
      #expect(try some.json()["examples"] as? Int == 21)
      try NPY.write(NumericArray([0, 1, 2] as [Int64]), to: labels)
      expectFailure(try run("--labels", labels), 65, labels, "3 labels for 64 examples")
      try NPY.write(NumericArray((0..<64).map { Int64($0) }), to: labels)
      expectFailure(try run("--labels", labels), 65, labels, "label 2 is 2.0", "0 or 1")
    }
  }

  @Test func contributionsAreWrittenAndNamed() throws {
    try withTemporaryFolder { folder in
      let (csv, npy) = ("\(folder)/x.csv", "\(folder)/a.npy")
      expectSuccess(try score("--output", csv, "--attribution", npy, "--top-features", "2"))
      let array = try NPY.read(npy)
      #expect(array.shape == [64, 12, 12])
      let lines = try String(contentsOfFile: csv, encoding: .utf8).split(separator: "\n")
      #expect(lines[0] == "example,elbo,feature_1,contribution_1,feature_2,contribution_2")
      let fields = lines[1].split(separator: ",")
      let place = fields[2].split(separator: ":").compactMap { Int($0) }
      let values = array.floats().prefix(144)
      let largest = try #require(values.max())
      #expect(Float(fields[3]) == largest && values[place[0] * 12 + place[1]] == largest)
    }
  }

  @Test(arguments: [
    Refusal("score MODEL --data IMAGES --score elb", "did you mean \"elbo\""),
    Refusal("score MODEL --data IMAGES --output x.png", "x.png", ".csv or .npy"),
    Refusal("score MODEL --data IMAGES --attribution x.csv", "--attribution x.csv", ".npy"),
    Refusal("score MODEL --data IMAGES --top-features 2", "--top-features", "--output"),
    Refusal("score MODEL --data IMAGES --top-features 0 --output x.csv", "--top-features 0"),
    Refusal("score MODEL --data IMAGES --samples 0", "--samples 0", "between 1"),
    Refusal("score MODEL --data IMAGES --false-alarm-rate 0.1", "--calibration"),
    Refusal(
      "score MODEL --data IMAGES --calibration IMAGES --false-alarm-rate 1.5", "1.5", "0 and 1"),
    Refusal("score MODEL --data IMAGES --labels x.npy --anomaly-label 1", "exclude each other"),
    Refusal("train --data IMAGES --exclude-class EMPTY", "--exclude-class"),
  ])
  func badUsageIsToldInOneSentence(_ refusal: Refusal) throws {
    let outcome = try Command.run(refusal.arguments)
    #expect(outcome.status == 64)
    for word in refusal.words { #expect(outcome.error.contains(word), "\(outcome.error)") }
  }

  @Test func classesWithoutLabelsAreRefused() throws {
    expectFailure(
      try Command.run([
        "train", "--data", SampleFiles.imagesFile, "--exclude-class", "1", "--output", "/tmp/none",
      ]), 65, SampleFiles.imagesFile, "have no classes")
  }
}
