import Testing

@testable import Variational

struct TrainingPlanTests {
  // 22 → 6 batches of 4 an epoch; 10 × 6 + 6 + 6 × 4 + 4 weights and biases one way, 2 × 6 + 6 + 6 × 10 + 10 back.
  @Test func stepsParametersAndDataAreCounted() throws {
    let spec = ModelSpec.smallDense(training: TrainingSpec(batchSize: 4, epochs: 5))
    let trainer = try Trainer(
      try Model(spec, threads: 1), data: randomFloats(22, Shape(features: 10)))
    let plan = TrainingPlan(trainer)
    #expect(plan.parameters == 94 + 88)
    #expect(plan.examples == 22 && plan.stepsPerEpoch == 6 && plan.stepsLeft == 30)
    #expect(plan.dataMemory == 22 * 10 * 4)
    // Weights, gradients and two moments at least.
    #expect(plan.memory > plan.dataMemory + 4 * 4 * 182)
    for batch in trainer.batches(epoch: 0).prefix(2) { _ = try trainer.step(batch) }
    #expect(TrainingPlan(trainer).stepsLeft == 28)
  }

  @Test func bytesAreCountedAsBytesAndLargerBatchesTakeMore() throws {
    let shape = Shape(height: 8, width: 8, channels: 1)
    let plans = try [4, 16].map { size in
      var spec = ModelSpec.dense(for: shape, latents: 2)
      spec.training = TrainingSpec(batchSize: size, epochs: 1)
      return TrainingPlan(
        try Trainer(try Model(spec, threads: 1), data: randomBytes(32, shape)))
    }
    #expect(plans[0].dataMemory == 32 * 64)
    #expect(plans[1].memory > plans[0].memory)
  }
}
