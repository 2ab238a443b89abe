// One pass over observations for a mixture of full-covariance Gaussians, in Double: every component's
// density at every row, and the sums that expectation maximisation needs, as two matrix products a block.

import Foundation

/// The components of a mixture as one matrix, ready for passes over observations.
///
/// With Σₖ = LₖLₖᵀ and Wₖ = Lₖ⁻¹, the squared distance of a row x from component k is |Wₖx − Wₖmₖ|². All
/// Wₖ stand side by side, with −Wₖmₖ as one more row that meets a column of ones: a block's whitened rows
/// for every component are a single product.
///
/// The difference Wₖx − Wₖmₖ cancels where x and mₖ are far from zero. Observations and means are to be
/// given from a common origin near the observations' mean; then what is lost is 2⁻⁵³·|x|/σ of a distance.
package struct MixtureSweep: Sendable {
  /// What expectation maximisation takes from a pass.
  package struct Moments: Sendable {
    /// Σ ln p(x) over the rows, nats.
    package var logLikelihood = 0.0
    /// Σ r of each component, [C].
    package var counts: [Double]
    /// Columns kL ..< (k+1)L: Σ r·x·xᵀ of component k, and in the last row Σ r·x: [L+1, C·L].
    package var products: Matrix<Double>
  }

  /// C, the components.
  package let components: Int
  /// L, the dimensions.
  package let dimensions: Int
  private let whitening: Matrix<Double>  // [L+1, C·L]
  private let constants: [Double]  // ln w − ½(L ln 2π + ln det Σ), [C]

  /// Prepares the components.
  ///
  /// - Parameters:
  ///   - weights: w, [C], none negative; a weight of zero takes no part.
  ///   - means: mₖ, [C, L]
  ///   - factors: Lₖ with Σₖ = LₖLₖᵀ, [L, L] each
  /// - Throws: ``LAPACKError`` for a factor with a zero on its diagonal.
  /// - Complexity: O(C·L³).
  package init(
    weights: [Double], means: Matrix<Double>, factors: [CholeskyFactorization<Double>]
  ) throws(LAPACKError) {
    precondition(
      weights.count == factors.count && means.rows == factors.count,
      "MixtureSweep: \(weights.count) weights, \(means.rows) means, \(factors.count) factors")
    (components, dimensions) = (factors.count, means.columns)
    var whitening = Matrix<Double>(rows: dimensions + 1, columns: components * dimensions)
    for (component, factor) in factors.enumerated() {
      let inverse = try factor.lower.solveTriangular(.lower, .identity(dimensions))
      let offset = inverse * means.row(component)
      for j in 0..<dimensions {
        let column = component * dimensions + j
        for i in 0...j { whitening[i, column] = inverse[j, i] }
        whitening[dimensions, column] = -offset[j]
      }
    }
    self.whitening = whitening
    let dimensions = Double(dimensions)
    constants = zip(weights, factors).map { weight, factor in
      log(weight) - 0.5 * (dimensions * log(2 * .pi) + factor.logDeterminant)
    }
  }

  /// Observations with a column of ones, as the passes take them: [N, L+1].
  ///
  /// - Parameters:
  ///   - rows: [N, L]
  ///   - origin: what is subtracted from every row, [L]
  package static func observations(_ rows: Matrix<Float>, from origin: [Double]) -> Matrix<Double> {
    let width = rows.columns
    precondition(origin.count == width, "MixtureSweep: \(width) columns, origin \(origin.count)")
    var elements: [Double] = []
    elements.reserveCapacity(rows.rows * (width + 1))
    rows.elements.withUnsafeBufferPointer { source in
      for row in 0..<rows.rows {
        for column in 0..<width {
          elements.append(Double(source[row * width + column]) - origin[column])
        }
        elements.append(1)
      }
    }
    return Matrix(rows: rows.rows, columns: width + 1, elements)
  }

  /// ln p(x) of every row, in nats: [N].
  ///
  /// - Parameter observations: from ``observations(_:from:)``, [N, L+1]
  /// - Complexity: O(N·C·L²), shared by the workers.
  package func logDensities(of observations: Matrix<Double>, compute: Compute) -> [Double] {
    pass(observations, compute, wantsMoments: false).flatMap(\.logDensities)
  }

  /// The sums over all rows, responsibilities r = wₖN(x; mₖ, Σₖ)/p(x).
  ///
  /// - Parameter observations: from ``observations(_:from:)``, [N, L+1]
  /// - Complexity: O(N·C·L²), shared by the workers; their sums are added in the workers' order.
  package func moments(of observations: Matrix<Double>, compute: Compute) -> Moments {
    let shares = pass(observations, compute, wantsMoments: true)
    var total = shares[0].moments
    for share in shares.dropFirst() {
      total.logLikelihood += share.moments.logLikelihood
      total.counts.add(share.moments.counts, scaledBy: 1)
      total.products += share.moments.products
    }
    return total
  }

  private func pass(
    _ observations: Matrix<Double>, _ compute: Compute, wantsMoments: Bool
  ) -> [Share] {
    precondition(
      observations.columns == dimensions + 1,
      "MixtureSweep: \(observations.shape) for \(dimensions) dimensions and a column of ones")
    let shares = (0..<compute.workers).map { _ in Share(self, wantsMoments: wantsMoments) }
    compute.forEachShare(
      of: observations.rows, multiple: 16, cost: whitening.elements.count,
      (self, observations, shares)
    ) { context, rows, worker in
      let (sweep, observations, shares) = context
      sweep.pass(observations, rows, into: shares[worker])
    }
    return shares
  }

  // As many rows as keep a block's whitened rows in the second cache.
  private func pass(_ observations: Matrix<Double>, _ rows: Range<Int>, into share: Share) {
    let size = min(512, max(16, 1 << 16 / max(whitening.columns, 1)), rows.count)
    var block = Matrix<Double>(rows: size, columns: dimensions + 1)
    var white = Matrix<Double>(rows: size, columns: whitening.columns)
    var responsibilities = [Double](repeating: 0, count: components)
    for first in stride(from: rows.lowerBound, to: rows.upperBound, by: size) {
      let count = min(size, rows.upperBound - first)
      if count < size {
        block = Matrix(rows: count, columns: block.columns)
        white = Matrix(rows: count, columns: white.columns)
      }
      copyRows(of: observations, from: first, into: &block)
      // X [n×(L+1)] · W [(L+1)×CL] → the whitened rows [n×CL]
      white.accumulateProduct(of: block, by: whitening, keeping: 0)
      for row in 0..<count {
        let density = logDensity(white, row, writing: &responsibilities)
        share.logDensities.append(density)
        if share.wantsMoments {
          share.moments.logLikelihood += density
          weigh(block, row, by: responsibilities, into: &white, &share.moments.counts)
        }
      }
      if share.wantsMoments {
        // Xᵀ [(L+1)×n] · rX [n×CL] → Σ r·x·xᵀ over Σ r·x [(L+1)×CL], accumulated
        share.moments.products.accumulateProduct(of: block, transposed: true, by: white)
      }
    }
  }

  private func copyRows(
    of observations: Matrix<Double>, from first: Int, into block: inout Matrix<Double>
  ) {
    let (width, count) = (block.columns, block.storage.count)
    block.storage.withUnsafeMutableBufferPointer { target in
      observations.storage.withUnsafeBufferPointer { source in
        for index in 0..<count { target[index] = source[first * width &+ index] }
      }
    }
  }

  // ln p of a whitened row; the responsibilities sum to one.
  private func logDensity(
    _ white: Matrix<Double>, _ row: Int, writing responsibilities: inout [Double]
  ) -> Double {
    let dimensions = dimensions
    let start = row * white.columns
    white.storage.withUnsafeBufferPointer { white in
      for component in 0..<components {
        var (sum, index) = (0.0, start + component * dimensions)
        for _ in 0..<dimensions {
          sum += white[index] * white[index]
          index &+= 1
        }
        responsibilities[component] = constants[component] - 0.5 * sum
      }
    }
    let largest = responsibilities.max() ?? -.infinity
    // A row beyond every component's reach in 64 bits has no density and belongs to none.
    guard largest > -.infinity else {
      for component in 0..<components { responsibilities[component] = 0 }
      return largest
    }
    var total = 0.0
    for component in 0..<components {
      let term = exp(responsibilities[component] - largest)
      responsibilities[component] = term
      total += term
    }
    for component in 0..<components { responsibilities[component] /= total }
    return largest + log(total)
  }

  // The whitened row becomes r·x of every component.
  private func weigh(
    _ block: Matrix<Double>, _ row: Int, by responsibilities: [Double],
    into white: inout Matrix<Double>, _ counts: inout [Double]
  ) {
    let dimensions = dimensions
    let (source, target) = (row * block.columns, row * white.columns)
    block.storage.withUnsafeBufferPointer { block in
      white.storage.withUnsafeMutableBufferPointer { white in
        for component in 0..<components {
          let weight = responsibilities[component]
          counts[component] += weight
          let first = target + component * dimensions
          for index in 0..<dimensions {
            white[first &+ index] = weight * block[source &+ index]
          }
        }
      }
    }
  }
}

// What one worker found; nobody else touches it during a pass.
private final class Share {
  let wantsMoments: Bool
  var logDensities: [Double] = []
  var moments: MixtureSweep.Moments

  init(_ sweep: MixtureSweep, wantsMoments: Bool) {
    self.wantsMoments = wantsMoments
    moments = MixtureSweep.Moments(
      counts: [Double](repeating: 0, count: sweep.components),
      products: Matrix(
        rows: wantsMoments ? sweep.dimensions + 1 : 0,
        columns: wantsMoments ? sweep.components * sweep.dimensions : 0))
  }
}
