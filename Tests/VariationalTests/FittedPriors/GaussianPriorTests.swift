import Foundation
import Kernels
import Testing

@testable import Variational

@Suite struct GaussianPriorTests {
  // Coordinates of a few units under covariances with variances above 0.1: rounding of 2⁻⁵³ times the
  // condition, below 10³, times densities of up to a few hundred nats.
  private let tolerance = 1e-9

  @Test func logDensityMatchesSciPy() throws {
    let fixture = try FittedPriorFixture.read().gaussian
    let found = try fixture.prior().logDensity(of: Matrix(fixture.points))
    for (found, expected) in zip(found, fixture.log_density) {
      #expect(abs(found - expected) <= tolerance, "\(found), SciPy \(expected)")
    }
    #expect(found.count == fixture.log_density.count)
  }

  @Test func logDensityOfTheStandardNormalIsItsFormula() throws {
    let prior = GaussianPrior.standardNormal(dimensions: 3)
    let found = try prior.logDensity(of: [[0, 0, 0], [1, -2, 0.5]])
    #expect(abs(found[0] + 1.5 * log(2 * .pi)) <= 1e-14)
    #expect(abs(found[1] + 1.5 * log(2 * .pi) + 0.5 * 5.25) <= 1e-14)
  }

  @Test func densityIntegratesToOne() throws {
    let prior = try GaussianPrior(mean: [0.5, -1], covariance: [[1, 0.6], [0.6, 2]])
    // Ten units reach 6.4 deviations at least, beyond which lie 2·10⁻¹⁰; the midpoint rule on a smooth
    // function that vanishes at the ends converges faster than any power of the cell, 0.05 units.
    // Coordinates are floats, wrong by 5·10⁻⁷ at most, which moves a density of slope 1 as much.
    #expect(try abs(integral(reach: 10) { try prior.logDensity(of: $0) } - 1) <= 1e-6)
  }

  @Test func drawsHaveTheMoments() throws {
    let fixture = try FittedPriorFixture.read().gaussian
    let prior = try fixture.prior()
    expectMoments(
      prior.sample(count: 100_000, seed: 3), mean: prior.mean, covariance: prior.covariance)
  }

  @Test func theFirstDrawsDoNotDependOnTheCount() throws {
    let prior = try FittedPriorFixture.read().gaussian.prior()
    let many = prior.sample(count: 50, seed: 3)
    let few = prior.sample(count: 7, seed: 3)
    for row in 0..<7 {
      // The product's rounding may depend on the number of rows, before it is rounded to a float.
      for (a, b) in zip(many.row(row), few.row(row)) { #expect(abs(a - b) <= 2 * abs(a).ulp) }
    }
    #expect(prior.sample(count: 7, seed: 4) != few)
  }

  /// Mean and covariance of the aggregate posterior written out: Cov(μ) + E[diag e^ℓ].
  @Test func fitHasTheMomentsOfTheAggregatePosterior() throws {
    var generator = SeededGenerator(state: 5)
    let means = Matrix(rows: 50, columns: 3, generator.normals(150).map { 3 * $0 + 100 })
    let logVariances = Matrix(rows: 50, columns: 3, generator.normals(150))
    let prior = try GaussianPrior(fitting: means, logVariances: logVariances)
    for i in 0..<3 {
      let mean = (0..<50).reduce(0.0) { $0 + Double(means[$1, i]) } / 50
      #expect(abs(prior.mean[i] - mean) <= 1e-12 * 100)
      for j in 0..<3 {
        let other = (0..<50).reduce(0.0) { $0 + Double(means[$1, j]) } / 50
        var expected = 0.0
        for row in 0..<50 {
          expected += (Double(means[row, i]) - mean) * (Double(means[row, j]) - other) / 50
          if i == j { expected += exp(Double(logVariances[row, i])) / 50 }
        }
        #expect(abs(prior.covariance[i, j] - expected) <= 1e-10)
      }
    }
  }

  @Test func aLatentThatNeverChangesGetsTheFloor() throws {
    var generator = SeededGenerator(state: 6)
    let rows = (0..<40).map { _ in [Float(generator.normal()), 7, Float(generator.normal())] }
    let prior = try GaussianPrior(fitting: Matrix(rows), floor: 1e-4)
    let mean = (prior.covariance[0, 0] + prior.covariance[2, 2]) / 3
    // The mean variance is that of the sample, where the constant latent has none.
    #expect(abs(prior.covariance[1, 1] - 1e-4 * mean) <= 1e-12)
    #expect(try prior.logDensity(of: Matrix(rows)).allSatisfy { $0.isFinite })
    #expect(abs(prior.sample(count: 1, seed: 1)[0, 1] - 7) < 0.1)
  }

  /// No covariance with every variance above the floor gives the rows more likelihood.
  @Test func theFloorIsTheMostLikelyChoice() throws {
    var generator = SeededGenerator(state: 7)
    let sample: Matrix<Double> = [[1, 0.9, 0], [0.9, 0.82, 0], [0, 0, 0.001]]
    let floor = 0.05
    let prior = try GaussianPrior(mean: [0, 0, 0], sampleCovariance: sample, floor: floor)
    let smallest = try SymmetricEigenDecomposition.eigenvalues(of: prior.covariance)[0]
    #expect(abs(smallest - floor) <= 1e-12)
    func deviance(_ covariance: Matrix<Double>) throws -> Double {
      let factor = try CholeskyFactorization(of: covariance)
      return factor.logDeterminant + (try factor.solve(sample)).diagonal.reduce(0, +)
    }
    let best = try deviance(prior.covariance)
    for _ in 0..<500 {
      let noise = Matrix(rows: 3, columns: 3, (0..<9).map { _ in 0.1 * generator.normal() })
      let other = try SymmetricEigenDecomposition(
        of: prior.covariance + 0.5 * (noise + noise.transposed()))
      let variances = other.eigenvalues.map { max($0, floor) }
      let vectors = other.eigenvectors
      let feasible = Matrix.product(
        vectors * Matrix.diagonal(variances), by: vectors, transposed: true)
      #expect(try deviance(feasible) >= best - 1e-10)
    }
  }

  @Test func latentsThatCannotBeFittedAreRefused() {
    #expect(sentence { try GaussianPrior(fitting: [[1, 2]]) }.contains("at least 2 rows"))
    #expect(
      sentence { try GaussianPrior(fitting: [[1, 2], [1, 2], [1, 2]]) }.contains("the same"))
    #expect(
      sentence { try GaussianPrior(fitting: [[1, 2], [1, .nan]]) }.contains("latent 1 of row 1"))
    #expect(
      sentence { try GaussianPrior(fitting: Matrix(rows: 3, columns: 3000, repeating: 1)) }
        .contains("3000 latents"))
  }

  @Test func momentsThatAreNoneAreRefused() {
    func refusal(_ mean: [Double], _ covariance: Matrix<Double>) -> String {
      sentence { try GaussianPrior(mean: mean, covariance: covariance) }
    }
    #expect(refusal([0, 0], [[1, 2], [2, 1]]).contains("not positive definite"))
    #expect(refusal([0, 0], [[1]]).contains("do not fit"))
    #expect(refusal([0, .infinity], [[1, 0], [0, 1]]).contains("finite"))
    #expect(refusal([], Matrix(rows: 0, columns: 0)).contains("do not fit"))
  }
}
