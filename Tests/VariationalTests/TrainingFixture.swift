// Fixtures/training.json and training_fashion.safetensors, and the formulas in make_training.py.

import Formats
import Foundation
import Testing

@testable import Variational

enum TrainingFixture {
  static let runs: [Run] = {
    do {
      let data = try Data(contentsOf: URL(fileURLWithPath: fixture("training.json")))
      let listing = try JSONDecoder().decode(Listing.self, from: data)
      return listing.runs.map { name, run in
        var named = run
        named.name = name
        return named
      }.sorted { $0.name < $1.name }
    } catch { fatalError("\(error)") }
  }()

  static let tensors: SafeTensors = {
    do { return try SafeTensors.read(fixture("training_fashion.safetensors")) } catch {
      fatalError("\(error)")
    }
  }()

  private struct Listing: Decodable { let runs: [String: Run] }

  /// The numbers of a step, or deviations of them.
  struct Numbers: Decodable, Sendable {
    var loss = 0.0
    var reconstruction = 0.0
    var kl = 0.0
    var gradientNorm = 0.0

    enum CodingKeys: String, CodingKey {
      case loss, reconstruction, kl
      case gradientNorm = "gradient_norm"
    }

    static let quantities: [any KeyPath<Numbers, Double> & Sendable] = [
      \.loss, \.reconstruction, \.kl, \.gradientNorm,
    ]

    func largest(_ other: Numbers) -> Numbers {
      Numbers(
        loss: max(loss, other.loss), reconstruction: max(reconstruction, other.reconstruction),
        kl: max(kl, other.kl), gradientNorm: max(gradientNorm, other.gradientNorm))
    }
  }

  struct Step: Decodable, Sendable {
    let numbers: Numbers
    let deviation: Numbers

    enum CodingKeys: String, CodingKey { case deviation = "float32_deviation" }

    init(from decoder: any Decoder) throws {
      numbers = try Numbers(from: decoder)
      deviation = try decoder.container(keyedBy: CodingKeys.self)
        .decode(Numbers.self, forKey: .deviation)
    }
  }

  struct Deviation: Decodable, Sendable {
    let rootMeanSquare: Double

    enum CodingKeys: String, CodingKey { case rootMeanSquare = "root_mean_square" }
  }

  struct Summary: Decodable, Sendable {
    let sum: Double
    let sumOfSquares: Double
    let largest: Double
    let deviation: Deviation

    enum CodingKeys: String, CodingKey {
      case sum, largest
      case sumOfSquares = "sum_of_squares"
      case deviation = "float32_deviation"
    }
  }

  struct Tensor: Decodable, Sendable {
    let shape: [Int]
    let firstGradient: Summary?
    let final: Summary

    enum CodingKeys: String, CodingKey {
      case shape, final
      case firstGradient = "first_gradient"
    }
  }

  struct Reconstruction: Decodable, Sendable {
    let likelihood: String
    let reduction: String
    let weight: Double

    enum CodingKeys: String, CodingKey {
      case likelihood, weight
      case reduction = "over_dimensions"
    }
  }

  struct FirstValues: Decodable, Sendable {
    let weight: [Float]
    let bytes: [Int]
    let noise: [Float]

    enum CodingKeys: String, CodingKey {
      case noise
      case weight = "first_weight"
      case bytes = "data_bytes"
    }
  }

  struct Run: Decodable, Sendable, CustomTestStringConvertible {
    var name = ""
    let mixing: String
    let encoder: [LayerSpec]
    let decoder: [LayerSpec]
    let input: [Int]
    let padding: Int
    let latents: Int
    let batch: Int
    let reconstruction: Reconstruction
    let learningRate: Double
    let stored: Bool
    let cancelledBiases: [String]
    let firstValues: FirstValues
    let steps: [Step]
    let tensors: [String: Tensor]

    enum CodingKeys: String, CodingKey {
      case mixing, encoder, decoder, input, padding, latents, batch, reconstruction, stored, steps
      case tensors
      case learningRate = "learning_rate"
      case cancelledBiases = "cancelled_biases"
      case firstValues = "first_values"
    }

    var testDescription: String { name }
  }
}

extension TrainingFixture.Run {
  var spec: ModelSpec {
    let data =
      input.count == 3
      ? DataSpec(height: input[0], width: input[1], channels: input[2], padding: padding)
      : DataSpec(height: 1, width: 1, channels: input[0])
    return ModelSpec(
      name: name, data: data, encoder: encoder, latents: latents, decoder: decoder,
      likelihood: reconstruction.likelihood == "bernoulli_logits"
        ? .bernoulli : .gaussian(.fixed(1)),
      objective: ObjectiveSpec(
        reconstruction: reconstruction.reduction == "mean"
          ? .weightedMean(weight: reconstruction.weight) : .negativeLogLikelihood),
      training: TrainingSpec(
        optimiser: .adam(firstDecay: 0.9, secondDecay: 0.999, epsilon: 1e-8),
        learningRate: learningRate, batchSize: batch))
  }

  /// A model with the formula's weights, and a data set that holds the batches one after the other.
  func trainer(threads: Int, asBytes: Bool) throws -> Trainer {
    let model = try Model(spec, threads: threads)
    try setWeights(of: model)
    let all = steps.indices.flatMap { bytes(step: $0) }
    let shape = spec.data.stored
    let data =
      asBytes
      ? try DataSet(bytes: all, shape: shape)
      : try DataSet(floats: all.map { Float($0) / 255 }, shape: shape)
    return try Trainer(model, data: data)
  }

  private func setWeights(of model: Model) throws {
    var index = 0
    let entries = model.tensors().map { entry -> SafeTensors.Entry in
      guard entry.shape.count > 1 else { return entry }
      defer { index += 1 }
      return SafeTensors.Entry(
        name: entry.name, floats: weight(tensor: index, shape: entry.shape), shape: entry.shape)
    }
    try withTemporaryFolder { folder in
      let path = "\(folder)/weights.safetensors"
      try SafeTensors.write(entries, to: path)
      try model.assign(try SafeTensors.read(path), file: path)
    }
  }

  func batch(_ step: Int) -> Batch {
    Batch(indices: Array(step * batch..<(step + 1) * batch)[...], epoch: 0, index: step)
  }

  private func bits(_ tensor: Int, _ index: Int) -> UInt32 {
    let shift = UInt64(tensor) * 40503 * 65536 + 12345
    var h = UInt32(truncatingIfNeeded: UInt64(index) &* 2_654_435_761 &+ shift)
    if mixing == "murmur3" {
      h = (h ^ h >> 16) &* 0x85eb_ca6b
      h = (h ^ h >> 13) &* 0xc2b2_ae35
      h ^= h >> 16
    }
    return h
  }

  private func uniform(_ tensor: Int, _ index: Int) -> Float {
    Float(bits(tensor, index) >> 8) / 16_777_216
  }

  func weight(tensor: Int, shape: [Int]) -> [Float] {
    let fans = (shape[0] + shape[1]) * shape.dropFirst(2).reduce(1, *)
    let limit = Float((6 / Double(fans)).squareRoot())
    return (0..<shape.reduce(1, *)).map { (2 * uniform(tensor, $0) - 1) * limit }
  }

  func bytes(step: Int) -> [UInt8] {
    (0..<batch * input.reduce(1, *)).map { UInt8(bits(500 + step, $0) >> 24) }
  }

  func noise(step: Int) -> [Float] {
    (0..<batch * latents).map { i in
      let u = (0..<4).map { uniform(1000 + step, 4 * i + $0) }
      return (((u[0] + u[1]) + u[2]) + u[3] - 2) * Float(1.7320508)
    }
  }
}
