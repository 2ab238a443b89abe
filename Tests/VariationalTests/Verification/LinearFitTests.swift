import Foundation
import Kernels
import Testing

@testable import Variational

/// The checks of the linear model pass as it is and fail with an error of the kind that each is there for.
@Suite struct LinearFitTests {
  @Test func everyCheckPasses() throws {
    let checks = try TableFit.make().checks(isQuick: true)
    #expect(failures(checks).isEmpty, "\(describe(checks))")
    #expect(checks.count == 6)
  }

  @Test func aShiftedVarianceIsFound() throws {
    let fit = try TableFit.make()
    // A quarter more: D r²/4 with D = 8 costs 0.1 nats.
    let value = fit.model.values(of: "likelihood.log_variance")[0]
    fit.model.setValues(of: "likelihood.log_variance", [value + 0.25])
    let failed = failures(try fit.checks(isQuick: true))
    #expect(failed.contains("maximum") && failed.contains("noise variance"))
  }

  @Test func aTurnedDecoderIsFound() throws {
    let fit = try TableFit.make()
    var weights = fit.model.values(of: "decoder.0.weight")
    for index in stride(from: 0, to: weights.count, by: 2) { weights[index] += 0.05 }
    fit.model.setValues(of: "decoder.0.weight", weights)
    #expect(failures(try fit.checks(isQuick: true)).contains("subspace"))
  }

  /// The engine's estimates against the exact numbers of a model that is not quite the engine's.
  @Test func estimatesOfAnotherModelAreFound() throws {
    let (fit, other) = (try TableFit.make(), try TableFit.make())
    let value = other.model.values(of: "likelihood.log_variance")[0]
    other.model.setValues(of: "likelihood.log_variance", [value + 0.75])
    let exact = try LinearGaussian(other.model)
    #expect(try !fit.elboCheck(exact).passed)
    #expect(try !fit.importanceCheck(exact, isQuick: true).passed)
  }

  /// Two dimensions, one latent, worked out by hand: S = diag(4, 1), so λ = (4, 1), σ² = 1 at L = 1 and
  /// ln p = −½ (2 ln 2π + ln 4 + ln 1 + 2).
  @Test func theMaximumIsThatOfTheEigenvalues() throws {
    let optimum = try ProbabilisticPCA(covariance: Matrix([[4, 0], [0, 1]]), latents: 1)
    #expect(optimum.noiseVariance == 1)
    let expected = -0.5 * (2 * log(2 * .pi) + log(4.0) + 2)
    #expect(abs(optimum.logLikelihood - expected) < 1e-14)
    // A decoder at 45° to the leading direction.
    let sine = try optimum.largestSine(to: Matrix([[1], [1]]))
    #expect(abs(sine - 0.5.squareRoot()) < 1e-15)
  }

  /// The likelihood of a tilted loading written out, C⁻¹ of two dimensions by Cramer's rule: S = diag(4, 1), σ² = 1.
  @Test func aTiltCostsWhatTheEigenvalueGapSays() throws {
    let optimum = try ProbabilisticPCA(covariance: Matrix([[4, 0], [0, 1]]), latents: 1)
    func logLikelihood(_ angle: Double) -> Double {
      let (c, s) = (cos(angle), sin(angle))
      let (a, b, d) = (3 * c * c + 1, 3 * c * s, 3 * s * s + 1)
      let determinant = a * d - b * b
      return -0.5 * (2 * log(2 * .pi) + log(determinant) + (4 * d + a) / determinant)
    }
    #expect(abs(logLikelihood(0) - optimum.logLikelihood) < 1e-14)
    for angle in [0.01, 0.3, 1, .pi / 2] {
      let cost = logLikelihood(0) - logLikelihood(angle)
      #expect(abs(cost - optimum.tiltCost * sin(angle) * sin(angle)) < 1e-14)
    }
    #expect(optimum.tiltCost == 1.125)
    // Equal eigenvalues on both sides of the cut: no direction is better than another.
    let round = try ProbabilisticPCA(covariance: Matrix([[1, 0], [0, 1]]), latents: 1)
    #expect(round.tiltCost == 0)
  }

  /// White noise, also with columns that never change, and few rows: the leading directions are hardly determined,
  /// and that is no error of the engine.
  @Test(arguments: [(100, 4, 0), (200, 12, 0), (200, 12, 3), (150, 40, 0), (3_000, 6, 1)])
  func whiteNoiseRaisesNoAlarm(rows: Int, columns: Int, constant: Int) throws {
    var generator = SeededGenerator(state: UInt64(rows + columns))
    let values = (0..<rows * columns).map { index in
      index % columns < constant ? 2 : Float(generator.normal())
    }
    let data = try DataSet(
      floats: values, shape: Shape(features: columns), name: "white noise")
    let fit = try LinearFit(
      try StandardisedData(data, limit: 2_000), isQuick: true, threads: 1)
    let checks = try fit.checks(isQuick: true)
    #expect(failures(checks).isEmpty, "\(describe(checks))")
  }

  @Test func theBoundsChecksFindAWrongEvidenceAndAFallingBound() throws {
    let fit = try TableFit.make()
    let checks = try BoundChecks(fit, isQuick: true).checks()
    #expect(failures(checks).isEmpty, "\(describe(checks))")
    let shifted = try BoundChecks(fit, isQuick: true).checks(planted: 1)
    #expect(Set(failures(shifted)) == ["K = 1", "limit"])
    let falling = try BoundChecks(fit, isQuick: true, samples: [64, 1]).checks()
    #expect(failures(falling).contains("K = 1"))
  }
}
