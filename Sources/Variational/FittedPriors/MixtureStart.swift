import Kernels

/// Where expectation maximisation begins: centres by k-means++, moved by a few turns of k-means, all with
/// the covariance within the clusters.
///
/// One covariance for all keeps a small cluster from starting as a spike.
///
/// - SeeAlso: Arthur and Vassilvitskii (2007), "k-means++: the advantages of careful seeding".
struct MixtureStart {
  // [n, L+1] with a column of ones, row by row
  private let values: [Double]
  private let width: Int
  private let rows: Int

  private static let turns = 5

  /// - Parameter observations: [n, L+1] as `MixtureSweep.observations` gives them
  init(_ observations: Matrix<Double>) {
    values = observations.elements
    width = observations.columns
    rows = observations.rows
  }

  private var dimensions: Int { width - 1 }

  /// A mixture to begin with.
  ///
  /// - Parameters:
  ///   - components: C, at most the number of rows
  ///   - floor: the smallest variance in any direction
  ///   - attempt: another attempt, other centres
  /// - Throws: `DataError` when there are fewer distinct rows than components.
  /// - Complexity: O(n·C·L).
  func mixture(
    components: Int, floor: Double, stream: RandomStream, attempt: Int
  ) throws -> GaussianMixture {
    var centres = try chooseCentres(components, stream: stream, attempt: attempt)
    var clusters = [Int](repeating: 0, count: rows)
    for _ in 0..<MixtureStart.turns {
      for row in 0..<rows { clusters[row] = nearest(row, centres).index }
      centres = means(clusters, before: centres)
    }
    for row in 0..<rows { clusters[row] = nearest(row, centres).index }
    let covariance = covarianceWithin(clusters, means(clusters, before: centres))
    var counts = [Double](repeating: 0, count: components)
    for cluster in clusters { counts[cluster] += 1 }
    // An empty cluster gets one row's weight, so that it can still win rows.
    let weights = counts.map { max($0, 1) }
    let total = weights.reduce(0, +)
    let gaussians = try centres.map {
      try GaussianPrior(mean: $0, sampleCovariance: covariance, floor: floor)
    }
    return GaussianMixture(trusting: weights.map { $0 / total }, gaussians)
  }

  // Each centre is a row chosen with a probability in proportion to the squared distance from the
  // nearest centre so far.
  private func chooseCentres(
    _ count: Int, stream: RandomStream, attempt: Int
  ) throws(DataError) -> [[Double]] {
    let choices = stream.uniform(count: count, step: attempt).map(Double.init)
    var centres = [self[min(Int(choices[0] * Double(rows)), rows - 1)]]
    var distances = [Double](repeating: .infinity, count: rows)
    while centres.count < count {
      var sum = 0.0
      for row in 0..<rows {
        distances[row] = min(distances[row], distance(row, centres[centres.count - 1]))
        sum += distances[row]
      }
      guard sum > 0 else {
        throw DataError(
          "latents",
          "only \(centres.count) different rows cannot be told apart into \(count) components; take "
            + "fewer components")
      }
      let target = choices[centres.count] * sum
      var (chosen, passed) = (rows - 1, 0.0)
      for row in 0..<rows where distances[row] > 0 {
        passed += distances[row]
        chosen = row
        if passed > target { break }
      }
      centres.append(self[chosen])
    }
    return centres
  }

  private subscript(row: Int) -> [Double] {
    Array(values[row * width..<row * width + dimensions])
  }

  private func distance(_ row: Int, _ centre: [Double]) -> Double {
    let start = row * width
    var sum = 0.0
    for index in 0..<dimensions {
      let difference = values[start + index] - centre[index]
      sum += difference * difference
    }
    return sum
  }

  private func nearest(_ row: Int, _ centres: [[Double]]) -> (index: Int, distance: Double) {
    var best = (index: 0, distance: Double.infinity)
    for (index, centre) in centres.enumerated() {
      let distance = distance(row, centre)
      if distance < best.distance { best = (index, distance) }
    }
    return best
  }

  private func means(_ clusters: [Int], before centres: [[Double]]) -> [[Double]] {
    var sums = centres.map { [Double](repeating: 0, count: $0.count) }
    var counts = [Double](repeating: 0, count: centres.count)
    for (row, cluster) in clusters.enumerated() {
      counts[cluster] += 1
      for index in 0..<dimensions { sums[cluster][index] += values[row * width + index] }
    }
    return centres.indices.map { cluster in
      counts[cluster] > 0 ? sums[cluster].map { $0 / counts[cluster] } : centres[cluster]
    }
  }

  private func covarianceWithin(_ clusters: [Int], _ means: [[Double]]) -> Matrix<Double> {
    var centred: [Double] = []
    centred.reserveCapacity(rows * dimensions)
    for (row, cluster) in clusters.enumerated() {
      for index in 0..<dimensions {
        centred.append(values[row * width + index] - means[cluster][index])
      }
    }
    // Xᵀ [L×n] · X [n×L] → Σ within [L×L]
    return Matrix.symmetricProduct(
      of: Matrix(rows: rows, columns: dimensions, centred), transposed: true) / Double(rows)
  }
}
