import Foundation
import Testing

extension CommandTests {
  @Suite struct ExportTests {}
}

extension CommandTests.ExportTests {
  private func train(_ folder: String, _ arguments: String...) throws -> Outcome {
    try Command.run(
      ["train", "--data", SampleFiles.imagesFile, "--latents", "2", "--threads", "1"]
        + ["--no-pictures", "--output", "\(folder)/run"] + arguments)
  }

  @Test func exportWritesTwoFiles() throws {
    try withTemporaryFolder { folder in
      expectSuccess(try train(folder, "--epochs", "1"))
      let outcome = try Command.run(["export", "\(folder)/run", "--onnx", "\(folder)/onnx"])
      expectSuccess(outcome)
      #expect(outcome.output.isEmpty)
      let names = try FileManager.default.contentsOfDirectory(atPath: "\(folder)/onnx").sorted()
      #expect(names == ["decoder.onnx", "encoder.onnx"])
      expectFailure(
        try Command.run(["export", "\(folder)/run", "--onnx", "\(folder)/missing/onnx"]), 65,
        "missing", "create it first")
      expectFailure(try Command.run(["export", "\(folder)/run", "--onnx", ""]), 64, "--onnx")
    }
  }

  @Test func tensorBoardFilesAndTheModelCardFollowTheRun() throws {
    try withTemporaryFolder { folder in
      expectSuccess(try train(folder, "--epochs", "1", "--tensorboard"))
      func files() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "\(folder)/run")
          .filter { $0.contains("tfevents") }.sorted()
      }
      let first = try files()
      #expect(first.count == 1)
      let card = "\(folder)/run/README.md"
      #expect(try String(contentsOfFile: card, encoding: .utf8).contains("## Results"))
      expectSuccess(
        try Command.run([
          "train", "--data", SampleFiles.imagesFile, "--resume", "\(folder)/run", "--epochs", "2",
          "--threads", "1", "--no-pictures", "--tensorboard",
        ]))
      #expect(try files().count == 2)
      // A new run is not shown with the old one's curves.
      expectSuccess(try train(folder, "--epochs", "1", "--overwrite"))
      #expect(try files().isEmpty)
    }
  }

  @Test func planIsToldBeforeTheFirstEpoch() throws {
    try withTemporaryFolder { folder in
      let outcome = try train(folder, "--epochs", "2", "--batch-size", "8")
      expectSuccess(outcome)
      let lines = outcome.error.split(separator: "\n")
      let plan = try #require(lines.firstIndex { $0.contains("steps an epoch") })
      let epoch = try #require(lines.firstIndex { $0.hasPrefix("epoch 1/2") })
      #expect(plan < epoch)
      #expect(lines[plan].contains("of memory") && lines[plan].contains("B of it the data"))
    }
  }

  @Test(arguments: ["bash", "zsh", "fish"])
  func completionsKnowTheNamesThatOptionsTake(_ shell: String) throws {
    let outcome = try Command.run(["--generate-completion-script", shell])
    expectSuccess(outcome)
    for name in ["fashion", "beta_tc_mws", "student_t", "vamp_prior", "two-stage", "blocked"] {
      #expect(outcome.output.contains(name), "\(name)")
    }
  }
}
