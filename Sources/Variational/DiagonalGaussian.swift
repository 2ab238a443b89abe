// The approximate posterior q(z|x) = N(μ, diag e^ℓ), its samples, its divergence, their gradients.

import CVector
import Kernels

/// A diagonal Gaussian for each row of an encoder's output (mean ‖ logVariance).
///
/// The encoder's raw logVariance r is bounded softly before it is used:
///
///     ℓ = r                          where |r| ≤ 20
///     ℓ = ±(20 + ln(1 + |r| − 20))   beyond, cut off at ±80, which takes an r of 10²⁶
///
/// so that e^ℓ stays finite however wild a step was, while the gradient dℓ/dr = 1/(1 + |r| − 20) still
/// points back. Saturations are counted: a model that needs them is in trouble.
///
/// With a range a ≤ ℓ ≤ b in the description it is cut off instead,
///
///     ℓ = min(max(r, a), b)          dℓ/dr = 1 inside, 0 outside
///
/// as published models do: what they report depends on variances never leaving the range, which no smooth
/// bound that is the identity inside would keep. A latent whose r has left the range for every example
/// learns no variance any more; the saturations tell.
///
/// - SeeAlso: Kingma and Welling (2014), "Auto-encoding variational Bayes", section 2.4 and appendix B.
struct DiagonalGaussian: Sendable {
  /// L, the dimensions of z.
  let latents: Int
  /// What ℓ is cut off at; nil for the soft bound.
  let range: ClosedRange<Float>?

  init(latents: Int, range: ClosedRange<Float>? = nil) {
    self.latents = latents
    self.range = range
  }

  /// Where the bound begins.
  static let bound: Float = 20
  /// What no logVariance exceeds: a sum of thousands of e⁸⁰ still is a float.
  static let limit: Float = 80

  /// Replaces the raw logVariance in the encoder's output by the bounded one.
  ///
  /// - Parameters:
  ///   - head: (mean ‖ logVariance), [B, 2L], its second half changed
  ///   - derivative: dℓ/dr, [B, L]
  /// - Returns: how many values were beyond the bound.
  func bound(_ head: MatrixView, derivative: MatrixView) -> Int {
    if let range { return cutOff(head, derivative: derivative, range) }
    let bound = DiagonalGaussian.bound
    var saturated = 0.0
    for row in 0..<head.rows {
      let raw = head.row(row).slice(latents, count: latents)
      saturated += sumLanes(raw, raw, into: derivative.row(row)) { r, _ in
        let excess = vector_max(vector_abs(r) - bound, Lanes(repeating: 0))
        return (Lanes(repeating: 0).replacing(with: 1, where: excess .> 0), 1 / (1 + excess))
      }
      mapLanes(raw, into: raw) { r in
        let excess = vector_max(vector_abs(r) - bound, Lanes(repeating: 0))
        let magnitude = vector_min(bound + log1p(excess), Lanes(repeating: DiagonalGaussian.limit))
        return r.replacing(with: magnitude, where: r .> bound)
          .replacing(with: -magnitude, where: r .< -bound)
      }
    }
    return Int(saturated)
  }

  private func cutOff(
    _ head: MatrixView, derivative: MatrixView, _ range: ClosedRange<Float>
  ) -> Int {
    let (lower, upper) = (Lanes(repeating: range.lowerBound), Lanes(repeating: range.upperBound))
    var saturated = 0.0
    for row in 0..<head.rows {
      let raw = head.row(row).slice(latents, count: latents)
      saturated += sumLanes(raw, raw, into: derivative.row(row)) { r, _ in
        let isOutside = (r .< lower) .| (r .> upper)
        return (
          Lanes(repeating: 0).replacing(with: 1, where: isOutside),
          Lanes(repeating: 1).replacing(with: 0, where: isOutside)
        )
      }
      mapLanes(raw, into: raw) { vector_min(vector_max($0, lower), upper) }
    }
    return Int(saturated)
  }

  /// z = μ + exp(½ℓ)·ε, the reparameterised sample.
  ///
  /// - Parameters:
  ///   - head: (μ ‖ ℓ), [B, 2L]
  ///   - noise: ε, [B·K, L]; the K rows of an example follow each other
  ///   - latent: z, [B·K, L], overwritten
  func sample(_ head: MatrixView, noise: MatrixView, samples: Int, into latent: MatrixView) {
    for row in 0..<latent.rows {
      let source = head.row(row / samples)
      mapLanes(
        source.slice(0, count: latents), source.slice(latents, count: latents), noise.row(row),
        into: latent.row(row)
      ) { mean, logVariance, noise in
        vector_fma(exp(0.5 * logVariance), noise, mean)
      }
    }
  }

  /// Writes each row's divergence from the standard normal, in nats.
  ///
  ///     KL(N(μ, e^ℓ) ‖ N(0, 1)) = ½ Σⱼ (μⱼ² + (e^ℓⱼ − 1) − ℓⱼ)
  ///
  /// `e^ℓ − 1` uses `expm1`: near the prior the naive difference cancels.
  ///
  /// - Parameters:
  ///   - head: (μ ‖ ℓ), [B, 2L]
  ///   - result: terms from `first` on, one a row, overwritten
  /// - Complexity: O(B·L), no allocation.
  func divergence(_ head: MatrixView, into result: TermBuffer, from first: Int = 0) {
    for row in 0..<head.rows {
      let (mean, logVariance) = parts(head, row)
      result[first + row] =
        0.5
        * sumLanes(mean, logVariance) { mean, logVariance in
          mean * mean + (expm1(logVariance) - logVariance)
        }
    }
  }

  /// ∂ loss / ∂ head from the gradient at the samples and the divergence's weight.
  ///
  ///     dμ = Σₖ dzₖ + w·μ          dℓ = Σₖ dzₖ·½e^{½ℓ}·εₖ + w·½(e^ℓ − 1)          dr = dℓ·(dℓ/dr)
  ///
  /// - Parameters:
  ///   - latentGradient: dz, [B·K, L]
  ///   - weights: w = ∂ loss / ∂ KL of each example, from `first` on
  ///   - result: [B, 2L], overwritten
  func pullBack(
    _ head: MatrixView, derivative: MatrixView, noise: MatrixView, latentGradient: MatrixView,
    samples: Int, weights: TermBuffer, from first: Int = 0, into result: MatrixView
  ) {
    for row in 0..<head.rows {
      let (mean, logVariance) = parts(head, row)
      let (meanGradient, varianceGradient) = parts(result, row)
      let weight = Lanes(repeating: Float(weights[first + row]))
      mapLanes(mean, into: meanGradient) { $0 * weight }
      mapLanes(logVariance, into: varianceGradient) { 0.5 * expm1($0) * weight }
      for sample in row * samples..<(row + 1) * samples {
        let (dz, noise) = (latentGradient.row(sample), noise.row(sample))
        meanGradient.add(dz)
        // The deviation is folded in here: ½e^{½ℓ} differs by dimension only.
        mapLanes(dz, noise, logVariance, into: dz) { dz, noise, logVariance in
          dz * noise * (0.5 * exp(0.5 * logVariance))
        }
        varianceGradient.add(dz)
      }
      mapLanes(varianceGradient, derivative.row(row), into: varianceGradient) { $0 * $1 }
    }
  }

  private func parts(_ matrix: MatrixView, _ row: Int) -> (VectorView, VectorView) {
    let line = matrix.row(row)
    return (line.slice(0, count: latents), line.slice(latents, count: latents))
  }
}
