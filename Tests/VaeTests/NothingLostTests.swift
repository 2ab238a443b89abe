import Foundation
import Testing

extension CommandTests {
  /// Disks that fill, files and folders that go away, kills: a sentence, and the last good state in place.
  @Suite struct NothingLostTests {}
}

extension CommandTests.NothingLostTests {
  /// 126 parameters, so that the metrics are the largest file after some epochs.
  private func writeDescription(_ folder: String) throws -> String {
    let path = "\(folder)/small.json"
    try write(
      """
      {
        "name": "small", "data": {"channels": 20},
        "encoder": [{"type": "dense", "outputs": 2}], "latent": {"dimensions": 1},
        "decoder": [{"type": "dense", "outputs": 20}],
        "likelihood": {"type": "gaussian", "variance": "shared"},
        "training": {"epochs": 24, "batch_size": 8, "validation_fraction": 0.25}
      }
      """, to: path)
    return path
  }

  private func train(_ config: String, _ output: String, _ more: String...) -> [String] {
    [
      "train", "--data", SampleFiles.rowsFile, "--config", config, "--output", output, "--threads",
      "1", "--no-pictures",
    ] + more
  }

  private func resume(_ folder: String) -> [String] {
    [
      "train", "--data", SampleFiles.rowsFile, "--resume", folder, "--threads", "1",
      "--no-pictures",
    ]
  }

  private func sentence(_ error: String) -> String {
    error.split(separator: "\n").last.map(String.init) ?? ""
  }

  /// No signal is caught by the shell here: the command itself makes a sentence of the limit.
  @Test func aDiskThatFillsWhileTrainingIsToldAndTheRunGoesOnLater() throws {
    try withTemporaryFolder { folder in
      let config = try writeDescription(folder)
      let (whole, broken) = ("\(folder)/whole", "\(folder)/broken")
      expectSuccess(try Command.run(train(config, whole)))
      // 8 KiB hold the state and about twenty lines of metrics.
      let arguments = train(config, broken).joined(separator: " ")
      let outcome = try Command.shell("ulimit -f 8; \"$VAE\" \(arguments)")
      #expect(outcome.status == 65, "\(outcome.status): \(outcome.error)")
      #expect(
        sentence(outcome.error).hasPrefix("Error: \(broken)/metrics.jsonl: cannot be written"))
      expectNoSwift(outcome.error)
      let left = try contents(of: broken)
      #expect(left.keys.allSatisfy { !$0.hasSuffix(".partial") })
      expectSuccess(try Command.run(["info", broken]))

      expectSuccess(try Command.run(resume(broken)))
      #expect(
        try contents(of: broken)["model.safetensors"]
          == contents(of: whole)["model.safetensors"])
      let lines = try String(contentsOfFile: "\(broken)/metrics.jsonl", encoding: .utf8)
      #expect(lines.split(separator: "\n").count == 24)
    }
  }

  /// Starts a long run and does something to its folder once it has told of its second epoch.
  private func disturb(
    _ arguments: [String], _ action: () throws -> Void
  ) throws -> (status: Int32, error: String) {
    let pipe = Pipe()
    let process = Command.process(arguments, errorInto: pipe)
    try process.run()
    try pipe.fileHandleForWriting.close()
    var text = ""
    var isDone = false
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = read(pipe.fileHandleForReading.fileDescriptor, &buffer, buffer.count)
      if count <= 0 { break }
      text += String(decoding: buffer[..<count], as: UTF8.self)
      if !isDone && text.contains("epoch 2/") {
        try action()
        isDone = true
      }
    }
    process.waitUntilExit()
    #expect(isDone && process.terminationReason == .exit)
    return (process.terminationStatus, text)
  }

  @Test func aFolderRemovedWhileTrainingIsTold() throws {
    try withTemporaryFolder { folder in
      let config = try writeDescription(folder)
      let output = "\(folder)/run"
      // A run without an end in sight: it must not be over before the folder is gone, however busy the machine is.
      let (status, error) = try disturb(train(config, output, "--epochs", "1000000")) {
        try FileManager.default.moveItem(atPath: output, toPath: "\(folder)/elsewhere")
      }
      #expect(status == 65, "\(error)")
      #expect(sentence(error).contains("the folder \(output) does not exist"), "\(error)")
      expectNoSwift(error)
      // What was moved is the last good state, and goes on where it lies now.
      expectSuccess(try Command.run(["info", "\(folder)/elsewhere"]))
      let lines = try String(contentsOfFile: "\(folder)/elsewhere/metrics.jsonl", encoding: .utf8)
      let epochs = lines.split(separator: "\n").count
      expectSuccess(
        try Command.run(resume("\(folder)/elsewhere") + ["--epochs", "\(epochs + 1)"]))
    }
  }

  @Test func weightsThatAreGoneAreTold() throws {
    try withTemporaryFolder { folder in
      let model = try SampleFiles.copyModel(to: folder)
      try FileManager.default.removeItem(atPath: "\(model)/model.safetensors")
      expectFailure(
        try Command.run(["evaluate", model, "--data", SampleFiles.imagesFile]), 65,
        "\(model)/model.safetensors", "cannot be read", "No such file")
    }
  }

  @Test func aKilledRunLeavesNothingBesideTheModelOnceItHasGoneOn() throws {
    try withTemporaryFolder { folder in
      let config = try writeDescription(folder)
      let output = "\(folder)/run"
      expectSuccess(try Command.run(train(config, output, "--epochs", "2")))
      try write("half a file", to: "\(output)/.1k2j3h.partial")
      expectSuccess(try Command.run(resume(output)))
      #expect(try contents(of: output)[".1k2j3h.partial"] == nil)
    }
  }
}
