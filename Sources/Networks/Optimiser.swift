// Optimisers: an immutable rule plus its state, over flat vectors.

import Foundation
import Kernels

/// How gradients become steps.
public enum Optimiser: Sendable, Hashable {
  /// Kingma and Ba (2015), algorithm 1, with ε outside the corrected root as in PyTorch.
  case adam(firstDecay: Float = 0.9, secondDecay: Float = 0.999, epsilon: Float = 1e-8)
  /// Adam with decoupled weight decay (Loshchilov and Hutter, 2019): parameters shrink by
  /// learningRate · weightDecay a step, all of them, as PyTorch's AdamW does.
  case adamW(
    firstDecay: Float = 0.9, secondDecay: Float = 0.999, epsilon: Float = 1e-8,
    weightDecay: Float = 0.01)
  /// Gradient descent with a velocity b ← momentum·b + g + weightDecay·p, as PyTorch's SGD.
  case sgd(momentum: Float = 0, weightDecay: Float = 0)

  /// The optimiser's name in config.json.
  public var name: String {
    switch self {
    case .adam: "adam"
    case .adamW: "adamw"
    case .sgd: "sgd"
    }
  }

  /// Checks the numbers of the rule.
  package func validate(place: String) throws(SpecError) {
    func decays(_ first: Float, _ second: Float, _ epsilon: Float) throws(SpecError) {
      guard (0..<1).contains(first), (0..<1).contains(second) else {
        throw SpecError(place, "the decay rates \(first) and \(second) should lie in [0, 1)")
      }
      guard epsilon > 0, epsilon.isFinite else {
        throw SpecError(place, "epsilon \(epsilon) should be positive")
      }
    }
    switch self {
    case .adam(let first, let second, let epsilon): try decays(first, second, epsilon)
    case .adamW(let first, let second, let epsilon, let decay):
      try decays(first, second, epsilon)
      guard decay >= 0, decay.isFinite else {
        throw SpecError(place, "weight_decay \(decay) should not be negative")
      }
    case .sgd(let momentum, let decay):
      guard (0..<1).contains(momentum), decay >= 0, decay.isFinite else {
        throw SpecError(
          place, "momentum \(momentum) should lie in [0, 1), weight_decay \(decay) be positive or 0"
        )
      }
    }
  }
}

/// What an optimiser remembers: two flat vectors and the number of steps taken.
package final class OptimiserState: Sendable {
  package let firstMoments: Arena
  package let secondMoments: Arena

  package init(count: Int) {
    firstMoments = Arena(count: count)
    secondMoments = Arena(count: count)
  }
}

extension Optimiser {
  /// One step over all parameters, shared out among the workers.
  ///
  /// - Parameters:
  ///   - step: 1 for the first step
  ///   - gradientScale: what gradients are multiplied by first (clipping)
  package func apply(
    parameters: VectorView, gradients: VectorView, state: OptimiserState, step: Int,
    learningRate: Double, gradientScale: Double, compute: Compute
  ) {
    let (m, v) = (state.firstMoments.vector, state.secondMoments.vector)
    switch self {
    case .adam(let first, let second, let epsilon):
      adam(
        parameters, gradients, m, v, step: step, learningRate: learningRate,
        decays: (first, second, epsilon, 0), scale: gradientScale, compute)
    case .adamW(let first, let second, let epsilon, let decay):
      adam(
        parameters, gradients, m, v, step: step, learningRate: learningRate,
        decays: (first, second, epsilon, decay), scale: gradientScale, compute)
    case .sgd(let momentum, let weightDecay):
      let context = (
        parameters, gradients, m, Float(learningRate), momentum, weightDecay, Float(gradientScale)
      )
      compute.forEachShare(of: parameters.count, multiple: 16, cost: 4, context) {
        context, range, _ in
        let (p, g, b, rate, momentum, weightDecay, scale) = context
        momentumPass(
          parameters: p.slice(range.lowerBound, count: range.count),
          gradients: g.slice(range.lowerBound, count: range.count),
          velocities: b.slice(range.lowerBound, count: range.count), learningRate: rate,
          momentum: momentum, weightDecay: weightDecay, gradientScale: scale)
      }
    }
  }

  private func adam(
    _ parameters: VectorView, _ gradients: VectorView, _ m: VectorView, _ v: VectorView,
    step: Int, learningRate: Double, decays: (Float, Float, Float, Float), scale: Double,
    _ compute: Compute
  ) {
    let (first, second, epsilon, weightDecay) = decays
    // 1 − βᵗ in 64 bits: in 32 the first steps of β₂ = 0.999 lose four digits.
    let correction1 = 1 - pow(Double(first), Double(step))
    let correction2 = 1 - pow(Double(second), Double(step))
    let coefficients = AdamCoefficients(
      firstDecay: first, secondDecay: second, stepSize: Float(learningRate / correction1),
      rootCorrection: Float(1 / correction2.squareRoot()), epsilon: epsilon,
      decay: Float(1 - learningRate * Double(weightDecay)), gradientScale: Float(scale))
    compute.forEachShare(
      of: parameters.count, multiple: 16, cost: 8, (parameters, gradients, m, v, coefficients)
    ) { context, range, _ in
      let (p, g, m, v, coefficients) = context
      adamPass(
        parameters: p.slice(range.lowerBound, count: range.count),
        gradients: g.slice(range.lowerBound, count: range.count),
        firstMoments: m.slice(range.lowerBound, count: range.count),
        secondMoments: v.slice(range.lowerBound, count: range.count), coefficients)
    }
  }
}

extension Optimiser: Codable {
  private enum Key: String, CodingKey, CaseIterable {
    case type, epsilon, momentum
    case firstDecay = "beta1"
    case secondDecay = "beta2"
    case weightDecay = "weight_decay"

    // The fields that a type has.
    static func fields(of type: String) -> [Key] {
      switch type {
      case "adam": [.type, .firstDecay, .secondDecay, .epsilon]
      case "adamw": fields(of: "adam") + [.weightDecay]
      default: [.type, .momentum, .weightDecay]
      }
    }
  }

  /// Reads `{"type": "adam", …}`.
  public init(from decoder: any Decoder) throws {
    try decoder.rejectUnknownKeys(allowed: Key.allCases.map(\.rawValue))
    let values = try decoder.container(keyedBy: Key.self)
    func number(_ key: Key, default fallback: Float) throws -> Float {
      try values.decodeIfPresent(Float.self, forKey: key) ?? fallback
    }
    let type = try values.decode(String.self, forKey: .type)
    switch type {
    case "adam":
      self = .adam(
        firstDecay: try number(.firstDecay, default: 0.9),
        secondDecay: try number(.secondDecay, default: 0.999),
        epsilon: try number(.epsilon, default: 1e-8))
    case "adamw":
      self = .adamW(
        firstDecay: try number(.firstDecay, default: 0.9),
        secondDecay: try number(.secondDecay, default: 0.999),
        epsilon: try number(.epsilon, default: 1e-8),
        weightDecay: try number(.weightDecay, default: 0.01))
    case "sgd":
      self = .sgd(
        momentum: try number(.momentum, default: 0),
        weightDecay: try number(.weightDecay, default: 0))
    default:
      throw DecodingError.dataCorruptedError(
        forKey: .type, in: values,
        debugDescription: unknownName(type, what: "optimiser", valid: ["adam", "adamw", "sgd"]))
    }
    try decoder.rejectUnknownKeys(allowed: Key.fields(of: type).map(\.rawValue))
  }

  /// Writes what `init(from:)` reads.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    try values.encode(name, forKey: .type)
    switch self {
    case .adam(let first, let second, let epsilon):
      try values.encode(first, forKey: .firstDecay)
      try values.encode(second, forKey: .secondDecay)
      try values.encode(epsilon, forKey: .epsilon)
    case .adamW(let first, let second, let epsilon, let decay):
      try values.encode(first, forKey: .firstDecay)
      try values.encode(second, forKey: .secondDecay)
      try values.encode(epsilon, forKey: .epsilon)
      try values.encode(decay, forKey: .weightDecay)
    case .sgd(let momentum, let decay):
      try values.encode(momentum, forKey: .momentum)
      try values.encode(decay, forKey: .weightDecay)
    }
  }
}
