import Formats
import Foundation
import Testing

extension CommandTests {
  @Suite struct TourTests {}
}

extension CommandTests.TourTests {
  private func train(_ arguments: String..., output: String) throws -> Outcome {
    try Command.run(["train", "--output", output, "--threads", "2"] + arguments)
  }

  private var modelFiles: [String] {
    [
      "README.md", "config.json", "metrics.jsonl", "model.safetensors",
      "training_state.safetensors",
    ]
  }

  @Test(arguments: [
    nil, "train", "evaluate", "encode", "decode", "reconstruct", "fit-prior", "sample", "info",
    "export",
  ])
  func everyCommandHasHelp(_ name: String?) throws {
    let outcome = try Command.run((name.map { [$0] } ?? []) + ["--help"])
    expectSuccess(outcome)
    #expect(outcome.output.contains("USAGE: vae"))
    #expect(outcome.error.isEmpty)
  }

  @Test func versionIsPrinted() throws {
    let outcome = try Command.run(["--version"])
    expectSuccess(outcome)
    #expect(outcome.output.contains("."))
  }

  @Test func densePresetTrainsOnRowsAndOnImages() throws {
    try withTemporaryFolder { folder in
      for data in [SampleFiles.rowsFile, SampleFiles.imagesFile] {
        let outcome = try train(
          "--data", data, "--epochs", "2", "--latents", "2", "--overwrite",
          output: "\(folder)/run")
        expectSuccess(outcome)
        #expect(outcome.output.contains("ELBO"))
        #expect(outcome.error.contains("epoch 2/2"))
        let names = try FileManager.default.contentsOfDirectory(atPath: "\(folder)/run").sorted()
        let pictures =
          data == SampleFiles.rowsFile
          ? [] : ["latent-map.png", "reconstructions.png", "samples.png"]
        let charts = ["latent-scatter.svg", "loss-curve.svg"]
        #expect(names == (modelFiles + pictures + charts).sorted())
      }
    }
  }

  @Test(arguments: [("fashion", 1), ("faces", 3)])
  func imagePresetTrains(preset: String, channels: Int) throws {
    try withTemporaryFolder { folder in
      let data = "\(folder)/images.npy"
      try NPY.write(
        SampleFiles.images(16, height: 16, width: 16, channels: channels), to: data)
      let outcome = try train(
        "--data", data, "--preset", preset, "--epochs", "1", "--latents", "4", "--no-pictures",
        output: "\(folder)/run")
      expectSuccess(outcome)
      let info = try Command.run(["info", "\(folder)/run", "--json"])
      expectSuccess(info)
      let model = try #require(try info.json()["model"] as? [String: Any])
      #expect(model["name"] as? String == preset)
      #expect(model["latents"] as? Int == 4)
    }
  }

  @Test func configIsTakenAndPicturesAreLeftOut() throws {
    try withTemporaryFolder { folder in
      let outcome = try train(
        "--data", SampleFiles.imagesFile, "--config", SampleFiles.configFile, "--no-pictures",
        "--json", output: "\(folder)/run")
      expectSuccess(outcome)
      #expect(try outcome.json()["examples"] as? Int == 64)
      let names = try FileManager.default.contentsOfDirectory(atPath: "\(folder)/run").sorted()
      #expect(names == modelFiles)
      let lines = try String(contentsOfFile: "\(folder)/run/metrics.jsonl", encoding: .utf8)
        .split(separator: "\n")
      #expect(lines.count == 2)
    }
  }

  @Test func outputDefaultsToAFolderOfTheModelsName() throws {
    try withTemporaryFolder { folder in
      let outcome = try Command.run(
        [
          "train", "--data", SampleFiles.imagesFile, "--config", SampleFiles.configFile,
          "--no-pictures",
        ], in: folder)
      expectSuccess(outcome)
      #expect(FileManager.default.fileExists(atPath: "\(folder)/runs/tiny/model.safetensors"))
    }
  }

  @Test func autoencoderHasNoDivergence() throws {
    try withTemporaryFolder { folder in
      let outcome = try train(
        "--data", SampleFiles.imagesFile, "--objective", "autoencoder", "--epochs", "1", "--json",
        output: "\(folder)/run")
      expectSuccess(outcome)
      #expect(try outcome.json()["kl"] as? Double == 0)
      expectFailure(
        try Command.run([
          "evaluate", "\(folder)/run", "--data", SampleFiles.imagesFile, "--importance-samples",
          "5",
        ]), 65, "\(folder)/run", "autoencoder", "--importance-samples")
    }
  }

  @Test func betaIsWrittenToTheDescription() throws {
    try withTemporaryFolder { folder in
      expectSuccess(
        try train(
          "--data", SampleFiles.imagesFile, "--beta", "4", "--epochs", "1", "--no-pictures",
          output: "\(folder)/run"))
      let data = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/run/config.json"))
      let config = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
      #expect((config["objective"] as? [String: Any])?["beta"] as? Double == 4)
    }
  }

  @Test func patienceStopsARunThatDoesNotImprove() throws {
    try withTemporaryFolder { folder in
      // At this rate the validation bound gets worse from the second epoch on.
      let outcome = try train(
        "--data", SampleFiles.imagesFile, "--config", SampleFiles.configFile,
        "--validation-fraction", "0.25", "--patience", "2", "--epochs", "200", "--learning-rate",
        "0.5", "--no-pictures", output: "\(folder)/run")
      expectSuccess(outcome)
      #expect(outcome.error.contains("Stopped early"))
      #expect(outcome.error.contains("best epoch"))
      #expect(outcome.output.contains("examples                16"))
    }
  }

  @Test func theLastExamplesOfBinarisedDataAreHeldOut() throws {
    try withTemporaryFolder { folder in
      let config = "\(folder)/config.json"
      try SampleFiles.description(
        ("\"channels\": 1},", "\"channels\": 1, \"binarisation\": \"dynamic\"},"),
        ("\"dimensions\": 2", "\"dimensions\": 2, \"log_variance_range\": [-6, 2]"),
        ("\"epochs\": 2", "\"epochs\": 2, \"gradient_normalisation\": \"tensor\"")
      ).write(toFile: config, atomically: true, encoding: .utf8)
      let outcome = try train(
        "--data", SampleFiles.imagesFile, "--config", config, "--validation-count", "14",
        "--no-pictures", output: "\(folder)/run")
      expectSuccess(outcome)
      #expect(outcome.error.contains("on 50 examples"))
      #expect(outcome.output.contains("examples                14"))
      let info = try Command.run(["info", "\(folder)/run"])
      #expect(info.output.contains("binarised anew in every minibatch"))
      // Nothing is left to train on.
      expectFailure(
        try train(
          "--data", SampleFiles.imagesFile, "--config", config, "--validation-count", "64",
          output: "\(folder)/other"), 65, "64 examples 64 cannot be held out")
    }
  }

  @Test func evaluationHasItsNumbers() throws {
    let model = SampleFiles.modelFolder
    let table = try Command.run(["evaluate", model, "--data", SampleFiles.imagesFile])
    expectSuccess(table)
    for word in ["examples", "loss", "reconstruction", "KL", "ELBO"] {
      #expect(table.output.contains(word))
    }
    let plain = try Command.run(["evaluate", model, "--data", SampleFiles.imagesFile, "--json"])
    let keys: Set = ["examples", "loss", "reconstruction", "kl", "elbo", "saturations"]
    #expect(keys.isSubset(of: Set(try plain.json().keys)))

    let sampled = try Command.run([
      "evaluate", model, "--data", SampleFiles.imagesFile, "--json", "--importance-samples", "20",
    ])
    let numbers = try sampled.json()
    let more = [
      "log_likelihood", "log_likelihood_standard_error", "effective_sample_size",
      "importance_samples",
    ]
    #expect(keys.union(more).isSubset(of: Set(numbers.keys)))
    let (elbo, likelihood) = (
      try #require(numbers["elbo"] as? Double), try #require(numbers["log_likelihood"] as? Double)
    )
    // The bound of one draw is noisy over 64 examples; ln p(x) lies above it but for that noise.
    let error = try #require(numbers["log_likelihood_standard_error"] as? Double)
    #expect(likelihood > elbo - 4 * error)
    let size = try #require(numbers["effective_sample_size"] as? Double)
    #expect(size >= 1 && size <= 20)
  }

  @Test func latentsGoOutAndComeBack() throws {
    try withTemporaryFolder { folder in
      let model = SampleFiles.modelFolder
      let data = ["--data", SampleFiles.imagesFile]
      let (means, both) = ("\(folder)/means.npy", "\(folder)/both.npz")
      expectSuccess(try Command.run(["encode", model, "--output", means] + data))
      expectSuccess(try Command.run(["encode", model, "--output", both] + data))
      let encoded = try NPY.read(means)
      #expect(encoded.shape == [64, 2])
      let arrays = try NPZ.read(both)
      #expect(arrays.map(\.name) == ["mean", "log_variance"])
      #expect(arrays.allSatisfy { $0.array.shape == [64, 2] })
      #expect(arrays.first?.array == encoded)

      let (decoded, reconstructed) = ("\(folder)/decoded.npy", "\(folder)/reconstructed.npy")
      expectSuccess(try Command.run(["decode", model, "--latents", means, "--output", decoded]))
      expectSuccess(try Command.run(["reconstruct", model, "--output", reconstructed] + data))
      #expect(try NPY.read(decoded).shape == [64, 12, 12])
      // Reconstructing is encoding and decoding, by the same arithmetic.
      #expect(try NPY.read(decoded) == NPY.read(reconstructed))

      for (command, arguments) in [
        ("decode", ["--latents", means]), ("reconstruct", data + ["--count", "7"]),
        ("sample", ["--count", "5"]),
      ] {
        let picture = "\(folder)/\(command).png"
        expectSuccess(try Command.run([command, model, "--output", picture] + arguments))
        #expect(try PNG.read(picture).channels == 1)
      }
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: folder).allSatisfy {
          !$0.hasSuffix(".partial")
        })
    }
  }

  @Test func theSeedDecidesTheSamples() throws {
    try withTemporaryFolder { folder in
      func sample(_ name: String, seed: Int) throws -> NumericArray {
        expectSuccess(
          try Command.run([
            "sample", SampleFiles.modelFolder, "--count", "6", "--seed", "\(seed)", "--output",
            "\(folder)/\(name).npy",
          ]))
        return try NPY.read("\(folder)/\(name).npy")
      }
      let first = try sample("first", seed: 3)
      #expect(first.shape == [6, 12, 12])
      #expect(try sample("again", seed: 3) == first)
      #expect(try sample("other", seed: 4) != first)
    }
  }

  @Test func infoShowsTheMachineAndTheModel() throws {
    let machine = try Command.run(["info"])
    expectSuccess(machine)
    #expect(machine.output.contains("OpenBLAS kernels"))
    let keys = try Command.run(["info", "--json"]).json()
    #expect(keys["machine"] is [String: Any] && keys["model"] == nil)
    let model = try Command.run(["info", SampleFiles.modelFolder])
    expectSuccess(model)
    #expect(model.output.contains("tiny") && model.output.contains("decoder, input 2"))
  }

  @Test(
    .enabled(
      if: FileManager.default.fileExists(atPath: "/usr/share/datasets/fashion-mnist"),
      "Fashion-MNIST is not installed (Debian's dataset-fashion-mnist)"))
  func fashionMNISTIsFoundByItsName() throws {
    try withTemporaryFolder { folder in
      let output = "\(folder)/means.npy"
      // A model for 12×12 images cannot take it; that it names 28×28 shows that it was read.
      expectFailure(
        try Command.run([
          "encode", SampleFiles.modelFolder, "--data", "fashion-mnist", "--output", output,
        ]), 65, "fashion-mnist", "28×28×1", "12×12×1")
    }
  }
}
