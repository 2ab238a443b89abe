import Foundation
import Kernels
import TestSupport
import Testing

@testable import Variational

@Suite struct TrainerTests {
  static func trainer(
    _ spec: ModelSpec, examples: Int = 30, threads: Int = 1, seed: UInt64? = nil
  ) throws -> Trainer {
    var spec = spec
    if let seed { spec.training.seed = seed }
    let data = try randomFloats(examples, spec.data.stored, seed: 4)
    return try Trainer(try Model(spec, threads: threads), data: data)
  }

  /// Takes steps through the epochs.
  @discardableResult
  static func run(_ trainer: Trainer, steps: Int) throws -> [StepReport] {
    var reports: [StepReport] = []
    for epoch in 0... {
      for batch in trainer.batches(epoch: epoch) {
        if reports.count == steps { return reports }
        reports.append(try trainer.step(batch))
      }
    }
    return reports
  }

  // MARK: Order

  @Test(arguments: [1, 7, 8, 29, 30, 31])
  func anEpochVisitsEveryExampleOnce(batchSize: Int) throws {
    let trainer = try Self.trainer(
      .smallDense(training: TrainingSpec(batchSize: batchSize)))
    for epoch in 0..<3 {
      let batches = Array(trainer.batches(epoch: epoch))
      #expect(batches.count == trainer.stepsPerEpoch)
      #expect(batches.flatMap { Array($0.indices) }.sorted() == Array(0..<30))
      #expect(batches.map(\.index) == Array(0..<batches.count))
      #expect(batches.allSatisfy { $0.epoch == epoch })
      #expect(batches.dropLast().allSatisfy { $0.indices.count == batchSize })
      let rest = 30 % batchSize
      #expect(batches.last?.indices.count == min(rest == 0 ? batchSize : rest, 30))
    }
  }

  @Test func ordersDependOnTheEpochAndTheSeedAlone() throws {
    func order(_ seed: UInt64, _ epoch: Int) throws -> [Int] {
      let trainer = try Self.trainer(.smallDense(), seed: seed)
      return trainer.batches(epoch: epoch).flatMap { Array($0.indices) }
    }
    let orders = try [order(1, 0), order(1, 1), order(1, 2), order(2, 0), order(2, 1)]
    #expect(Set(orders).count == 5)
    #expect(try order(1, 1) == orders[1])
    #expect(!orders.contains(Array(0..<30)))
  }

  @Test func anEpochCanBeginInTheMiddle() throws {
    let trainer = try Self.trainer(.smallDense())
    let all = trainer.batches(epoch: 3).map { Array($0.indices) }
    let rest = Array(trainer.batches(epoch: 3, startingAt: 2))
    #expect(rest.map { Array($0.indices) } == Array(all[2...]))
    #expect(rest.map(\.index) == [2, 3])
  }

  // MARK: What a step does

  /// With plain gradient descent every tensor moves by the learning rate exactly: parameters below 1 are
  /// rounded to u, so a difference of n elements is off by u√n; its norm by some float sums, 300u.
  @Test func normalisedGradientsMoveEveryTensorAsFar() throws {
    let rate = 0.125
    let trainer = try Self.trainer(
      .smallDense(
        training: TrainingSpec(
          optimiser: .sgd(), learningRate: rate, batchSize: 8, gradientNormalisation: .tensor)),
      threads: 2)
    let before = trainer.model.parameters.vector.array
    let batch = try #require(Array(trainer.batches(epoch: 0)).first)
    let norm = try trainer.step(batch).gradientNorm
    let after = trainer.model.parameters.vector.array
    for tensor in trainer.model.layout.trained {
      let range = tensor.slot.offset..<tensor.slot.offset + tensor.slot.count
      let moved = range.reduce(0.0) { sum, index in
        let difference = Double(after[index]) - Double(before[index])
        return sum + difference * difference
      }.squareRoot()
      let bound = roundoff * (Double(tensor.slot.count).squareRoot() + 300 * rate) + 1e-6 * rate
      #expect(abs(moved - rate) <= bound, "\(tensor.name)")
    }
    // The report's norm is the gradient's own.
    #expect(abs(norm - Double(trainer.model.layout.trained.count).squareRoot()) > 0.01)
  }

  @Test func stepMatchesAdamIn64BitsFromTheSameGradients() throws {
    // One step, written out: m = 0.1g, v = 0.001g², θ −= lr·m̂/(√v̂ + ε), so θ −= lr·g/(|g| + ε).
    let spec = ModelSpec.smallDense(training: TrainingSpec(learningRate: 1e-2, batchSize: 8))
    let trainer = try Self.trainer(spec)
    let before = trainer.model.parameters.vector.array
    let batch = try #require(Array(trainer.batches(epoch: 0)).first)
    let report = try trainer.step(batch)
    let gradient = trainer.model.gradients.vector.array
    let after = trainer.model.parameters.vector.array
    for index in before.indices {
      let g = Double(gradient[index])
      let expected = Double(before[index]) - 1e-2 * g / (abs(g) + 1e-8)
      // The update in float: some ten roundings of a step of 0.01, and of the weight; β₁ and β₂ as floats
      // move 1 − β by 2⁻²⁵/10⁻³, 3e-5 of it at most.
      let allowed = 1e-2 * (16 * roundoff + 4e-5) + 2 * roundoff * abs(expected)
      #expect(abs(Double(after[index]) - expected) <= allowed)
    }
    let norm = gradient.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
    #expect(abs(report.gradientNorm - norm) <= 16 * roundoff * norm)
    #expect(report.step == 1 && report.examples == 8 && trainer.completedSteps == 1)
  }

  @Test func clippingScalesGradientsDownToTheNorm() throws {
    // Plain gradient descent shows the scaled gradient: Δθ = −lr·g·min(1, clip/‖g‖).
    for clip in [0.5, 1e6] {
      let spec = ModelSpec.smallDense(
        training: TrainingSpec(
          optimiser: .sgd(), learningRate: 0.5, batchSize: 8, clipNorm: clip))
      let trainer = try Self.trainer(spec)
      let before = trainer.model.parameters.vector.array
      let report = try trainer.step(try #require(Array(trainer.batches(epoch: 0)).first))
      let gradient = trainer.model.gradients.vector.array
      let after = trainer.model.parameters.vector.array
      #expect((report.gradientNorm > clip) == (clip == 0.5))
      let factor = min(1, clip / report.gradientNorm)
      var moved = 0.0
      for index in before.indices {
        let expected = Double(before[index]) - 0.5 * factor * Double(gradient[index])
        #expect(
          abs(Double(after[index]) - expected)
            <= 4 * roundoff * (abs(expected) + abs(Double(gradient[index]))))
        moved += pow(Double(after[index]) - Double(before[index]), 2)
      }
      // Each weight is rounded once: u·‖θ‖ in all, and ‖θ‖ < 10.
      #expect(abs(moved.squareRoot() - 0.5 * factor * report.gradientNorm) <= 10 * roundoff)
    }
  }

  static let schedules: [Schedule] = [
    Schedule(), Schedule(.constant, warmUpSteps: 5), Schedule(.step(epochs: 1, factor: 0.1)),
    Schedule(.cosine(floor: 0.1), warmUpSteps: 3),
  ]

  @Test(arguments: schedules)
  func scheduleReachesTheOptimiser(_ schedule: Schedule) throws {
    // Gradient descent again: the step's length over the gradient's is the rate that was in force.
    let spec = ModelSpec.smallDense(
      training: TrainingSpec(
        optimiser: .sgd(), learningRate: 0.02, schedule: schedule, batchSize: 8, epochs: 3))
    let trainer = try Self.trainer(spec)
    for step in 0..<12 {
      let batch = Array(trainer.batches(epoch: step / 4))[step % 4]
      let before = trainer.model.parameters.vector.array
      let report = try trainer.step(batch)
      let expected: Double
      switch schedule.decline {
      case .constant:
        expected = 0.02 * min(1, Double(step + 1) / Double(max(schedule.warmUpSteps, 1)))
      case .step: expected = 0.02 * pow(0.1, Double(step / 4))
      default:
        let warmUp = step < 3 ? Double(step + 1) / 3 : 1
        let progress = max(0, Double(step - 3) / 9)
        expected = 0.02 * warmUp * (0.1 + 0.9 * 0.5 * (1 + cos(.pi * progress)))
      }
      #expect(abs(report.learningRate - expected) <= 1e-15)
      let gradient = trainer.model.gradients.vector.array
      let after = trainer.model.parameters.vector.array
      for index in before.indices {
        let moved = Double(before[index]) - Double(after[index])
        #expect(
          abs(moved - expected * Double(gradient[index]))
            <= 2 * roundoff * (abs(Double(before[index])) + abs(moved)))
      }
    }
  }

  @Test func betaWarmsUpByTheStep() throws {
    let spec = ModelSpec.smallDense(
      objective: ObjectiveSpec(beta: 2, warmUpEpochs: 1.5),
      training: TrainingSpec(batchSize: 8))
    let reports = try Self.run(try Self.trainer(spec), steps: 9)
    #expect(reports.map(\.beta) == [0, 1, 2, 3, 4, 5, 6, 6, 6].map { 2 * $0 / 6 })
    for report in reports {
      #expect(
        abs(report.loss - (report.reconstruction + report.beta * report.kl))
          <= 4 * Double.ulpOfOne * report.loss)
    }
  }

  @Test func trainingLowersTheLoss() throws {
    // Ten bits drawn with very uneven chances: the bound must come down from ten coins' ln 2 each.
    var generator = SeededGenerator(state: 8)
    let values = (0..<200 * 10).map {
      generator.float(0...1) < ($0 % 10 < 5 ? 0.9 : 0.1) ? Float(1) : 0
    }
    let data = try DataSet(floats: values, shape: Shape(features: 10))
    let spec = ModelSpec.smallDense(training: TrainingSpec(learningRate: 1e-2, batchSize: 20))
    let trainer = try Trainer(try Model(spec, threads: 1), data: data)
    try Self.run(trainer, steps: 400)
    let bound = try trainer.model.evaluate(data).loss
    // The entropy of the bits is 10·H(0.9) = 3.25 nats, which no model undercuts but by their number.
    #expect(bound < 4 && bound > 2.5)
  }

  // MARK: Determinism

  static let models: [ModelSpec] = [.smallDense(), .smallConvolution(), .smallGated()]

  @Test(arguments: models, [1, 2, 3])
  func sameSeedAndThreadsGiveTheSameBits(_ spec: ModelSpec, threads: Int) throws {
    let checksums = try (0..<2).map { _ in
      let trainer = try Self.trainer(spec, threads: threads)
      try Self.run(trainer, steps: 20)
      return trainer.model.weightsChecksum
    }
    #expect(checksums[0] == checksums[1])
  }

  @Test(arguments: models)
  func threadsAgreeToRounding(_ spec: ModelSpec) throws {
    // Plain gradient descent follows the gradient's error, where Adam would turn the sign of a rounding
    // into a whole step. A gradient summed in another order differs by some 64u of its norm (64 terms a
    // sum), and a stable descent (‖I − ηH‖ ≤ 1 where the curvature is positive) adds the errors of ten
    // steps of rate η = 0.01 without growth; e leaves room for directions of negative curvature.
    var spec = spec
    spec.training = TrainingSpec(optimiser: .sgd(), learningRate: 0.01, batchSize: 8)
    var results: [(norm: Double, weights: [Float])] = []
    for threads in 1...3 {
      let trainer = try Self.trainer(spec, threads: threads)
      let reports = try Self.run(trainer, steps: 10)
      results.append(
        (reports.map(\.gradientNorm).max() ?? 0, trainer.model.parameters.vector.array))
    }
    let bound = 64 * roundoff * results[0].norm * 0.01 * 10 * exp(1)
    #expect(bound < 1e-2)
    for other in results.dropFirst() {
      #expect(largestDifference(results[0].weights, other.weights) <= bound)
    }
  }

  @Test(arguments: models)
  func seedsGiveDifferentWeights(_ spec: ModelSpec) throws {
    let checksums = try [1, 2, 3].map { (seed: UInt64) in
      let trainer = try Self.trainer(spec, seed: seed)
      try Self.run(trainer, steps: 2)
      return trainer.model.weightsChecksum
    }
    #expect(Set(checksums).count == 3)
  }

  @Test func dropoutAndNoiseChangeFromStepToStep() throws {
    // The same batch at a learning rate that moves nothing: losses differ by noise and dropout alone.
    var spec = ModelSpec.smallGated()
    spec.training.learningRate = 1e-30
    let trainer = try Self.trainer(spec)
    let batch = try #require(Array(trainer.batches(epoch: 0)).first)
    let losses = try (0..<5).map { _ in try trainer.step(batch).loss }
    #expect(Set(losses).count == 5)
  }

  // MARK: Numbers that are none

  /// Takes three steps, changes the weights, and expects the fourth step to fail and change nothing.
  static func expectFailure(
    _ spec: ModelSpec, _ failure: TrainingError, sourceLocation: SourceLocation = #_sourceLocation,
    after change: (Model) throws -> Void
  ) throws {
    let trainer = try Self.trainer(spec)
    try Self.run(trainer, steps: 3)
    let model = trainer.model
    try change(model)
    // The checksum is of weights and running statistics.
    let checksum = model.weightsChecksum
    let moments = [trainer.state.firstMoments, trainer.state.secondMoments].map(\.vector.array)
    let batch = try #require(Array(trainer.batches(epoch: 0)).last)
    #expect(throws: failure, sourceLocation: sourceLocation) { try trainer.step(batch) }
    #expect("\(failure)".contains("kept") == model.hasFiniteWeights, sourceLocation: sourceLocation)
    #expect(model.weightsChecksum == checksum, sourceLocation: sourceLocation)
    #expect(
      [trainer.state.firstMoments, trainer.state.secondMoments].map(\.vector.array) == moments,
      sourceLocation: sourceLocation)
    #expect(trainer.completedSteps == 3, sourceLocation: sourceLocation)
  }

  @Test(arguments: models)
  func aLossThatIsNoNumberStopsTrainingAtItsStep(_ spec: ModelSpec) throws {
    // Weights of 10³⁰ are numbers, but two layers of them are not: 10⁶⁰ is no float.
    try Self.expectFailure(spec, .notFinite(what: "loss", step: 4)) { model in
      for tensor in model.layout.trained {
        tensor.slot.vector(in: model.parameters.vector).fill(1e30)
      }
      #expect(model.hasFiniteWeights)
    }
  }

  @Test func aGradientThatIsNoNumberStopsTrainingAtItsStep() throws {
    // Hidden units h = 3·10³⁸, which a float just holds, with weights of 0 behind them: the output is the
    // bias, 10, and the loss is ordinary. The derivative by such a weight is h·(10 − x), which is no float.
    let spec = ModelSpec.smallDense(likelihood: .gaussian(.fixed(1)))
    try Self.expectFailure(spec, .notFinite(what: "gradient", step: 4)) { model in
      for (name, value) in [
        ("decoder.0.weight", Float(0)), ("decoder.0.bias", 3e38), ("decoder.2.weight", 0),
        ("decoder.2.bias", 10),
      ] {
        let tensor = try #require(model.layout.trained.first { $0.name == name })
        tensor.slot.vector(in: model.parameters.vector).fill(value)
      }
    }
  }

  @Test(arguments: models)
  func aWeightThatIsNoNumberIsBlamedOnTheStepBefore(_ spec: ModelSpec) throws {
    try Self.expectFailure(spec, .notFinite(what: "model", step: 3)) { model in
      model.parameters.vector[0] = .nan
    }
  }

  @Test(arguments: models)
  func aStepThatIsTooLongKeepsTheLastGoodState(_ spec: ModelSpec) throws {
    var spec = spec
    spec.training.optimiser = .sgd()
    spec.training.learningRate = 1e30
    let trainer = try Self.trainer(spec)
    var checksum = trainer.model.weightsChecksum
    var failure: TrainingError?
    search: for epoch in 0..<10 {
      for batch in trainer.batches(epoch: epoch) {
        do throws(TrainingError) {
          _ = try trainer.step(batch)
          checksum = trainer.model.weightsChecksum
        } catch {
          failure = error
          break search
        }
      }
    }
    let steps = trainer.completedSteps
    guard case .notFinite(_, let step)? = failure else {
      Issue.record("no step failed")
      return
    }
    #expect(step == steps + 1)
    #expect(trainer.model.weightsChecksum == checksum)
    #expect("\(failure!)".contains("at step \(step)"))
  }

  @Test func settingsAndDataAreChecked() throws {
    let model = try Model(.smallDense(), threads: 1)
    let data = try randomFloats(3, Shape(features: 10))
    #expect(throws: SpecError.self) {
      try Trainer(model, data: data, settings: TrainingSpec(batchSize: 0))
    }
    #expect(throws: DataError.self) {
      try Trainer(model, data: try randomFloats(3, Shape(features: 9)))
    }
  }
}
