// Probabilistic principal components: the best that a linear model can do, in closed form.

import Foundation
import Kernels

/// The maximum-likelihood fit of x = Wz + m + ε, z ~ N(0, 1), ε ~ N(0, σ²), to data with covariance S.
///
///     σ² = (1/(D − L)) Σᵢ₌L₊₁ λᵢ          span W = the leading L eigenvectors of S
///     ln p = −½ (D ln 2π + Σᵢ≤L ln λᵢ + (D − L) ln σ² + D)     nats, mean over the examples
///
/// A linear variational autoencoder with one learned σ² has no other optimum of its bound (Lucas et al.,
/// 2019, section 4), and there its bound is this likelihood.
///
/// - SeeAlso: Tipping and Bishop (1999), "Probabilistic principal component analysis", equations 7 and 8.
struct ProbabilisticPCA: Sendable {
  /// λ, descending, [D]
  let eigenvalues: [Double]
  /// The leading eigenvectors, [D×L]
  let leading: Matrix<Double>
  /// σ²
  let noiseVariance: Double
  /// ln p at the maximum, nats per example
  let logLikelihood: Double

  var latents: Int { leading.columns }

  /// - Parameter latents: L; nil takes the number from 2 to 4 after which the eigenvalues fall most steeply,
  ///   for there the leading directions are best determined.
  init(covariance: Matrix<Double>, latents: Int? = nil) throws {
    let decomposition = try SymmetricEigenDecomposition(of: covariance)
    let values = Array(decomposition.eigenvalues.reversed())
    let dimensions = values.count
    func fall(_ count: Int) -> Double { values[count - 1] / max(values[count], 1e-300) }
    let count =
      latents ?? (2...4).filter { $0 <= dimensions - 2 }.max { fall($0) < fall($1) } ?? 1
    precondition(count < dimensions, "ProbabilisticPCA: \(count) latents of \(dimensions)")
    eigenvalues = values
    noiseVariance = values[count...].reduce(0, +) / Double(dimensions - count)
    var vectors = Matrix<Double>(rows: dimensions, columns: count)
    for column in 0..<count {
      for row in 0..<dimensions {
        vectors[row, column] = decomposition.eigenvectors[row, dimensions - 1 - column]
      }
    }
    leading = vectors
    let logarithms =
      values[..<count].reduce(0) { $0 + log($1) }
      + Double(dimensions - count) * log(noiseVariance)
    logLikelihood = -0.5 * (Double(dimensions) * (log(2 * .pi) + 1) + logarithms)
  }

  /// What a tilt of the leading subspace costs: κ of ln p falling by κ·sin²θ, nats per example.
  ///
  /// Turn a loading of eigenvalue λᵢ by θ towards an eigenvector of λⱼ that is left out, and keep its length. The
  /// determinant of the covariance stays, and what the two directions give to the trace becomes
  ///
  ///     cos²θ + sin²θ λⱼ/λᵢ + (sin²θ λᵢ + cos²θ λⱼ)/σ²
  ///
  /// where it was 1 + λⱼ/σ², so that ln p falls by exactly ½ sin²θ (λᵢ − λⱼ)(1/σ² − 1/λᵢ). The cheapest tilt is that of the last leading direction towards the first that is left out; it costs
  /// nothing where their eigenvalues are the same, for then the leading subspace is not determined.
  var tiltCost: Double {
    let (inside, outside) = (eigenvalues[latents - 1], eigenvalues[latents])
    return max(0, 0.5 * (inside - outside) * (1 / noiseVariance - 1 / inside))
  }

  /// The sine of the largest angle between a decoder's column space and the leading eigenvectors.
  ///
  /// The largest singular value of (1 − QQᵀ)U, Q an orthonormal basis of the columns of W: for small angles
  /// more accurate than the arc cosine of a number near 1 (Björck and Golub, 1973).
  ///
  /// - Parameter weights: W, [D×L]
  func largestSine(to weights: Matrix<Double>) throws -> Double {
    let basis = try QRFactorization(of: weights).orthogonal
    // Qᵀ [L×D] · U [D×L] → [L×L]
    let inside = Matrix.product(basis, transposed: true, by: leading)
    let outside = leading - basis * inside
    return try SingularValueDecomposition.singularValues(of: outside).first ?? .nan
  }
}
