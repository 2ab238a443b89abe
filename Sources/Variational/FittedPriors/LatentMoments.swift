import Foundation
import Kernels

/// The first two moments of latents, and the floor that keeps a covariance fitted to them usable.
struct LatentMoments {
  /// [L]
  let mean: [Double]
  /// Σ (z − mean)(z − mean)ᵀ / N, [L, L], plus the mean posterior variances if given
  let covariance: Matrix<Double>

  /// The moments of rows.
  ///
  /// - Parameters:
  ///   - latents: [N, L]
  ///   - logVariances: [N, L] of the posteriors whose means the latents are; their mean variances are added,
  ///     so that these are the moments of the mixture of all posteriors: Cov(μ) + E[diag e^ℓ]
  ///   - name: what the latents are called in messages
  /// - Throws: `DataError` for fewer than two rows, too many dimensions, a number that is none, or rows
  ///   that are all the same.
  /// - Complexity: O(N·L²), in 64 bits.
  init(
    of latents: Matrix<Float>, logVariances: Matrix<Float>? = nil, name: String = "latents"
  ) throws(DataError) {
    let (rows, width) = (latents.rows, latents.columns)
    guard rows >= 2 else {
      throw DataError(name, "a prior takes at least 2 rows of latents to fit; there are \(rows)")
    }
    guard width >= 1 && width <= GaussianPrior.largestDimension else {
      throw DataError(
        name,
        "\(width) latents should lie between 1 and \(GaussianPrior.largestDimension) for a full "
          + "covariance")
    }
    guard Memory.holds(floats: 6 * Double(rows) * Double(width) + 16 * Double(width * width)) else {
      throw DataError(
        name, "\(rows) rows of \(width) latents take more memory than is free; fit fewer rows")
    }
    if let logVariances {
      precondition(
        logVariances.rows == rows && logVariances.columns == width,
        "LatentMoments: latents [\(rows), \(width)], log-variances [\(logVariances.rows), …]")
    }
    let values = latents.elements
    if let bad = values.firstIndex(where: { !$0.isFinite }) {
      throw DataError(
        name,
        "latent \(bad % width) of row \(bad / width) is \(values[bad]), so the model's weights or the "
          + "data are far too large")
    }
    let mean = LatentMoments.columnMeans(values, width: width)
    // Xᵀ [L×N] · X [N×L] → Σ (z − mean)(z − mean)ᵀ [L×L]
    var centred: [Double] = []
    centred.reserveCapacity(values.count)
    for row in 0..<rows {
      for column in 0..<width {
        centred.append(Double(values[row * width + column]) - mean[column])
      }
    }
    var covariance =
      Matrix.symmetricProduct(
        of: Matrix(rows: rows, columns: width, centred), transposed: true) / Double(rows)
    if let logVariances {
      let variances = logVariances.elements.map { Foundation.exp(Double($0)) }
      let means = LatentMoments.columnMeans(variances, width: width)
      for (column, variance) in means.enumerated() { covariance[column, column] += variance }
    }
    guard covariance.diagonal.contains(where: { $0 > 0 }) else {
      throw DataError(
        name,
        "all \(rows) rows of latents are the same, so there is no distribution to fit; the model has "
          + "learned nothing about this data")
    }
    self.mean = mean
    self.covariance = covariance
  }

  private static func columnMeans<Value: BinaryFloatingPoint>(
    _ values: [Value], width: Int
  ) -> [Double] {
    var sums = [Double](repeating: 0, count: width)
    for row in stride(from: 0, to: values.count, by: width) {
      for column in 0..<width { sums[column] += Double(values[row + column]) }
    }
    let rows = Double(values.count / width)
    return sums.map { $0 / rows }
  }

  /// The smallest variance that a fitted covariance may have in any direction.
  ///
  /// - Parameter fraction: of the mean variance over the dimensions.
  func floor(_ fraction: Double) -> Double {
    fraction * covariance.diagonal.reduce(0, +) / Double(mean.count)
  }
}

extension GaussianPrior {
  /// The most likely normal distribution among those with no variance below a floor, in any direction.
  ///
  /// With the sample covariance S = Q·diag(λ)·Qᵀ it is Σ = Q·diag(max(λ, floor))·Qᵀ: ln det Σ + tr Σ⁻¹S is
  /// least for a Σ of S's eigenvectors, and then apart for each eigenvalue, where it rises on both sides
  /// of λ. So an expectation maximisation with this floor still never loses likelihood, which one that
  /// adds the floor to the diagonal may.
  ///
  /// - Throws: `LAPACKError` when a number is not finite.
  /// - Complexity: O(L³); the decomposition is taken only where a variance is below the floor.
  init(mean: [Double], sampleCovariance: Matrix<Double>, floor: Double) throws(LAPACKError) {
    let size = mean.count
    // S − floor·1 is positive definite exactly if no eigenvalue is below the floor.
    let excess = sampleCovariance - Matrix.diagonal([Double](repeating: floor, count: size))
    if (try? CholeskyFactorization(of: excess)) != nil {
      self.init(
        mean: mean, covariance: sampleCovariance,
        factor: try CholeskyFactorization(of: sampleCovariance))
      return
    }
    let decomposition = try SymmetricEigenDecomposition(of: sampleCovariance)
    let variances = decomposition.eigenvalues.map { max($0, floor) }
    let vectors = decomposition.eigenvectors
    var scaled = vectors
    for row in 0..<size {
      for column in 0..<size { scaled[row, column] *= variances[column].squareRoot() }
    }
    // Q√λ [L×L] · (Q√λ)ᵀ [L×L] → Σ [L×L]
    let covariance = Matrix.symmetricProduct(of: scaled)
    self.init(
      mean: mean, covariance: covariance, factor: try CholeskyFactorization(of: covariance))
  }

  /// The normal distribution with the latents' mean and covariance.
  ///
  /// Given the posteriors' means and log-variances, it has the exact first two moments of the aggregate
  /// posterior, the mixture of all of them: mean(μ) and Cov(μ) + E[diag e^ℓ]. Given draws, or a plain
  /// autoencoder's encodings, it has theirs. The covariance is divided by N, as maximum likelihood has it.
  ///
  /// - Parameters:
  ///   - latents: the posteriors' means, or draws, [N, L]
  ///   - logVariances: the posteriors' log-variances, [N, L]; another shape traps. nil for none.
  ///   - floor: the smallest variance in any direction, as a fraction of the mean variance of a latent; a
  ///     latent that never changes gets it.
  /// - Throws: `DataError` for fewer than two rows, a number that is none, or rows that are all the same.
  /// - Complexity: O(N·L² + L³).
  public init(
    fitting latents: Matrix<Float>, logVariances: Matrix<Float>? = nil, floor: Double = 1e-6
  ) throws(DataError) {
    precondition(floor > 0 && floor < 1, "GaussianPrior: the floor \(floor) is outside (0, 1)")
    let moments = try LatentMoments(of: latents, logVariances: logVariances)
    do throws(LAPACKError) {
      try self.init(
        mean: moments.mean, sampleCovariance: moments.covariance, floor: moments.floor(floor))
    } catch {
      throw DataError("latents", "their covariance cannot be factorised: \(error)")
    }
  }
}
