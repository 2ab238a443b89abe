import Formats
import Foundation
import Testing

extension CommandTests {
  /// No command writes over what it reads, whatever the path is called.
  @Suite struct OutputIsInputTests {}
}

extension CommandTests.OutputIsInputTests {
  /// Runs commands in a folder with `x.npy` (images), `z.npy` (latents), `mask.npy` and a `model`; each must be
  /// refused and leave everything as it was.
  private func expectRefused(
    _ commands: [[String]], preparing prepare: (String) throws -> Void = { _ in },
    saying words: String..., sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    try withTemporaryFolder { folder in
      _ = try SampleFiles.copyModel(to: folder)
      try NPY.write(SampleFiles.images(64, height: 12, width: 12), to: "\(folder)/x.npy")
      try NPY.write(NumericArray([0, 1, 1, 0] as [Float], shape: [2, 2]), to: "\(folder)/z.npy")
      try NPY.write(
        NumericArray([UInt8](repeating: 1, count: 144), shape: [12, 12, 1]),
        to: "\(folder)/mask.npy")
      try NPY.write(
        NumericArray([UInt8](repeating: 1, count: 64), shape: [64]), to: "\(folder)/labels.npy")
      try prepare(folder)
      let before = try contents(of: folder)
      for command in commands {
        let outcome = try Command.run(command, in: folder)
        #expect(
          outcome.status == 65, "\(command): \(outcome.error)", sourceLocation: sourceLocation)
        #expect(outcome.output.isEmpty, sourceLocation: sourceLocation)
        for word in words {
          #expect(
            outcome.error.contains(word), "\(command): \(outcome.error)",
            sourceLocation: sourceLocation)
        }
        expectNoSwift(outcome.error, sourceLocation: sourceLocation)
      }
      #expect(try contents(of: folder) == before, sourceLocation: sourceLocation)
    }
  }

  @Test func theDataAreNotReplaced() throws {
    let data = ["--data", "x.npy"]
    try expectRefused(
      [
        ["encode", "model", "--output", "x.npy"] + data,
        ["reconstruct", "model", "--output", "x.npy"] + data,
        ["impute", "model", "--mask", "mask.npy", "--output", "x.npy"] + data,
        ["traverse", "model", "--example", "0", "--output", "x.npy"] + data,
        ["interpolate", "model", "--from", "0", "--to", "1", "--output", "x.npy"] + data,
        [
          "arithmetic", "model", "--plus-data", "x.npy", "--minus-data", "z.npy", "--output",
          "x.npy",
        ]
          + data,
        ["score", "model", "--output", "x.npy"] + data,
        ["score", "model", "--attribution", "x.npy"] + data,
        ["evaluate", "model", "--per-example", "x.npy"] + data,
      ], saying: "x.npy is the file that --data names", "would be replaced")
  }

  @Test func otherInputsAreNotReplaced() throws {
    let data = ["--data", "x.npy"]
    try expectRefused(
      [
        ["decode", "model", "--latents", "z.npy", "--output", "z.npy"],
        ["interpolate", "model", "--latents", "z.npy", "--output", "z.npy"],
        ["impute", "model", "--mask", "mask.npy", "--output", "mask.npy"] + data,
        ["score", "model", "--labels", "labels.npy", "--output", "labels.npy"] + data,
        ["score", "model", "--calibration", "z.npy", "--output", "z.npy"] + data,
        ["evaluate", "model", "--factors", "labels.npy", "--per-example", "labels.npy"] + data,
        ["arithmetic", "model", "--plus-data", "z.npy", "--minus-data", "mask.npy", "--output"]
          + ["mask.npy"] + data,
      ], saying: "is the file that --", "names", "would be replaced")
  }

  /// A link, a link to a link, a second name of the same file, detours and the whole path.
  @Test(arguments: [
    "link.npy", "second.npy", "hard.npy", "./x.npy", "model/../x.npy", "PWD/x.npy", ".//x.npy",
  ])
  func noPathHidesTheData(path: String) throws {
    try withTemporaryFolder { folder in
      let path = path.replacingOccurrences(of: "PWD", with: folder)
      _ = try SampleFiles.copyModel(to: folder)
      try NPY.write(SampleFiles.images(64, height: 12, width: 12), to: "\(folder)/x.npy")
      let manager = FileManager.default
      try manager.createSymbolicLink(
        atPath: "\(folder)/link.npy", withDestinationPath: "x.npy")
      try manager.createSymbolicLink(
        atPath: "\(folder)/second.npy", withDestinationPath: "link.npy")
      try manager.linkItem(atPath: "\(folder)/x.npy", toPath: "\(folder)/hard.npy")
      let before = try contents(of: folder)
      for (data, output) in [("x.npy", path), (path, "x.npy")] {
        let outcome = try Command.run(
          ["encode", "model", "--data", data, "--output", output], in: folder)
        expectFailure(outcome, 65, "--output \(output)", "--data", "would be replaced")
      }
      #expect(try contents(of: folder) == before)
    }
  }

  @Test func theModelIsNotReplaced() throws {
    try expectRefused(
      [
        ["encode", "model", "--data", "x.npy", "--output", "model/codes.npy"],
        ["sample", "model", "--count", "2", "--output", "model/codes.npy"],
      ],
      preparing: { folder in
        try FileManager.default.createSymbolicLink(
          atPath: "\(folder)/model/codes.npy", withDestinationPath: "model.safetensors")
      }, saying: "model/codes.npy is the file that the model names as model/model.safetensors")
  }

  @Test func twoOutputsAreTwoFiles() throws {
    try expectRefused(
      [
        ["score", "model", "--data", "x.npy", "--output", "s.npy", "--attribution", "./s.npy"],
        ["evaluate", "model", "--data", "x.npy", "--per-example", "e.csv", "--report", "e.html"],
      ],
      preparing: { folder in
        try write("", to: "\(folder)/e.csv")
        try FileManager.default.createSymbolicLink(
          atPath: "\(folder)/e.html", withDestinationPath: "e.csv")
      }, saying: "too; the second would replace the first", "Name two files")
  }

  @Test func imagesOfAFolderOfDataAreNotReplaced() throws {
    try withTemporaryFolder { folder in
      let images = "\(folder)/photos"
      try FileManager.default.createDirectory(
        atPath: images, withIntermediateDirectories: false)
      let pixels = SampleFiles.images(3, height: 12, width: 12).bytes
      for index in 0..<3 {
        try PNG.write(
          PNGImage(
            width: 12, height: 12, channels: 1,
            pixels: Array(pixels[index * 144..<(index + 1) * 144])), to: "\(images)/\(index).png")
      }
      let model = try SampleFiles.copyModel(to: folder)
      let before = try contents(of: folder)
      let reconstruct = ["reconstruct", model, "--data", images, "--output"]
      expectFailure(
        try Command.run(reconstruct + ["\(images)/1.png"]), 65, "1.png is one of the files in",
        "--data names", "would be replaced")
      expectFailure(
        try Command.run(reconstruct + ["\(images)/grid.png"]), 65, "would lie among the images")
      expectFailure(
        try Command.run([
          "train", "--data", images, "--config", SampleFiles.configFile, "--output", images,
        ]), 65, "--output", "would lie among the images")
      #expect(try contents(of: folder) == before)
      // A file that is no image may lie there.
      expectSuccess(
        try Command.run(["encode", model, "--data", images, "--output", "\(images)/codes.npy"]))
    }
  }

  @Test func aDescriptionIsNotReplacedByTheRunMadeFromIt() throws {
    try withTemporaryFolder { folder in
      let model = try SampleFiles.copyModel(to: folder)
      let before = try contents(of: folder)
      expectFailure(
        try Command.run([
          "train", "--data", SampleFiles.imagesFile, "--config", "\(model)/config.json",
          "--output", model, "--overwrite",
        ]), 65, "--output \(model)/config.json is the file that --config names")
      #expect(try contents(of: folder) == before)
    }
  }

  @Test func devicesAreNobodysData() throws {
    try withTemporaryFolder { folder in
      try FileManager.default.createSymbolicLink(
        atPath: "\(folder)/out.npy", withDestinationPath: "/dev/stdout")
      let script = """
        "$VAE" encode '\(SampleFiles.modelFolder)' --data '\(SampleFiles.imagesFile)' --output \
        out.npy >copy.npy && "$VAE" encode '\(SampleFiles.modelFolder)' --data \
        '\(SampleFiles.imagesFile)' --output plain.npy && cmp copy.npy plain.npy
        """
      expectSuccess(try Command.shell(script, in: folder))
    }
  }
}
