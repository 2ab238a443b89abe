import Formats
import Foundation
import Testing

extension CommandTests {
  @Suite struct ModelFileTests {}
}

extension CommandTests.ModelFileTests {
  /// A safetensors file from its header's text and its data.
  private func safetensors(_ header: String, _ data: [UInt8], length: UInt64? = nil) -> [UInt8] {
    let text = Array(header.utf8)
    let count = length ?? UInt64(text.count)
    return (0..<8).map { UInt8(truncatingIfNeeded: count >> (8 * $0)) } + text + data
  }

  private func entry(_ name: String, _ begin: Int, _ end: Int, shape: String = "[1]") -> String {
    "\"\(name)\":{\"dtype\":\"F32\",\"shape\":\(shape),\"data_offsets\":[\(begin),\(end)]}"
  }

  /// Each rule of the format, broken.
  @Test func aFileThatBreaksARuleIsRefused() throws {
    let four = [UInt8](repeating: 0, count: 4)
    let (a, b) = (entry("a", 0, 4), entry("b", 4, 8))
    var notText = safetensors("{\(entry("é", 0, 4))}", four)
    notText[10] = 0xff
    let cases: [([UInt8], String)] = [
      ([], "the header's length"),
      ([1, 2, 3], "the header's length"),
      (safetensors("{}", [], length: 1 << 40), "100 MB"),
      (safetensors("{}", [], length: 50), "the header needs 50 bytes"),
      (safetensors("x", []), "does not begin with {"),
      (notText, "not UTF-8"),
      (safetensors("{\(a),\(a)}", four), "twice"),
      (safetensors("{\(a),\(entry("b", 8, 12))}", four + four + four), "4 unused bytes"),
      (safetensors("{\(a),\(entry("b", 0, 4))}", four), "overlaps"),
      (safetensors("{\(a),\(b)}", four), "ends at byte 8"),
      (safetensors("{\(entry("a", 0, 4, shape: "[2]"))}", four), "needs 8 bytes by its shape"),
      (safetensors("{\(a)}", four + four), "4 bytes follow"),
      (safetensors("{\(entry("a", 4, 0))}", four), "before its begin"),
      (safetensors("{\(entry("a", 0, 4, shape: "[-1]"))}", four), "negative"),
      (
        safetensors("{\(entry("a", 0, 4, shape: "[4294967296,4294967296,4]"))}", four),
        "exceeds 64 bits"
      ),
      (safetensors("{\"a\":{\"dtype\":\"F33\"}}", []), "F33"),
      (safetensors("{\(a)}", four), "is missing"),
    ]
    try withTemporaryFolder { folder in
      let model = try SampleFiles.copyModel(to: folder)
      for (bytes, word) in cases {
        try write(bytes, to: "\(model)/model.safetensors")
        expectFailure(
          try Command.run(["info", model]), 65, "\(model)/model.safetensors", word)
      }
    }
  }

  @Test func weightsOfAnotherModelAreRefused() throws {
    try withTemporaryFolder { folder in
      let model = try SampleFiles.copyModel(to: folder)
      let path = "\(model)/model.safetensors"
      let file = try SafeTensors.read(path)
      func entries(_ change: (String, NumericArray) -> NumericArray?) throws
        -> [SafeTensors.Entry]
      {
        try file.tensors.compactMap { tensor in
          change(tensor.name, try file.array(tensor.name)).map {
            SafeTensors.Entry(name: tensor.name, array: $0)
          }
        }
      }
      func expectRefused(_ entries: [SafeTensors.Entry], _ words: String...) throws {
        try SafeTensors.write(entries, to: path)
        let outcome = try Command.run(["info", model])
        expectFailure(outcome, 65, path)
        for word in words { #expect(outcome.error.contains(word), "\(outcome.error)") }
      }
      let bias = "encoder.4.bias"
      try expectRefused(try entries { $0 == bias ? nil : $1 }, bias, "[4]", "missing")
      try expectRefused(
        try entries { $1 } + [SafeTensors.Entry(name: "extra", floats: [1], shape: [1])], "extra",
        "does not have")
      try expectRefused(
        try entries { $0 == bias ? NumericArray([1, 2, 3] as [Float]) : $1 }, bias, "[3]", "[4]")
      try expectRefused(
        try entries { $0 == bias ? NumericArray([0, 0, .nan, 0] as [Float]) : $1 }, bias,
        "element 2", "nan")
      try expectRefused(
        try entries { $0 == bias ? NumericArray([1, 2, 3, 4] as [Int64]) : $1 }, bias, "int64")
      let variance = "encoder.3.running_var"
      let negative = NumericArray([1, 1, -1, 1, 1, 1, 1, 1] as [Float])
      try expectRefused(
        try entries { $0 == variance ? negative : $1 }, variance, "element 2 ", "variance")
      // Weights that are numbers, with losses that are none.
      try SafeTensors.write(
        try entries { name, array in
          name.hasPrefix("decoder") && name.hasSuffix("weight")
            ? NumericArray([Float](repeating: 3e38, count: array.count), shape: array.shape) : array
        }, to: path)
      for option in [[], ["--json"]] {
        expectFailure(
          try Command.run(["evaluate", model, "--data", SampleFiles.imagesFile] + option), 65,
          SampleFiles.imagesFile, "not a finite number")
      }
    }
  }

  @Test func aFolderThatIsNoModelIsRefused() throws {
    try withTemporaryFolder { folder in
      expectFailure(
        try Command.run(["info", "\(folder)/none"]), 65, "\(folder)/none", "no such folder")
      expectFailure(try Command.run(["info", folder]), 65, folder, "holds no model", "config.json")
      expectFailure(
        try Command.run(["info", SampleFiles.imagesFile]), 65, SampleFiles.imagesFile, "is a file")
      let model = try SampleFiles.copyModel(to: folder)
      for name in ["model.safetensors", "config.json"] {
        let path = "\(model)/\(name)"
        try write("", to: path)
        expectFailure(try Command.run(["info", model]), 65, path)
        try FileManager.default.removeItem(atPath: path)
        if name == "model.safetensors" {
          expectFailure(try Command.run(["info", model]), 65, path, "No such file")
        }
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        expectFailure(try Command.run(["info", model]), 65, path, "is a folder")
      }
    }
  }

  @Test func aProgressRecordThatContradictsItselfIsRefused() throws {
    try withTemporaryFolder { folder in
      let model = try SampleFiles.copyModel(to: folder)
      let path = "\(model)/training_state.safetensors"
      let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
      func resume(replacing old: String, by new: String) throws -> Outcome {
        precondition(old.utf8.count == new.utf8.count)
        var damaged = bytes
        let pattern = Array(old.utf8)
        let start = try #require(
          damaged.indices.first { damaged[$0...].starts(with: pattern) }, "\(old)")
        damaged.replaceSubrange(start..<start + pattern.count, with: Array(new.utf8))
        try write(damaged, to: path)
        return try Command.run([
          "train", "--data", SampleFiles.imagesFile, "--resume", model, "--epochs", "5",
          "--no-pictures",
        ])
      }
      for (old, new) in [
        ("\\\"completedSteps\\\":8", "\\\"completedSteps\\\":9"),
        ("\\\"nextBatch\\\":0", "\\\"nextBatch\\\":7"), ("\\\"epoch\\\":2", "\\\"epoch\\\":4"),
        ("\\\"reductions\\\":0", "\\\"reductions\\\":3"),
      ] {
        let outcome = try resume(replacing: old, by: new)
        if new.contains("reductions") {
          expectSuccess(outcome)
        } else {
          expectFailure(outcome, 65, path, "progress record")
        }
      }
      for (old, new) in [
        ("\"examples\":\"64\"", "\"examples\":\"65\""), ("\"seed\":\"1\"", "\"seed\":\"2\""),
      ] {
        expectFailure(try resume(replacing: old, by: new), 65, path, "a resumed run takes the same")
      }
    }
  }

  /// Bytes changed at random: any answer is right but a trap, and a refusal is a sentence.
  @Test(arguments: [
    ("config.json", 120), ("model.safetensors", 100), ("training_state.safetensors", 100),
    ("metrics.jsonl", 60),
  ])
  func damageIsNoTrap(file: String, rounds: Int) throws {
    try withTemporaryFolder { folder in
      let model = try SampleFiles.copyModel(to: folder)
      let original = try contents(of: model)
      let bytes = [UInt8](try #require(original[file]))
      // Headers and texts are where damage can mislead; numbers in the data are only numbers.
      let reach = file.hasSuffix("safetensors") ? min(bytes.count, 2_000) : bytes.count
      var generator = SeededGenerator(state: UInt64(rounds))
      for round in 0..<rounds {
        var damaged = bytes
        for _ in 0..<Int.random(in: 1...3, using: &generator) {
          let index = Int.random(in: 0..<min(reach, damaged.count), using: &generator)
          switch Int.random(in: 0..<5, using: &generator) {
          case 0: damaged[index] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
          case 1: damaged[index] = .random(in: 0...255, using: &generator)
          case 2: damaged[index] = UInt8.random(in: 0x30...0x39, using: &generator)
          case 3: damaged.insert(UInt8.random(in: 0x30...0x39, using: &generator), at: index)
          default: damaged.removeSubrange(index..<min(index + 3, damaged.count))
          }
        }
        for (name, data) in original {
          try data.write(to: URL(fileURLWithPath: "\(model)/\(name)"))
        }
        try write(damaged, to: "\(model)/\(file)")
        let resumes = file == "training_state.safetensors" || file == "metrics.jsonl"
        let outcome = try Command.run(
          resumes || round % 4 == 0
            ? [
              "train", "--data", SampleFiles.imagesFile, "--resume", model, "--epochs", "3",
              "--threads", "1", "--no-pictures",
            ] : ["evaluate", model, "--data", SampleFiles.imagesFile, "--threads", "1"])
        #expect(
          [0, 1, 64, 65].contains(outcome.status),
          "round \(round): \(outcome.status): \(outcome.error)")
        expectNoSwift(outcome.error)
      }
    }
  }
}
