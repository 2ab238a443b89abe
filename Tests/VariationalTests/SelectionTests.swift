import Foundation
import Testing

@testable import Networks
@testable import Variational

@Suite struct SelectionTests {
  private func evaluation(reconstruction: Double, kl: Double, beta: Double) -> Evaluation {
    Evaluation(
      examples: 5, loss: reconstruction + beta * kl, reconstruction: reconstruction, kl: kl,
      elbo: -reconstruction - kl, saturations: 0)
  }

  @Test func eachSelectionLooksAtItsOwnNumber() throws {
    let model = try Model(.smallDense(objective: ObjectiveSpec(beta: 4)), threads: 1)
    let result = evaluation(reconstruction: 10, kl: 3, beta: 4)
    #expect(model.judgement(of: result, by: .objective) == 22)
    #expect(model.judgement(of: result, by: .bound) == 13)
    #expect(model.judgement(of: result, by: .reconstruction) == 10)
  }

  @Test func aCapacityIsJudgedByItsDistance() throws {
    let kind = ObjectiveKind.capacity(nats: 5, epochs: 2, weight: 10)
    let model = try Model(.smallDense(objective: ObjectiveSpec(kind, beta: 2)), threads: 1)
    // 7 + 2·10·|KL − 5|
    for (kl, loss) in [(5.0, 7.0), (4, 27), (6, 27)] {
      let result = evaluation(reconstruction: 7, kl: kl, beta: 2)
      #expect(model.judgement(of: result, by: .objective) == loss)
    }
  }

  @Test func theObjectiveChangesUntilItsLastWarmUpIsOver() {
    #expect(ObjectiveSpec().isSettled(afterEpochs: 0))
    let warm = ObjectiveSpec(warmUpEpochs: 2.5)
    #expect([2, 3].map(warm.isSettled) == [false, true])
    let capacity = ObjectiveSpec(.capacity(nats: 5, epochs: 7, weight: 1), warmUpEpochs: 3)
    #expect([3, 6, 7].map(capacity.isSettled) == [false, false, true])
  }

  @Test func theSelectionIsWrittenUnlessItIsTheUsualOne() throws {
    for selection in Selection.allCases {
      let data = try JSONEncoder().encode(TrainingSpec(selection: selection))
      #expect(
        String(decoding: data, as: UTF8.self).contains("selection") == (selection != .objective))
      #expect(try JSONDecoder().decode(TrainingSpec.self, from: data).selection == selection)
    }
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(TrainingSpec.self, from: Data(#"{"selection": "elbo"}"#.utf8))
    }
  }

  // MARK: In a run

  private func run(
    _ objective: ObjectiveSpec, _ change: (inout TrainingSpec) -> Void = { _ in }
  ) throws -> Fit {
    var training = TrainingSpec(
      learningRate: 0.03, batchSize: 4, epochs: 24, validationFraction: 0.3)
    change(&training)
    let fit = try FitTests.Task(.smallDense(objective: objective, training: training)).fit()
    _ = try fit.run()
    return fit
  }

  /// The epochs of the records whose number is lower than that of all before.
  private func improvements(
    _ fit: Fit, from first: Int = 1, _ number: (Evaluation) -> Double
  ) throws -> [Int] {
    var (least, epochs) = (Double.infinity, [Int]())
    for record in fit.records where record.epoch >= first {
      let value = number(try #require(record.validation))
      if value < least { (least, epochs) = (value, epochs + [record.epoch]) }
    }
    return epochs
  }

  @Test func theBestEpochIsTheBestByWhatWasAskedFor() throws {
    let objective = ObjectiveSpec(beta: 0.1)
    let fits = try Selection.allCases.map { selection in
      try run(objective) { $0.selection = selection }
    }
    let numbers: [(Evaluation) -> Double] = [\.loss, { -$0.elbo }, \.reconstruction]
    for (fit, number) in zip(fits, numbers) {
      let expected = try improvements(fit, number)
      #expect(fit.records.filter(\.isBest).map(\.epoch) == expected)
      #expect(fit.bestEpoch == expected.last)
    }
    // The selections do differ here, and nothing else does.
    #expect(fits[0].bestEpoch != fits[1].bestEpoch)
    #expect(
      fits[0].trainer.model.weightsChecksum == fits[1].trainer.model.weightsChecksum)
  }

  @Test func epochsWhileBetaRisesDoNotCompeteWithLaterOnes() throws {
    // With β low at first the loss at the final β is least in a warm epoch or a cold one: only warm ones count.
    let fit = try run(ObjectiveSpec(beta: 8, warmUpEpochs: 20)) { $0.learningRate = 0.1 }
    let warm = try improvements(fit, from: 20, \.loss)
    #expect(fit.bestEpoch == warm.last)
    #expect(fit.records[19].isBest)
    // Until then cold epochs compete with each other: a run that ends before has a best one.
    let cold = try run(ObjectiveSpec(beta: 8, warmUpEpochs: 200)) { $0.learningRate = 0.1 }
    let expected = try improvements(cold, \.loss)
    #expect(cold.records.filter(\.isBest).map(\.epoch) == expected)
  }

  /// β = 4 over 20 epochs with a plateau's patience of 1 once brought the rate from 1e-3 to 5e-7.
  @Test func theRateDoesNotFallWhileBetaRises() throws {
    let fit = try run(ObjectiveSpec(beta: 4, warmUpEpochs: 20)) {
      $0.learningRate = 0.1
      $0.epochs = 20
      $0.schedule = Schedule(.plateau(patience: 1, factor: 0.5))
    }
    // The bound does get worse meanwhile.
    let losses = try fit.records.map { try #require($0.validation?.loss) }
    #expect(zip(losses, losses.dropFirst()).contains { $0 < $1 })
    #expect(fit.records.allSatisfy { $0.learningRate == 0.1 })
    #expect(fit.trainer.reductions == 0)
  }

  @Test func theRateStaysAtItsFloor() throws {
    let fit = try run(ObjectiveSpec(beta: 0)) {
      $0.epochs = 40
      $0.schedule = Schedule(.plateau(patience: 1, factor: 0.1, floor: 0.01))
      $0.selection = .bound
    }
    #expect(fit.trainer.reductions > 3)
    #expect(fit.records.last?.learningRate == 0.03 * 0.01)
  }

  /// A state of a version that knew the bound only: the best epoch stays what it was, judged anew by the objective.
  @Test func anEarlierVersionsBestEpochIsJudgedByTheObjective() throws {
    try withTemporaryFolder { path in
      let folder = RunFolder("\(path)/run")
      let spec = ModelSpec.smallDense(
        objective: ObjectiveSpec(beta: 0.1),
        training: TrainingSpec(batchSize: 4, epochs: 4, validationFraction: 0.3))
      var task = try FitTests.Task(spec)
      let fit = try task.fit(folder)
      _ = try fit.run()
      let best = try #require(fit.bestEpoch)
      try FitLockTests.editState(folder) { progress, metadata in
        progress["bestLoss"] = nil
        progress["bestBound"] = -1e9
        for key in ["description", "data", "metrics"] { metadata[key] = nil }
      }
      task.spec.training.epochs = 5
      let longer = try task.fit(folder)
      try longer.restore()
      #expect(longer.bestEpoch == best)
      _ = try longer.run()
      let losses = try longer.records.map { try #require($0.validation?.loss) }
      #expect(longer.records[4].isBest == (losses[4] < losses[best - 1]))
    }
  }
}
