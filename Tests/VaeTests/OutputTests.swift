import Formats
import Foundation
import Testing

extension CommandTests {
  @Suite struct OutputTests {}
}

extension CommandTests.OutputTests {
  private var trainTiny: [String] {
    [
      "train", "--data", SampleFiles.imagesFile, "--config", SampleFiles.configFile,
      "--no-pictures", "--output",
    ]
  }

  @Test func theFolderOfTheOutputMustExist() throws {
    try withTemporaryFolder { folder in
      let missing = "\(folder)/none"
      let model = SampleFiles.modelFolder
      let data = ["--data", SampleFiles.imagesFile]
      try NPY.write(NumericArray([0, 0] as [Float], shape: [1, 2]), to: "\(folder)/z.npy")
      let before = try contents(of: folder)
      for arguments in [
        ["encode", model, "--output", "\(missing)/x.npy"] + data,
        ["encode", model, "--output", "\(missing)/x.npz"] + data,
        ["decode", model, "--latents", "\(folder)/z.npy", "--output", "\(missing)/x.npy"],
        ["reconstruct", model, "--output", "\(missing)/x.png"] + data,
        ["sample", model, "--count", "3", "--output", "\(missing)/x.npy"],
        trainTiny + ["\(missing)/run"],
      ] {
        expectFailure(try Command.run(arguments), 65, missing, "does not exist", "create it first")
      }
      #expect(try contents(of: folder) == before)
    }
  }

  @Test func anOutputMayNotBeAFolderNorAFileAModel() throws {
    try withTemporaryFolder { folder in
      try FileManager.default.createDirectory(
        atPath: "\(folder)/x.npy", withIntermediateDirectories: false)
      try write("text", to: "\(folder)/file")
      let before = try contents(of: folder)
      expectFailure(
        try Command.run([
          "sample", SampleFiles.modelFolder, "--count", "3", "--output", "\(folder)/x.npy",
        ]), 65, "\(folder)/x.npy", "is a folder")
      expectFailure(
        try Command.run(trainTiny + ["\(folder)/file"]), 65, "\(folder)/file", "is a file", "folder"
      )
      #expect(try contents(of: folder) == before)
    }
  }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/full"), "there is no /dev/full"))
  func aFullDiskIsTold() throws {
    try withTemporaryFolder { folder in
      for name in ["x.npy", "x.npz", "x.png"] {
        try FileManager.default.createSymbolicLink(
          atPath: "\(folder)/\(name)", withDestinationPath: "/dev/full")
      }
      let model = SampleFiles.modelFolder
      for arguments in [
        ["encode", model, "--data", SampleFiles.imagesFile, "--output", "\(folder)/x.npz"],
        ["sample", model, "--count", "3", "--output", "\(folder)/x.npy"],
        ["sample", model, "--count", "3", "--output", "\(folder)/x.png"],
      ] {
        expectFailure(try Command.run(arguments), 65, "\(folder)/x.", "No space left")
      }
    }
  }

  /// A limit on file sizes stands for a disk that fills while a file is written.
  @Test func aFileCutShortLeavesNothing() throws {
    try withTemporaryFolder { folder in
      try write("older", to: "\(folder)/x.npy")
      let before = try contents(of: folder)
      let limited = "trap '' XFSZ; ulimit -f 1; \"$VAE\""
      let model = SampleFiles.modelFolder
      expectFailure(
        try Command.shell("\(limited) sample \(model) --count 50 --output \(folder)/x.npy"), 65,
        "\(folder)/x.npy", "cannot be written", "File too large")
      expectFailure(
        try Command.shell("\(limited) \(trainTiny.joined(separator: " ")) \(folder)/run"), 65,
        "\(folder)/run", "cannot be written", "File too large")
      // Without --output the folder above is made too.
      let script =
        "\(limited) train --data \(SampleFiles.imagesFile) --config \(SampleFiles.configFile)"
      expectFailure(
        try Command.shell(script, in: folder), 65, "runs/tiny", "cannot be written")
      #expect(try contents(of: folder) == before)
    }
  }

  @Test func aFullDiskLeavesAnOlderModelWhole() throws {
    try withTemporaryFolder { folder in
      let model = try SampleFiles.copyModel(to: folder)
      let before = try contents(of: folder)
      let train = (trainTiny + [model, "--overwrite"]).joined(separator: " ")
      expectFailure(
        try Command.shell("trap '' XFSZ; ulimit -f 1; \"$VAE\" \(train)"), 65, model,
        "cannot be written")
      #expect(try contents(of: folder) == before)
    }
  }

  @Test(.enabled(if: geteuid() != 0, "root writes everywhere"))
  func aFolderClosedToWritingIsTold() throws {
    try withTemporaryFolder { folder in
      let closed = "\(folder)/closed"
      try FileManager.default.createDirectory(
        atPath: closed, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o555])
      expectFailure(
        try Command.run([
          "sample", SampleFiles.modelFolder, "--count", "3", "--output", "\(closed)/x.npy",
        ]), 65, closed, "closed to writing")
      expectFailure(try Command.run(trainTiny + ["\(closed)/run"]), 65, "\(closed)/run")
    }
  }

  @Test func anOlderModelIsReplacedOnlyOnRequest() throws {
    try withTemporaryFolder { folder in
      let model = try SampleFiles.copyModel(to: folder)
      try write("stale", to: "\(model)/samples.png")
      let before = try contents(of: folder)
      expectFailure(
        try Command.run(trainTiny + [model]), 65, model, "--resume", "--overwrite", "--output")
      #expect(try contents(of: folder) == before)
      expectSuccess(try Command.run(trainTiny + [model, "--overwrite", "--seed", "9"]))
      let after = try contents(of: folder)
      #expect(after["model/model.safetensors"] != before["model/model.safetensors"])
      // A picture of the older model would be a lie.
      #expect(after["model/samples.png"] == nil)
    }
  }

  @Test func aRunThatIsRefusedLeavesNoFolder() throws {
    try withTemporaryFolder { folder in
      expectFailure(
        try Command.run([
          "train", "--data", SampleFiles.rowsFile, "--config", SampleFiles.configFile, "--output",
          "\(folder)/run",
        ]), 65, SampleFiles.rowsFile, "20", "12×12×1")
      expectFailure(
        try Command.run([
          "train", "--data", SampleFiles.rowsFile, "--preset", "fashion", "--output",
          "\(folder)/run",
        ]), 65, "fashion", "takes images", "dense")
      #expect(try contents(of: folder).isEmpty)
    }
  }

  @Test(arguments: ["1e30", "1e300"])
  func divergenceKeepsWhatWasSavedLast(rate: String) throws {
    try withTemporaryFolder { folder in
      let run = "\(folder)/run"
      let outcome = try Command.run(trainTiny + [run, "--learning-rate", rate])
      #expect(outcome.status == 1)
      #expect(outcome.output.isEmpty)
      #expect(outcome.error.contains("Error: training diverged"))
      #expect(outcome.error.contains("at step "))
      #expect(outcome.error.contains("smaller learning rate"))
      #expect(outcome.error.contains("\(run) holds the model as it was saved last."))
      expectNoSwift(outcome.error)
      // What is there can be read: the weights before the first step.
      let evaluation = try Command.run([
        "evaluate", run, "--data", SampleFiles.imagesFile, "--json",
      ])
      expectSuccess(evaluation)
      let loss = try #require(try evaluation.json()["loss"] as? Double)
      // 144 pixels at about ln 2 each.
      #expect(loss > 50 && loss < 200)
    }
  }

  @Test func aDivergingValidationLossIsTold() throws {
    try withTemporaryFolder { folder in
      let outcome = try Command.run(
        trainTiny + [
          "\(folder)/run", "--learning-rate", "1e30", "--validation-fraction", "0.25",
          "--batch-size", "64",
        ])
      #expect(outcome.status == 1)
      #expect(outcome.error.contains("the validation loss is not finite at step 1"))
    }
  }

  @Test func picturesOfRowsAreRefused() throws {
    try withTemporaryFolder { folder in
      let run = "\(folder)/run"
      expectSuccess(
        try Command.run([
          "train", "--data", SampleFiles.rowsFile, "--epochs", "1", "--no-pictures", "--output",
          run,
        ]))
      for arguments in [
        ["sample", run, "--count", "3"], ["reconstruct", run, "--data", SampleFiles.rowsFile],
      ] {
        expectFailure(
          try Command.run(arguments + ["--output", "\(folder)/x.png"]), 65, "\(folder)/x.png",
          "not images", ".npy")
      }
      #expect(!FileManager.default.fileExists(atPath: "\(folder)/x.png"))
    }
  }

  @Test func tooManySamplesForAPictureOrForMemoryAreRefused() throws {
    try withTemporaryFolder { folder in
      expectFailure(
        try Command.run([
          "sample", SampleFiles.modelFolder, "--count", "10000000", "--output", "\(folder)/x.png",
        ]), 65, "\(folder)/x.png", "10000000", "too many", ".npy")
      #expect(try contents(of: folder).isEmpty)
    }
  }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/full"), "there is no /dev/full"))
  func aResultThatIsLostIsAFailure() throws {
    let evaluate = "\"$VAE\" evaluate \(SampleFiles.modelFolder) --data \(SampleFiles.imagesFile)"
    for script in [
      "\(evaluate) >/dev/full", "\(evaluate) --json >/dev/full", "\"$VAE\" info >/dev/full",
    ] {
      expectFailure(try Command.shell(script), 1, "standard output", "No space left")
    }
    expectFailure(try Command.shell("\(evaluate) >&-"), 1, "standard output")
  }

  @Test func noOneReadingIsNoTrap() throws {
    // Numbers that nobody has read are no success, and nobody wants a sentence about that.
    for script in [
      "\"$VAE\" info | head -1", "\"$VAE\" --help | head -1",
      "\"$VAE\" evaluate \(SampleFiles.modelFolder) --data \(SampleFiles.imagesFile) | true",
    ] {
      let outcome = try Command.shell("set -o pipefail; \(script)")
      #expect([0, 1].contains(outcome.status), "\(script): \(outcome.status)")
      #expect(outcome.error.isEmpty, "\(outcome.error)")
    }
  }

  @Test func workGoesOnWhereStandardErrorIsClosed() throws {
    try withTemporaryFolder { folder in
      let sample = "\"$VAE\" sample \(SampleFiles.modelFolder) --count 3 --output \(folder)/x.npy"
      for redirection in ["2>&-", "2>/dev/full"] {
        let outcome = try Command.shell("\(sample) \(redirection)")
        #expect(outcome.status == 0, "\(redirection)")
        #expect(try Command.shell("\"$VAE\" evaluate nothing --data x \(redirection)").status == 65)
      }
    }
  }
}
