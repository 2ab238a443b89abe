import Formats
import Foundation
import Testing

extension CommandTests {
  /// Rows that cannot be scored, and where the scored ones come from.
  @Suite struct ScoreRowsTests {}
}

/// A city whose number tells its mean, and a count, after an identifier.
private func cities(_ rows: Int, seed: UInt64) -> String {
  var generator = SeededGenerator(state: seed)
  let names = ["Oslo", "Paris", "Rome"]
  var text = "id,city,v,visits\n"
  for row in 0..<rows {
    let city = Int.random(in: 0..<3, using: &generator)
    let v = Double(city) + Double.random(in: -0.5..<0.5, using: &generator)
    let visits = Int.random(in: 0..<12, using: &generator)
    text += "A\(1000 + row),\(names[city]),\(String(format: "%.3f", v)),\(visits)\n"
  }
  return text
}

extension CommandTests.ScoreRowsTests {
  private func withTrainedModel(_ body: (String) throws -> Void) throws {
    try withTemporaryFolder { folder in
      try write(cities(300, seed: 1), to: "\(folder)/train.csv")
      try write(cities(60, seed: 2), to: "\(folder)/normal.csv")
      try write(
        #"{"columns": {"id": "key", "visits": "count", "v": "real", "city": "categorical"}}"#,
        to: "\(folder)/schema.json")
      expectSuccess(
        try Command.run([
          "train", "--data", "\(folder)/train.csv", "--schema", "\(folder)/schema.json",
          "--epochs", "3", "--latents", "2", "--output", "\(folder)/model", "--threads", "1",
          "--no-pictures",
        ]))
      try body(folder)
    }
  }

  private static let bad = """
    id,city,v,visits
    a,Rome,0.1,3
    b,Bergen,0.2,3
    "c,d",Oslo,text,3
    e,Oslo,0.4,-1
    f,Paris,1,2.5
    g,Paris,1e300,2
    h,Paris,1
    i,Paris,1e25,2
    j,Oslo,0.3,4

    """

  @Test func rowsThatCannotBeReadAreScoredInfiniteAndSaidWhy() throws {
    try withTrainedModel { folder in
      let (new, scores) = ("\(folder)/new.csv", "\(folder)/s.csv")
      try write(Self.bad, to: new)
      let arguments = [
        "score", "\(folder)/model", "--data", new, "--score", "all", "--calibration",
        "\(folder)/normal.csv", "--threads", "1",
      ]
      let outcome = try Command.run(
        arguments + ["--output", scores, "--top-features", "1", "--json"])
      expectSuccess(outcome)
      let rows = try table(scores)
      #expect(rows.map { $0["example"] } == (0..<9).map { "\($0)" })
      #expect(rows.map { $0["line"] } == (2...10).map { "\($0)" })
      #expect(
        rows.map { $0["id"] } == ["a", "b", "c,d", "e", "f", "g", "", "i", "j"])
      for (index, row) in rows.enumerated() {
        let isFine = [0, 8].contains(index)
        for kind in [
          "reconstruction_error", "elbo", "log_likelihood", "reconstruction_probability",
        ] {
          // 1e25 can be read: its divergence overflows, the mean of ln p(x|z) does not.
          let overflows = index != 7 || kind != "reconstruction_probability"
          #expect((row[kind] == "inf") == (!isFine && overflows), "\(index) \(kind) \(row)")
          if !isFine {
            // The smallest that is possible: 1/(n + 1).
            #expect(
              Double(row["\(kind)_p_value"] ?? "") == 1.0 / 61 && row["\(kind)_flagged"] == "1")
          }
        }
        #expect(row["reason"]?.isEmpty == isFine)
      }
      #expect(rows[1]["reason"] == "column \"city\": unknown category \"Bergen\"")
      #expect(rows[2]["reason"]?.contains("\"text\" is not a finite number") == true)
      #expect(rows[3]["reason"]?.contains("-1 is not a whole number") == true)
      #expect(rows[4]["reason"]?.contains("2.5 is not a whole number") == true)
      #expect(rows[5]["reason"]?.contains("too far from the mean") == true)
      #expect(rows[6]["reason"] == "has 3 fields, but the first row has 4")
      #expect(rows[7]["reason"]?.contains("elbo is ") == true && rows[7]["feature_1"] == "v")
      #expect(rows[1]["feature_1"] == "" && rows[1]["contribution_1"] == "nan")
      let marked = try #require(try outcome.json()["infinite"] as? [[String: Any]])
      #expect(marked.count == 7)
      #expect((marked[0]["origin"] as? [String: String]) == ["line": "3", "id": "b"])
      let report = try #require((try outcome.json()["scores"] as? [[String: Any]])?.first)
      #expect(report["infinite"] as? Int == 7 && report["mean"] is Double)
      #expect(
        outcome.error.contains("\(new): line 3: column \"city\": unknown category \"Bergen\""))

      // NumPy's infinity in an array, whose columns are what they were.
      expectSuccess(try Command.run(arguments + ["--output", "\(folder)/s.npy"]))
      let array = try NPY.read("\(folder)/s.npy")
      #expect(array.shape == [9, 12])
      #expect(array.doubles()[12] == .infinity && array.doubles()[0].isFinite)
    }
  }

  @Test func oneBadRowAloneIsAnAnswerToo() throws {
    try withTrainedModel { folder in
      try write("id,city,v,visits\na,Bergen,0.2,3\n", to: "\(folder)/new.csv")
      let outcome = try Command.run([
        "score", "\(folder)/model", "--data", "\(folder)/new.csv", "--output", "\(folder)/s.csv",
        "--json", "--threads", "1",
      ])
      expectSuccess(outcome)
      #expect(try table("\(folder)/s.csv").map { $0["elbo"] } == ["inf"])
      let report = try #require((try outcome.json()["scores"] as? [[String: Any]])?.first)
      #expect(report["mean"] is NSNull && report["infinite"] as? Int == 1)
    }
  }

  @Test func otherCommandsStopAndSayHowToGoOn() throws {
    try withTrainedModel { folder in
      let new = "\(folder)/new.csv"
      try write(Self.bad, to: new)
      let commands = [
        ["encode", "--output", "\(folder)/z.csv"], ["reconstruct", "--output", "\(folder)/r.csv"],
        ["evaluate"], ["impute", "--output", "\(folder)/i.csv"],
        ["score", "--on-error", "stop"],
      ]
      for command in commands {
        let arguments =
          [command[0], "\(folder)/model", "--data", new, "--threads", "1"] + command.dropFirst()
        // The first error of the file, whichever it is.
        expectFailure(try Command.run(arguments), 65, new, "line 8 has 3 fields", "--on-error skip")
      }
      try write("id,city,v,visits\na,Rome,1,1\nb,Rmoe,0.2,3\n", to: new)
      for command in commands {
        let arguments =
          [command[0], "\(folder)/model", "--data", new, "--threads", "1"] + command.dropFirst()
        expectFailure(
          try Command.run(arguments), 65, new, "line 3, column \"city\"", "\"Rmoe\"",
          "Oslo, Paris, Rome", "--on-error skip")
      }
    }
  }

  @Test func rowsThatCannotBeReadAreLeftOutWhereThatIsAsked() throws {
    try withTrainedModel { folder in
      let (new, codes) = ("\(folder)/new.csv", "\(folder)/z.csv")
      try write(Self.bad, to: new)
      let encoded = try Command.run([
        "encode", "\(folder)/model", "--data", new, "--on-error", "skip", "--output", codes,
        "--threads", "1",
      ])
      expectSuccess(encoded)
      #expect(encoded.error.contains("left out: \(new): line 3: column \"city\""))
      #expect(encoded.error.contains("6 of 9 rows left out"))
      let rows = try table(codes)
      #expect(
        rows.map { $0["line"] } == ["2", "9", "10"] && rows.map { $0["id"] } == ["a", "i", "j"])
      #expect(rows.allSatisfy { Double($0["z1"] ?? "") != nil })
      let score = try Command.run([
        "score", "\(folder)/model", "--data", new, "--on-error", "skip", "--output", codes,
        "--threads", "1",
      ])
      expectSuccess(score)
      #expect(try table(codes).map { $0["line"] } == ["2", "9", "10"])
      let evaluated = try Command.run([
        "evaluate", "\(folder)/model", "--data", "\(folder)/normal.csv", "--on-error", "skip",
        "--per-example", codes, "--threads", "1",
      ])
      expectSuccess(evaluated)
      let numbers = try table(codes)
      #expect(numbers[0]["line"] == "2" && numbers[0]["id"] == "A1000" && numbers.count == 60)
      expectFailure(
        try Command.run([
          "evaluate", SampleFiles.modelFolder, "--data", SampleFiles.imagesFile, "--on-error",
          "skip",
        ]), 64, "--on-error", "CSV file")
    }
  }

  @Test func aPartOfTheFileKeepsItsLines() throws {
    try withTemporaryFolder { folder in
      try write(cities(100, seed: 3), to: "\(folder)/train.csv")
      expectSuccess(
        try Command.run([
          "train", "--data", "\(folder)/train.csv", "--epochs", "1", "--test-fraction", "0.2",
          "--output", "\(folder)/model", "--threads", "1", "--no-pictures",
        ]))
      expectSuccess(
        try Command.run([
          "score", "\(folder)/model", "--data", "\(folder)/train.csv", "--split", "test",
          "--output", "\(folder)/s.csv", "--threads", "1",
        ]))
      let part = try table("\(folder)/s.csv")
      #expect(part.count == 20)
      expectSuccess(
        try Command.run([
          "encode", "\(folder)/model", "--data", "\(folder)/train.csv", "--output",
          "\(folder)/all.csv", "--threads", "1",
        ]))
      expectSuccess(
        try Command.run([
          "encode", "\(folder)/model", "--data", "\(folder)/train.csv", "--split", "test",
          "--output", "\(folder)/z.csv", "--threads", "1",
        ]))
      let all = try table("\(folder)/all.csv")
      let codes = try table("\(folder)/z.csv")
      #expect(codes.map { $0["line"] } == part.map { $0["line"] })
      #expect(all.map { $0["line"] } == (2...101).map { "\($0)" })
      // The code of a line is that of the whole file's line, to the rounding of other kernels.
      for row in codes {
        let line = try #require(row["line"].flatMap { Int($0) })
        let (a, b) = (Double(row["z1"] ?? ""), Double(all[line - 2]["z1"] ?? ""))
        #expect(abs(try #require(a) - (try #require(b))) <= 1e-4)
      }
    }
  }
}

extension CommandTests.ScoreRowsTests {
  @Test func imagesAreCalledByTheirFilesAlsoWhereSomeAreLeftOut() throws {
    try withTemporaryFolder { folder in
      let images = "\(folder)/images"
      for kind in ["cat", "dog"] {
        try FileManager.default.createDirectory(
          atPath: "\(images)/\(kind)", withIntermediateDirectories: true)
        for image in 0..<10 {
          let pixels = (0..<144).map { UInt8(truncatingIfNeeded: $0 * (image + 3)) }
          try PNG.write(
            PNGImage(width: 12, height: 12, channels: 1, pixels: pixels),
            to: "\(images)/\(kind)/\(image).png")
        }
      }
      try write("no image", to: "\(images)/cat/1.png")
      let model = ["--data", images, "--on-error", "skip", "--threads", "1"]
      expectSuccess(
        try Command.run(
          [
            "train", "--config", SampleFiles.configFile, "--output", "\(folder)/run", "--epochs",
            "1", "--no-pictures",
          ] + model))
      expectSuccess(
        try Command.run(
          ["score", "\(folder)/run", "--only-class", "cat", "--output", "\(folder)/s.csv"] + model))
      #expect(
        try table("\(folder)/s.csv").map { $0["file"] }
          == [0, 2, 3, 4, 5, 6, 7, 8, 9].map { "cat/\($0).png" })
      expectSuccess(
        try Command.run(["encode", "\(folder)/run", "--output", "\(folder)/z.csv"] + model))
      let codes = try table("\(folder)/z.csv")
      #expect(
        codes.count == 19 && codes[1]["file"] == "cat/2.png" && codes[9]["file"] == "dog/0.png")
      expectSuccess(
        try Command.run(["encode", "\(folder)/run", "--output", "\(folder)/z.npz"] + model))
      // NumPy's texts: four bytes a code point.
      let name: [UInt8] = "dog/0.png".utf8.flatMap { byte -> [UInt8] in [byte, 0, 0, 0] }
      let archive = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/z.npz"))
      #expect(archive.range(of: Data(name)) != nil)
    }
  }

  @Test func aPartOfAnArrayIsCalledByItsIndex() throws {
    try withTemporaryFolder { folder in
      let data = "\(folder)/labelled.npz"
      try NPZ.write(
        [
          (name: "data", array: SampleFiles.images(64, height: 12, width: 12)),
          (name: "labels", array: NumericArray((0..<64).map { Int64($0 % 3) })),
        ], to: data)
      expectSuccess(
        try Command.run([
          "score", SampleFiles.modelFolder, "--data", data, "--only-class", "1", "--output",
          "\(folder)/s.csv", "--threads", "1",
        ]))
      #expect(try table("\(folder)/s.csv").prefix(3).map { $0["index"] } == ["1", "4", "7"])
    }
  }

  @Test func anArrayWithABadExampleIsScored() throws {
    try withTemporaryFolder { folder in
      expectSuccess(
        try Command.run([
          "train", "--data", SampleFiles.rowsFile, "--preset", "dense", "--latents", "2",
          "--epochs", "1", "--output", "\(folder)/run", "--threads", "1", "--no-pictures",
        ]))
      var values = SampleFiles.rows(64, 20).floats()
      values[20] = .nan
      values[45] = 1.5
      try NPY.write(NumericArray(values, shape: [64, 20]), to: "\(folder)/x.npy")
      let outcome = try Command.run([
        "score", "\(folder)/run", "--data", "\(folder)/x.npy", "--output", "\(folder)/s.csv",
        "--threads", "1",
      ])
      expectSuccess(outcome)
      let rows = try table("\(folder)/s.csv")
      #expect(rows.indices.filter { rows[$0]["elbo"] == "inf" } == [1, 2])
      #expect(rows[1]["reason"] == "value 0 is nan, not a finite number")
      #expect(rows[2]["reason"]?.contains("1.5") == true)
      // Data of another kind are no odd examples.
      try NPY.write(
        NumericArray(values.map { $0 * 255 + 7 }.map { $0.isNaN ? 0 : $0 }, shape: [64, 20]),
        to: "\(folder)/x.npy")
      expectFailure(
        try Command.run(["score", "\(folder)/run", "--data", "\(folder)/x.npy"]), 65, "x.npy",
        "scale the data")
    }
  }
}
