// The divergence in closed form against an average over draws.

import Foundation
import Kernels

/// KL(N(μ, e^ℓ) ‖ N(0, 1)) as the engine computes it against the mean of ln q(z) − ln p(z) at z that the
/// engine draws; both densities are evaluated here in 64 bits.
struct DivergenceChecks {
  let isQuick: Bool

  private static let posteriors: [(name: String, mean: [Float], logVariance: [Float])] = [
    ("the prior itself", [0, 0, 0], [0, 0, 0]),
    ("narrow", [0.5, -1, 2], [-2, -4, -6]),
    ("wide", [0.1, 0, -0.2], [0.5, 1, 1.5]),
    ("far", [5, -4, 3], [-1, 0, 1]),
    ("mixed", [1.5, -0.3, 0], [-3, 0.25, -0.001]),
  ]

  /// The comparisons.
  func checks() -> [VerificationCheck] {
    DivergenceChecks.posteriors.enumerated().map { index, posterior in
      check(posterior.name, posterior.mean, posterior.logVariance, seed: UInt64(index + 1))
    }
  }

  /// - Parameter planted: what the closed form is multiplied by; for tests
  func check(
    _ name: String, _ mean: [Float], _ logVariance: [Float], seed: UInt64, planted: Double = 1
  ) -> VerificationCheck {
    let latents = mean.count
    let count = isQuick ? 50_000 : 500_000
    let posterior = DiagonalGaussian(latents: latents)
    let (head, derivative) = (Arena(count: 2 * latents), Arena(count: latents))
    head.vector.assign(mean + logVariance)
    let row = head.vector.matrix(rows: 1, columns: 2 * latents)
    _ = posterior.bound(row, derivative: derivative.vector.matrix(rows: 1, columns: latents))
    let closed = TermBuffer(count: 1)
    posterior.divergence(row, into: closed)

    let chunk = 10_000
    let (noise, draws) = (Arena(count: chunk * latents), Arena(count: chunk * latents))
    let stream = RandomStream(seed: seed, purpose: .latentNoise)
    var ratios: [Double] = []
    for first in stride(from: 0, to: count, by: chunk) {
      let epsilon = noise.vector.matrix(rows: chunk, columns: latents)
      let z = draws.vector.matrix(rows: chunk, columns: latents)
      stream.fillGaussian(epsilon, step: 0, firstRow: first)
      posterior.sample(row, noise: epsilon, samples: chunk, into: z)
      for draw in 0..<chunk {
        var ratio = 0.0
        for j in 0..<latents {
          let value = Double(z[draw, j])
          let offset = value - Double(mean[j])
          ratio +=
            0.5
            * (value.squared - offset.squared * exp(-Double(logVariance[j]))
              - Double(logVariance[j]))
        }
        ratios.append(ratio)
      }
    }
    let estimate = SampleMean(ratios)
    // Sixteen roundings of terms up to the divergence, and of ones that cancel.
    let rounding = 16 * 0x1p-24 * (abs(closed[0]) + Double(latents))
    return VerificationCheck(
      .divergence, name, "KL in closed form; mean of ln q − ln p at \(count) draws",
      got: closed[0] * planted, expected: estimate.mean, allowance: rounding,
      standardError: estimate.standardError)
  }
}
