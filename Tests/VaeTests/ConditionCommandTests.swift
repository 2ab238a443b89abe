import Formats
import Foundation
import Testing

extension CommandTests {
  /// `--condition` and `--class`.
  @Suite struct ConditionCommandTests {}
}

extension CommandTests.ConditionCommandTests {
  /// 64 images of 12×12 in three classes.
  static func data(in folder: String) throws -> String {
    let images = SampleFiles.images(64, height: 12, width: 12)
    let labels = NumericArray((0..<64).map { Float($0 % 3) }, shape: [64])
    try NPZ.write(
      [
        (name: "images", array: NPYArray(images.floats().map { $0 / 255 }, shape: images.shape)),
        (name: "labels", array: NPYArray(labels.floats(), shape: [64])),
      ], to: "\(folder)/data.npz")
    return "\(folder)/data.npz"
  }

  @Test func aConditionalModelTrainsAndAnswersForEveryClass() throws {
    try withTemporaryFolder { folder in
      let data = try Self.data(in: folder)
      expectSuccess(
        try Command.run(
          [
            "train", "--data", data, "--condition", "labels", "--latents", "2", "--epochs", "1",
            "--output", "m",
          ], in: folder))
      expectSuccess(
        try Command.run(["train", "--data", data, "--resume", "m", "--epochs", "2"], in: folder))
      let info = try Command.run(["info", "m"], in: folder)
      expectSuccess(info)
      #expect(info.output.contains("3 classes"))
      expectSuccess(
        try Command.run(
          [
            "evaluate", "m", "--data", data, "--importance-samples", "3", "--full", "--report",
            "r.html", "--json",
          ], in: folder))
      expectSuccess(
        try Command.run(["encode", "m", "--data", data, "--output", "z.npy"], in: folder))
      expectSuccess(
        try Command.run(["reconstruct", "m", "--data", data, "--output", "r.npy"], in: folder))
      func values(_ name: String, _ arguments: [String]) throws -> [Float] {
        expectSuccess(try Command.run(arguments + ["--output", name], in: folder))
        return try NPY.read("\(folder)/\(name)").floats()
      }
      let sample = ["sample", "m", "--count", "5"]
      let first = try values("s0.npy", sample + ["--class", "0"])
      #expect(try values("s1.npy", sample + ["--class", "1"]) != first)
      #expect(try values("s.npy", sample).count == first.count)
      #expect(
        try values("n.npy", sample + ["--class", "0", "--prior", "standard"]).count == first.count)
      let decode = ["decode", "m", "--latents", "z.npy"]
      let decoded = try values("d0.npy", decode + ["--class", "0"])
      #expect(try values("d2.npy", decode + ["--class", "2"]) != decoded)
      // The first example is of class 0: its reconstruction is its code, decoded as that.
      let reconstructed = try NPY.read("\(folder)/r.npy").floats()
      #expect(reconstructed.prefix(144) == decoded.prefix(144))

      for arguments in [sample, decode] {
        expectFailure(
          try Command.run(arguments + ["--class", "3", "--output", "x.npy"], in: folder),
          64, "--class 3", "between 0 and 2")
        expectFailure(
          try Command.run(arguments + ["--class", "cat", "--output", "x.npy"], in: folder),
          64, "--class cat", "between 0 and 2")
      }
      expectFailure(
        try Command.run(decode + ["--output", "x.npy"], in: folder), 64, "3 classes", "--class")
      expectFailure(
        try Command.run(
          ["evaluate", "m", "--data", SampleFiles.imagesFile], in: folder), 65, "has no labels")
    }
  }

  @Test func badUseIsAnsweredWithWhatWouldBeRight() throws {
    try withTemporaryFolder { folder in
      let data = try Self.data(in: folder)
      expectFailure(
        try Command.run(["train", "--data", data, "--condition", "lables"], in: folder),
        64, "did you mean \"labels\"?")
      expectFailure(
        try Command.run(
          ["train", "--data", SampleFiles.imagesFile, "--condition", "labels"], in: folder),
        65, "has no labels")
      expectFailure(
        try Command.run(
          [
            "train", "--data", data, "--condition", "labels", "--prior", "vamp_prior",
            "--prior-components", "4",
          ], in: folder), 65, "they have no class")
      expectFailure(
        try Command.run(
          ["train", "--data", data, "--condition", "labels", "--resume", "m"], in: folder),
        64, "--condition does not go with --resume")
      for command in [
        ["sample", SampleFiles.modelFolder, "--count", "2"],
        ["decode", SampleFiles.modelFolder, "--latents", "z.npy"],
      ] {
        expectFailure(
          try Command.run(command + ["--class", "1", "--output", "x.npy"], in: folder),
          64, "is told no class")
      }
    }
  }
}
