// Your own numbers, as a Swift array: describe a model, train it, look at what it has learned, keep it.

import Foundation
import Variational

@main struct TrainOnYourArrays {
  static let points = 24

  /// Stand-in for your data: `count` noisy waves, each with its own height and phase, one after the other.
  static func waves(_ count: Int) -> [Float] {
    var generator = SystemRandomNumberGenerator()
    return (0..<count).flatMap { _ in
      let height = Float.random(in: 0.5...1.5, using: &generator)
      let phase = Float.random(in: 0...(2 * .pi), using: &generator)
      return (0..<points).map { point in
        let angle = 2 * Float.pi * Float(point) / Float(points)
        return height * sin(angle + phase) + Float.random(in: -0.1...0.1, using: &generator)
      }
    }
  }

  /// Two hidden layers each way, three latents, and a Gaussian whose variance is learned with the rest.
  static func description() -> ModelSpec {
    var spec = ModelSpec(
      name: "waves", data: DataSpec(height: 1, width: 1, channels: points),
      encoder: [.dense(outputs: 64), .silu, .dense(outputs: 32), .silu, .dense(outputs: 2 * 3)],
      latents: 3,
      decoder: [.dense(outputs: 32), .silu, .dense(outputs: 64), .silu, .dense(outputs: points)],
      likelihood: .gaussian(.shared))
    spec.training = TrainingSpec(
      learningRate: 5e-3, schedule: Schedule(.cosine(floor: 0.01)), batchSize: 64, epochs: 40,
      validationFraction: 0.1, patience: 5, seed: 1)
    return spec
  }

  static func main() throws {
    // 1. Data: [count × points] floats, and the shape of one example.
    let spec = description()
    let all = try DataSet(floats: waves(4000), shape: spec.data.stored, name: "waves")
    let (training, heldOut) = try all.split(holdingOut: spec.training.validationFraction, seed: 1)

    // 2. Training: the folder keeps description, weights, metrics, and what is needed to go on.
    let folder = RunFolder(
      FileManager.default.temporaryDirectory.appendingPathComponent("waves").path)
    let trainer = try Trainer(try Model(spec), data: training)
    let fit = try Fit(trainer, validation: heldOut, folder: folder)
    let outcome = try fit.run { event in
      guard case .epoch(let record) = event, record.epoch % 10 == 0 else { return }
      print("epoch \(record.epoch): loss \(record.training.loss) nats, KL \(record.training.kl)")
    }
    print("\(outcome); the best epoch was \(fit.bestEpoch ?? 0); all of it is in \(folder.path)")

    // 3. Use: from here on another program could go on, with the folder alone.
    let model = try folder.loadModel()
    let means = try model.encode(heldOut).means  // [N, 3]
    let reconstructions = try model.reconstruct(heldOut)  // [N, points]
    let invented = model.sample(5, seed: 2)  // [5, points]
    print("evidence lower bound: \(try model.evaluate(heldOut).elbo) nats an example")
    print("latents of the first wave: \(means.row(0))")
    print("its first points, reconstructed: \(reconstructions.row(0).prefix(4))")
    print("five waves that never were: \(invented.rows) × \(invented.columns)")
  }
}
