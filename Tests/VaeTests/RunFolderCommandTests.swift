import Formats
import Foundation
import Testing

extension CommandTests {
  /// Whose a folder is, who writes into it, and what belongs together in it.
  @Suite struct RunFolderCommandTests {}
}

extension CommandTests.RunFolderCommandTests {
  private func train(_ output: String, _ more: String...) -> [String] {
    [
      "train", "--data", SampleFiles.imagesFile, "--config", SampleFiles.configFile,
      "--no-pictures", "--threads", "1", "--output", output,
    ] + more
  }

  private func resume(_ folder: String, data: String, _ more: String...) -> [String] {
    ["train", "--data", data, "--resume", folder, "--threads", "1", "--no-pictures"] + more
  }

  // MARK: One writer

  /// Starts a long run and does something once it has told of its second epoch; then ends it by Ctrl-C.
  private func during(_ arguments: [String], _ action: () throws -> Void) throws -> Int32 {
    let pipe = Pipe()
    let process = Command.process(arguments, errorInto: pipe)
    try process.run()
    try pipe.fileHandleForWriting.close()
    var (text, isDone) = ("", false)
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = read(pipe.fileHandleForReading.fileDescriptor, &buffer, buffer.count)
      if count <= 0 { break }
      if !isDone { text += String(decoding: buffer[..<count], as: UTF8.self) }
      if !isDone && text.contains("epoch 2/") {
        // Whoever fails here must not leave a run that nobody ends.
        defer { kill(process.processIdentifier, SIGINT) }
        isDone = true
        try action()
      }
    }
    process.waitUntilExit()
    #expect(isDone && process.terminationReason == .exit)
    return process.terminationStatus
  }

  @Test func everyOtherWriterIsRefusedWhileARunWrites() throws {
    try withTemporaryFolder { folder in
      let run = "\(folder)/run"
      let status = try during(train(run, "--epochs", "100000")) {
        for arguments in [
          train(run, "--overwrite", "--beta", "8"), resume(run, data: SampleFiles.imagesFile),
          ["fit-prior", run, "--data", SampleFiles.imagesFile, "--kind", "gaussian"],
        ] {
          expectFailure(
            try Command.run(arguments), 65, run, "another process is writing into this folder")
        }
        // Who only reads is not kept out.
        expectSuccess(try Command.run(["info", run]))
      }
      #expect(status == 130)
      // The lock ended with its process.
      expectSuccess(
        try Command.run([
          "fit-prior", run, "--data", SampleFiles.imagesFile, "--kind", "gaussian",
        ]))
      let config = try String(contentsOfFile: "\(run)/config.json", encoding: .utf8)
      #expect(!config.contains("\"beta\" : 8"))
    }
  }

  @Test func aKilledRunHoldsNothing() throws {
    try withTemporaryFolder { folder in
      let run = "\(folder)/run"
      let script =
        "\"$VAE\" \(train(run, "--epochs", "100000").joined(separator: " ")) 2>/dev/null & p=$!; "
        + "until [ -s \(run)/metrics.jsonl ]; do sleep 0.01; done; kill -9 $p; wait $p"
      _ = try Command.shell(script)
      expectSuccess(try Command.run(train(run, "--overwrite")))
    }
  }

  // MARK: Files of others

  @Test func aFolderWithOtherFilesIsRefused() throws {
    try withTemporaryFolder { folder in
      try write("mine", to: "\(folder)/thesis.txt")
      let before = try contents(of: folder)
      expectFailure(
        try Command.run(train(folder)), 65, folder, "not empty", "thesis.txt", "--output",
        "--overwrite")
      #expect(try contents(of: folder) == before)
      expectSuccess(try Command.run(train(folder, "--overwrite")))
      #expect(try contents(of: folder)["thesis.txt"] == before["thesis.txt"])
      // Then it is a run's folder, in which the file stays too.
      expectSuccess(try Command.run(train(folder, "--overwrite")))
      #expect(try contents(of: folder)["thesis.txt"] == before["thesis.txt"])
    }
  }

  @Test(arguments: [
    "samples.png", "reconstructions.png", "loss-curve.svg", "latent-map.png",
    "latent-scatter.svg", "model.safetensors", "metrics.jsonl", "training_state.safetensors",
    "config.json",
  ])
  func aFileOfOursByNameOnlyIsNeverReplaced(_ name: String) throws {
    try withTemporaryFolder { folder in
      try write("mine", to: "\(folder)/\(name)")
      let before = try contents(of: folder)
      expectFailure(try Command.run(train(folder)), 65, folder, "--output")
      expectFailure(
        try Command.run(train(folder, "--overwrite")), 65, "\(folder)/\(name)",
        "not written by a training", "--output")
      #expect(try contents(of: folder) == before)
    }
  }

  @Test func aReadmeOfTheUsersStays() throws {
    try withTemporaryFolder { folder in
      try write("mine", to: "\(folder)/README.md")
      let before = try contents(of: folder)
      expectFailure(try Command.run(train(folder)), 65, folder, "README.md")
      expectSuccess(try Command.run(train(folder, "--overwrite")))
      #expect(try contents(of: folder)["README.md"] == before["README.md"])
    }
  }

  @Test func hiddenFilesDoNotFillAFolder() throws {
    try withTemporaryFolder { folder in
      try write("", to: "\(folder)/.gitkeep")
      expectSuccess(try Command.run(train(folder)))
      #expect(try contents(of: folder)[".gitkeep"] == Data())
    }
  }

  @Test func anotherProgramsExportIsReplacedOnRequestOnly() throws {
    try withTemporaryFolder { folder in
      let export = ["export", SampleFiles.modelFolder, "--onnx", folder]
      try write("mine", to: "\(folder)/decoder.onnx")
      expectFailure(
        try Command.run(export), 65, "\(folder)/decoder.onnx", "another program", "--overwrite")
      #expect(try contents(of: folder) == ["decoder.onnx": Data("mine".utf8)])
      expectSuccess(try Command.run(export + ["--overwrite"]))
      // What an export wrote the next one replaces.
      expectSuccess(try Command.run(export))
    }
  }

  @Test(arguments: ["gaussian", "two-stage"])
  func whatNoFitWroteIsNotReplaced(kind: String) throws {
    try withTemporaryFolder { folder in
      let model = try SampleFiles.copyModel(to: folder)
      let fit =
        [
          "fit-prior", model, "--data", SampleFiles.imagesFile, "--kind", kind, "--threads", "1",
        ] + (kind == "two-stage" ? ["--epochs", "1"] : [])
      expectSuccess(try Command.run(fit))
      expectSuccess(try Command.run(fit))
      let file =
        kind == "two-stage"
        ? "\(model)/prior-two-stage/notes.txt" : "\(model)/prior-gaussian.safetensors"
      if kind == "two-stage" {
        try write("mine", to: file)
      } else {
        try SafeTensors.write(
          [SafeTensors.Entry(name: "a", floats: [1], shape: [1])], to: file)
      }
      let before = try contents(of: model)
      expectFailure(try Command.run(fit), 65, file, "not written by a fit")
      #expect(try contents(of: model) == before)
    }
  }

  // MARK: Sets of files

  /// A link to a device that is always full stands for a disk that fills after the first file.
  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/full")))
  func ofASetOfFilesOnAFullDiskNoneIsLeft() throws {
    try withTemporaryFolder { folder in
      func full(_ name: String) throws {
        try FileManager.default.createSymbolicLink(
          atPath: "\(folder)/\(name)", withDestinationPath: "/dev/full")
      }
      let data = ["--data", SampleFiles.imagesFile]
      try full("decoder.onnx")
      expectFailure(
        try Command.run(["export", SampleFiles.modelFolder, "--onnx", folder, "--overwrite"]), 65,
        "\(folder)/decoder.onnx", "No space left")
      try full("r.html")
      expectFailure(
        try Command.run(
          [
            "evaluate", SampleFiles.modelFolder, "--per-example", "\(folder)/x.csv", "--report",
            "\(folder)/r.html",
          ] + data), 65, "\(folder)/r.html", "No space left")
      let table = "\(folder)/t.csv"
      try write(
        "a,b\n" + (0..<40).map { "\($0),\($0 % 7 == 0 ? "" : "\($0 * 2)")\n" }.joined(), to: table)
      expectSuccess(
        try Command.run([
          "train", "--data", table, "--epochs", "1", "--no-pictures", "--output", "\(folder)/m",
        ]))
      try full("o-3.csv")
      expectFailure(
        try Command.run([
          "impute", "\(folder)/m", "--data", table, "--burn-in", "1", "--spacing", "1", "--output",
          "\(folder)/o.csv",
        ]), 65, "\(folder)/o-3.csv", "No space left")
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
          == ["decoder.onnx", "m", "o-3.csv", "r.html", "t.csv"])
    }
  }

  @Test func anExportThatFailsLeavesNoFolder() throws {
    try withTemporaryFolder { folder in
      expectFailure(
        try Command.shell(
          "trap '' XFSZ; ulimit -f 1; \"$VAE\" export \(SampleFiles.modelFolder) --onnx \(folder)/onnx"
        ),
        65, "\(folder)/onnx/", "File too large")
      #expect(try contents(of: folder).isEmpty)
    }
  }
}
