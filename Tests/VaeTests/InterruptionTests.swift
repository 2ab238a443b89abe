import Formats
import Foundation
import Testing

extension CommandTests {
  @Suite struct InterruptionTests {}
}

extension CommandTests.InterruptionTests {
  private func arguments(_ folder: String, epochs: Int) -> [String] {
    [
      "train", "--data", SampleFiles.imagesFile, "--preset", "dense", "--latents", "3",
      "--batch-size", "16", "--epochs", "\(epochs)", "--no-pictures", "--threads", "2",
      "--output", folder,
    ]
  }

  /// Starts a run, sends it a signal once it has told of its second epoch, and returns what it said.
  private func interrupt(_ arguments: [String], with signal: Int32) throws -> (Int32, String) {
    let pipe = Pipe()
    let process = Command.process(arguments, errorInto: pipe)
    try process.run()
    // The child holds the other end now; without this the pipe would never end.
    try pipe.fileHandleForWriting.close()
    var text = ""
    var isSent = false
    // Foundation's own reading waits for the end; read(2) returns what there is.
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = read(pipe.fileHandleForReading.fileDescriptor, &buffer, buffer.count)
      if count <= 0 { break }
      text += String(decoding: buffer[..<count], as: UTF8.self)
      if !isSent && text.contains("epoch 2/") {
        kill(process.processIdentifier, signal)
        isSent = true
      }
    }
    process.waitUntilExit()
    #expect(process.terminationReason == .exit)
    return (process.terminationStatus, text)
  }

  /// The broken run has no end in sight, so that it cannot be over before the signal comes; how far it has got says
  /// how long the whole one is.
  @Test(arguments: [SIGINT, SIGTERM])
  func aBrokenRunGoesOnToTheSameBits(signal: Int32) throws {
    try withTemporaryFolder { folder in
      let (whole, broken) = ("\(folder)/whole", "\(folder)/broken")
      let (status, text) = try interrupt(arguments(broken, epochs: 1_000_000), with: signal)
      #expect(status == 130, "\(text)")
      #expect(text.contains("Interrupted after step"))
      #expect(text.contains("--data \(SampleFiles.imagesFile) --resume \(broken)"))
      expectNoSwift(text)
      // The folder is a model as it stands.
      expectSuccess(try Command.run(["info", broken]))

      func lines() throws -> Int {
        try String(contentsOfFile: "\(broken)/metrics.jsonl", encoding: .utf8)
          .split(separator: "\n").count
      }
      let epochs = try lines() + 3
      expectSuccess(try Command.run(arguments(whole, epochs: epochs)))
      let resumed = try Command.run([
        "train", "--data", SampleFiles.imagesFile, "--resume", broken, "--threads", "2",
        "--no-pictures", "--epochs", "\(epochs)",
      ])
      expectSuccess(resumed)
      for name in ["model.safetensors", "config.json"] {
        #expect(
          FileManager.default.contents(atPath: "\(whole)/\(name)")
            == FileManager.default.contents(atPath: "\(broken)/\(name)"), "\(name)")
      }
      // The state's record holds seconds; its weights and moments are the same.
      let states = try [whole, broken].map {
        try SafeTensors.read("\($0)/training_state.safetensors")
      }
      for tensor in states[0].tensors {
        #expect(try states[0].bytes(tensor.name) == states[1].bytes(tensor.name), "\(tensor.name)")
      }
      #expect(try lines() == epochs)
    }
  }

  @Test func moreEpochsGoOnWithAFinishedRun() throws {
    try withTemporaryFolder { folder in
      let model = try SampleFiles.copyModel(to: folder)
      let data = ["--data", SampleFiles.imagesFile, "--no-pictures", "--resume", model]
      let finished = try Command.run(["train"] + data)
      expectSuccess(finished)
      #expect(finished.error.contains("larger --epochs"))
      let longer = try Command.run(["train", "--epochs", "4"] + data)
      expectSuccess(longer)
      #expect(longer.error.contains("epoch 4/4") && !longer.error.contains("epoch 2/4"))
      let before = try contents(of: model)
      expectFailure(
        try Command.run(["train", "--epochs", "3"] + data), 64, "--epochs 3", "4 epochs", model)
      #expect(try contents(of: model) == before)
    }
  }

  @Test func resumingNeedsTheSameRun() throws {
    try withTemporaryFolder { folder in
      let model = try SampleFiles.copyModel(to: folder)
      let data = ["train", "--data", SampleFiles.imagesFile, "--resume", model]
      for option in [
        ["--preset", "dense"], ["--config", SampleFiles.configFile], ["--seed", "2"],
        ["--output", folder], ["--batch-size", "3"], ["--overwrite"],
      ] {
        expectFailure(try Command.run(data + option), 64, option[0], "--resume")
      }
      let before = try contents(of: model)
      expectFailure(
        try Command.run(["train", "--data", SampleFiles.rowsFile, "--resume", model]), 65,
        SampleFiles.rowsFile, "20", "12×12×1")
      #expect(try contents(of: model) == before)
      try FileManager.default.removeItem(atPath: "\(model)/training_state.safetensors")
      expectFailure(
        try Command.run(data + ["--epochs", "9"]), 65, model, "training_state.safetensors")
      expectFailure(
        try Command.run(["train", "--data", SampleFiles.imagesFile, "--resume", "\(folder)/no"]),
        65, "\(folder)/no", "no such folder")
    }
  }
}
