import Formats
import Foundation
import Testing

@testable import Networks
@testable import Variational

/// One writer a folder, and files that know what they belong to.
@Suite struct FitLockTests {
  static let spec = ModelSpec.smallDense(
    training: TrainingSpec(batchSize: 8, epochs: 3, validationFraction: 0.3))

  /// Writes a state again with other metadata.
  static func editState(
    _ folder: RunFolder, _ change: (inout [String: Any], inout [String: String]) -> Void
  ) throws {
    let file = folder.file("training_state.safetensors")
    let state = try SafeTensors.read(file)
    var metadata = state.metadata
    var progress = try #require(
      try JSONSerialization.jsonObject(with: Data((metadata["progress"] ?? "").utf8))
        as? [String: Any])
    change(&progress, &metadata)
    metadata["progress"] = String(
      decoding: try JSONSerialization.data(withJSONObject: progress), as: UTF8.self)
    let entries = try state.tensors.map {
      SafeTensors.Entry(name: $0.name, array: try state.array($0.name))
    }
    try SafeTensors.write(entries, metadata: metadata, to: file)
  }

  @Test func aSecondWriterIsRefusedWhileTheFirstRuns() throws {
    try withTemporaryFolder { path in
      let folder = RunFolder("\(path)/run")
      let task = try FitTests.Task(Self.spec)
      let (first, second) = (try task.fit(folder), try task.fit(folder))
      var refusals: Set<String> = []
      _ = try first.run { event in
        guard case .epoch = event else { return }
        refusals.insert(sentence { try second.start() })
        refusals.insert(sentence { try second.restore() })
      }
      #expect(
        refusals == [
          "\(folder.path): another process is writing into this folder; wait until it has ended, or give "
            + "another folder"
        ])
      // And afterwards it is free.
      try second.restore()
      #expect(try second.run() == .finished)
    }
  }

  @Test func aRunDoesNotWriteIntoTheFolderThatTookItsPlace() throws {
    try withTemporaryFolder { path in
      let folder = RunFolder("\(path)/run")
      let fit = try FitTests.Task(Self.spec).fit(folder)
      let other = try FitTests.Task(.smallGated(training: Self.spec.training)).fit(folder)
      let error = try #require(throws: FormatError.self) {
        try fit.run { event in
          guard case .epoch = event else { return }
          try? FileManager.default.moveItem(atPath: folder.path, toPath: "\(path)/moved")
          try? other.start()
        }
      }
      #expect(error.reason.contains("another folder has taken the place"))
      #expect(try folder.loadModel(threads: 1).spec.name == other.trainer.model.spec.name)
      #expect(try RunFolder("\(path)/moved").loadModel(threads: 1).spec == Self.spec)
    }
  }

  // MARK: Descriptions

  @Test func weightsUnderAnotherDescriptionAreRefusedByTheField() throws {
    try withTemporaryFolder { path in
      let folder = RunFolder(path)
      _ = try FitTests.Task(Self.spec).fit(folder).run()
      let file = folder.file("model.safetensors")
      func refusal(_ change: (inout ModelSpec) -> Void) throws -> String {
        var spec = Self.spec
        change(&spec)
        try folder.saveSpec(spec)
        return sentence { try folder.loadModel(threads: 1) }
      }
      let start = "\(file): was saved under another description than config.json: "
      #expect(
        try refusal { $0.objective.beta = 8 }.hasPrefix(
          start + "objective.beta was 1, and is 8 now"))
      #expect(
        try refusal { $0.encoder[1] = .relu }
          .hasPrefix(start + "encoder.1.type was \"tanh\", and is \"relu\" now"))
      #expect(
        try refusal { $0.data.binarisation = .dynamic }
          .hasPrefix(start + "data.binarisation was \"none\", and is \"dynamic\" now"))
      #expect(
        try refusal { $0.likelihood = .continuousBernoulli }.hasPrefix(
          start + "likelihood.type was"))
      // What weights do not depend on may change.
      for change: (inout ModelSpec) -> Void in [
        { $0.name = "another" }, { $0.training.learningRate = 9 }, { $0.training.epochs = 90 },
        { $0.objective.warmUpEpochs = 3 }, { $0.initialiser = .glorotNormal },
      ] { #expect(try refusal(change).hasPrefix("accepted")) }
    }
  }

  @Test func aStateUnderAnotherDescriptionIsRefusedByTheField() throws {
    try withTemporaryFolder { path in
      let folder = RunFolder(path)
      _ = try FitTests.Task(Self.spec).fit(folder).run()
      let file = folder.file("training_state.safetensors")
      func refusal(_ change: (inout ModelSpec) -> Void) throws -> String {
        var spec = Self.spec
        change(&spec)
        return sentence { try FitTests.Task(spec).fit(folder).restore() }
      }
      #expect(
        try refusal { $0.training.learningRate = 0.061 }
          == "\(file): was saved under another description: training.learning_rate was 0.001, and is 0.061 "
          + "now; a resumed run takes the same")
      #expect(
        try refusal { $0.objective.beta = 16 }.contains("objective.beta was 1, and is 16 now"))
      #expect(
        try refusal { $0.training.clipNorm = 2 }
          .contains("training.clip_norm was not given, and is 2 now"))
      #expect(
        try refusal { $0.training.schedule = Schedule(.cosine(floor: 0)) }
          .contains("training.schedule.floor was not given"))
      #expect(
        try refusal { $0.training.selection = .bound }.contains("training.selection was not given"))
      for change: (inout ModelSpec) -> Void in [
        { $0.name = "another" }, { $0.training.epochs = 90 }, { $0.training.patience = 3 },
      ] { #expect(try refusal(change).hasPrefix("accepted")) }
    }
  }

  @Test func filesWithoutADescriptionAreRead() throws {
    try withTemporaryFolder { path in
      let folder = RunFolder(path)
      let task = try FitTests.Task(Self.spec)
      _ = try task.fit(folder).run()
      try Self.editState(folder) { _, metadata in
        for key in ["description", "data", "metrics"] { metadata[key] = nil }
      }
      let file = folder.file("model.safetensors")
      let weights = try SafeTensors.read(file)
      try SafeTensors.write(
        try weights.tensors.map {
          SafeTensors.Entry(name: $0.name, array: try weights.array($0.name))
        }, to: file)
      _ = try folder.loadModel(threads: 1)
      try task.fit(folder).restore()
      // The number of examples was always kept.
      #expect(
        sentence { try FitTests.Task(Self.spec, examples: 23).fit(folder).restore() }
          .hasSuffix("was saved with examples 22, not 23; a resumed run takes the same"))
    }
  }

  // MARK: Data

  private func refit(
    _ folder: RunFolder, seed: UInt64 = 1, examples: Int = 22, validationSeed: UInt64? = 2,
    epochs: Int = 3, selecting: Bool = true
  ) throws -> Fit {
    var spec = Self.spec
    spec.training.epochs = epochs
    let shape = spec.data.stored
    return try Fit(
      try Trainer(
        try Model(spec, threads: 2), data: try randomFloats(examples, shape, seed: seed)),
      validation: try validationSeed.map { try randomFloats(9, shape, seed: $0) },
      selecting: selecting, folder: folder)
  }

  @Test func otherDataAreRefusedWithWhatDiffers() throws {
    try withTemporaryFolder { path in
      let folder = RunFolder(path)
      _ = try FitTests.Task(Self.spec).fit(folder).run()
      let end =
        ", so they are not those that \(path) was trained with; a resumed run takes the same"
      #expect(
        sentence { try refit(folder, seed: 5).restore() }
          == "random: the training data have other values" + end)
      #expect(
        sentence { try refit(folder, examples: 30).restore() }
          == "random: the training data have 30 examples, not 22" + end)
      #expect(
        sentence { try refit(folder, validationSeed: 7).restore() }
          == "random: the validation data have other values" + end)
      #expect(
        sentence { try refit(folder, validationSeed: nil).restore() }
          == "random: there are no validation data, which the run had" + end)
      #expect(
        sentence { try refit(folder, selecting: false).restore() }
          == "random: there are no validation data, which the run had" + end)
      #expect(sentence { try refit(folder).restore() }.hasPrefix("accepted"))
    }
  }

  @Test func otherDataAreTakenOnRequest() throws {
    try withTemporaryFolder { path in
      let folder = RunFolder(path)
      let fit = try FitTests.Task(Self.spec).fit(folder)
      // Stopped in the second epoch: 22 examples are three minibatches of eight.
      _ = try fit.run(shouldStop: { fit.trainer.completedSteps == 4 })
      let more = try refit(folder, seed: 5, examples: 30, validationSeed: 7)
      try more.restore(allowingOtherData: true)
      // Thirty are four: the second epoch begins anew, and what was best on other data is not known.
      #expect(more.trainer.completedSteps == 4 && more.completedEpochs == 1)
      #expect(more.bestEpoch == nil)
      #expect(try more.run() == .finished)
      #expect(more.records.map(\.step) == [3, 8, 12])
      #expect(more.records[1].isBest)
      // From now on it is these data's run.
      #expect(sentence { try refit(folder).restore() }.contains("22 examples, not 30"))
      try refit(folder, seed: 5, examples: 30, validationSeed: 7).restore()
    }
  }

  // MARK: Metrics

  @Test func everyFlippedBitOfTheMetricsIsNoticed() throws {
    try withTemporaryFolder { path in
      let folder = RunFolder(path)
      let task = try FitTests.Task(Self.spec)
      _ = try task.fit(folder).run()
      let file = folder.file("metrics.jsonl")
      let bytes = try FileBytes.read(file)
      for index in stride(from: 0, to: bytes.count, by: 7) {
        var damaged = bytes
        damaged[index] ^= 1 << UInt8(index % 8)
        try AtomicFile.write([damaged], to: file)
        #expect(throws: FormatError.self) { try task.fit(folder).restore() }
      }
      try AtomicFile.write([Array(bytes.dropLast(40))], to: file)
      #expect(throws: FormatError.self) { try task.fit(folder).restore() }
      // Without the file the run goes on.
      try folder.remove(["metrics.jsonl"])
      for _ in 0..<2 {
        let again = try task.fit(folder)
        try again.restore()
        #expect(again.records.map(\.epoch) == [3])
      }
    }
  }

  @Test func recordsThatNoRunCanLeaveAreRefused() throws {
    try withTemporaryFolder { path in
      let folder = RunFolder(path)
      _ = try FitTests.Task(Self.spec).fit(folder).run()
      let file = folder.file("metrics.jsonl")
      var record = try #require(try folder.readMetrics().first)
      record.seconds = -1
      try folder.writeMetrics([record])
      #expect(
        sentence { try folder.readMetrics() } == "\(file): line 1: no run can have this seconds")
    }
  }

  // MARK: Weights of no use

  /// One step of a huge rate: weights that are numbers, with a loss that is none.
  @Test func weightsOfNoUseDoNotReplaceGoodOnes() throws {
    try withTemporaryFolder { path in
      let folder = RunFolder(path)
      let spec = ModelSpec.smallDense(
        likelihood: .gaussian(.fixed(1)),
        training: TrainingSpec(
          optimiser: .sgd(), learningRate: 1e30, batchSize: 22, epochs: 1))
      let fit = try FitTests.Task(spec, held: 0).fit(folder)
      #expect(
        throws: TrainingError.notFinite(what: "loss of the trained weights", step: 1)
      ) { try fit.run() }
      #expect(fit.trainer.model.hasFiniteWeights)
      #expect(
        try folder.loadModel(threads: 1).weightsChecksum
          == (try Model(spec, threads: 1)).weightsChecksum)
    }
  }
}
