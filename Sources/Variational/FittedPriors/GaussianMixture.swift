import Foundation
public import Kernels
import Networks

/// A mixture of normal distributions with full covariances.
///
///     let mixture = try GaussianMixture(fitting: latents, components: 10)
///     let images = model.decode(mixture.sample(count: 25, seed: 7))
///
/// - SeeAlso: Dempster, Laird and Rubin (1977); as a prior fitted after training: Ghosh et al. (2020),
///   section 4.
public struct GaussianMixture: Equatable, Sendable {
  /// w, [C], not negative, of sum one
  public let weights: [Double]
  /// The components, [C], all of L dimensions
  public let gaussians: [GaussianPrior]

  /// The most components a mixture may have.
  public static let largestCount = 4096

  /// A mixture from its parts.
  ///
  /// - Parameters:
  ///   - weights: [C], not negative; divided by their sum
  ///   - gaussians: [C], all of the same dimensions
  /// - Throws: `SpecError` for counts or dimensions that differ, or weights that are none.
  public init(weights: [Double], gaussians: [GaussianPrior]) throws(SpecError) {
    guard weights.count == gaussians.count && !weights.isEmpty else {
      throw SpecError(
        "mixture", "\(weights.count) weights do not fit \(gaussians.count) components")
    }
    guard weights.count <= GaussianMixture.largestCount else {
      throw SpecError(
        "mixture",
        "\(weights.count) components should be at most \(GaussianMixture.largestCount)")
    }
    guard gaussians.allSatisfy({ $0.dimensions == gaussians[0].dimensions }) else {
      throw SpecError("mixture", "the components' dimensions differ")
    }
    let sum = weights.reduce(0, +)
    guard weights.allSatisfy({ $0 >= 0 }) && sum > 0 && sum.isFinite else {
      throw SpecError("mixture", "its weights should be numbers of at least 0, not all of them 0")
    }
    self.init(trusting: weights.map { $0 / sum }, gaussians)
  }

  init(trusting weights: [Double], _ gaussians: [GaussianPrior]) {
    (self.weights, self.gaussians) = (weights, gaussians)
  }

  /// One component.
  init(_ gaussian: GaussianPrior) { self.init(trusting: [1], [gaussian]) }

  /// L, the dimensions of z.
  public var dimensions: Int { gaussians[0].dimensions }

  /// C
  public var components: Int { weights.count }

  /// Free numbers: C − 1 weights, C·L means, C·L(L+1)/2 covariances.
  public var parameterCount: Int {
    components - 1 + components * (dimensions + dimensions * (dimensions + 1) / 2)
  }

  /// The Bayesian information criterion, −2 ln p(data) + parameters · ln N; lower is better.
  ///
  /// - Parameters:
  ///   - logLikelihood: Σ ln p(z) over the rows, nats
  ///   - rows: N
  /// - SeeAlso: Schwarz (1978), "Estimating the dimension of a model".
  public func bayesianInformationCriterion(logLikelihood: Double, rows: Int) -> Double {
    -2 * logLikelihood + Double(parameterCount) * log(Double(rows))
  }

  /// ln Σₖ wₖN(z; μₖ, Σₖ) of every row, in nats.
  ///
  /// - Parameters:
  ///   - latents: z, [N, L]; another width traps.
  ///   - threads: how many share the work; nil takes one for each processor.
  /// - Returns: [N]; −∞ for a row so far away that 64 bits cannot tell its density.
  /// - Throws: `ResourceError` if the system gives no threads or no memory for their products.
  /// - Complexity: O(N·C·L²).
  public func logDensity(
    of latents: Matrix<Float>, threads: Int? = nil
  ) throws(ResourceError) -> [Double] {
    precondition(
      latents.columns == dimensions,
      "GaussianMixture.logDensity: [\(latents.rows), \(latents.columns)], but L = \(dimensions)")
    let compute = try Compute(threads: threads ?? WorkerPool.processors)
    let origin = mean
    return sweep(from: origin).logDensities(
      of: MixtureSweep.observations(latents, from: origin), compute: compute)
  }

  /// Σ wₖμₖ, [L]
  public var mean: [Double] {
    var mean = [Double](repeating: 0, count: dimensions)
    for (weight, gaussian) in zip(weights, gaussians) {
      mean.add(gaussian.mean, scaledBy: weight)
    }
    return mean
  }

  /// The components as passes over observations take them, means counted from an origin.
  func sweep(from origin: [Double]) -> MixtureSweep {
    var means = Matrix<Double>(rows: components, columns: dimensions)
    for (component, gaussian) in gaussians.enumerated() {
      for index in 0..<dimensions {
        means[component, index] = gaussian.mean[index] - origin[index]
      }
    }
    do throws(LAPACKError) {
      return try MixtureSweep(weights: weights, means: means, factors: gaussians.map(\.factor))
    } catch {
      preconditionFailure("GaussianMixture.sweep: a positive definite factor is singular: \(error)")
    }
  }

  /// Draws a component by its weight, then z = μ + L·ε from it.
  ///
  /// - Parameters:
  ///   - count: N
  ///   - seed: the same seed gives the same rows, whatever the count: the first n are those of n.
  /// - Returns: [N, L]
  /// - Complexity: O(N·L²).
  public func sample(count: Int, seed: UInt64) -> Matrix<Float> {
    precondition(count >= 0, "GaussianMixture.sample: \(count) rows")
    let size = dimensions
    let choices = RandomStream(seed: seed, purpose: .sampling, lane: 1).uniform(count: count)
    let noise = RandomStream(seed: seed, purpose: .sampling, lane: 2)
      .gaussian(count: count * size)
    var rows = [[Int]](repeating: [], count: components)
    for (row, choice) in choices.enumerated() { rows[component(at: Double(choice))].append(row) }
    var result = [Float](repeating: 0, count: count * size)
    for (gaussian, rows) in zip(gaussians, rows) where !rows.isEmpty {
      let draws = rows.flatMap { noise[$0 * size..<($0 + 1) * size].map(Double.init) }
      // ε [n×L] · Lᵀ [L×L] → deviations [n×L]
      let deviations = Matrix.product(
        Matrix(rows: rows.count, columns: size, draws), by: gaussian.factor.lower, transposed: true
      ).elements
      for (index, row) in rows.enumerated() {
        for column in 0..<size {
          result[row * size + column] = Float(
            gaussian.mean[column] + deviations[index * size + column])
        }
      }
    }
    return Matrix(rows: count, columns: size, result)
  }

  // The component whose share of [0, 1) holds the number.
  private func component(at choice: Double) -> Int {
    var sum = 0.0
    for (index, weight) in weights.enumerated() {
      sum += weight
      if choice < sum { return index }
    }
    return weights.lastIndex { $0 > 0 } ?? 0
  }
}
