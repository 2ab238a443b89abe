// ln q(z|x) at the samples, and its gradient by either of two routes.

import CVector
import Kernels

extension DiagonalGaussian {
  /// Writes ln q(z|x) of every sample, in nats.
  ///
  ///     ln q(z|x) = −½ Σⱼ (εⱼ² + ℓⱼ + ln 2π)        z = μ + e^{½ℓ}·ε
  ///
  /// - Parameters:
  ///   - head: (μ ‖ ℓ), [B, 2L]
  ///   - noise: ε, [B·K, L]
  ///   - result: [B·K], overwritten
  func logDensity(
    _ head: MatrixView, noise: MatrixView, samples: Int, into result: TermBuffer, compute: Compute
  ) {
    compute.forEachShare(
      of: noise.rows, cost: 2 * latents, (latents, head, noise, samples, result)
    ) { context, rows, _ in
      let (latents, head, noise, samples, result) = context
      for row in rows {
        let logVariance = head.row(row / samples).slice(latents, count: latents)
        let sum = sumLanes(noise.row(row), logVariance) { vector_fma($0, $0, $1) }
        result[row] = -0.5 * (sum + Double(latents) * MixtureTable.logTwoPi)
      }
    }
  }

  /// Adds the score of ln q(z|x) through z alone, −ε·e^{−½ℓ}, times a factor of each row.
  ///
  /// - Parameters:
  ///   - gradient: dz, [B·K, L]
  ///   - factors: [B·K]
  func addScores(
    to gradient: MatrixView, head: MatrixView, noise: MatrixView, samples: Int,
    factors: TermBuffer, compute: Compute
  ) {
    compute.forEachShare(
      of: noise.rows, cost: 16 * latents, (latents, gradient, head, noise, samples, factors)
    ) { context, rows, _ in
      let (latents, gradient, head, noise, samples, factors) = context
      for row in rows {
        let factor = Float(factors[row])
        let logVariance = head.row(row / samples).slice(latents, count: latents)
        let target = gradient.row(row)
        mapLanes(target, noise.row(row), logVariance, into: target) { dz, noise, logVariance in
          dz - noise * exp(-0.5 * logVariance) * factor
        }
      }
    }
  }

  /// Adds the gradient of ln q(z|x) at the reparameterised sample: along z = μ + e^{½ℓ}·ε what z and what the
  /// parameters contribute cancels but for −½ in every ℓ.
  ///
  /// - Parameters:
  ///   - gradient: (dμ ‖ dr), [B, 2L]
  ///   - derivative: dℓ/dr, [B, L]
  ///   - factors: [B·K], those of an example's samples are added
  func addTotalGradients(
    to gradient: MatrixView, derivative: MatrixView, samples: Int, factors: TermBuffer
  ) {
    for row in 0..<gradient.rows {
      var sum = 0.0
      for sample in row * samples..<(row + 1) * samples { sum += factors[sample] }
      let target = gradient.row(row).slice(latents, count: latents)
      target.add(derivative.row(row), times: Float(-0.5 * sum))
    }
  }
}
