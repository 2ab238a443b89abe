import Formats
import Foundation
import Testing

extension CommandTests {
  @Suite struct ImageValueTests {}
}

/// Values, sizes and layouts of images that others' programs write.
extension CommandTests.ImageValueTests {
  private func train(_ data: String, _ folder: String, _ options: [String]) throws -> Outcome {
    try Command.run(
      [
        "train", "--data", data, "--epochs", "1", "--threads", "1", "--no-pictures",
        "--overwrite", "--output", "\(folder)/run",
      ] + options)
  }

  private func expectTold(
    _ outcome: Outcome, _ words: String..., sourceLocation: SourceLocation = #_sourceLocation
  ) {
    expectSuccess(outcome, sourceLocation: sourceLocation)
    // In one line.
    let line = outcome.error.split(separator: "\n").first { $0.contains(words[0]) } ?? ""
    for word in words {
      #expect(line.contains(word), "\(outcome.error)", sourceLocation: sourceLocation)
    }
  }

  // Images of 0 and `value` in turn.
  private func stripes(_ shape: [Int], _ value: UInt8) -> NumericArray {
    NumericArray(
      (0..<shape.reduce(1, *)).map { $0 % 3 == 0 ? value : 0 }, shape: shape)
  }

  @Test func aMaskOfZeroAndOneIsTold() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/mask.npy"
      try NPY.write(stripes([16, 8, 8], 1), to: path)
      let words = "its bytes are 0 and 1 only"
      expectTold(
        try Command.run(["inspect", path]), words, path, "--full-scale 1", "0 and 255", "booleans")
      expectTold(
        try train(path, folder, []), words, path, "--full-scale 1", "0 and 255", "booleans")
      // As booleans, or with all of a byte, there is nothing to tell.
      let bools = NumericArray(
        elementType: .bool, shape: [16, 8, 8], bytes: stripes([16, 8, 8], 1).bytes)
      for array in [bools, stripes([16, 8, 8], 255)] {
        try NPY.write(array, to: path)
        let outcome = try Command.run(["inspect", path])
        expectSuccess(outcome)
        #expect(outcome.error.isEmpty, "\(outcome.error)")
        #expect(outcome.output.contains("0 to 1"))
      }
    }
  }

  @Test func aModelRemembersTheFullScale() throws {
    try withTemporaryFolder { folder in
      let (mask, full, run) = ("\(folder)/mask.npy", "\(folder)/full.npy", "\(folder)/run")
      try NPY.write(stripes([16, 8, 8], 1), to: mask)
      try NPY.write(stripes([16, 8, 8], 255), to: full)
      let options = ["--full-scale", "1"]
      let told = try train(mask, folder, options)
      expectSuccess(told)
      #expect(!told.error.contains("0 and 1 only"))
      let config = try String(contentsOfFile: "\(run)/config.json", encoding: .utf8)
      #expect(config.contains("\"full_scale\" : 1"))
      let untold = try Command.run(["evaluate", run, "--data", mask, "--json"])
      expectSuccess(untold)
      #expect(untold.error.isEmpty, "\(untold.error)")
      // The same numbers as of a mask of 0 and 255 that is read as ever.
      expectSuccess(try train(full, folder, []))
      let plain = try Command.run(["evaluate", run, "--data", full, "--json"])
      #expect(plain.output.replacingOccurrences(of: "full.npy", with: "mask.npy") == untold.output)
      expectFailure(
        try train(full, folder, options), 65, full, "255", "the full scale of 1", "--full-scale")
      expectFailure(try train(mask, folder, ["--full-scale", "0"]), 64, "--full-scale", "above 0")
      expectFailure(
        try train("fashion-mnist", folder, options), 64, "--full-scale", "fashion-mnist")
      try write("a,b\n1,2\n3,4\n", to: "\(folder)/t.csv")
      expectFailure(try train("\(folder)/t.csv", folder, options), 64, "--full-scale", "t.csv")
    }
  }

  @Test func aFolderOfMasksIsTold() throws {
    try withTemporaryFolder { folder in
      for index in 0..<3 {
        try PNG.write(
          PNGImage(width: 8, height: 8, channels: 1, pixels: stripes([64], 1).bytes),
          to: "\(folder)/\(index).png")
      }
      expectTold(try Command.run(["inspect", folder]), "its bytes are 0 and 1 only", folder)
    }
  }

  @Test func twelveBitsInSixteenAreTold() throws {
    try withTemporaryFolder { folder in
      let kinds = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../FormatsTests/Fixtures/png_kinds.npz").standardized.path
      let file = try #require(
        NPZ.read(kinds).first { $0.name == "grey_16_near_key.png" }
      ).array
      try write(file.bytes, to: "\(folder)/a.png")
      expectTold(
        try Command.run(["inspect", folder]), "16 bits a sample", folder,
        "the largest is 4661 of 65535 (13 bits)", "levels are left", "--full-scale 8191")
      let scaled = try Command.run(["inspect", folder, "--full-scale", "8191"])
      expectSuccess(scaled)
      // The least, 4608, is 143.455 of 255, and the transparent sample is white.
      #expect(scaled.error.isEmpty && scaled.output.contains("0.5608 to 1"), "\(scaled)")
    }
  }

  @Test func floatsFarOutsideTheUnitAreToldAndRefusedByABernoulli() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/wide.npy"
      let values = (0..<16 * 64).map { Float($0 % 256) }
      try NPY.write(NumericArray(values, shape: [16, 8, 8]), to: path)
      expectTold(try Command.run(["inspect", path]), "0 to 255", path, "divide by 255")
      expectFailure(
        try train(path, folder, ["--preset", "fashion"]), 65, path, "Bernoulli",
        "divide by 255", "uint8")
      expectTold(
        try train(path, folder, ["--preset", "faces", "--latents", "2"]), "0 to 255", path,
        "sigmoid", "divide by 255")
    }
  }

  @Test func channelsFirstAreAskedAboutAndTransposed() throws {
    try withTemporaryFolder { folder in
      let (path, run) = ("\(folder)/nchw.npy", "\(folder)/run")
      let first = SampleFiles.images(16, height: 16, width: 20, channels: 3).bytes
      try NPY.write(NumericArray(first, shape: [16, 3, 16, 20]), to: path)
      expectTold(
        try Command.run(["inspect", path]), "looks like [examples, channels, height, width]", path,
        "--layout nchw")
      for preset in ["dense", "fashion", "faces"] {
        expectFailure(
          try train(path, folder, ["--preset", preset]), 65, path,
          "looks like [examples, channels, height, width]", "--layout nchw", "--layout nhwc")
      }
      #expect(!FileManager.default.fileExists(atPath: run))
      let shape = try Command.run(["inspect", path, "--layout", "nchw"])
      expectSuccess(shape)
      #expect(shape.output.contains("16×20×3") && shape.error.isEmpty, "\(shape)")
      expectSuccess(
        try train(path, folder, ["--preset", "faces", "--latents", "2", "--layout", "nchw"]))
      // The model tells which way the array fits.
      let reconstruct = ["reconstruct", run, "--data", path, "--output", "\(folder)/r.npy"]
      expectTold(try Command.run(reconstruct), "which is what fits the model", path)
      let untold = try NPY.read("\(folder)/r.npy")
      #expect(untold.shape == [16, 16, 20, 3])
      expectSuccess(try Command.run(reconstruct + ["--layout", "nchw"]))
      #expect(try NPY.read("\(folder)/r.npy") == untold)
      // The other reading is possible, if it is meant.
      expectSuccess(try train(path, folder, ["--preset", "dense", "--layout", "nhwc"]))
    }
  }

  @Test func layoutsAreChecked() throws {
    try withTemporaryFolder { folder in
      expectFailure(
        try train(SampleFiles.imagesFile, folder, ["--layout", "nhcw"]), 64, "--layout", "nhcw",
        "nhwc")
      expectFailure(
        try train(folder, folder, ["--layout", "nchw"]), 64, "--layout", folder, "NPY")
    }
  }

  @Test func weightsFromInsideAWrapperAreRead() throws {
    try withTemporaryFolder { folder in
      let model = try SampleFiles.copyModel(to: folder)
      let path = "\(model)/model.safetensors"
      let file = try SafeTensors.read(path)
      let evaluate = ["evaluate", model, "--data", SampleFiles.imagesFile, "--json"]
      let plain = try Command.run(evaluate)
      expectSuccess(plain)
      for prefix in ["module.", "_orig_mod.", "_orig_mod.module."] {
        try SafeTensors.write(
          try file.tensors.map {
            SafeTensors.Entry(name: prefix + $0.name, array: try file.array($0.name))
          }, to: path)
        let wrapped = try Command.run(evaluate)
        expectTold(wrapped, "is left out", path, String(prefix.prefix { $0 != "." }) + ".")
        #expect(wrapped.output == plain.output)
        expectTold(try Command.run(["info", model]), "is left out", path)
      }
    }
  }

  @Test(arguments: [("fashion", [27, 35]), ("faces", [13, 22])])
  func imagesOfOddSizesGoThroughEveryCommand(preset: String, sides: [Int]) throws {
    try withTemporaryFolder { folder in
      let (path, run) = ("\(folder)/odd.npy", "\(folder)/run")
      try NPY.write(SampleFiles.images(8, height: sides[0], width: sides[1]), to: path)
      expectSuccess(
        try Command.run([
          "train", "--data", path, "--preset", preset, "--latents", "2", "--epochs", "1",
          "--threads", "1", "--output", run,
        ]))
      let config = try String(contentsOfFile: "\(run)/config.json", encoding: .utf8)
      #expect(config.contains("\"padding\" : ["), "\(config)")
      for name in ["reconstruct", "sample"] {
        let data = name == "sample" ? ["--count", "8"] : ["--data", path]
        expectSuccess(
          try Command.run([name, run] + data + ["--output", "\(folder)/x.npy"]))
        #expect(try NPY.read("\(folder)/x.npy").shape == [8] + sides)
        expectSuccess(
          try Command.run([name, run] + data + ["--output", "\(folder)/x.png"]))
      }
      expectSuccess(try Command.run(["evaluate", run, "--data", path]))
      let info = try Command.run(["info", run])
      expectSuccess(info)
      #expect(info.output.contains("\(sides[0])×\(sides[1])×1, padded to"))
    }
  }
}
