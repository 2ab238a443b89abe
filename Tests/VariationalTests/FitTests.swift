import Formats
import Foundation
import Testing

@testable import Variational

@Suite struct FitTests {
  /// What is trained: a model, its data, data to validate on.
  struct Task {
    var spec: ModelSpec
    let data: DataSet
    let validation: DataSet?

    init(_ spec: ModelSpec, examples: Int = 22, held: Int = 9) throws {
      self.spec = spec
      data = try randomFloats(examples, spec.data.stored, seed: 1)
      validation = held > 0 ? try randomFloats(held, spec.data.stored, seed: 2) : nil
    }

    func fit(_ folder: RunFolder? = nil, threads: Int = 2, selecting: Bool = true) throws -> Fit {
      let model = try Model(spec, threads: threads)
      return try Fit(
        try Trainer(model, data: data), validation: validation, selecting: selecting,
        folder: folder)
    }
  }

  // The clock aside, what an epoch's record says.
  static func timeless(_ records: [EpochRecord]) -> [EpochRecord] {
    records.map { record in
      var record = record
      record.seconds = 0
      return record
    }
  }

  static let resumed: [ModelSpec] = {
    let plateau = TrainingSpec(
      learningRate: 0.05, schedule: Schedule(.plateau(patience: 1, factor: 0.5), warmUpSteps: 2),
      batchSize: 4, epochs: 4, clipNorm: 5, validationFraction: 0.3, seed: 7,
      selection: .bound)
    // Without the divergence in the objective the validation bound gets worse, and the rate falls.
    var convolution = ModelSpec.smallConvolution(
      objective: ObjectiveSpec(beta: 0), training: plateau)
    convolution.encoder.insert(.dropout(rate: 0.2), at: 6)
    convolution.name = "convolution, batch norm, dropout, plateau"
    var warmUp = ModelSpec.smallGated(
      training: TrainingSpec(
        optimiser: .adamW(), schedule: Schedule(.cosine(floor: 0)), batchSize: 4, epochs: 4,
        samples: 2))
    warmUp.objective = ObjectiveSpec(beta: 2, warmUpEpochs: 2.5)
    warmUp.name = "gated, dropout, beta warm-up, cosine, two samples"
    var variance = ModelSpec.smallDense(
      likelihood: .gaussian(.perDimension),
      training: TrainingSpec(
        optimiser: .sgd(momentum: 0.9), learningRate: 1e-3,
        schedule: Schedule(.step(epochs: 1, factor: 0.5)), batchSize: 4, epochs: 4))
    variance.name = "dense, learned variance, momentum"
    var binarised = ModelSpec.smallGated(
      training: TrainingSpec(
        batchSize: 4, epochs: 4, gradientNormalisation: .tensor, seed: 3))
    binarised.data.binarisation = .dynamic
    binarised.logVarianceRange = -0.5...0.25
    binarised.initialiser = .normal(deviation: 0.5)
    binarised.name = "gated, dropout, binarised, normalised gradients, bounded log-variance"
    return [convolution, warmUp, variance, binarised]
  }()

  // Six minibatches an epoch. Stops in mid-epoch, at an epoch's end, twice, and after one step.
  @Test(arguments: resumed, [[8], [6], [3, 15], [1], [11, 12, 13]])
  func anInterruptedRunEndsInTheSameBits(_ spec: ModelSpec, stops: [Int]) throws {
    let task = try Task(spec)
    let unbroken = try task.fit()
    #expect(try unbroken.run() == .finished)
    try withTemporaryFolder { path in
      let folder = RunFolder("\(path)/run")
      try folder.create()
      try folder.saveSpec(spec)
      var isFirst = true
      for stop in stops {
        let fit = try task.fit(folder)
        if !isFirst { try fit.restore() }
        isFirst = false
        let outcome = try fit.run(shouldStop: { fit.trainer.completedSteps >= stop })
        #expect(outcome == .interrupted)
        #expect(fit.trainer.completedSteps == stop)
      }
      let last = try task.fit(folder)
      // Nothing of the new model's own weights may survive.
      let model = last.trainer.model
      for tensor in model.layout.trained { tensor.slot.vector(in: model.parameters.vector).fill(2) }
      try last.restore()
      #expect(try last.run() == .finished)
      #expect(last.trainer.model.weightsChecksum == unbroken.trainer.model.weightsChecksum)
      #expect(
        last.trainer.state.firstMoments.vector.array
          == unbroken.trainer.state.firstMoments.vector.array)
      #expect(
        last.trainer.state.secondMoments.vector.array
          == unbroken.trainer.state.secondMoments.vector.array)
      #expect(Self.timeless(last.records) == Self.timeless(unbroken.records))
      #expect(last.bestEpoch == unbroken.bestEpoch)
      #expect(Self.timeless(try folder.readMetrics()) == Self.timeless(unbroken.records))
      #expect(unbroken.records.map(\.epoch) == [1, 2, 3, 4])
      #expect(unbroken.records.map(\.step) == [6, 12, 18, 24])
    }
  }

  @Test func thePlateauOfTheResumedRunsIsReal() throws {
    let unbroken = try Task(Self.resumed[0]).fit()
    _ = try unbroken.run()
    #expect(unbroken.trainer.reductions > 0)
    // The rate halves after each epoch that was not the best, and not otherwise.
    var rate = 0.05
    for record in unbroken.records {
      #expect(abs(record.learningRate - rate) <= 1e-15)
      if !record.isBest { rate /= 2 }
    }
  }

  @Test func recordsAreMeansOfTheSteps() throws {
    let task = try Task(.smallDense(training: TrainingSpec(batchSize: 8, epochs: 2)))
    let fit = try task.fit()
    var reports: [[StepReport]] = [[], []]
    var epochs: [EpochRecord] = []
    let observe = { (event: FitEvent) in
      switch event {
      case .step(let report, let epoch, let batch, let batches, _):
        reports[epoch - 1].append(report)
        #expect(batch == reports[epoch - 1].count && batches == 3)
      case .epoch(let record): epochs.append(record)
      }
    }
    _ = try fit.run { observe($0) }
    #expect(epochs == fit.records)
    for (record, reports) in zip(epochs, reports) {
      #expect(reports.map(\.examples) == [8, 8, 6])
      let loss = reports.reduce(0) { $0 + $1.loss * Double($1.examples) } / 22
      let norm = reports.reduce(0) { $0 + $1.gradientNorm } / 3
      #expect(abs(record.training.loss - loss) <= 1e-14 * loss)
      #expect(abs(record.training.gradientNorm - norm) <= 1e-14 * norm)
      #expect(record.step == reports.last?.step)
      #expect(record.learningRate == reports.last?.learningRate)
      #expect(record.validation?.examples == 9)
    }
  }

  /// With β = 0 nothing holds the divergence: the loss falls while the validation bound gets worse.
  static let overfitting: ModelSpec = {
    .smallDense(
      objective: ObjectiveSpec(beta: 0),
      training: TrainingSpec(
        learningRate: 0.03, batchSize: 4, epochs: 60, validationFraction: 0.3, patience: 3,
        selection: .bound))
  }()

  @Test func trainingStopsEarlyAndKeepsTheBestEpoch() throws {
    try withTemporaryFolder { path in
      let folder = RunFolder(path)
      let task = try Task(Self.overfitting)
      try folder.saveSpec(task.spec)
      let fit = try task.fit(folder)
      #expect(try fit.run() == .stoppedEarly)
      let bounds = try fit.records.map { try #require($0.validation?.elbo) }
      let best = try #require(fit.bestEpoch)
      #expect(fit.records.count == best + 3)
      #expect(bounds[best - 1] == bounds.max())
      for (index, record) in fit.records.enumerated() {
        #expect(record.isBest == (bounds[index] > (bounds[..<index].max() ?? -.infinity)))
      }
      // The same bits give the same evaluation: it is the best epoch's model that lies in the folder.
      let kept = try folder.loadModel(threads: 2)
      #expect(try kept.evaluate(try #require(task.validation)).elbo == bounds[best - 1])
      #expect(kept.weightsChecksum != fit.trainer.model.weightsChecksum)
    }
  }

  @Test func patienceIsCountedOnceBetaHasRisen() throws {
    // The same run without a warm-up stops long before its twentieth epoch.
    var task = try Task(Self.overfitting)
    let early = try task.fit()
    #expect(try early.run() == .stoppedEarly)
    try #require(early.records.count < 20)
    // β is 0 at any epoch, so nothing but the count of epochs differs. The epoch at whose end β has risen is the
    // first that competes with later ones, and that counts.
    task.spec.objective.warmUpEpochs = 20
    let late = try task.fit()
    #expect(try late.run() == .stoppedEarly)
    let best = try #require(late.bestEpoch)
    #expect(best >= 20 && late.records.count == best + 3)
    #expect(late.records[19].isBest)
  }

  @Test func dataThatIsOnlyWatchedDoesNotSelect() throws {
    try withTemporaryFolder { path in
      let folder = RunFolder(path)
      var task = try Task(Self.overfitting)
      task.spec.training.patience = nil
      task.spec.training.epochs = 6
      try folder.saveSpec(task.spec)
      let fit = try task.fit(folder, selecting: false)
      #expect(try fit.run() == .finished)
      #expect(fit.bestEpoch == nil)
      #expect(fit.records.allSatisfy { !$0.isBest && $0.validation != nil })
      let kept = try folder.loadModel(threads: 2)
      #expect(kept.weightsChecksum == fit.trainer.model.weightsChecksum)
    }
  }

  @Test func moreEpochsCanFollowAFinishedRun() throws {
    try withTemporaryFolder { path in
      let folder = RunFolder(path)
      var task = try Task(.smallDense(training: TrainingSpec(batchSize: 8, epochs: 2)))
      #expect(try task.fit(folder).run() == .finished)
      task.spec.training.epochs = 4
      let longer = try task.fit(folder)
      try longer.restore()
      #expect(try longer.run() == .finished)
      let unbroken = try task.fit()
      _ = try unbroken.run()
      #expect(longer.trainer.model.weightsChecksum == unbroken.trainer.model.weightsChecksum)
      // And nothing is left to do for a third.
      let third = try task.fit(folder)
      try third.restore()
      #expect(try third.run() == .finished)
      #expect(third.trainer.completedSteps == 12)
    }
  }

  @Test(arguments: [false, true])
  func aLossThatIsNoNumberLeavesAFolderThatLoads(withBatchNorm: Bool) throws {
    try withTemporaryFolder { path in
      let folder = RunFolder("\(path)/run")
      let training = TrainingSpec(
        optimiser: .sgd(), learningRate: 1e30, batchSize: 4, epochs: 20)
      let task = try Task(
        withBatchNorm
          ? .smallConvolution(training: training)
          : .smallDense(likelihood: .gaussian(.shared), training: training), held: 0)
      let fit = try task.fit(folder)
      let error = try #require(throws: TrainingError.self) { try fit.run() }
      let step =
        switch error {
        case .notFinite(_, let step), .dataChanged(_, let step): step
        }
      #expect(step == fit.trainer.completedSteps + 1)
      #expect(fit.records.isEmpty)
      // It failed in the first epoch, so what was saved last is the model before its first step.
      let loaded = try folder.loadModel(threads: 1)
      #expect(loaded.spec == task.spec)
      #expect(loaded.weightsChecksum == (try Model(task.spec, threads: 2)).weightsChecksum)
      let resumed = try task.fit(folder)
      try resumed.restore()
      #expect(resumed.trainer.completedSteps == 0)
      // The run is a function of its state: it fails in the same place again.
      #expect(throws: error) { try resumed.run() }
      #expect(resumed.trainer.completedSteps == step - 1)
    }
  }

  @Test func aValidationLossThatIsNoNumberStopsTrainingWithoutATrap() throws {
    try withTemporaryFolder { path in
      let folder = RunFolder(path)
      // One step an epoch: the weights are ruined when the first epoch is evaluated.
      let task = try Task(
        .smallDense(
          likelihood: .gaussian(.shared),
          training: TrainingSpec(
            optimiser: .sgd(), learningRate: 1e30, batchSize: 22, epochs: 3,
            validationFraction: 0.3)))
      try folder.saveSpec(task.spec)
      let fit = try task.fit(folder)
      #expect(throws: TrainingError.notFinite(what: "validation loss", step: 1)) { try fit.run() }
      #expect(fit.records.isEmpty)
      #expect(
        try folder.loadModel(threads: 1).weightsChecksum
          == (try Model(task.spec, threads: 1)).weightsChecksum)
    }
  }

  @Test func aRunReplacesWhatAnEarlierOneLeft() throws {
    try withTemporaryFolder { path in
      let folder = RunFolder(path)
      let training = TrainingSpec(batchSize: 8, epochs: 2)
      _ = try Task(.smallDense(training: training)).fit(folder).run()
      let task = try Task(.smallGated(training: training))
      // Stopped at the first step already, the folder is the new model's alone.
      #expect(try task.fit(folder).run(shouldStop: { true }) == .interrupted)
      #expect(try folder.loadModel(threads: 1).spec == task.spec)
      #expect(try folder.readMetrics().isEmpty)
      let resumed = try task.fit(folder)
      try resumed.restore()
      #expect(resumed.trainer.completedSteps == 1)
    }
  }

  @Test func theSettingsOfTheRunAreWhatIsWritten() throws {
    try withTemporaryFolder { path in
      let folder = RunFolder("\(path)/run")
      let data = try randomFloats(22, Shape(features: 10))
      let settings = TrainingSpec(batchSize: 11, epochs: 1)
      let trainer = try Trainer(
        try Model(.smallDense(), threads: 1), data: data, settings: settings)
      _ = try Fit(trainer, folder: folder).run()
      #expect(try folder.loadSpec().training == settings)
    }
  }

  @Test func startNeedsTheParentOfTheFolder() throws {
    try withTemporaryFolder { path in
      let fit = try Task(.smallDense()).fit(RunFolder("\(path)/none/run"))
      #expect(
        sentence { try fit.run() }
          == "\(path)/none/run: its parent folder \(path)/none does not exist; create it first")
      #expect(fit.trainer.completedSteps == 0)
    }
  }

  @Test func restoringNeedsTheSameDataBatchAndSeed() throws {
    try withTemporaryFolder { path in
      let folder = RunFolder(path)
      let file = folder.file("training_state.safetensors")
      let spec = ModelSpec.smallDense(training: TrainingSpec(batchSize: 8, epochs: 1))
      #expect(
        sentence { try Task(spec).fit(folder).restore() }
          == "\(path): holds no training_state.safetensors, so training cannot go on from it")
      _ = try Task(spec).fit(folder).run()
      #expect(
        sentence { try Task(spec, examples: 23).fit(folder).restore() }
          == "random: the training data have 23 examples, not 22, so they are not those that \(path) was "
          + "trained with; a resumed run takes the same")
      var other = spec
      other.training.batchSize = 9
      #expect(
        sentence { try Task(other).fit(folder).restore() }
          == "\(file): was saved with batch_size 8, not 9; a resumed run takes the same")
      other = spec
      other.training.seed = 2
      #expect(
        sentence { try Task(other).fit(folder).restore() }
          == "\(file): was saved with seed 1, not 2; a resumed run takes the same")
      // Another model's state.
      #expect(throws: FormatError.self) {
        try Task(.smallGated(training: spec.training)).fit(folder).restore()
      }
    }
  }

  @Test func stateWithoutAPartIsRefused() throws {
    try withTemporaryFolder { path in
      let folder = RunFolder(path)
      let file = folder.file("training_state.safetensors")
      let task = try Task(.smallDense(training: TrainingSpec(batchSize: 8, epochs: 1)))
      let fit = try task.fit(folder)
      _ = try fit.run()
      let saved = try SafeTensors.read(file)
      for missing in [
        "weights.encoder.0.weight", "first_moments.encoder.0.bias", "second_moments.decoder.2.bias",
      ] {
        let entries = try saved.tensors.filter { $0.name != missing }.map {
          SafeTensors.Entry(name: $0.name, array: try saved.array($0.name))
        }
        try SafeTensors.write(entries, metadata: saved.metadata, to: file)
        let other = try task.fit(folder)
        let checksum = other.trainer.model.weightsChecksum
        #expect(
          sentence { try other.restore() }.hasPrefix("\(file): the tensor \(missing) ["))
        // Weights whose moments are missing are not taken either.
        #expect(other.trainer.model.weightsChecksum == checksum)
        #expect(other.trainer.state.firstMoments.vector.array.allSatisfy { $0 == 0 })
        #expect(other.trainer.completedSteps == 0 && other.completedEpochs == 0)
      }
      var metadata = saved.metadata
      metadata["progress"] = "{}"
      let entries = try saved.tensors.map {
        SafeTensors.Entry(name: $0.name, array: try saved.array($0.name))
      }
      try SafeTensors.write(entries, metadata: metadata, to: file)
      #expect(
        sentence { try task.fit(folder).restore() }
          == "\(file): its metadata holds no progress record")
    }
  }
}
