import Formats
import Foundation
import Testing

@testable import Variational

/// What a folder holds whatever happens to the run or to its files.
@Suite struct FitSavingTests {
  /// Twelve epochs at most, of which early stopping leaves some; the best is none of the last three.
  private static func task() throws -> FitTests.Task {
    var spec = FitTests.overfitting
    spec.training.epochs = 30
    spec.training.schedule = Schedule(.plateau(patience: 1, factor: 0.9))
    return try FitTests.Task(spec)
  }

  private static let files = ["training_state.safetensors", "model.safetensors", "metrics.jsonl"]

  // The state's header holds seconds, its tensors do not.
  private static func expectSame(
    _ folder: RunFolder, _ expected: RunFolder, _ comment: Comment,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let weights = try [folder, expected].map { try FileBytes.read($0.file("model.safetensors")) }
    #expect(weights[0] == weights[1], comment, sourceLocation: sourceLocation)
    let records = try [folder, expected].map { FitTests.timeless(try $0.readMetrics()) }
    #expect(records[0] == records[1], comment, sourceLocation: sourceLocation)
    let states = try [folder, expected].map {
      try SafeTensors.read($0.file("training_state.safetensors"))
    }
    for tensor in states[1].tensors {
      #expect(
        try states[0].bytes(tensor.name) == states[1].bytes(tensor.name), comment,
        sourceLocation: sourceLocation)
    }
  }

  /// Dies after each epoch with only the first `written` of a save's files written, and goes on.
  @Test(arguments: [1, 2], [true, false])
  func aRunThatDiesBetweenTwoFilesLosesNothing(written: Int, selecting: Bool) throws {
    try withTemporaryFolder { path in
      let (whole, broken) = (RunFolder("\(path)/whole"), RunFolder("\(path)/broken"))
      var task = try Self.task()
      if !selecting {
        task.spec.training.epochs = 5
        task.spec.training.patience = nil
        task.spec.training.schedule = Schedule()
      }
      let outcome = try task.fit(whole, selecting: selecting).run()
      #expect(outcome == (selecting ? .stoppedEarly : .finished))

      // Each pass begins with the files of epoch e − 1 but for those that the dying save had written.
      let epochs = try whole.readMetrics().count
      for epoch in 1...epochs {
        try? FileManager.default.removeItem(atPath: broken.path)
        let fit = try task.fit(broken, selecting: selecting)
        var older: [String: [UInt8]] = [:]
        _ = try fit.run(shouldStop: {
          // After the steps of an epoch, before and after its save.
          let files = try? Self.files.map { ($0, try FileBytes.read(broken.file($0))) }
          if fit.completedEpochs < epoch, let files {
            older = Dictionary(uniqueKeysWithValues: files)
          }
          return fit.completedEpochs == epoch
        })
        for name in Self.files.dropFirst(written) {
          try AtomicFile.write([try #require(older[name])], to: broken.file(name))
        }
        let last = try task.fit(broken, selecting: selecting)
        try last.restore()
        #expect(try last.run() == outcome)
        try Self.expectSame(broken, whole, "died in the save of epoch \(epoch)")
      }
    }
  }

  @Test func aRunThatStoppedEarlyStaysStoppedUntilItIsGivenMoreEpochs() throws {
    try withTemporaryFolder { path in
      let folder = RunFolder("\(path)/run")
      var task = try Self.task()
      #expect(try task.fit(folder).run() == .stoppedEarly)
      let epochs = try folder.readMetrics().count
      let again = try task.fit(folder)
      try again.restore()
      #expect(try again.run() == .stoppedEarly)
      #expect(try folder.readMetrics().count == epochs)

      task.spec.training.epochs = 40
      let longer = try task.fit(folder)
      try longer.restore()
      #expect(try longer.run() == .stoppedEarly)
      // As many epochs as it has patience for, unless one of them was better.
      #expect(try folder.readMetrics().count >= epochs + 3)
    }
  }

  @Test func whatIsRemovedWhileTrainingIsWrittenAgain() throws {
    try withTemporaryFolder { path in
      let folder = RunFolder("\(path)/run")
      let task = try FitTests.Task(.smallDense(training: TrainingSpec(batchSize: 8, epochs: 3)))
      let fit = try task.fit(folder)
      _ = try fit.run { event in
        guard case .epoch(let record) = event, record.epoch == 2 else { return }
        try? folder.remove(RunFolder.modelFiles)
      }
      #expect(try folder.loadModel(threads: 1).weightsChecksum == fit.trainer.model.weightsChecksum)
      #expect(try folder.readMetrics() == fit.records)
      #expect(folder.hasState)
    }
  }

  @Test func aRunGoesOnWithoutItsMetrics() throws {
    try withTemporaryFolder { path in
      let folder = RunFolder("\(path)/run")
      var task = try FitTests.Task(.smallDense(training: TrainingSpec(batchSize: 8, epochs: 3)))
      _ = try task.fit(folder).run()
      try folder.remove(["metrics.jsonl"])
      task.spec.training.epochs = 4
      let longer = try task.fit(folder)
      try longer.restore()
      #expect(try longer.run() == .finished)
      // The state knows the last epoch; those before are lost.
      #expect(try folder.readMetrics().map(\.epoch) == [3, 4])
    }
  }

  @Test func aFolderRemovedWhileTrainingIsTold() throws {
    try withTemporaryFolder { path in
      let folder = RunFolder("\(path)/run")
      let task = try FitTests.Task(.smallDense(training: TrainingSpec(batchSize: 8, epochs: 3)))
      let fit = try task.fit(folder)
      let error = try #require(throws: FormatError.self) {
        try fit.run { event in
          guard case .epoch = event else { return }
          try? FileManager.default.removeItem(atPath: folder.path)
        }
      }
      #expect(error.file == folder.file("training_state.safetensors"))
      #expect(error.reason == "the folder \(folder.path) does not exist; create it first")
    }
  }

  @Test func sumsThatNoRunCanHaveAreRefused() throws {
    try withTemporaryFolder { path in
      let folder = RunFolder("\(path)/run")
      let task = try FitTests.Task(.smallDense(training: TrainingSpec(batchSize: 8, epochs: 3)))
      _ = try task.fit(folder).run(shouldStop: { true })
      let file = folder.file("training_state.safetensors")
      let state = try SafeTensors.read(file)
      var metadata = state.metadata
      var progress = try #require(
        try JSONSerialization.jsonObject(with: Data((metadata["progress"] ?? "").utf8))
          as? [String: Any])
      var sums = try #require(progress["sums"] as? [String: Any])
      sums["loss"] = 1e308
      progress["sums"] = sums
      metadata["progress"] = String(
        decoding: try JSONSerialization.data(withJSONObject: progress), as: UTF8.self)
      let entries = try state.tensors.map {
        SafeTensors.Entry(name: $0.name, floats: try state.floats($0.name), shape: $0.shape)
      }
      try SafeTensors.write(entries, metadata: metadata, to: file)
      #expect(
        sentence { try task.fit(folder).restore() }
          == "\(file): its progress record contradicts itself or the training data")
    }
  }

  /// A folder in the way of the weights stands for whatever ends a start half-way.
  @Test func aStartThatFailsHalfWayLeavesNoMixtureOfTwoModels() throws {
    try withTemporaryFolder { path in
      let folder = RunFolder("\(path)/run")
      let training = TrainingSpec(batchSize: 8, epochs: 1)
      _ = try FitTests.Task(.smallDense(training: training)).fit(folder).run()
      try folder.remove(["model.safetensors"])
      try FileManager.default.createDirectory(
        atPath: folder.file("model.safetensors"), withIntermediateDirectories: false)
      let older = try ["config.json", "training_state.safetensors", "metrics.jsonl"].map {
        try FileBytes.read(folder.file($0))
      }
      let fit = try FitTests.Task(.smallGated(training: training)).fit(folder)
      #expect(throws: FormatError.self) { try fit.start() }
      // The older model's files are there, all that can still be read.
      let left = try ["config.json", "training_state.safetensors", "metrics.jsonl"].map {
        try FileBytes.read(folder.file($0))
      }
      #expect(left == older)
    }
  }

  @Test func aNewStartSweepsUpWhatAKilledOneLeft() throws {
    try withTemporaryFolder { path in
      let folder = RunFolder("\(path)/run")
      let task = try FitTests.Task(.smallDense(training: TrainingSpec(batchSize: 8, epochs: 2)))
      try folder.create()
      let left = folder.file(".1abc2.partial")
      try AtomicFile.write([[1, 2, 3]], to: left)
      do {
        let fit = try task.fit(folder)
        try fit.start()
        #expect(!FileManager.default.fileExists(atPath: left))
        _ = try fit.run(shouldStop: { true })
      }
      try AtomicFile.write([[1, 2, 3]], to: left)
      let resumed = try task.fit(folder)
      try resumed.restore()
      #expect(!FileManager.default.fileExists(atPath: left))
    }
  }

  @Test func aDescriptionThatItsWeightsCannotFillIsRefusedBeforeItTakesMemory() throws {
    try withTemporaryFolder { path in
      let folder = RunFolder("\(path)/run")
      let task = try FitTests.Task(.smallDense(training: TrainingSpec(batchSize: 8, epochs: 1)))
      _ = try task.fit(folder).run()
      // Two gigabytes of parameters, four with their gradients: the machine may well have them.
      var spec = task.spec
      spec.encoder.insert(.dense(outputs: 1 << 15), at: 0)
      spec.encoder.insert(.dense(outputs: 1 << 14), at: 1)
      try folder.saveSpec(spec)
      #expect(
        sentence { try folder.loadModel(threads: 1) }
          .hasPrefix("\(folder.file("config.json")): model: its 537"))
    }
  }
}
