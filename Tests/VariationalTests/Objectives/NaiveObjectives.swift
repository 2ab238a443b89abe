// Losses of the objectives that look at more than one number a sample, as their papers write them.

import Foundation
import Kernels
import TestSupport

@testable import Variational

extension NaiveStep {
  static func mean(_ values: [[Double]]) -> Double {
    values.flatMap { $0 }.reduce(0, +) / Double(values.flatMap { $0 }.count)
  }

  /// KL(q ‖ N(0, 1)) of each example and dimension, [B][L].
  func divergences(_ terms: Terms) -> [[Double]] {
    terms.heads.map { head in
      (0..<latents).map {
        0.5 * (head[$0] * head[$0] + exp(head[latents + $0]) - 1 - head[latents + $0])
      }
    }
  }

  /// The mean divergence of each dimension, [L].
  func dimensionDivergences(_ terms: Terms) -> [Double] {
    let parts = divergences(terms)
    return (0..<latents).map { j in parts.reduce(0) { $0 + $1[j] } / Double(parts.count) }
  }

  /// ln q(z) and Σ ln q(z_l) of each row by the estimators of Chen et al., appendix C.
  func aggregate(
    _ terms: Terms, isStratified: Bool, population: Int
  ) -> (joint: [Double], marginals: [Double]) {
    let n = Double(population)
    let b = terms.heads.count
    var (joint, marginals): ([Double], [Double]) = ([], [])
    for (row, z) in terms.z.enumerated() {
      let own = row / samples
      let weights = (0..<b).map { j -> Double in
        if !isStratified { return 1 / (n * Double(b)) }
        if b == 1 { return 1 }
        let m = Double(b - 1)
        return j == own ? 1 / n : j == (own + 1) % b ? (n - m) / (n * m) : 1 / m
      }
      func density(_ j: Int, _ l: Int) -> Double {
        let head = terms.heads[j]
        let (difference, variance) = (z[l] - head[l], exp(head[latents + l]))
        return exp(-0.5 * difference * difference / variance) / (2 * .pi * variance).squareRoot()
      }
      joint.append(
        log(
          (0..<b).reduce(0) { total, j in
            total + weights[j] * (0..<latents).reduce(1) { $0 * density(j, $1) }
          }))
      marginals.append(
        (0..<latents).reduce(0) { total, l in
          total + log((0..<b).reduce(0) { $0 + weights[$1] * density($1, l) })
        })
    }
    return (joint, marginals)
  }

  static func covariancePenalty(
    _ heads: [[Double]], latents: Int, _ spec: DisentangledPriorSpec
  ) -> Double {
    let n = Double(heads.count)
    let means = (0..<latents).map { j in heads.reduce(0) { $0 + $1[j] } / n }
    var total = 0.0
    for i in 0..<latents {
      for j in 0..<latents {
        var c = heads.reduce(0) { $0 + ($1[i] - means[i]) * ($1[j] - means[j]) } / n
        if i == j && spec.includesVariances {
          c += heads.reduce(0) { $0 + exp($1[latents + i]) } / n
        }
        total += i == j ? spec.diagonal * (c - 1) * (c - 1) : spec.offDiagonal * c * c
      }
    }
    return total
  }

  static func discrepancy(
    _ z: [[Double]], _ y: [[Double]], _ spec: MeanDiscrepancySpec
  ) -> Double {
    let latents = z[0].count
    func kernel(_ u: [Double], _ v: [Double]) -> Double {
      let d = zip(u, v).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
      let width = 2 * Double(latents) * spec.scale
      switch spec.kernel {
      case .gaussian: return exp(-d / width)
      case .inverseMultiquadratic:
        return [0.1, 0.2, 0.5, 1, 2, 5, 10].reduce(0) { $0 + width * $1 / (width * $1 + d) }
      }
    }
    let n = Double(z.count)
    var total = 0.0
    for i in z.indices {
      for j in z.indices {
        if i != j { total += (kernel(z[i], z[j]) + kernel(y[i], y[j])) / (n * (n - 1)) }
        total -= 2 * kernel(z[i], y[j]) / (n * n)
      }
    }
    return total
  }

  /// Rows of the step's documented streams: draws from the prior in lane 1, directions in lane 2.
  func draws(lane: Int, rows: Int, seed: UInt64, step: Int) -> [[Double]] {
    let matrix = MatrixFixture(rows: rows, columns: latents)
    RandomStream(seed: seed, purpose: .latentNoise, lane: lane)
      .fillGaussian(matrix.view, step: step, firstRow: 0)
    return (0..<rows).map { row in (0..<latents).map { Double(matrix.view[row, $0]) } }
  }

  /// The loss of the spec's objective on terms that the tensors gave; seed 3, step 4.
  func loss(_ terms: Terms, _ tensors: Tensors, population: Int) -> Double {
    let objective = NaiveObjective(spec)
    let beta = objective.beta
    let reconstruction = -objective.scale * Self.mean(terms.logLikelihoods)
    let sampled = Self.mean(terms.logPosteriors) - Self.mean(terms.logPriors)
    func closed() -> Double { dimensionDivergences(terms).reduce(0, +) }
    switch spec.objective.kind {
    case .evidenceBound: return objective.multiple(terms, groups: samples)
    case .importanceWeighted(.multiple(let groups)):
      return objective.multiple(terms, groups: groups)
    case .importanceWeighted(.combined(let share)):
      return share * objective.multiple(terms, groups: samples)
        + (1 - share) * objective.multiple(terms, groups: 1)
    case .importanceWeighted: return objective.multiple(terms, groups: 1)
    case .capacity(let nats, _, let weight):
      let divergence = spec.prior == .standardNormal ? closed() : sampled
      return reconstruction + beta * weight * abs(divergence - nats)
    case .freeBits(let nats, let size):
      let parts = dimensionDivergences(terms)
      let groups = stride(from: 0, to: latents, by: size).map {
        parts[$0..<min($0 + size, latents)].reduce(0, +)
      }
      return reconstruction + beta * groups.reduce(0) { $0 + max(nats, $1) }
    case .totalCorrelation(let numbers):
      let (joint, marginals) = aggregate(
        terms, isStratified: numbers.isStratified, population: population)
      let (whole, parts) = (Self.mean([joint]), Self.mean([marginals]))
      return reconstruction
        + numbers.mutualInformation * (Self.mean(terms.logPosteriors) - whole)
        + beta * (whole - parts) + numbers.dimensionWise * (parts - Self.mean(terms.logPriors))
    case .disentangledPrior(let numbers):
      return reconstruction + beta * closed()
        + Self.covariancePenalty(terms.heads, latents: latents, numbers)
    case .maximumMeanDiscrepancy(let numbers):
      let y = draws(lane: 1, rows: terms.z.count, seed: 3, step: 4)
      let divergence = spec.posterior == .deterministic ? 0 : closed()
      return reconstruction + beta * divergence
        + numbers.weight * Self.discrepancy(terms.z, y, numbers)
    case .regularised(let numbers):
      let norm = terms.z.flatMap { $0 }.reduce(0) { $0 + $1 * $1 } / Double(terms.z.count)
      return reconstruction + beta * 0.5 * norm
        + numbers.weight * regulariser(terms, tensors, numbers)
    }
  }

  private func regulariser(
    _ terms: Terms, _ tensors: Tensors, _ numbers: RegularisedSpec
  ) -> Double {
    switch numbers.regulariser {
    case .weights:
      return 0.5
        * tensors.filter { $0.key.hasPrefix("decoder.") }.values.flatMap { $0 }
        .reduce(0) { $0 + $1 * $1 }
    case .gradientPenalty(let h):
      let directions = draws(lane: 2, rows: terms.z.count, seed: 3, step: 4)
      let squares = zip(terms.z, directions).map { z, v in
        zip(Self.decode(tensors, zip(z, v).map { $0 + h * $1 }), Self.decode(tensors, z))
          .reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
      }
      return 0.5 * squares.reduce(0, +) / (Double(squares.count) * h * h)
    }
  }
}
