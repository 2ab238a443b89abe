import AllocationCounter
import Formats
import Foundation
import Kernels
import Testing

@testable import Variational

private let isOptimised: Bool = {
  var isDebug = false
  assert(
    {
      isDebug = true
      return true
    }())
  return !isDebug
}()

/// A training step allocates nothing once it is warm, whatever the model.
///
/// The counter sees every thread of the process, the pool's workers included, and so do other suites that
/// run at the same time. Each test therefore runs in a process of its own (an exit test), where nothing
/// but its body is at work.
///
/// OpenBLAS is counted apart, so that a failure says whose blocks they are: its AVX-512 kernels take one for
/// some small products, which the engine therefore multiplies itself (Kernels/SmallProduct.swift).
///
/// The claim is about optimised code: without it closures and generic values go through the heap.
@Suite(
  .serialized,
  .enabled(
    if: allocation_count_is_supported() == 1 && isOptimised,
    "heap blocks are counted with glibc and in optimised builds only")
)
struct StepAllocationTests {
  /// Blocks that some code asked for: OpenBLAS itself, and all else.
  struct Blocks: Equatable {
    var own = allocation_count()
    var inBLAS = blas_allocation_count()

    static func - (a: Blocks, b: Blocks) -> Blocks {
      var difference = a
      difference.own -= b.own
      difference.inBLAS -= b.inBLAS
      return difference
    }

    func expectNone(_ what: String) {
      #expect(own == 0, "\(what): \(own) blocks")
      #expect(inBLAS == 0, "\(what): \(inBLAS) blocks in \(OpenBLAS.coreName) kernels")
    }
  }

  /// Blocks that `steps` steps asked for, after a few that may.
  ///
  /// - Parameter beside: what happens before every counted step; for the controls
  static func allocations(
    _ spec: ModelSpec, threads: Int, examples: Int, steps: Int = 6, beside: () -> Void = {}
  ) throws -> Blocks {
    let shape = spec.data.stored
    let data = try randomBytes(examples, shape)
    let trainer = try Trainer(try Model(spec, threads: threads), data: data)
    let batches = (0..<3 + steps).flatMap { Array(trainer.batches(epoch: $0)) }
    for batch in batches.prefix(3) { _ = try trainer.step(batch) }
    var loss = 0.0
    let before = Blocks()
    for batch in batches[3..<3 + steps] {
      beside()
      loss += try trainer.step(batch).loss
    }
    let blocks = Blocks() - before
    precondition(loss.isFinite, "the steps went wrong")
    return blocks
  }

  static func expectNone(_ specs: [ModelSpec], examples: Int) throws {
    for spec in specs {
      for threads in [1, 2] {
        try allocations(spec, threads: threads, examples: examples)
          .expectNone("\(spec.name), \(threads) threads")
      }
    }
  }

  @Test func theThreeWorkloadsAllocateNothing() async {
    await #expect(processExitsWith: .success) {
      var specs: [ModelSpec] = [.dense(), .fashion(), .faces()]
      for index in specs.indices { specs[index].training.batchSize = 6 }
      try StepAllocationTests.expectNone(specs, examples: 16)
    }
  }

  @Test func denseAtItsOwnBatchSizeAllocatesNothing() async {
    // Large enough for every share to go to the workers.
    await #expect(processExitsWith: .success) {
      try StepAllocationTests.expectNone([.dense()], examples: 200)
    }
  }

  @Test func everyLikelihoodOptimiserAndScheduleAllocatesNothing() async {
    await #expect(processExitsWith: .success) {
      var specs: [ModelSpec] = [.smallConvolution(), .smallGated(), .smallDense().asAutoencoder()]
      for likelihood: LikelihoodSpec in [
        .bernoulli, .gaussian(.fixed(0.5)), .gaussian(.shared), .gaussian(.perDimension),
        .gaussian(.optimal), .continuousBernoulli, .laplace(.fixed(1)), .laplace(.shared),
        .laplace(.perDimension), .studentT(degreesOfFreedom: 3, scale: .shared),
        .discretisedLogistic(.perDimension),
      ] {
        specs.append(.smallDense(likelihood: likelihood))
        specs.append(
          .smallDense(likelihood: likelihood, training: TrainingSpec(batchSize: 8, samples: 3)))
      }
      specs.append(
        .smallDense(
          objective: ObjectiveSpec(
            beta: 2, warmUpEpochs: 3, reconstruction: .weightedMean(weight: 10))))
      for optimiser: Optimiser in [.adam(), .adamW(), .sgd(momentum: 0.9, weightDecay: 0.01)] {
        for decline: Schedule.Decline in [
          .constant, .step(epochs: 1, factor: 0.5), .cosine(floor: 0.1),
          .plateau(patience: 1, factor: 0.5),
        ] {
          specs.append(
            .smallDense(
              training: TrainingSpec(
                optimiser: optimiser, schedule: Schedule(decline, warmUpSteps: 4), batchSize: 8,
                clipNorm: 0.1, validationFraction: 0.5)))
        }
      }
      for activation: LayerSpec in [.silu, .gelu, .sigmoid, .leakyReLU(), .elu()] {
        var spec = ModelSpec.smallDense(likelihood: .gaussian(.fixed(1)))
        spec.encoder[1] = activation
        spec.decoder.append(activation)
        specs.append(spec)
      }
      try StepAllocationTests.expectNone(specs, examples: 20)
    }
  }

  @Test func countsAndClassesAllocateNothing() async {
    await #expect(processExitsWith: .success) {
      for likelihood: LikelihoodSpec in [
        .poisson, .negativeBinomial, .zeroInflatedNegativeBinomial, .categorical(groups: [4, 6]),
      ] {
        let spec = try ModelSpec.smallDense().replacing(likelihood: likelihood)
        let data = try LikelihoodTrainingTests.data(for: likelihood, examples: 20)
        for threads in [1, 2] {
          let trainer = try Trainer(try Model(spec, threads: threads), data: data)
          let batches = (0..<4).flatMap { Array(trainer.batches(epoch: $0)) }
          for batch in batches.prefix(3) { _ = try trainer.step(batch) }
          let before = Blocks()
          for batch in batches.dropFirst(3) { _ = try trainer.step(batch) }
          (Blocks() - before).expectNone("\(likelihood), \(threads) threads")
        }
      }
    }
  }

  @Test func binarisedDataAndNormalisedGradientsAllocateNothing() async {
    // Large enough for every share to go to the workers.
    await #expect(processExitsWith: .success) {
      var spec = ModelSpec.dense()
      spec.logVarianceRange = -6...2
      spec.training.gradientNormalisation = .tensor
      spec.encoder[1] = .gatedDense(outputs: 400)
      var specs: [ModelSpec] = []
      for choice: Binarisation in [.fixed, .dynamic] {
        spec.data.binarisation = choice
        specs.append(spec)
      }
      try StepAllocationTests.expectNone(specs, examples: 300)
    }
  }

  @Test func floatDataAllocatesNothing() async {
    await #expect(processExitsWith: .success) {
      let spec = ModelSpec.smallConvolution()
      let data = try randomFloats(20, spec.data.stored).subset(Array((0..<20).reversed()))
      let trainer = try Trainer(try Model(spec, threads: 2), data: data)
      let batches = (0..<4).flatMap { Array(trainer.batches(epoch: $0)) }
      for batch in batches.prefix(3) { _ = try trainer.step(batch) }
      let before = Blocks()
      for batch in batches.dropFirst(3) { _ = try trainer.step(batch) }
      (Blocks() - before).expectNone(spec.name)
    }
  }

  @Test func dataInMappedFilesAllocateNothing() async {
    await #expect(processExitsWith: .success) {
      let spec = ModelSpec.smallConvolution()
      let shape = [20, 6, 6, 2]
      var generator = SeededGenerator(state: 1)
      let arrays = [
        NumericArray(generator.bytes(20 * 72), shape: shape),
        NumericArray(generator.floats(20 * 72, 0...1), shape: shape),
        NumericArray(generator.floats(20 * 72, 0...1).map(Double.init), shape: shape),
      ]
      for array in arrays {
        try withTemporaryFolder { folder in
          try NPY.write(array, to: "\(folder)/x.npy")
          let data = try DataSource("\(folder)/x.npy").load(.train, MappedDataTests.mapping)
          guard case .mapped = data.storage else { preconditionFailure("not mapped") }
          let trainer = try Trainer(try Model(spec, threads: 2), data: data)
          let batches = (0..<4).flatMap { Array(trainer.batches(epoch: $0)) }
          for batch in batches.prefix(3) { _ = try trainer.step(batch) }
          let before = Blocks()
          for batch in batches.dropFirst(3) { _ = try trainer.step(batch) }
          (Blocks() - before).expectNone("\(array.elementType)")
        }
      }
    }
  }

  @Test func anAllocationInTheStepWouldBeSeen() async {
    // One block a step on the calling thread, and one on a worker: both are counted, exactly.
    await #expect(processExitsWith: .success) {
      let spec = ModelSpec.smallDense()
      let onCaller = try StepAllocationTests.allocations(spec, threads: 2, examples: 20) {
        withExtendedLifetime(UnsafeMutableRawPointer.allocate(byteCount: 100, alignment: 16)) {
          $0.deallocate()
        }
      }
      #expect(onCaller.own == 6)
      let pool = try WorkerPool(workers: 2)
      pool.run(0) { _, _ in }
      let onWorker = try StepAllocationTests.allocations(spec, threads: 2, examples: 20) {
        pool.run(0) { _, worker in
          if worker == 1 {
            UnsafeMutableRawPointer.allocate(byteCount: 100, alignment: 16).deallocate()
          }
        }
      }
      #expect(onWorker.own == 6)
    }
  }
}

extension StepAllocationTests {
  @Test func mixedColumnsMissingValuesAndClassesAllocateNothing() async {
    await #expect(processExitsWith: .success) {
      var table = MissingValueModelTests.tableSpec(condition: ConditionTests.condition)
      table.training.batchSize = 8
      let complete = MissingValueModelTests.tableSpec(missing: false)
      let optimal = ModelSpec(
        name: "optimal parts",
        data: DataSpec(height: 1, width: 1, channels: NaiveTable.columns, missing: true),
        encoder: table.encoder, latents: 3,
        decoder: [.dense(outputs: 7), .tanh, .dense(outputs: NaiveTable.columns)],
        likelihood: .mixed([
          .init(columns: 20, likelihood: .gaussian(.optimal)),
          .init(columns: 3, likelihood: .gaussian(.optimal)),
        ]), training: table.training)
      let labels = (0..<40).map { $0 % 3 }
      for spec in [table, complete, optimal, ConditionTests.specs[1]] {
        let isTable = spec.data.stored.isFlat
        let data =
          isTable
          ? try NaiveTable.data(40, missing: spec.data.missing ? 0.3 : 0, labels: labels)
          : try ConditionTests.data(spec, 40)
        for threads in [1, 2] {
          let trainer = try Trainer(try Model(spec, threads: threads), data: data)
          let batches = (0..<4).flatMap { Array(trainer.batches(epoch: $0)) }
          for batch in batches.prefix(3) { _ = try trainer.step(batch) }
          let before = Blocks()
          for batch in batches.dropFirst(3) { _ = try trainer.step(batch) }
          (Blocks() - before).expectNone("\(spec.name), \(threads) threads")
        }
      }
    }
  }

  @Test func everyObjectiveAndPriorAllocatesNothing() async {
    await #expect(processExitsWith: .success) {
      var specs = ObjectiveRunTests.specs
      for index in specs.indices { specs[index].training.batchSize = 8 }
      try StepAllocationTests.expectNone(specs, examples: 20)
    }
  }

  @Test func largePriorsAllocateNothing() async {
    // Large enough for every product to be cut among the workers.
    await #expect(processExitsWith: .success) {
      for prior: PriorSpec in [.mixture(components: 500), .vampPrior(.init())] {
        var spec = ModelSpec.dense(latents: 40)
        spec.prior = prior
        spec.training.batchSize = 100
        try StepAllocationTests.expectNone([spec], examples: 200)
      }
    }
  }
}
