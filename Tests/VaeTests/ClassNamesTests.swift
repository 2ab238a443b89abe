import Formats
import Foundation
import Testing

extension CommandTests {
  /// Classes by name: in folders, in tables, left out and sampled.
  @Suite struct ClassNamesTests {}
}

extension CommandTests.ClassNamesTests {
  /// Grey images of 8×8, six of each class, a shade to each image; a class's folder may have another name.
  private static func fill(_ folder: String, _ classes: [(String, UInt8)], images: Int = 6) throws {
    for (name, grey) in classes {
      try FileManager.default.createDirectory(
        atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
      for image in 0..<images {
        try PNG.write(
          PNGImage(
            width: 8, height: 8, channels: 1,
            pixels: [UInt8](repeating: grey + UInt8(image), count: 64)),
          to: "\(folder)/\(name)/\(image).png")
      }
    }
  }

  private static let greys: [(String, UInt8)] = [("cat", 40), ("dog", 130), ("emu", 220)]

  /// Runs in a folder with `train`, images of three classes, and `m`, a conditional model of them.
  private func withModel(
    _ options: [String] = [], _ body: (String, ([String]) throws -> Outcome) throws -> Void
  ) throws {
    try withTemporaryFolder { folder in
      try Self.fill("\(folder)/train", Self.greys)
      func run(_ arguments: [String]) throws -> Outcome { try Command.run(arguments, in: folder) }
      expectSuccess(
        try run(
          [
            "train", "--data", "train", "--latents", "2", "--likelihood", "gaussian", "--condition",
            "labels", "--epochs", "2", "--batch-size", "8", "--threads", "1", "--no-pictures",
            "--output", "m",
          ] + options))
      try body(folder, run)
    }
  }

  private func description(_ folder: String) throws -> [String: Any] {
    let data = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/config.json"))
    return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
  }

  /// The largest difference of two arrays of floats, infinite for other sizes.
  private func difference(_ a: [Float], _ b: [Float]) -> Float {
    a.count == b.count ? zip(a, b).map { abs($0 - $1) }.max() ?? 0 : .infinity
  }

  @Test func aFolderOfSomeClassesTellsTheRightOnes() throws {
    try withModel { folder, run in
      let (cat, dog, emu) = (Self.greys[0], Self.greys[1], Self.greys[2])
      try Self.fill("\(folder)/two", [dog, emu])
      // Capitals sort before all other letters: EMU, cat, dog.
      try Self.fill("\(folder)/letters", [cat, dog, ("EMU", 220)])
      try Self.fill("\(folder)/four", [cat, dog, ("cow", 90), emu])
      try Self.fill("\(folder)/empty", [("ant", 0)], images: 0)
      try Self.fill("\(folder)/empty", [dog, emu])
      func values(_ command: String, _ data: String) throws -> [Float] {
        expectSuccess(
          try run([command, "m", "--data", data, "--output", "\(data)-\(command).npy"]))
        return try NPY.read("\(folder)/\(data)-\(command).npy").floats()
      }
      for command in ["reconstruct", "encode"] {
        let all = try values(command, "train")
        let third = all.count / 3
        for data in ["two", "empty"] {
          // The same rows in another minibatch: a few roundoffs.
          #expect(difference(try values(command, data), Array(all[third...])) < 1e-5)
        }
        let letters = try values(command, "letters")
        #expect(difference(letters, Array(all[(2 * third)...] + all[..<(2 * third)])) < 1e-5)
      }
      // A wrong class would not pass for the right one.
      expectSuccess(
        try run(["decode", "m", "--latents", "two-encode.npy", "--class", "cat", "-o", "w.npy"]))
      let right = try NPY.read("\(folder)/two-reconstruct.npy").floats()
      #expect(difference(try NPY.read("\(folder)/w.npy").floats(), right) > 1e-3)

      for arguments in [
        ["reconstruct", "m", "--data", "four", "--output", "x.npy"],
        ["encode", "m", "--data", "four", "--output", "x.npy"],
        ["evaluate", "m", "--data", "four"],
        ["score", "m", "--data", "four"], ["score", "m", "--data", "two", "--calibration", "four"],
        ["impute", "m", "--data", "four", "--output", "x.npy"],
        ["fit-prior", "m", "--data", "four", "--kind", "gaussian"],
        ["train", "--data", "four", "--resume", "m"],
        ["arithmetic", "m", "--data", "four", "--plus", "cat", "--output", "x.npy"],
        [
          "interpolate", "m", "--data", "four", "--from", "0", "--to", "1", "--output", "x.npy",
        ],
        ["traverse", "m", "--data", "four", "--output", "x.npy"],
      ] {
        expectFailure(
          try run(arguments), 65, "four/cow", "unknown class \"cow\"", "cat, dog, emu")
      }
      expectSuccess(try run(["evaluate", "m", "--data", "four", "--exclude-class", "cow"]))
    }
  }

  @Test func validationAndTestFilesAreMatchedByName() throws {
    try withTemporaryFolder { folder in
      try Self.fill("\(folder)/train", Self.greys)
      try Self.fill("\(folder)/held", [Self.greys[2]])
      try Self.fill("\(folder)/four", Self.greys + [("cow", 90)])
      func train(_ name: String, _ options: String...) throws -> Outcome {
        try Command.run(
          [
            "train", "--data", "train", "--latents", "2", "--condition", "labels", "--epochs", "1",
            "--threads", "1", "--no-pictures", "--json", "--output", name,
          ] + options, in: folder)
      }
      for option in ["--validation", "--test"] {
        let outcome = try train("m\(option)", option, "held")
        expectSuccess(outcome)
        // The end of training, and the folder on its own.
        let alone = try Command.run(
          ["evaluate", "m\(option)", "--data", "held", "--threads", "1", "--json"], in: folder)
        expectSuccess(alone)
        #expect(try outcome.json()["elbo"] as? Double == alone.json()["elbo"] as? Double)
        expectFailure(
          try train("n", option, "four"), 65, "four/cow", "unknown class \"cow\"", "cat, dog, emu")
      }
    }
  }

  @Test func anUnknownLabelOfATableIsNamedWithItsLine() throws {
    try withTemporaryFolder { folder in
      let rows = (0..<30).map { "\(Double($0) / 4),\($0 % 5 - 2),\(["cat", "dog", "emu"][$0 % 3])" }
      try write("x,y,kind\n" + rows.joined(separator: "\n") + "\n", to: "\(folder)/in.csv")
      try write(#"{"columns": {"kind": "label", "y": "real"}}"#, to: "\(folder)/s.json")
      try write("y,kind,x\n1,emu,0.5\n2,fox,1\n", to: "\(folder)/new.csv")
      try write("x,y\n0.5,1\n", to: "\(folder)/bare.csv")
      try write("x,y,kind\n0.5,1,emu\n2,1,\n", to: "\(folder)/hole.csv")
      try write("kind,y,x\nEMU,1,0.5\ndog,2,1\n", to: "\(folder)/known.csv")
      func run(_ arguments: String...) throws -> Outcome { try Command.run(arguments, in: folder) }
      expectFailure(
        try run("train", "--data", "in.csv", "--condition", "labels", "--output", "m"), 65,
        "in.csv", "has no labels", "--schema")
      expectSuccess(
        try run(
          "train", "--data", "in.csv", "--schema", "s.json", "--condition", "labels", "--epochs",
          "2", "--threads", "1", "--no-pictures", "--output", "m"))
      for command in ["reconstruct", "encode"] {
        expectFailure(
          try run(command, "m", "--data", "new.csv", "--output", "x.csv"), 65,
          "new.csv: line 3, column \"kind\"", "unknown class \"fox\"", "cat, dog, emu")
        expectFailure(
          try run(command, "m", "--data", "bare.csv", "--output", "x.csv"), 65, "bare.csv",
          "lacks the column \"kind\"")
        expectFailure(
          try run(command, "m", "--data", "hole.csv", "--output", "x.csv"), 65, "hole.csv",
          "line 3, column \"kind\", is empty")
      }
      // Columns in another order, and what they are told is written beside them.
      expectSuccess(try run("reconstruct", "m", "--data", "known.csv", "--output", "k.csv"))
      let known = try String(contentsOfFile: "\(folder)/k.csv", encoding: .utf8)
        .split(separator: "\n")
      #expect(known[0] == "x,y,kind")
      #expect(known[1].hasSuffix(",emu") && known[2].hasSuffix(",dog"))
      expectSuccess(try run("encode", "m", "--data", "known.csv", "--output", "a.npy"))
      try write("kind,y,x\nemu,1,0.5\ndog,2,1\n", to: "\(folder)/lower.csv")
      expectSuccess(try run("encode", "m", "--data", "lower.csv", "--output", "b.npy"))
      #expect(
        try NPY.read("\(folder)/a.npy").floats() == NPY.read("\(folder)/b.npy").floats())
    }
  }

  @Test func classesLeftOutAreGone() throws {
    try withModel(["--exclude-class", "Dog", "--validation-fraction", "0.25"]) { folder, run in
      let config = try description("\(folder)/m")
      let condition = try #require(config["condition"] as? [String: Any])
      #expect(condition["classes"] as? Int == 2)
      #expect(condition["names"] as? [String] == ["cat", "emu"])
      #expect(condition["numbers"] as? [Int] == [0, 2])
      let data = try #require(config["data"] as? [String: Any])
      #expect((data["classes"] as? [String: [String]]) == ["excluded": ["dog"]])
      let info = try run(["info", "m"])
      #expect(info.output.contains("2 classes: cat (") && !info.output.contains("dog"))

      expectSuccess(
        try run([
          "sample", "m", "--count", "50", "--output", "s.npz", "--labels-output", "c.csv",
        ]))
      let arrays = try NPZ.read("\(folder)/s.npz")
      let labels = try #require(arrays.first { $0.name == "labels" }).array.floats()
      #expect(Set(labels) == [0, 2] && labels.count == 50)
      #expect(arrays.first { $0.name == "data" }?.array.shape == [50, 8, 8])
      let lines = try String(contentsOfFile: "\(folder)/c.csv", encoding: .utf8)
        .split(separator: "\n")
      #expect(lines[0] == "example,class" && lines.count == 51)
      for (row, line) in lines.dropFirst().enumerated() {
        #expect(line == "\(row),\(labels[row] == 0 ? "cat" : "emu")")
      }
      expectFailure(
        try run(["sample", "m", "--count", "2", "--class", "dog", "--output", "x.npy"]), 64,
        "unknown class \"dog\"", "cat, emu")

      // The parts of the same folder are those that training saw; the whole folder has a class too many.
      let part = try run(["evaluate", "m", "--data", "train", "--split", "validation", "--json"])
      expectSuccess(part)
      expectSuccess(
        try run(["reconstruct", "m", "--data", "train", "--split", "train", "-o", "r.npy"]))
      let count = try NPY.read("\(folder)/r.npy").shape[0]
      #expect(try part.json()["examples"] as? Int == 12 - count)
      expectFailure(
        try run(["evaluate", "m", "--data", "train"]), 65, "train/dog", "unknown class \"dog\"")
      expectSuccess(try run(["evaluate", "m", "--data", "train", "--exclude-class", "dog"]))
      expectSuccess(try run(["fit-prior", "m", "--data", "train", "--kind", "gaussian"]))
      // Its own samples are data that it understands, by number.
      expectSuccess(try run(["evaluate", "m", "--data", "s.npz"]))

      // Going on leaves the same class out, told or not, and no other.
      for options in [[], ["--exclude-class", "dog"]] {
        let more = try run(
          ["train", "--data", "train", "--resume", "m", "--epochs", "3", "--no-pictures"] + options)
        expectSuccess(more)
        #expect(more.error.contains("on \(count) examples"))
      }
      expectFailure(
        try run(["train", "--data", "train", "--resume", "m", "--exclude-class", "cat"]), 64,
        "--exclude-class \"dog\"")
    }
  }

  @Test func aClassWithoutImagesIsNone() throws {
    try withTemporaryFolder { folder in
      try Self.fill("\(folder)/train", Self.greys)
      try Self.fill("\(folder)/train", [("bat", 0)], images: 0)
      let outcome = try Command.run(
        [
          "train", "--data", "train", "--latents", "2", "--condition", "labels", "--epochs", "1",
          "--threads", "1", "--output", "m",
        ], in: folder)
      expectSuccess(outcome)
      #expect(outcome.error.contains("train/bat: the class has no images"))
      let condition = try description("\(folder)/m")["condition"] as? [String: Any]
      #expect(condition?["names"] as? [String] == ["cat", "dog", "emu"])
      #expect(condition?["examples"] as? [Int] == [6, 6, 6])
    }
  }

  @Test func samplesOfATableSayTheirClassInProportion() throws {
    try withTemporaryFolder { folder in
      let rows = (0..<40).map { "\(Double($0) / 4),\($0 < 36 ? "common" : "rare"),\($0 * 7 % 9)" }
      try write("x,kind,y\n" + rows.joined(separator: "\n") + "\n", to: "\(folder)/in.csv")
      try write(#"{"columns": {"kind": "label"}}"#, to: "\(folder)/s.json")
      func run(_ arguments: String...) throws -> Outcome { try Command.run(arguments, in: folder) }
      func kinds(_ options: String...) throws -> [Substring] {
        let outcome = try Command.run(
          ["sample", "m", "--output", "s.csv", "--count"] + options, in: folder)
        expectSuccess(outcome)
        let lines = try String(contentsOfFile: "\(folder)/s.csv", encoding: .utf8)
          .split(separator: "\n").map { $0.split(separator: ",") }
        #expect(lines[0] == ["x", "kind", "y"])
        return lines.dropFirst().map { $0[1] }
      }
      expectSuccess(
        try run(
          "train", "--data", "in.csv", "--schema", "s.json", "--condition", "labels", "--epochs",
          "2", "--threads", "1", "--no-pictures", "--output", "m"))
      for prior in ["model", "standard"] {
        let drawn = try kinds("1000", "--prior", prior)
        // 900 expected, the standard deviation is 9.5.
        #expect(abs(drawn.count { $0 == "common" } - 900) < 48 && drawn.count == 1000)
        #expect(Set(drawn) == ["common", "rare"])
      }
      #expect(
        try kinds("5", "--class", "rare", "--class", "common")
          == ["rare", "common", "rare", "common", "rare"])
      #expect(try kinds("3", "--class", "rare") == ["rare", "rare", "rare"])
      // Samples can be read again.
      expectSuccess(try run("evaluate", "m", "--data", "s.csv"))

      expectSuccess(try run("encode", "m", "--data", "in.csv", "--output", "z.npy"))
      expectSuccess(
        try run("decode", "m", "--latents", "z.npy", "--class", "rare", "--output", "d.csv"))
      #expect(
        try String(contentsOfFile: "\(folder)/d.csv", encoding: .utf8).split(separator: "\n")
          .dropFirst().allSatisfy { $0.contains(",rare,") })
      expectFailure(
        try run(
          "decode", "m", "--latents", "z.npy", "--class", "rare", "--class", "common", "-o", "d.csv"
        ), 64, "--class is given 2 times")

      // A description from before counts were kept.
      let path = "\(folder)/m/config.json"
      var config = try description("\(folder)/m")
      var condition = try #require(config["condition"] as? [String: Any])
      #expect(condition.removeValue(forKey: "examples") as? [Int] == [36, 4])
      config["condition"] = condition
      try JSONSerialization.data(withJSONObject: config).write(to: URL(fileURLWithPath: path))
      let uniform = try run("sample", "m", "--count", "1000", "--output", "s.csv")
      expectSuccess(uniform)
      #expect(uniform.error.contains("drawn uniformly"))
      let text = try String(contentsOfFile: "\(folder)/s.csv", encoding: .utf8)
      // 500 expected, the standard deviation is 15.8.
      #expect(abs(text.components(separatedBy: ",rare,").count - 501) < 80)
    }
  }

  @Test func aTableWithoutAClassIsCompletedRowByRow() throws {
    try withTemporaryFolder { folder in
      let kinds = ["cat", "fox", "dog"]
      let rows = (0..<36).map { "\(Double($0) / 4),\(kinds[$0 % 3]),\($0 * 7 % 9)" }
      try write("x,kind,y\n" + rows.joined(separator: "\n") + "\n", to: "\(folder)/in.csv")
      let holes = ["1.25,fox,3", ",cat,4", "2.75,fox,", "3.75,dog,5", "4.75,cat,"]
      try write("x,kind,y\n" + holes.joined(separator: "\n") + "\n", to: "\(folder)/holes.csv")
      try write(#"{"columns": {"kind": "label"}}"#, to: "\(folder)/s.json")
      func run(_ arguments: String...) throws -> Outcome { try Command.run(arguments, in: folder) }
      expectSuccess(
        try run(
          "train", "--data", "in.csv", "--schema", "s.json", "--condition", "labels",
          "--exclude-class", "fox", "--epochs", "2", "--threads", "1", "--no-pictures", "--output",
          "m"))
      expectFailure(
        try run("impute", "m", "--data", "holes.csv", "--output", "f.csv"), 65,
        "holes.csv: line 2, column \"kind\"", "unknown class \"fox\"", "--exclude-class")
      expectSuccess(
        try run(
          "impute", "m", "--data", "holes.csv", "--exclude-class", "fox", "--imputations", "1",
          "--burn-in", "5", "--output", "f.csv"))
      let filled = try String(contentsOfFile: "\(folder)/f.csv", encoding: .utf8)
        .split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false) }
      #expect(filled.count == 4 && filled.allSatisfy { !$0.contains("") })
      #expect(filled.map { $0[1] } == ["kind", "cat", "dog", "cat"])
      #expect(filled[1][2] == "4" && filled[2] == ["3.75", "dog", "5"] && filled[3][0] == "4.75")
    }
  }

  @Test func picturesAndArraysSayWhereClassesAre() throws {
    try withModel { folder, run in
      let picture = try run(["sample", "m", "--count", "5", "--output", "s.png"])
      expectSuccess(picture)
      let rows = picture.error.split(separator: "\n").filter { $0.hasPrefix("Row ") }
      #expect(rows.count == 2 && rows[0].split(separator: ",").count == 3)
      let array = try run(["sample", "m", "--count", "40", "--output", "s.npy"])
      expectSuccess(array)
      #expect(array.error.contains("--labels-output"))
      expectSuccess(
        try run([
          "sample", "m", "--count", "4", "--class", "emu", "--class", "0", "--output", "s.npy",
          "--labels-output", "l.npy",
        ]))
      #expect(try NPY.read("\(folder)/l.npy").floats() == [2, 0, 2, 0])
      for (arguments, words) in [
        (["--labels-output", "l.png"], "--labels-output l.png"),
        (["--labels-output", "s.npy"], "the same file"),
      ] {
        expectFailure(
          try run(["sample", "m", "--count", "4", "--output", "s.npy"] + arguments), 64, words)
      }
      expectFailure(
        try run([
          "sample", SampleFiles.modelFolder, "--count", "4", "--output", "s.npy",
          "--labels-output", "l.csv",
        ]), 64, "is told no class")
    }
  }

  @Test func anomalousLabelsAreFoundByName() throws {
    try withTemporaryFolder { folder in
      // As names sort, the anomalies are class 0 here and class 1 in the calibration.
      try Self.fill("\(folder)/test", [("anomaly", 250 - 10), ("normal", 100)])
      try Self.fill(
        "\(folder)/normal", [("alike", 100), ("anomaly", 240), ("normal", 110)], images: 10)
      expectSuccess(
        try Command.run(
          [
            "train", "--data", "normal", "--only-class", "normal", "--latents", "2", "--epochs",
            "1",
            "--threads", "1", "--no-pictures", "--output", "m",
          ], in: folder))
      func score(_ options: String...) throws -> Outcome {
        try Command.run(["score", "m", "--data", "test", "--json"] + options, in: folder)
      }
      let untold = try score()
      expectSuccess(untold)
      #expect(!untold.output.contains("auroc\":{"))
      for label in ["anomaly", "0"] {
        let told = try score("--anomaly-label", label, "--calibration", "normal")
        expectSuccess(told)
        let report = try #require((try told.json()["scores"] as? [[String: Any]])?.first)
        let alarms = try #require(report["alarms"] as? [String: Any])
        #expect(alarms["calibration_examples"] as? Int == 20)
      }
    }
  }
}
