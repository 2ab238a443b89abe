import Formats
import Foundation
import Testing

extension CommandTests {
  @Suite struct ImageFolderTests {}
}

extension CommandTests.ImageFolderTests {
  /// Images of several sizes in two classes, and an untrained description for 12×12 grey pixels.
  private func fill(_ folder: String) throws {
    for (index, name) in ["cat", "dog"].enumerated() {
      try FileManager.default.createDirectory(
        atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
      for image in 0..<20 {
        let (height, width) = (14 + image, 12 + index + image / 2)
        let pixels = (0..<height * width * 3).map { UInt8(truncatingIfNeeded: $0 * (image + 3)) }
        try PNG.write(
          PNGImage(width: width, height: height, channels: 3, pixels: pixels),
          to: "\(folder)/\(name)/\(10 + image).png")
      }
    }
  }

  private func fixture(_ name: String) -> String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("FormatsTests/Fixtures/\(name)").path
  }

  private func train(_ images: String, _ output: String, _ options: [String]) throws -> Outcome {
    try Command.run(
      [
        "train", "--data", images, "--config", SampleFiles.configFile, "--output", output,
        "--epochs", "1", "--no-pictures", "--threads", "1",
      ] + options)
  }

  @Test func aModelRemembersWhatWasDoneToItsImages() throws {
    try withTemporaryFolder { folder in
      let (images, run) = ("\(folder)/images", "\(folder)/run")
      try fill(images)
      expectFailure(try train(images, run, []), 65, "10.png", "11.png", "--image-size")
      #expect(!FileManager.default.fileExists(atPath: run))
      expectSuccess(try train(images, run, ["--image-size", "12", "--color", "grey"]))
      let config = try String(contentsOfFile: "\(run)/config.json", encoding: .utf8)
      #expect(config.contains("\"images\"") && config.contains("\"resize\""))

      // Nobody has to say it again.
      let told = try Command.run([
        "evaluate", run, "--data", images, "--image-size", "12", "--color", "grey", "--json",
      ])
      let untold = try Command.run(["evaluate", run, "--data", images, "--json"])
      expectSuccess(told)
      #expect(untold.output == told.output && !told.output.isEmpty)
      expectSuccess(
        try Command.run([
          "encode", run, "--data", images, "--output", "\(folder)/latents.npy",
        ]))
      #expect(try NPY.read("\(folder)/latents.npy").shape == [40, 2])
      expectSuccess(
        try Command.run([
          "train", "--data", images, "--resume", run, "--epochs", "2", "--no-pictures",
        ]))
      // What was asked for goes first, and then has to fit.
      expectFailure(
        try Command.run(["evaluate", run, "--data", images, "--image-size", "16"]), 65, "16×16",
        "12×12")
      // A model of unchanged images takes none of another size.
      expectFailure(
        try Command.run(["evaluate", SampleFiles.modelFolder, "--data", images]), 65, "--image-size"
      )
    }
  }

  @Test func filesThatCannotBeUsedAreReportedOneByOne() throws {
    try withTemporaryFolder { folder in
      let (images, run) = ("\(folder)/images", "\(folder)/run")
      try fill(images)
      try write("not a picture", to: "\(images)/cat/broken.png")
      try write("", to: "\(images)/cat/empty.jpg")
      try FileManager.default.copyItem(
        atPath: fixture("huge.png"), toPath: "\(images)/dog/huge.png")
      try FileManager.default.copyItem(
        atPath: fixture("cmyk.jpg"), toPath: "\(images)/dog/inks.jpg")
      let options = ["--image-size", "12", "--color", "grey"]
      let words = ["cat/broken.png", "cat/empty.jpg: the file is empty", "dog/huge.png", "CMYK"]

      for stop in [options, options + ["--on-error", "stop"]] {
        let outcome = try train(images, run, stop)
        #expect(outcome.status == 65 && outcome.output.isEmpty)
        #expect(outcome.error.hasPrefix("Error: \(images): 4 of its 44 images cannot be used"))
        for word in words { #expect(outcome.error.contains(word), "\(outcome.error)") }
        #expect(!FileManager.default.fileExists(atPath: run))
        expectNoSwift(outcome.error)
      }
      let outcome = try train(images, run, options + ["--on-error", "skip"])
      expectSuccess(outcome)
      for word in words + ["4 of 44 images were left out", "on 40 examples of 12×12×1"] {
        #expect(outcome.error.contains(word), "\(outcome.error)")
      }
      expectNoSwift(outcome.error)
    }
  }

  @Test func memoryLimitsChangeNoBit() throws {
    try withTemporaryFolder { folder in
      let images = "\(folder)/images"
      try fill(images)
      var weights: [Data] = []
      for (name, limit) in [("memory", "4096"), ("disk", "0")] {
        let outcome = try train(
          images, "\(folder)/\(name)",
          ["--image-size", "12", "--color", "grey", "--memory-limit", limit])
        expectSuccess(outcome)
        #expect(outcome.error.contains("temporary file") == (limit == "0"))
        weights.append(
          try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)/model.safetensors")))
      }
      #expect(weights[0] == weights[1])
    }
  }

  @Test func aFullDiskForTheTemporaryFileIsASentence() throws {
    try withTemporaryFolder { folder in
      let images = "\(folder)/images"
      try fill(images)
      let outcome = try Command.shell(
        """
        export TMPDIR=\(folder)/none
        "$VAE" train --data \(images) --config \(SampleFiles.configFile) --output \(folder)/run \
          --image-size 12 --color grey --memory-limit 0
        """)
      expectFailure(outcome, 65, "a temporary file in \(folder)/none", "No such file")
    }
  }

  @Test(arguments: [
    (["--image-size", "0"], "--image-size"), (["--image-size", "12by12"], "--image-size"),
    (["--color", "gray"], "\"grey\""), (["--on-error", "skipp"], "\"skip\""),
    (["--memory-limit", "-1"], "--memory-limit"),
  ])
  func optionsThatMakeNoSenseAreUsageErrors(options: [String], word: String) throws {
    expectFailure(
      try Command.run(
        ["evaluate", SampleFiles.modelFolder, "--data", SampleFiles.imagesFile] + options), 64, word
    )
  }

  @Test(arguments: ["--image-size=12", "--color=grey", "--on-error=skip"])
  func optionsForImagesNeedAFolder(option: String) throws {
    let name = String(option.prefix { $0 != "=" })
    expectFailure(
      try Command.run([
        "evaluate", SampleFiles.modelFolder, "--data", SampleFiles.imagesFile, option,
      ]), 64, name, SampleFiles.imagesFile)
  }
}
