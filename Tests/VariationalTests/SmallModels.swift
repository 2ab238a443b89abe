// Small models and data that several suites train on, and what they all need.

import Formats
import Foundation
import Kernels
import TestSupport
import Testing

@testable import Variational

/// SplitMix64 (Steele, Lea and Flood, 2014): numbers that owe nothing to the engine's own stream.
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var word = state
    word = (word ^ word >> 30) &* 0xbf58_476d_1ce4_e5b9
    word = (word ^ word >> 27) &* 0x94d0_49bb_1331_11eb
    return word ^ word >> 31
  }

  /// Uniform on the range.
  mutating func float(_ range: ClosedRange<Float>) -> Float {
    Float.random(in: range, using: &self)
  }

  /// Standard normal: twelve uniforms less six would have no tails, so Box and Muller in 64 bits.
  mutating func normal() -> Double {
    let u = Double.random(in: Double.leastNormalMagnitude..<1, using: &self)
    let v = Double.random(in: 0..<1, using: &self)
    return (-2 * Foundation.log(u)).squareRoot() * Foundation.cos(2 * .pi * v)
  }

  mutating func floats(_ count: Int, _ range: ClosedRange<Float>) -> [Float] {
    (0..<count).map { _ in float(range) }
  }

  mutating func normals(_ count: Int) -> [Float] { (0..<count).map { _ in Float(normal()) } }

  mutating func bytes(_ count: Int) -> [UInt8] {
    (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &self) }
  }
}

/// Random images or rows as bytes.
func randomBytes(_ count: Int, _ shape: Shape, seed: UInt64 = 1) throws -> DataSet {
  var generator = SeededGenerator(state: seed)
  return try DataSet(bytes: generator.bytes(count * shape.count), shape: shape, name: "random")
}

/// Random rows as floats in a range.
func randomFloats(
  _ count: Int, _ shape: Shape, _ range: ClosedRange<Float> = 0...1, seed: UInt64 = 1
) throws -> DataSet {
  var generator = SeededGenerator(state: seed)
  return try DataSet(
    floats: generator.floats(count * shape.count, range), shape: shape, name: "random")
}

extension ModelSpec {
  /// Ten values → 6 → (2 ‖ 2); 2 → 6 → ten values.
  static func smallDense(
    latents: Int = 2, likelihood: LikelihoodSpec = .bernoulli,
    objective: ObjectiveSpec = ObjectiveSpec(), training: TrainingSpec = TrainingSpec(batchSize: 8)
  ) -> ModelSpec {
    ModelSpec(
      name: "small", data: DataSpec(height: 1, width: 1, channels: 10),
      encoder: [.dense(outputs: 6), .tanh, .dense(outputs: 2 * latents)], latents: latents,
      decoder: [.dense(outputs: 6), .softplus, .dense(outputs: 10)], likelihood: likelihood,
      objective: objective, training: training)
  }

  /// 6×6×2 images through strided convolutions, batch normalisation and back.
  static func smallConvolution(
    likelihood: LikelihoodSpec = .gaussian(.fixed(1)),
    objective: ObjectiveSpec = ObjectiveSpec(), training: TrainingSpec = TrainingSpec(batchSize: 8)
  ) -> ModelSpec {
    ModelSpec(
      name: "small convolution", data: DataSpec(height: 6, width: 6, channels: 2, padding: 1),
      encoder: [
        .conv2D(filters: 4, stride: 2), .batchNorm(epsilon: 1e-3, momentum: 0.1), .elu(alpha: 1),
        .conv2D(filters: 3), .silu, .flatten, .dense(outputs: 4),
      ], latents: 2,
      decoder: [
        .dense(outputs: 4 * 4 * 3), .batchNorm(), .gelu,
        .reshape(height: 4, width: 4, channels: 3), .convTranspose2D(filters: 4, stride: 2),
        .softplus, .conv2D(filters: 2), .sigmoid,
      ], likelihood: likelihood, objective: objective, training: training)
  }

  /// Gated layers with dropout between them.
  static func smallGated(
    training: TrainingSpec = TrainingSpec(batchSize: 8)
  ) -> ModelSpec {
    ModelSpec(
      name: "small gated", data: DataSpec(height: 1, width: 1, channels: 10),
      encoder: [.gatedDense(outputs: 7), .dropout(rate: 0.25), .dense(outputs: 6)], latents: 3,
      decoder: [.gatedDense(outputs: 7), .dropout(rate: 0.25), .dense(outputs: 10)],
      likelihood: .bernoulli, training: training)
  }
}

extension ModelSpec: CustomTestStringConvertible {
  /// The name and what tells the small models apart.
  public var testDescription: String { "\(name), \(likelihood), \(posterior)" }
}

/// The path of a committed fixture.
func fixture(_ name: String) throws -> String {
  let folder = try #require(Bundle.module.resourceURL)
  return folder.appendingPathComponent("Fixtures/\(name)").path
}

/// Runs `body` with a fresh folder, which is gone afterwards.
func withTemporaryFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("variational-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try body(folder.path)
}

/// The sentence with which something is refused, or what it gave instead.
func sentence<Value>(_ body: () throws -> Value) -> String {
  do { return "accepted: \(try body())" } catch { return "\(error)" }
}

/// The spacing of floats at the magnitude of `value`.
func spacing(_ value: Double) -> Double { Double(Float(abs(value)).ulp) }
