// A training step of the small dense model in 64 bits, with plain loops and nothing of the engine's.

import Foundation
import Kernels
import TestSupport
import Testing

@testable import Variational

/// Tensors by name, in PyTorch's order.
typealias Tensors = [String: [Double]]

/// The small dense model's forward pass and the terms of its objective.
struct NaiveStep {
  let spec: ModelSpec
  let x: [[Double]]  // [B][D]
  let noise: [[Double]]  // [B·K][L]

  var samples: Int { spec.training.samples }
  var latents: Int { spec.latents }

  /// One number a sample: [B][K].
  struct Terms {
    var logLikelihoods: [[Double]] = []
    var logPriors: [[Double]] = []
    var logPosteriors: [[Double]] = []
    var heads: [[Double]] = []  // (μ ‖ ℓ), [B][2L]
    var z: [[Double]] = []  // [B·K][L]
  }

  static func affine(_ tensors: Tensors, _ name: String, _ x: [Double]) -> [Double] {
    let (w, b) = (tensors["\(name).weight"]!, tensors["\(name).bias"]!)
    return b.indices.map { row in
      x.indices.reduce(b[row]) { $0 + w[row * x.count + $1] * x[$1] }
    }
  }

  static func encode(_ tensors: Tensors, _ x: [Double]) -> [Double] {
    affine(tensors, "encoder.2", affine(tensors, "encoder.0", x).map { Foundation.tanh($0) })
  }

  static func decode(_ tensors: Tensors, _ z: [Double]) -> [Double] {
    affine(tensors, "decoder.2", affine(tensors, "decoder.0", z).map { log(1 + exp($0)) })
  }

  static func logNormal(_ z: [Double], _ mean: [Double], _ logVariance: [Double]) -> Double {
    z.indices.reduce(0) { total, j in
      let difference = z[j] - mean[j]
      return total
        - 0.5 * (difference * difference / exp(logVariance[j]) + logVariance[j] + log(2 * .pi))
    }
  }

  /// The prior's components: weight, mean, logVariance.
  static func components(
    _ spec: PriorSpec, _ tensors: Tensors, latents: Int
  ) -> [(weight: Double, mean: [Double], logVariance: [Double])] {
    func rows(_ values: [Double], _ width: Int) -> [[Double]] {
      stride(from: 0, to: values.count, by: width).map { Array(values[$0..<$0 + width]) }
    }
    switch spec {
    case .standardNormal:
      let zeros = [Double](repeating: 0, count: latents)
      return [(1, zeros, zeros)]
    case .mixture:
      let weights = tensors["prior.logits"]!.map { exp($0) }
      let sum = weights.reduce(0, +)
      let means = rows(tensors["prior.means"]!, latents)
      let logVariances = rows(tensors["prior.log_variances"]!, latents)
      return weights.indices.map { (weights[$0] / sum, means[$0], logVariances[$0]) }
    case .vampPrior(let spec):
      let values = tensors["prior.pseudo_inputs"]!
      return rows(values, values.count / spec.components).map { input in
        let range = spec.range ?? -1e30...1e30
        let head = encode(
          tensors, input.map { min(max($0, Double(range.lowerBound)), Double(range.upperBound)) })
        return (
          1 / Double(spec.components), Array(head[..<latents]), Array(head[latents...])
        )
      }
    }
  }

  static func logDensity(
    _ z: [Double], _ components: [(weight: Double, mean: [Double], logVariance: [Double])]
  ) -> Double {
    log(components.reduce(0) { $0 + $1.weight * exp(logNormal(z, $1.mean, $1.logVariance)) })
  }

  /// The terms with the encoder of q from `posterior` and everything generative from `generative`.
  ///
  /// - Parameter frozen: heads that ln q takes instead of those z was drawn with
  func terms(posterior: Tensors, generative: Tensors, frozen: [[Double]]? = nil) -> Terms {
    var result = Terms()
    let components = Self.components(spec.prior, generative, latents: latents)
    for (example, data) in x.enumerated() {
      let head = Self.encode(posterior, data)
      result.heads.append(head)
      var lines: ([Double], [Double], [Double]) = ([], [], [])
      for sample in 0..<samples {
        let epsilon = noise[example * samples + sample]
        let isDeterministic = spec.posterior == .deterministic
        let z = (0..<latents).map {
          isDeterministic ? head[$0] : head[$0] + exp(0.5 * head[latents + $0]) * epsilon[$0]
        }
        result.z.append(z)
        var likelihood = 0.0
        for (value, logit) in zip(data, Self.decode(generative, z)) {
          likelihood += value * logit - log(1 + exp(logit))
        }
        lines.0.append(likelihood)
        lines.1.append(Self.logDensity(z, components))
        let q = frozen?[example] ?? head
        lines.2.append(
          isDeterministic ? 0 : Self.logNormal(z, Array(q[..<latents]), Array(q[latents...])))
      }
      result.logLikelihoods.append(lines.0)
      result.logPriors.append(lines.1)
      result.logPosteriors.append(lines.2)
    }
    return result
  }
}

/// Losses of terms as their papers write them.
struct NaiveObjective {
  let scale: Double
  let beta: Double

  init(_ spec: ModelSpec, beta: Double? = nil) {
    self.beta = beta ?? spec.objective.beta
    scale =
      if case .weightedMean(let weight) = spec.objective.reconstruction {
        weight / Double(spec.data.padded.count)
      } else { 1 }
  }

  init(scale: Double, beta: Double) {
    self.scale = scale
    self.beta = beta
  }

  func logWeights(_ terms: NaiveStep.Terms) -> [[Double]] {
    terms.logLikelihoods.indices.map { b in
      terms.logLikelihoods[b].indices.map { k in
        scale * terms.logLikelihoods[b][k]
          + beta * (terms.logPriors[b][k] - terms.logPosteriors[b][k])
      }
    }
  }

  /// −(1/BM) Σ ln (1/K′) Σ w
  func multiple(_ terms: NaiveStep.Terms, groups: Int) -> Double {
    var total = 0.0
    let weights = logWeights(terms)
    for line in weights {
      let size = line.count / groups
      for group in 0..<groups {
        let part = line[group * size..<(group + 1) * size]
        total += log(part.reduce(0) { $0 + exp($1) } / Double(size)) / Double(groups)
      }
    }
    return -total / Double(weights.count)
  }

  /// w̃ of each sample among all K.
  func normalised(_ terms: NaiveStep.Terms) -> [[Double]] {
    logWeights(terms).map { line in
      let sum = line.reduce(0) { $0 + exp($1) }
      return line.map { exp($0) / sum }
    }
  }
}

/// The tensors of a model, or their gradients.
func tensors(of model: Model, gradients: Bool = false) -> Tensors {
  var result: Tensors = [:]
  let arena = gradients ? model.gradients : model.parameters
  for tensor in model.layout.trained {
    result[tensor.name] = tensor.torchOrder(tensor.slot.vector(in: arena.vector).array)
      .map(Double.init)
  }
  return result
}

/// ∂f/∂ every element, by central differences in 64 bits.
///
/// With h = 1e-5 the truncation is of order h² = 1e-10, rounding of order 1e-15/h = 1e-10.
func centralDifferences(_ tensors: Tensors, _ f: (Tensors) -> Double) -> Tensors {
  var result = tensors
  for (name, values) in tensors {
    for index in values.indices {
      func value(_ h: Double) -> Double {
        var moved = tensors
        moved[name]![index] += h
        return f(moved)
      }
      result[name]![index] = (value(1e-5) - value(-1e-5)) / 2e-5
    }
  }
  return result
}

/// a + b
func sum(_ a: Tensors, _ b: Tensors) -> Tensors {
  a.merging(b) { zip($0, $1).map { $0 + $1 } }
}
