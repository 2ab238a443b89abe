// Every objective and prior in a run: the same bits when it is broken off and gone on with.

import AllocationCounter
import Foundation
import Testing

@testable import Variational

@Suite struct ObjectiveRunTests {
  static let training = TrainingSpec(
    learningRate: 0.01, batchSize: 4, epochs: 2, samples: 4, seed: 7)

  /// Every kind with its usual numbers, and every prior.
  static let specs: [ModelSpec] = {
    var specs = ObjectiveKind.all.map { kind in
      var spec = ModelSpec.smallDense(
        objective: ObjectiveSpec(kind, warmUpEpochs: 1.5), training: training)
      if kind.isUsuallyDeterministic {
        spec = spec.asAutoencoder()
        spec.objective = ObjectiveSpec(kind, beta: kind.usualBeta, warmUpEpochs: 1.5)
      }
      spec.name = kind.name
      return spec
    }
    for prior: PriorSpec in [.mixture(components: 3), .vampPrior(.init(components: 5))] {
      for kind in [ObjectiveKind.importanceWeighted(.doublyReparameterised), ObjectiveKind.all[0]] {
        var spec = ModelSpec.smallDense(objective: ObjectiveSpec(kind), training: training)
        spec.prior = prior
        spec.name = "\(kind.name), \(prior.name)"
        specs.append(spec)
      }
    }
    var cyclical = ModelSpec.smallDense(training: training)
    cyclical.objective = ObjectiveSpec(
      .maximumMeanDiscrepancy(.init(isWasserstein: false)), beta: 2, warmUpEpochs: 1.7,
      warmUp: .cyclical(cycles: 2, rising: 0.5))
    cyclical.name = "info_vae with a divergence, cyclical"
    specs.append(cyclical)
    // An activation at the decoder's end keeps its output apart from the gradient.
    var penalised = ModelSpec.smallConvolution(training: training).asAutoencoder()
    penalised.objective = ObjectiveSpec(.regularised(.init(.gradientPenalty(step: 0.01))))
    penalised.name = "convolution, rae_gp"
    specs.append(penalised)
    // Gates and dropout under a prior whose inputs go through them.
    var gated = ModelSpec.smallGated(training: training)
    gated.prior = .vampPrior(.init(components: 5))
    gated.name = "gated with dropout, vamp_prior"
    specs.append(gated)
    return specs
  }()

  @Test(arguments: specs)
  func aRunThatGoesOnEndsInTheSameBits(_ spec: ModelSpec) throws {
    let task = try FitTests.Task(spec)
    let unbroken = try task.fit()
    #expect(try unbroken.run() == .finished)
    #expect(unbroken.records.allSatisfy { $0.training.loss.isFinite })
    try withTemporaryFolder { path in
      let folder = RunFolder("\(path)/run")
      for stop in [3, 8] {
        let fit = try task.fit(folder)
        if stop > 3 { try fit.restore() }
        #expect(
          try fit.run(shouldStop: { fit.trainer.completedSteps >= stop }) == .interrupted)
      }
      let last = try task.fit(folder)
      try last.restore()
      #expect(try last.run() == .finished)
      #expect(last.trainer.model.weightsChecksum == unbroken.trainer.model.weightsChecksum)
      #expect(FitTests.timeless(last.records) == FitTests.timeless(unbroken.records))
      #expect(try folder.loadSpec() == spec)
      let loaded = try folder.loadModel(threads: 1)
      #expect(try loaded.evaluate(task.data).loss.isFinite)
      #expect(loaded.sample(3).elements.allSatisfy { $0.isFinite })
    }
  }

  @Test(arguments: specs)
  func fullStepsOfTheSameSeedHaveTheSameBits(_ spec: ModelSpec) throws {
    var sums: [UInt64] = []
    for _ in 0..<2 {
      let fit = try FitTests.Task(spec, held: 0).fit()
      _ = try fit.run()
      sums.append(fit.trainer.model.weightsChecksum)
    }
    #expect(sums[0] == sums[1])
  }
}
