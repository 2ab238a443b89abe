// The data that linear models are trained on: centred columns, one scale.

import Kernels
import Networks

/// Examples of a data set with columns of mean zero, all divided by one number so that the variance along the
/// first principal component is one.
///
/// Neither takes anything from the checks: the mean is a parameter of its own in every model they train, and
/// one scale for all columns leaves the principal components as they are. Both make training short: without
/// them decoder and encoder have weights of different sizes, and one learning rate suits neither.
struct StandardisedData: Sendable {
  /// [N, D]
  let dataSet: DataSet
  /// N
  let count: Int
  /// D
  let dimensions: Int
  /// Σ(x − m)(x − m)ᵀ/N of the values as the engine sees them, [D×D]
  let covariance: Matrix<Double>
  /// m, [D], of the values as the engine sees them: zero but for rounding
  let mean: [Double]
  /// The rows of `DataSet` that were chosen.
  let chosen: [Int]

  /// Takes examples at random.
  ///
  /// - Parameter limit: the most examples
  /// - Throws: `DataError` for data that is too small, too wide, constant, or has missing values.
  init(_ data: DataSet, limit: Int) throws(DataError) {
    let size = data.shape.count
    guard data.count >= 100 else {
      throw DataError(
        data.name, "\(data.count) examples are too few to verify with; 100 at least are needed")
    }
    guard size >= 4 && size <= 2_048 else {
      throw DataError(
        data.name, "examples of \(size) values cannot serve to verify; 4 to 2048 can")
    }
    guard !data.hasMissing else {
      throw DataError(
        data.name, "some of its values are missing, but the exact answers are for whole examples")
    }
    let order = RandomStream(seed: 1, purpose: .split).permutation(count: data.count)
    let chosen = order.prefix(limit).sorted()
    let n = Double(chosen.count)
    let row = Arena(count: size)
    var rows: [[Double]] = []
    var sums = [Double](repeating: 0, count: size)
    for index in chosen {
      data.copyExample(index, into: row.vector)
      let values = row.vector.array.map(Double.init)
      rows.append(values)
      for column in 0..<size { sums[column] += values[column] / n }
    }
    try data.checkUnchanged()
    var centred: [Float] = []
    centred.reserveCapacity(chosen.count * size)
    for values in rows {
      for column in 0..<size { centred.append(Float(values[column] - sums[column])) }
    }
    let largest = try StandardisedData.largestVariance(centred, size, name: data.name)
    let scale = Float(1 / largest.squareRoot())
    let floats = centred.map { $0 * scale }
    self.chosen = chosen
    count = chosen.count
    dimensions = size
    dataSet = try DataSet(
      floats: floats, shape: Shape(features: size), name: data.name + ", standardised")
    (mean, covariance) = StandardisedData.moments(floats, size)
  }

  private static func largestVariance(
    _ centred: [Float], _ size: Int, name: String
  ) throws(DataError) -> Double {
    let eigenvalues = try? SymmetricEigenDecomposition.eigenvalues(
      of: moments(centred, size).covariance)
    guard let largest = eigenvalues?.last, largest > 1e-30, largest < 1e30 else {
      throw DataError(
        name, "its values vary too little or too much to be brought to variance one")
    }
    return largest
  }

  private static func moments(
    _ values: [Float], _ size: Int
  ) -> (mean: [Double], covariance: Matrix<Double>) {
    let n = values.count / size
    var mean = [Double](repeating: 0, count: size)
    for (index, value) in values.enumerated() { mean[index % size] += Double(value) / Double(n) }
    var covariance = Matrix<Double>(rows: size, columns: size)
    for first in stride(from: 0, to: n, by: 1_000) {
      let rows = min(1_000, n - first)
      var centred: [Double] = []
      centred.reserveCapacity(rows * size)
      for index in first * size..<(first + rows) * size {
        centred.append(Double(values[index]) - mean[index % size])
      }
      // Xᵀ [D×n] · X [n×D] → [D×D], accumulated
      covariance.accumulateSymmetricProduct(
        of: Matrix(rows: rows, columns: size, centred), transposed: true,
        scaledBy: 1 / Double(n))
    }
    return (mean, covariance)
  }
}

extension Double {
  var squared: Double { self * self }
}
