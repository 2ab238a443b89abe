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
