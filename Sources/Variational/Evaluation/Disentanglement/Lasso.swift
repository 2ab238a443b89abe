// Linear regression with an L1 penalty, for a few standardised columns.

import Kernels

/// The lasso on standardised columns, by coordinate descent on their correlations.
///
///     minimise 1/2n ‖y − Xb‖² + λ‖b‖₁,   b_j ← soft(c_j − Σ_{i≠j} C_ij b_i, λ)
///
/// with C = XᵀX/n, whose diagonal is one, and c = Xᵀy/n. Each turn takes O(L²), whatever n is.
///
/// - SeeAlso: Friedman, Hastie and Tibshirani (2010), "Regularization paths for generalized linear models
///   via coordinate descent", section 2.2.
struct Lasso {
  /// λ
  var penalty = 0.01

  /// b of one target.
  ///
  /// - Parameters:
  ///   - correlations: C, [L, L]
  ///   - covariances: c, [L]
  func coefficients(correlations: Matrix<Double>, covariances: [Double]) -> [Double] {
    var b = [Double](repeating: 0, count: covariances.count)
    for _ in 0..<1000 {
      var largestChange = 0.0
      for j in b.indices where correlations[j, j] > 0 {
        var rest = covariances[j]
        for i in b.indices where i != j { rest -= correlations[j, i] * b[i] }
        let magnitude = max(0, abs(rest) - penalty) / correlations[j, j]
        let value = rest < 0 ? -magnitude : magnitude
        largestChange = max(largestChange, abs(value - b[j]))
        b[j] = value
      }
      // Predictions of unit scale, to eight digits.
      if largestChange < 1e-8 { break }
    }
    return b
  }
}

/// Columns less their mean over their standard deviation.
struct Standardisation {
  private let means: [Double]
  private let deviations: [Double]

  /// From the columns of a matrix; a column that does not vary becomes zero.
  init(_ matrix: Matrix<Double>) {
    var moments = [RunningMean](repeating: RunningMean(), count: matrix.columns)
    for row in 0..<matrix.rows {
      for (column, value) in matrix.row(row).enumerated() { moments[column].add(value) }
    }
    means = moments.map(\.mean)
    deviations = moments.map { $0.populationVariance.squareRoot() }
  }

  func callAsFunction(_ matrix: Matrix<Double>) -> Matrix<Double> {
    var result = matrix
    for row in 0..<matrix.rows {
      for column in 0..<matrix.columns {
        let deviation = deviations[column]
        result[row, column] =
          deviation > 0 ? (matrix[row, column] - means[column]) / deviation : 0
      }
    }
    return result
  }
}
