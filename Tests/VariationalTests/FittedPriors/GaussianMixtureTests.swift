import Foundation
import Kernels
import Testing

@testable import Variational

@Suite struct GaussianMixtureTests {
  private func square() throws -> GaussianMixture {
    try GaussianMixture(
      weights: [1, 3],
      gaussians: [
        GaussianPrior(mean: [-2, 1], covariance: [[0.5, 0.2], [0.2, 0.3]]),
        GaussianPrior(mean: [1, -1], covariance: [[1, -0.5], [-0.5, 2]]),
      ])
  }

  @Test func logDensityMatchesSciPy() throws {
    let fixture = try FittedPriorFixture.read().mixture
    let found = try fixture.prior().logDensity(of: Matrix(fixture.points))
    // As for one component.
    for (found, expected) in zip(found, fixture.log_density) {
      #expect(abs(found - expected) <= 1e-9, "\(found), SciPy \(expected)")
    }
    #expect(found.count == fixture.log_density.count)
  }

  @Test func densityIntegratesToOne() throws {
    let mixture = try square()
    // Beyond eleven units, seven deviations of the widest component at its distance of one, lies less than
    // 10⁻¹¹; the narrowest direction, 0.4 units, spans seven cells, where the midpoint rule is exact to
    // exp(−2π²·7²). Coordinates are floats, wrong by 5·10⁻⁷ at most.
    #expect(try abs(integral(reach: 11) { try mixture.logDensity(of: $0) } - 1) <= 1e-6)
  }

  @Test func drawsHaveTheMoments() throws {
    let mixture = try square()
    // Σ w(Σₖ + μₖμₖᵀ) − μμᵀ, by hand with w = ¼ and ¾ and μ = (¼, −½).
    let covariance: Matrix<Double> = [
      [0.25 * 4.5 + 0.75 * 2 - 0.0625, 0.25 * -1.8 + 0.75 * -1.5 + 0.125],
      [0.25 * -1.8 + 0.75 * -1.5 + 0.125, 0.25 * 1.3 + 0.75 * 3 - 0.25],
    ]
    #expect(mixture.mean == [0.25, -0.5])
    let draws = mixture.sample(count: 100_000, seed: 11)
    expectMoments(draws, mean: [0.25, -0.5], covariance: covariance)
    #expect(mixture.sample(count: 100_000, seed: 11) == draws)
  }

  @Test func componentsAreDrawnByWeight() throws {
    let gaussians = try [[-100.0], [0], [100]].map {
      try GaussianPrior(mean: $0, covariance: [[1]])
    }
    let mixture = try GaussianMixture(weights: [2, 0, 6], gaussians: gaussians)
    let draws = mixture.sample(count: 40_000, seed: 2).elements
    #expect(draws.allSatisfy { abs($0) > 50 })
    let share = Double(draws.filter { $0 < 0 }.count) / 40_000
    // Five standard errors of a share of a quarter.
    #expect(abs(share - 0.25) <= 5 * (0.25 * 0.75 / 40_000).squareRoot())
  }

  @Test func threadsChangeRoundingOnly() throws {
    let mixture = try FittedPriorFixture.read().mixture.prior()
    let rows = clusters(2_000, around: [[0, 1, 2, 3], [-3, 0, 0, 5]])
    let one = try mixture.logDensity(of: rows, threads: 1)
    let three = try mixture.logDensity(of: rows, threads: 3)
    #expect(one.count == 2_000)
    for (a, b) in zip(one, three) { #expect(abs(a - b) <= 1e-9 * max(1, abs(a))) }
  }

  /// C = 2, L = 2: one weight, four means, six covariances; −2·(−100) + 11·ln 50.
  @Test func criterionIsSchwarzsFormula() throws {
    let mixture = try square()
    #expect(mixture.parameterCount == 11)
    let value = mixture.bayesianInformationCriterion(logLikelihood: -100, rows: 50)
    #expect(abs(value - (200 + 11 * log(50.0))) <= 1e-12)
  }

  @Test func partsThatAreNoMixtureAreRefused() throws {
    let one = GaussianPrior.standardNormal(dimensions: 1)
    let two = GaussianPrior.standardNormal(dimensions: 2)
    func refusal(_ weights: [Double], _ gaussians: [GaussianPrior]) -> String {
      sentence { try GaussianMixture(weights: weights, gaussians: gaussians) }
    }
    #expect(refusal([], []).contains("do not fit"))
    #expect(refusal([1], [one, one]).contains("do not fit"))
    #expect(refusal([1, 1], [one, two]).contains("dimensions differ"))
    #expect(refusal([1, -1], [one, one]).contains("at least 0"))
    #expect(refusal([0, 0], [one, one]).contains("at least 0"))
    #expect(refusal([.nan, 1], [one, one]).contains("at least 0"))
  }
}
