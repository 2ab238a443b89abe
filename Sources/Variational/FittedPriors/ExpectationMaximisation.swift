import Kernels

/// Expectation maximisation for a mixture with full covariances.
///
/// Each turn takes the responsibilities r under the current mixture and then the parameters that are most
/// likely given them: wₖ = Σr/N, μₖ = Σ r·z/Σr, Σₖ = Σ r·zzᵀ/Σr − μμᵀ with no variance below the floor in
/// any direction. That Σₖ is the best one that the floor allows, so the likelihood never falls.
///
/// - SeeAlso: Dempster, Laird and Rubin (1977), "Maximum likelihood from incomplete data via the EM
///   algorithm".
struct ExpectationMaximisation {
  /// Rows from a common origin with a column of ones, [N, L+1].
  let observations: Matrix<Double>
  /// The smallest variance in any direction.
  let floor: Double
  let compute: Compute

  struct Outcome {
    /// Means are counted from the observations' origin.
    var mixture: GaussianMixture
    /// Σ ln p(z) under the start and after each turn, nats; the last is the mixture's.
    var logLikelihoods: [Double]
    var hasConverged = false
  }

  /// Turns until one gains less than `tolerance` nats a row.
  ///
  /// - Throws: `LAPACKError` when numbers leave the range of 64 bits.
  /// - Complexity: O(N·C·L²) a turn.
  func run(
    from start: GaussianMixture, tolerance: Double, maximumTurns: Int
  ) throws(LAPACKError) -> Outcome {
    var moments = self.moments(start)
    var outcome = Outcome(mixture: start, logLikelihoods: [moments.logLikelihood])
    let rows = Double(observations.rows)
    for _ in 0..<maximumTurns {
      let next = try maximise(outcome.mixture, moments)
      moments = self.moments(next)
      let gain = moments.logLikelihood - (outcome.logLikelihoods.last ?? 0)
      outcome.mixture = next
      outcome.logLikelihoods.append(moments.logLikelihood)
      if gain < tolerance * rows {
        outcome.hasConverged = true
        break
      }
    }
    return outcome
  }

  private func moments(_ mixture: GaussianMixture) -> MixtureSweep.Moments {
    let origin = [Double](repeating: 0, count: mixture.dimensions)
    return mixture.sweep(from: origin).moments(of: observations, compute: compute)
  }

  private func maximise(
    _ mixture: GaussianMixture, _ moments: MixtureSweep.Moments
  ) throws(LAPACKError) -> GaussianMixture {
    var gaussians = mixture.gaussians
    let total = moments.counts.reduce(0, +)
    for (component, count) in moments.counts.enumerated() {
      // A component that no row wants any more keeps its place; only its weight moves, which still
      // loses no likelihood.
      guard count > 1e-100 else { continue }
      gaussians[component] = try gaussian(component, count, moments.products)
    }
    return GaussianMixture(trusting: moments.counts.map { $0 / total }, gaussians)
  }

  private func gaussian(
    _ component: Int, _ count: Double, _ products: Matrix<Double>
  ) throws(LAPACKError) -> GaussianPrior {
    let size = products.rows - 1
    let first = component * size
    let mean = (0..<size).map { products[size, first + $0] / count }
    var covariance = Matrix<Double>(rows: size, columns: size)
    for i in 0..<size {
      for j in 0...i {
        // The two triangles differ by rounding.
        let product = 0.5 * (products[i, first + j] + products[j, first + i])
        covariance[i, j] = product / count - mean[i] * mean[j]
        covariance[j, i] = covariance[i, j]
      }
    }
    return try GaussianPrior(mean: mean, sampleCovariance: covariance, floor: floor)
  }
}
