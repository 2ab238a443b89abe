// How near a model's samples lie to real data: two sets of points, compared.

import Foundation
public import Kernels

/// How two sets of points cover each other, and how far their distributions are apart.
///
/// Points are examples as they are, pixels for images: no trained features stand between.
public struct SampleQuality: Sendable, Hashable, Codable {
  /// Points of each set.
  public var points: Int
  /// k, the neighbour whose distance is a point's radius.
  public var neighbours: Int
  /// The part of the samples that lie within the radius of a real point.
  public var precision: Double
  /// The part of the real points that lie within the radius of a sample.
  public var recall: Double
  /// The squared maximum mean discrepancy, unbiased: it may be negative where the sets agree.
  public var discrepancy: Double
  /// Its standard error.
  public var discrepancyStandardError: Double
  /// σ of the Gaussian kernel e^(−‖a − b‖²/2σ²): the median distance between real points.
  public var kernelWidth: Double

  enum CodingKeys: String, CodingKey {
    case points, neighbours, precision, recall
    case discrepancy = "mmd_squared"
    case discrepancyStandardError = "mmd_squared_standard_error"
    case kernelWidth = "kernel_width"
  }

  /// Compares samples with real points.
  ///
  /// - Parameters:
  ///   - samples: [n, D]
  ///   - real: [n, D]; as many, and more than `neighbours`
  ///   - neighbours: k
  /// - Complexity: O(n²·D), three matrix products; O(n²) memory.
  public init(samples: Matrix<Double>, real: Matrix<Double>, neighbours: Int = 3) {
    precondition(
      samples.rows == real.rows && samples.columns == real.columns && real.rows > neighbours
        && neighbours > 0,
      "SampleQuality: [\(samples.rows), \(samples.columns)] against [\(real.rows), "
        + "\(real.columns)] with \(neighbours) neighbours")
    let among = squaredDistances(samples, samples)  // [n, n]
    let amongReal = squaredDistances(real, real)  // [n, n]
    let between = squaredDistances(samples, real)  // [n, n], a row a sample
    points = real.rows
    self.neighbours = neighbours
    precision = coveredPart(between, radii: neighbourRadii(amongReal, neighbours))
    recall = coveredPart(between.transposed(), radii: neighbourRadii(among, neighbours))
    let width = medianDistance(amongReal)
    let estimate = meanDiscrepancy(among, amongReal, between, width: width)
    kernelWidth = width
    discrepancy = estimate.value
    discrepancyStandardError = estimate.standardError
  }
}

/// ‖a − b‖² of every pair of rows, [n, m], none below zero.
func squaredDistances(_ a: Matrix<Double>, _ b: Matrix<Double>) -> Matrix<Double> {
  func squares(_ matrix: Matrix<Double>) -> [Double] {
    (0..<matrix.rows).map { matrix.row($0).reduce(0) { $0 + $1 * $1 } }
  }
  let (left, right) = (squares(a), squares(b))
  // A [n×D] · Bᵀ [D×m] → [n×m]
  let product = Matrix.product(a, by: b, transposed: true)
  var result: [Double] = []
  result.reserveCapacity(left.count * right.count)
  for (row, square) in left.enumerated() {
    let products = product.row(row)
    for column in right.indices {
      result.append(max(0, square + right[column] - 2 * products[column]))
    }
  }
  return Matrix(rows: left.count, columns: right.count, result)
}

/// The squared distance of each point to its k-th nearest other, from the distances in a set.
func neighbourRadii(_ distances: Matrix<Double>, _ neighbours: Int) -> [Double] {
  (0..<distances.rows).map { row in
    var line = distances.row(row)
    line.remove(at: row)
    return line.sorted()[neighbours - 1]
  }
}

/// The part of the points that lie within the radius of any centre: Kynkäänniemi et al. (2019),
/// "Improved precision and recall metric for assessing generative models", equation 1.
///
/// - Parameters:
///   - distances: squared, a row a point, a column a centre, [n, m]
///   - radii: squared, [m]
func coveredPart(_ distances: Matrix<Double>, radii: [Double]) -> Double {
  let covered = (0..<distances.rows).count { row in
    zip(distances.row(row), radii).contains { $0 <= $1 }
  }
  return Double(covered) / Double(distances.rows)
}

/// The median distance between different points of a set, from their squared distances.
private func medianDistance(_ distances: Matrix<Double>) -> Double {
  var values: [Double] = []
  values.reserveCapacity(distances.rows * (distances.rows - 1) / 2)
  for row in 0..<distances.rows { values += distances.row(row)[(row + 1)...] }
  values.sort()
  let median = values.isEmpty ? 0 : values[values.count / 2].squareRoot()
  // All points are one: any width tells the sets apart.
  return median > 0 ? median : 1
}

/// The squared maximum mean discrepancy of two sets of n points.
///
///     1/(n(n−1)) Σ_{i≠j} h_ij,   h_ij = k(xᵢ, xⱼ) + k(yᵢ, yⱼ) − k(xᵢ, yⱼ) − k(xⱼ, yᵢ)
///
/// Its standard error is that of a U-statistic, 2·sd(hᵢ)/√n with hᵢ the mean of a row of h.
///
/// - SeeAlso: Gretton et al. (2012), "A kernel two-sample test", equation 4 and section 5.
func meanDiscrepancy(
  _ among: Matrix<Double>, _ amongReal: Matrix<Double>, _ between: Matrix<Double>, width: Double
) -> (value: Double, standardError: Double) {
  let n = among.rows
  let factor = -0.5 / (width * width)
  func kernel(_ distances: Matrix<Double>) -> Matrix<Double> {
    distances.map { Foundation.exp(factor * $0) }
  }
  let (x, y, xy) = (kernel(among), kernel(amongReal), kernel(between))
  let yx = xy.transposed()
  var rows = RunningMean()
  for i in 0..<n {
    let (a, b, c, d) = (x.row(i), y.row(i), xy.row(i), yx.row(i))
    var sum = 0.0
    for j in 0..<n where j != i { sum += a[j] + b[j] - c[j] - d[j] }
    rows.add(sum / Double(n - 1))
  }
  return (rows.mean, 2 * rows.standardError)
}

/// A model's samples against data, and data against other data as the measure of what is possible.
public struct SampleComparison: Sendable, Hashable, Codable {
  /// Decoded draws of the prior against examples.
  public var samples: SampleQuality
  /// Other examples in place of the samples; nil where there are not enough of them.
  public var realData: SampleQuality?

  enum CodingKeys: String, CodingKey {
    case samples
    case realData = "real_data"
  }
}

extension Model {
  /// Compares the decoded means of draws from the prior (N(0, 1) for a plain autoencoder) with data.
  ///
  /// - Parameters:
  ///   - data: the examples
  ///   - points: of each set, at most
  ///   - neighbours: k of precision and recall
  ///   - seed: what the samples and the subset are derived from
  /// - Returns: nil where there are fewer than eight examples, values are missing, or a sample is not a finite
  ///   number.
  /// - Throws: `DataError` when the data does not fit the model.
  public func compareSamples(
    with data: DataSet, points: Int = 2000, neighbours: Int = 3, seed: UInt64 = 1
  ) throws(DataError) -> SampleComparison? {
    try data.check(against: spec)
    let stream = RandomStream(seed: seed, purpose: .evaluation, lane: 3)
    let count = min(spec.affordable(points), data.count)
    guard count >= 8 && neighbours < count && !data.hasMissing else { return nil }
    let real = data.randomSubset(count, stream).values().map(Double.init)
    let decoded = sample(count, seed: seed)
    guard decoded.elements.allSatisfy(\.isFinite) else { return nil }
    var values: [Double] = []
    values.reserveCapacity(real.rows * real.columns)
    for row in 0..<count {
      values += spec.data.withoutPadding(decoded.row(row)[...]).map(Double.init)
    }
    let generated = Matrix(rows: count, columns: real.columns, values)
    var result = SampleComparison(
      samples: SampleQuality(samples: generated, real: real, neighbours: neighbours))
    if data.count >= 2 * count {
      let others = data.randomSubset(count, stream, skipping: count).values().map(Double.init)
      result.realData = SampleQuality(samples: others, real: real, neighbours: neighbours)
    }
    return result
  }
}
