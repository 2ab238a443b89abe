// What `vae train` does with a description and with a training state, on very small data.

import Foundation
import Kernels
import Networks
import Variational

enum ProbedTraining {
  /// Beyond this a description is refused as too large for the machine, which is right too.
  static let memory = 0x1p24  // bytes

  /// Reads a description, checks that it is written as it was read, compiles it, and takes one step.
  static func run(config path: String) throws {
    let spec = try ModelSpec.read(path)
    try Data(spec.json()).write(to: URL(fileURLWithPath: path))
    let again = try ModelSpec.read(path)
    precondition(again == spec, "ProbedTraining.run: a description changes when it is written")
    try Memory.$limit.withValue(memory) {
      let model = try Model(spec, seed: 1, threads: 1)
      let shape = spec.data.stored
      guard spec.table == nil, shape.count <= 1 << 12, spec.training.samples <= 16 else { return }
      // Two examples of zeros and a one, which almost every likelihood takes.
      var values = [Float](repeating: 0, count: 2 * shape.count)
      values[0] = 1
      values[values.count - 1] = 1
      let data = try DataSet(floats: values, shape: shape)
      let trainer = try Trainer(model, data: data)
      for batch in trainer.batches(epoch: 0) { _ = try trainer.step(batch) }
      _ = try model.evaluate(data)
    }
  }

  /// The description that probed states belong to.
  static var spec: ModelSpec {
    var spec = ModelSpec(
      name: "probe", data: DataSpec(height: 1, width: 1, channels: 3),
      encoder: [.dense(outputs: 2), .batchNorm(), .dense(outputs: 2)], latents: 1,
      decoder: [.dense(outputs: 3)], likelihood: .gaussian(.optimal))
    spec.training = TrainingSpec(
      schedule: Schedule(.plateau(patience: 1, factor: 0.5)), batchSize: 2, epochs: 3,
      validationFraction: 0.25, patience: 2)
    return spec
  }

  /// A run of ``spec`` on six rows of numbers, two of them held out.
  static func fit(in folder: RunFolder) throws -> Fit {
    let values = (0..<24).map { Float($0 % 7) / 7 }
    let all = try DataSet(floats: values, shape: spec.data.stored)
    let (training, heldOut) = try all.split(holdingOut: 0.25, seed: 1)
    let trainer = try Trainer(try Model(spec, seed: 1, threads: 1), data: training)
    return try Fit(trainer, validation: heldOut, folder: folder)
  }

  /// Goes on from a state, to the end if it can be read.
  static func restore(_ folder: RunFolder) throws {
    let fit = try fit(in: folder)
    try fit.restore()
    _ = try fit.run()
  }
}
