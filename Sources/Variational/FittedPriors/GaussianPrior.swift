public import Kernels

/// A normal distribution of z with a full covariance.
///
///     let latents = try model.aggregatePosteriorSamples(garments)
///     let prior = try GaussianPrior(fitting: latents)
///     let images = model.decode(prior.sample(count: 25, seed: 7))
///
/// Numbers are kept in 64 bits: a covariance whose variances span a million to one still factorises.
///
/// - SeeAlso: Ghosh, Sajjadi, Vergari, Black and Schölkopf (2020), "From variational to deterministic
///   autoencoders", section 4.
public struct GaussianPrior: Equatable, Sendable {
  /// μ, [L]
  public let mean: [Double]
  /// Σ, [L, L], symmetric
  public let covariance: Matrix<Double>
  /// Σ = L·Lᵀ
  let factor: CholeskyFactorization<Double>

  /// The most dimensions that a full covariance is made for: 32 MB of it.
  public static let largestDimension = 2048

  /// A normal distribution from its moments.
  ///
  /// - Parameters:
  ///   - mean: μ, [L]
  ///   - covariance: Σ, [L, L], of which the lower triangle counts
  /// - Throws: `SpecError` when a number is not finite, the sizes differ, or Σ is not positive definite.
  /// - Complexity: O(L³).
  public init(mean: [Double], covariance: Matrix<Double>) throws(SpecError) {
    guard covariance.isSquare && covariance.rows == mean.count && !mean.isEmpty else {
      throw SpecError(
        "covariance",
        "\(covariance.rows) × \(covariance.columns) numbers do not fit a mean of \(mean.count)")
    }
    guard mean.count <= GaussianPrior.largestDimension else {
      throw SpecError(
        "covariance",
        "\(mean.count) dimensions should be at most \(GaussianPrior.largestDimension)")
    }
    guard mean.allSatisfy(\.isFinite) && covariance.elements.allSatisfy(\.isFinite) else {
      throw SpecError("covariance", "the mean and the covariance should be finite numbers")
    }
    do throws(LAPACKError) {
      factor = try CholeskyFactorization(of: covariance)
    } catch {
      throw SpecError("covariance", "it is not positive definite (\(error))")
    }
    self.mean = mean
    self.covariance = covariance
  }

  init(mean: [Double], covariance: Matrix<Double>, factor: CholeskyFactorization<Double>) {
    (self.mean, self.covariance, self.factor) = (mean, covariance, factor)
  }

  /// N(0, 1) in every dimension.
  ///
  /// - Parameter dimensions: L, from 1 to ``largestDimension``; any other traps.
  public static func standardNormal(dimensions: Int) -> GaussianPrior {
    precondition(
      dimensions >= 1 && dimensions <= largestDimension,
      "GaussianPrior.standardNormal: \(dimensions) dimensions")
    let identity = Matrix<Double>.identity(dimensions)
    guard let factor = try? CholeskyFactorization(of: identity) else {
      preconditionFailure("GaussianPrior.standardNormal: the identity has no factor")
    }
    return GaussianPrior(
      mean: Array(repeating: 0, count: dimensions), covariance: identity, factor: factor)
  }

  /// L, the dimensions of z.
  public var dimensions: Int { mean.count }

  /// ln N(z; μ, Σ) of every row, in nats.
  ///
  /// - Parameters:
  ///   - latents: z, [N, L]; another width traps.
  ///   - threads: how many share the work; nil takes one for each processor.
  /// - Returns: [N]
  /// - Throws: `ResourceError` if the system gives no threads or no memory for their products.
  /// - Complexity: O(N·L²).
  public func logDensity(
    of latents: Matrix<Float>, threads: Int? = nil
  ) throws(ResourceError) -> [Double] {
    try GaussianMixture(self).logDensity(of: latents, threads: threads)
  }

  /// Draws z = μ + L·ε with Σ = L·Lᵀ.
  ///
  /// - Parameters:
  ///   - count: N
  ///   - seed: the same seed gives the same rows, whatever the count: the first n are those of n.
  /// - Returns: [N, L]
  public func sample(count: Int, seed: UInt64) -> Matrix<Float> {
    GaussianMixture(self).sample(count: count, seed: seed)
  }
}
