// What SciPy and scikit-learn say, and small sets of latents.

import Foundation
import Kernels
import Testing

@testable import Variational

/// Fixtures/fitted_priors.json.
struct FittedPriorFixture: Decodable {
  struct Gaussian: Decodable {
    let mean: [Double]
    let covariance: [[Double]]
    let points: [[Float]]
    let log_density: [Double]

    func prior() throws -> GaussianPrior {
      try GaussianPrior(mean: mean, covariance: symmetric(covariance))
    }
  }

  struct Mixture: Decodable {
    let weights: [Double]
    let means: [[Double]]
    let covariances: [[[Double]]]
    let points: [[Float]]
    let log_density: [Double]

    func prior() throws -> GaussianMixture {
      try GaussianMixture(
        weights: weights,
        gaussians: zip(means, covariances).map {
          try GaussianPrior(mean: $0, covariance: symmetric($1))
        })
    }
  }

  struct Fit: Decodable {
    let log_likelihood: Double
    let bic: Double
  }

  let gaussian: Gaussian
  let mixture: Mixture
  let data: [[Float]]
  let fit: Fit

  static func read() throws -> FittedPriorFixture {
    let url = URL(fileURLWithPath: try fixture("fitted_priors.json"))
    return try JSONDecoder().decode(FittedPriorFixture.self, from: try Data(contentsOf: url))
  }
}

// A product's two triangles differ by rounding.
private func symmetric(_ rows: [[Double]]) -> Matrix<Double> {
  let matrix = Matrix(rows)
  return 0.5 * (matrix + matrix.transposed())
}

/// Rows of normal numbers around centres, one centre after the other.
func clusters(
  _ count: Int, around centres: [[Float]], deviation: Float = 1, seed: UInt64 = 1
) -> Matrix<Float> {
  var generator = SeededGenerator(state: seed)
  return Matrix(
    (0..<count).map { row in
      centres[row % centres.count].map { $0 + deviation * Float(generator.normal()) }
    })
}

/// Checks that draws have a mean and a covariance, within five standard errors of each moment.
///
/// For independent rows the mean's standard error is √(Σᵢᵢ/N), and that of a covariance at most
/// √(kurtosis/N)·σᵢσⱼ with a kurtosis of 3 for normal numbers, less for mixtures of distant ones.
func expectMoments(
  _ draws: Matrix<Float>, mean: [Double], covariance: Matrix<Double>,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  let (rows, size) = (Double(draws.rows), draws.columns)
  for i in 0..<size {
    var sum = 0.0
    for row in 0..<draws.rows { sum += Double(draws[row, i]) }
    let error = (covariance[i, i] / rows).squareRoot()
    #expect(abs(sum / rows - mean[i]) <= 5 * error, sourceLocation: sourceLocation)
    for j in 0...i {
      var product = 0.0
      for row in 0..<draws.rows {
        product += (Double(draws[row, i]) - mean[i]) * (Double(draws[row, j]) - mean[j])
      }
      let bound = 5 * (3 * covariance[i, i] * covariance[j, j] / rows).squareRoot()
      #expect(
        abs(product / rows - covariance[i, j]) <= bound, "\(i), \(j)",
        sourceLocation: sourceLocation)
    }
  }
}

/// ∫ p over a square of side `2 × reach` around a point, by the midpoint rule on 400 × 400 cells.
func integral(
  reach: Float, _ logDensity: (Matrix<Float>) throws -> [Double]
) rethrows -> Double {
  let cells = 400
  let side = 2 * reach / Float(cells)
  var points: [Float] = []
  for i in 0..<cells {
    for j in 0..<cells {
      points += [-reach + (Float(i) + 0.5) * side, -reach + (Float(j) + 0.5) * side]
    }
  }
  let densities = try logDensity(Matrix(rows: cells * cells, columns: 2, points))
  return densities.reduce(0) { $0 + exp($1) } * Double(side) * Double(side)
}
