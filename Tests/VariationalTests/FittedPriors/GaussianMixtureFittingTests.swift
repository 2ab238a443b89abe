import Foundation
import Kernels
import TestSupport
import Testing

@testable import Variational

@Suite struct GaussianMixtureFittingTests {
  @Test func theFitReachesScikitLearns() throws {
    let fixture = try FittedPriorFixture.read()
    let data = Matrix(fixture.data)
    // With no regularisation on its side; the floor of 10⁻⁹ binds nowhere.
    let fit = try GaussianMixture.fit(
      data, components: 3,
      settings: .init(
        restarts: 10, tolerance: 1e-12, maximumTurns: 100_000, covarianceFloor: 1e-9), threads: 2)
    #expect(fit.hasConverged)
    // Both stop when a turn gains less than 10⁻¹² nats a row. Their gains shrink by a constant factor of
    // less than 0.999 a turn, so at most 300 · 10⁻¹² · 1000 nats are missing on each side.
    #expect(abs(fit.logLikelihood - fixture.fit.log_likelihood) <= 1e-6)
    #expect(abs(fit.bayesianInformationCriterion - fixture.fit.bic) <= 2e-6)
    let sum = try fit.mixture.logDensity(of: data).reduce(0, +)
    #expect(abs(sum - fit.logLikelihood) <= 1e-9 * 300 * 10)
  }

  /// One turn written out: responsibilities, then weights, means and covariances.
  @Test func aTurnMatchesLoops() throws {
    let rows = clusters(60, around: [[0, 0], [3, 1]], seed: 4)
    let start = try GaussianMixture(
      weights: [0.3, 0.7],
      gaussians: [
        GaussianPrior(mean: [-1, 0.5], covariance: [[2, 0.5], [0.5, 1]]),
        GaussianPrior(mean: [2, 2], covariance: [[1, 0], [0, 3]]),
      ])
    let problem = ExpectationMaximisation(
      observations: MixtureSweep.observations(rows, from: [0, 0]), floor: 1e-9,
      compute: computeForTest(threads: 1))
    let turned = try problem.run(from: start, tolerance: 0, maximumTurns: 1).mixture

    func density(_ x: [Double], _ gaussian: GaussianPrior) -> Double {
      let s = gaussian.covariance
      let determinant = s[0, 0] * s[1, 1] - s[0, 1] * s[1, 0]
      let (a, b) = (x[0] - gaussian.mean[0], x[1] - gaussian.mean[1])
      let distance = (s[1, 1] * a * a - 2 * s[0, 1] * a * b + s[0, 0] * b * b) / determinant
      return exp(-0.5 * distance) / (2 * .pi * determinant.squareRoot())
    }
    for component in 0..<2 {
      var (count, mean) = (0.0, [0.0, 0.0])
      var shares: [Double] = []
      for row in 0..<60 {
        let x = rows.row(row).map(Double.init)
        let joint = (0..<2).map { start.weights[$0] * density(x, start.gaussians[$0]) }
        let share = joint[component] / (joint[0] + joint[1])
        shares.append(share)
        count += share
        for i in 0..<2 { mean[i] += share * x[i] }
      }
      mean = mean.map { $0 / count }
      // Sums of sixty numbers of a few units in 64 bits.
      #expect(abs(turned.weights[component] - count / 60) <= 1e-12)
      for i in 0..<2 {
        #expect(abs(turned.gaussians[component].mean[i] - mean[i]) <= 1e-12)
        for j in 0..<2 {
          let sum = (0..<60).reduce(0.0) {
            let x = rows.row($1).map(Double.init)
            return $0 + shares[$1] * (x[i] - mean[i]) * (x[j] - mean[j])
          }
          #expect(
            abs(turned.gaussians[component].covariance[i, j] - sum / count) <= 1e-11)
        }
      }
    }
  }

  /// Also where the floor binds: duplicates, a constant latent, components for hardly any rows.
  @Test(arguments: [1, 2, 3, 4] as [UInt64], [2, 5, 12])
  func logLikelihoodNeverFalls(seed: UInt64, components: Int) throws {
    var generator = SeededGenerator(state: seed)
    let rows = Matrix<Float>(
      (0..<60).map { row -> [Float] in
        if row % 3 == 0 { return [1, Float(row % 5), 2] }
        return [Float(generator.normal()), Float(generator.normal()), 2]
      })
    let fit = try GaussianMixture.fit(
      rows, components: components,
      settings: .init(restarts: 2, seed: seed, tolerance: 0, maximumTurns: 60), threads: 1)
    #expect(fit.logLikelihoods.count >= 2)
    for (before, after) in zip(fit.logLikelihoods, fit.logLikelihoods.dropFirst()) {
      // The floor of 10⁻⁶ lets distances lose 2⁻⁵³ · 10⁶ of sixty rows' few hundred nats.
      #expect(after >= before - 1e-8, "\(before) → \(after)")
    }
    let densities = try fit.mixture.logDensity(of: rows)
    #expect(densities.allSatisfy { $0.isFinite })
    #expect(abs(densities.reduce(0, +) - fit.logLikelihood) <= 1e-6)
  }

  @Test func manyRowsAreAllUsed() throws {
    // More than the starts are tried on, with a third of the rows far away.
    let rows = clusters(12_000, around: [[0, 0], [1, 0], [60, 60]], seed: 9)
    let fit = try GaussianMixture.fit(rows, components: 2, threads: 2)
    #expect(fit.rows == 12_000)
    #expect(abs((fit.mixture.weights.min() ?? 0) - 1.0 / 3) <= 1e-9)
    let sum = try fit.mixture.logDensity(of: rows).reduce(0, +)
    #expect(abs(sum - fit.logLikelihood) <= 1e-6)
    let far = try #require(fit.mixture.gaussians.first { $0.mean[0] > 30 })
    // The sample's own moments, to rounding: no row of another cluster has any share in it.
    let own = Matrix((0..<4_000).map { rows.row(3 * $0 + 2) })
    let moments = try LatentMoments(of: own)
    for (found, expected) in zip(far.mean, moments.mean) { #expect(abs(found - expected) <= 1e-9) }
  }

  @Test func theSameSeedGivesTheSameBits() throws {
    let rows = clusters(500, around: [[0, 0], [2, 1], [-1, 3]], seed: 3)
    let settings = GaussianMixture.Settings(restarts: 2, seed: 7)
    let first = try GaussianMixture(fitting: rows, components: 4, settings: settings, threads: 2)
    let second = try GaussianMixture(fitting: rows, components: 4, settings: settings, threads: 2)
    #expect(first == second)
  }

  @Test func theCriterionFindsTheClusters() throws {
    let rows = clusters(900, around: [[0, 0], [8, 0], [0, 8]], seed: 12)
    var tried: [Int] = []
    let fit = try GaussianMixture.fit(rows, choosingFrom: [5, 1, 2, 3, 4, 6], threads: 2) {
      tried.append($0.mixture.components)
    }
    #expect(fit.mixture.components == 3)
    // Two rises in a row end the search.
    #expect(tried == [1, 2, 3, 4, 5])
  }

  @Test func choicesBeyondTheDataArePassedOver() throws {
    var generator = SeededGenerator(state: 2)
    let rows = Matrix(rows: 10, columns: 2, generator.normals(20))
    #expect(try GaussianMixture.fit(rows, threads: 1).mixture.components == 1)
    // Two different rows, five times each.
    let twice = Matrix<Float>((0..<40).map { [Float($0 % 2)] })
    #expect(try GaussianMixture.fit(twice, threads: 1).mixture.components == 2)
  }

  @Test func dataThatCannotBeFittedIsRefused() {
    let rows: Matrix<Float> = [[0], [1], [1], [0]]
    func refusal(_ data: Matrix<Float>, _ components: Int) -> String {
      sentence { try GaussianMixture(fitting: data, components: components, threads: 1) }
    }
    #expect(refusal(rows, 5).contains("4 rows are fewer than 5 components"))
    #expect(refusal(rows, 3).contains("only 2 different rows"))
    #expect(refusal(rows, 0).contains("between 1 and"))
    #expect(refusal([[1], [1], [1]], 2).contains("the same"))
    #expect(refusal([[1], [.infinity]], 1).contains("row 1 is inf"))
    #expect(
      sentence {
        try GaussianMixture(
          fitting: rows, components: 1, settings: .init(restarts: 0), threads: 1)
      }.contains("0 restarts"))
    #expect(
      sentence { try GaussianMixture.fit(rows, choosingFrom: [], threads: 1).rows }
        .contains("no numbers"))
  }
}
