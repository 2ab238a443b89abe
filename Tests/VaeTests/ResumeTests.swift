import Formats
import Foundation
import Testing

extension CommandTests {
  /// What a resumed run takes, and what it refuses by name.
  @Suite struct ResumeTests {}
}

extension CommandTests.ResumeTests {
  private func train(_ output: String, data: String = SampleFiles.imagesFile, _ more: String...)
    -> [String]
  {
    [
      "train", "--data", data, "--config", SampleFiles.configFile, "--no-pictures", "--threads",
      "1",
      "--output", output,
    ] + more
  }

  private func resume(
    _ folder: String, data: String = SampleFiles.imagesFile, _ more: String...
  ) throws -> Outcome {
    try Command.run(
      ["train", "--data", data, "--resume", folder, "--threads", "1", "--no-pictures"] + more)
  }

  private func otherImages(_ folder: String, _ count: Int = 64) throws -> String {
    let path = "\(folder)/other.idx"
    var images = SampleFiles.images(count, height: 12, width: 12).bytes
    images[777] ^= 1
    try IDX.write(
      NumericArray(elementType: .uint8, shape: [count, 12, 12], bytes: images), to: path)
    return path
  }

  @Test func otherDataAreRefusedOrTakenOnRequest() throws {
    try withTemporaryFolder { folder in
      let model = try SampleFiles.copyModel(to: folder)
      let before = try contents(of: model)
      let other = try otherImages(folder)
      expectFailure(
        try resume(model, data: other, "--epochs", "3"), 65, other, "other values", model,
        "--allow-other-data")
      let fewer = "\(folder)/fewer.idx"
      try IDX.write(SampleFiles.images(40, height: 12, width: 12), to: fewer)
      expectFailure(
        try resume(model, data: fewer, "--epochs", "3"), 65, fewer, "40 examples, not 64")
      #expect(try contents(of: model) == before)
      let taken = try resume(model, data: fewer, "--epochs", "3", "--allow-other-data")
      expectSuccess(taken)
      #expect(taken.error.contains("epoch 3/3"))
    }
  }

  /// The same bytes elsewhere, packed, and read from the disk.
  @Test func theSameDataMayLieElsewhere() throws {
    try withTemporaryFolder { folder in
      let model = try SampleFiles.copyModel(to: folder)
      let moved = "\(folder)/moved.npy"
      try NPY.write(SampleFiles.images(64, height: 12, width: 12), to: moved)
      expectSuccess(try resume(model, data: moved, "--epochs", "3"))
      expectSuccess(try resume(model, data: moved, "--epochs", "4", "--memory-limit", "0"))
    }
  }

  @Test func classesOfOtherNamesAreToldByName() throws {
    try withTemporaryFolder { folder in
      func images(_ names: [String]) throws -> String {
        let place = "\(folder)/\(names.joined())"
        for (index, name) in names.enumerated() {
          try FileManager.default.createDirectory(
            atPath: "\(place)/\(name)", withIntermediateDirectories: true)
          for number in 0..<4 {
            let pixels = [UInt8](repeating: UInt8(40 * index + 10 * number), count: 144)
            try PNG.write(
              PNGImage(width: 12, height: 12, channels: 1, pixels: pixels),
              to: "\(place)/\(name)/\(number).png")
          }
        }
        return place
      }
      let (pets, others) = (try images(["cat", "dog"]), try images(["cat", "x"]))
      let run = "\(folder)/run"
      expectSuccess(try Command.run(train(run, data: pets)))
      expectFailure(
        try resume(run, data: others, "--epochs", "3"), 65, others, "\"x\"", "\"dog\"")
      expectSuccess(try resume(run, data: pets, "--epochs", "3"))
    }
  }

  @Test func aStateOfAnotherRunIsRefusedByTheFieldThatDiffers() throws {
    try withTemporaryFolder { folder in
      let model = try SampleFiles.copyModel(to: folder)
      let other = "\(folder)/other"
      expectSuccess(
        try Command.run(train(other, "--beta", "16", "--learning-rate", "0.01")))
      let state = "\(model)/training_state.safetensors"
      try FileManager.default.removeItem(atPath: state)
      try FileManager.default.copyItem(
        atPath: "\(other)/training_state.safetensors", toPath: state)
      expectFailure(
        try resume(model, "--epochs", "4"), 65, state, "another description",
        "objective.beta was 16, and is 1 now")
    }
  }

  @Test func aChangedDescriptionIsRefusedByTheFieldThatDiffers() throws {
    try withTemporaryFolder { folder in
      let model = try SampleFiles.copyModel(to: folder)
      let config = "\(model)/config.json"
      let text = try String(contentsOfFile: config, encoding: .utf8)
      func change(_ old: String, _ new: String) throws {
        try #require(text.contains(old))
        try write(text.replacingOccurrences(of: old, with: new), to: config)
      }
      try change("\"learning_rate\" : 0.001", "\"learning_rate\" : 0.061")
      expectFailure(
        try resume(model, "--epochs", "4"), 65, "\(model)/training_state.safetensors",
        "training.learning_rate was 0.001, and is 0.061 now")
      // To use the weights the learning rate does not matter; what is minimised is what they are of.
      expectSuccess(try Command.run(["info", model]))
      try change("\"beta\" : 1", "\"beta\" : 9")
      expectFailure(
        try Command.run(["evaluate", model, "--data", SampleFiles.imagesFile]), 65,
        "\(model)/model.safetensors", "objective.beta was 1, and is 9 now")
      try change("\"name\" : \"tiny\"", "\"name\" : \"renamed\"")
      expectSuccess(try resume(model, "--epochs", "4"))
    }
  }

  @Test func damagedMetricsAreToldWithAWayOn() throws {
    try withTemporaryFolder { folder in
      let model = try SampleFiles.copyModel(to: folder)
      let metrics = "\(model)/metrics.jsonl"
      var bytes = [UInt8](try #require(FileManager.default.contents(atPath: metrics)))
      let digit = try #require(bytes.lastIndex { (0x31...0x38).contains($0) })
      bytes[digit] += 1
      try write(bytes, to: metrics)
      expectFailure(try resume(model, "--epochs", "3"), 65, metrics, "remove it")
      try FileManager.default.removeItem(atPath: metrics)
      expectSuccess(try resume(model, "--epochs", "3"))
    }
  }

  // MARK: Descriptions and options

  @Test func anotherFormatIsRefused() throws {
    try withTemporaryFolder { folder in
      let model = try SampleFiles.copyModel(to: folder)
      let config = "\(model)/config.json"
      let text = try String(contentsOfFile: config, encoding: .utf8)
      for other in ["\"variational-modem\"", "7"] {
        try write(
          text.replacingOccurrences(of: "\"variational-model\"", with: other), to: config)
        expectFailure(try Command.run(["info", model]), 65, config, "at format")
      }
    }
  }

  @Test(arguments: [
    "{\"type\": \"step\", \"epochs\": 4611686018427387904, \"factor\": 0.5}",
    "{\"type\": \"constant\", \"warm_up_steps\": 9223372036854775807}",
    "{\"type\": \"cosine\", \"warm_up_steps\": 9223372036854775807}",
  ])
  func numbersThatLeave64BitsAreNoTrap(_ schedule: String) throws {
    try withTemporaryFolder { folder in
      let config = "\(folder)/c.json"
      try write(
        SampleFiles.description(("\"epochs\": 2", "\"epochs\": 2, \"schedule\": \(schedule)")),
        to: config)
      expectSuccess(
        try Command.run([
          "train", "--data", SampleFiles.imagesFile, "--config", config, "--no-pictures",
          "--output", "\(folder)/run",
        ]))
    }
  }

  @Test func weightsOfNoUseDoNotStayAsTheModel() throws {
    try withTemporaryFolder { folder in
      let run = "\(folder)/run"
      let outcome = try Command.run([
        "train", "--data", SampleFiles.rowsFile, "--likelihood", "gaussian", "--preset", "dense",
        "--latents", "3", "--epochs", "1", "--batch-size", "256", "--learning-rate", "1e19",
        "--no-pictures", "--output", run,
      ])
      #expect(outcome.status == 1, "\(outcome.error)")
      #expect(outcome.error.contains("\(run) holds the model as it was saved last."))
      let evaluation = try Command.run(["evaluate", run, "--data", SampleFiles.rowsFile, "--json"])
      expectSuccess(evaluation)
      #expect(try #require(try evaluation.json()["loss"] as? Double).isFinite)
    }
  }

  @Test func theSelectionIsKeptInTheDescription() throws {
    try withTemporaryFolder { folder in
      let run = "\(folder)/run"
      expectSuccess(
        try Command.run(
          train(run, "--validation-fraction", "0.25", "--selection", "reconstruction")))
      let config = try String(contentsOfFile: "\(run)/config.json", encoding: .utf8)
      #expect(config.contains("\"selection\" : \"reconstruction\""))
      for (arguments, word) in [
        (train(run, "--validation-fraction", "0.25", "--selection", "elbo"), "elbo"),
        (
          ["train", "--data", SampleFiles.imagesFile, "--selection", "bound"],
          "--validation-fraction"
        ),
        (
          ["train", "--data", SampleFiles.imagesFile, "--resume", run, "--selection", "bound"],
          "--resume"
        ),
        (train("\(folder)/x", "--allow-other-data"), "--resume"),
      ] { expectFailure(try Command.run(arguments), 64, word) }
    }
  }
}
