import Formats
import Foundation
import Testing

extension CommandTests {
  @Suite struct FitPriorTests {}
}

extension CommandTests.FitPriorTests {
  private func fit(_ model: String, _ kind: String, _ options: String...) throws -> Outcome {
    try Command.run(
      ["fit-prior", model, "--data", SampleFiles.imagesFile, "--kind", kind] + options)
  }

  private func sample(_ model: String, _ prior: String, to file: String) throws -> Outcome {
    try Command.run(["sample", model, "--count", "9", "--prior", prior, "--output", file])
  }

  /// Each kind is fitted, listed, and drawn from; the same seed gives the same draws.
  @Test func everyKindIsFittedListedAndDrawnFrom() throws {
    try withTemporaryFolder { folder in
      let model = try SampleFiles.copyModel(to: folder)
      for (kind, options) in [
        ("gaussian", []), ("mixture", ["--components", "2", "--restarts", "2"]),
        ("two-stage", ["--epochs", "2"]),
      ] as [(String, [String])] {
        let outcome = try Command.run(
          ["fit-prior", model, "--data", SampleFiles.imagesFile, "--kind", kind, "--json"] + options
        )
        expectSuccess(outcome)
        let numbers = try outcome.json()
        #expect(numbers["kind"] as? String == kind)
        #expect(numbers["rows"] as? Int == 64)
        #expect((numbers["log_density"] as? Double)?.isFinite == true)
        #expect((numbers["standard_normal_log_density"] as? Double)?.isFinite == true)
        #expect((numbers["bic"] as? Double == nil) == (kind == "two-stage"))
        #expect(numbers["components"] as? Int == (kind == "mixture" ? 2 : nil))
        let files = ["\(folder)/a.npy", "\(folder)/b.npy"]
        for file in files { expectSuccess(try sample(model, kind, to: file)) }
        let draws = try NPY.read(files[0])
        #expect(draws.shape == [9, 12, 12])
        #expect(try NPY.read(files[1]) == draws)
        expectSuccess(try sample(model, "model", to: files[1]))
        #expect(try NPY.read(files[1]) != draws)
      }
      let listed = try #require(
        try Command.run(["info", model, "--json"]).json()["fitted_priors"] as? [[String: Any]])
      #expect(listed.map { $0["kind"] as? String } == ["gaussian", "mixture", "two-stage"])
      #expect(listed.allSatisfy { $0["current"] as? Bool == true })
      let table = try Command.run(["info", model])
      expectSuccess(table)
      #expect(table.output.contains("mixture of 2 components"))
    }
  }

  @Test func theNumberOfComponentsIsChosen() throws {
    try withTemporaryFolder { folder in
      let model = try SampleFiles.copyModel(to: folder)
      let outcome = try fit(model, "mixture", "--components", "auto")
      expectSuccess(outcome)
      #expect(outcome.error.contains("1 components: BIC"))
      #expect(outcome.output.contains("mixture of"))
    }
  }

  @Test func aPlainAutoencoderGetsAPrior() throws {
    try withTemporaryFolder { folder in
      let model = "\(folder)/plain"
      expectSuccess(
        try Command.run([
          "train", "--data", SampleFiles.imagesFile, "--objective", "autoencoder", "--latents", "3",
          "--epochs", "1", "--output", model, "--no-pictures",
        ]))
      expectSuccess(try fit(model, "gaussian"))
      let outcome = try sample(model, "gaussian", to: "\(folder)/x.png")
      expectSuccess(outcome)
      #expect(!outcome.error.contains("Warning"))
      #expect(
        try sample(model, "model", to: "\(folder)/x.png").error.contains("has no prior"))
    }
  }

  @Test func theStandardNormalIsTheDefaultOfThisModel() throws {
    try withTemporaryFolder { folder in
      let files = ["\(folder)/a.npy", "\(folder)/b.npy"]
      expectSuccess(try sample(SampleFiles.modelFolder, "standard", to: files[0]))
      expectSuccess(try sample(SampleFiles.modelFolder, "model", to: files[1]))
      #expect(try NPY.read(files[0]) == NPY.read(files[1]))
    }
  }

  @Test func aPriorThatWasNotFittedNamesTheCommand() throws {
    try withTemporaryFolder { folder in
      let outcome = try sample(SampleFiles.modelFolder, "mixture", to: "\(folder)/x.npy")
      expectFailure(outcome, 65, "no fitted mixture prior", "vae fit-prior", "--kind mixture")
      #expect(!FileManager.default.fileExists(atPath: "\(folder)/x.npy"))
    }
  }

  /// A model trained again is another model; its prior is refused and listed as old.
  @Test func aPriorOfOlderWeightsIsRefused() throws {
    try withTemporaryFolder { folder in
      let model = try SampleFiles.copyModel(to: folder)
      expectSuccess(try fit(model, "gaussian"))
      expectSuccess(
        try Command.run([
          "train", "--data", SampleFiles.imagesFile, "--resume", model, "--epochs", "3",
          "--no-pictures",
        ]))
      expectFailure(
        try sample(model, "gaussian", to: "\(folder)/x.npy"), 65, "other weights",
        "vae fit-prior")
      #expect(try Command.run(["info", model]).output.contains("should be fitted again"))
    }
  }

  @Test func dataThatCannotBeFittedIsRefused() throws {
    try withTemporaryFolder { folder in
      let model = try SampleFiles.copyModel(to: folder)
      let before = try contents(of: model)
      expectFailure(
        try fit(model, "mixture", "--components", "65"), 65, "64 rows are fewer than 65 components")
      expectFailure(
        try Command.run([
          "fit-prior", model, "--data", SampleFiles.rowsFile, "--kind", "gaussian",
        ]), 65, SampleFiles.rowsFile)
      let black = "\(folder)/black.npy"
      try NPY.write(
        NumericArray(
          elementType: .uint8, shape: [1, 12, 12], bytes: [UInt8](repeating: 0, count: 144)),
        to: black)
      for kind in ["gaussian", "mixture", "two-stage"] {
        expectFailure(
          try Command.run(["fit-prior", model, "--data", black, "--kind", kind]), 65,
          "at least 2 rows")
      }
      #expect(try contents(of: model) == before)
    }
  }
}
