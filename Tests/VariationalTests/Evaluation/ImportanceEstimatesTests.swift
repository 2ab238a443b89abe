import Foundation
import Testing

@testable import Variational

@Suite struct ImportanceEstimatesTests {
  @Test(arguments: [2, 7, 1000])
  func shareAndErrorMatchNaiveSums(count: Int) throws {
    var generator = SeededGenerator(state: 3)
    let terms = (0..<count).map { _ in Double(generator.float(-4...4)) }
    var sum = LogSum()
    for term in terms { sum.add(term) }
    let weights = terms.map { exp($0) }
    let total = weights.reduce(0, +)
    let mean = total / Double(count)
    let variance = weights.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count - 1)
    let error = (variance / Double(count)).squareRoot() / mean
    let found = try #require(sum.logMeanError(of: count))
    // n roundings of sums, and a difference of S/E from one that is of order one.
    let bound = 16 * Double(count) * Double.ulpOfOne
    #expect(abs(found - error) <= bound * max(1, error))
    #expect(abs(sum.largestShare - (weights.max() ?? 0) / total) <= bound)
  }

  @Test func oneSampleHasNoErrorOfItsOwn() {
    var sum = LogSum()
    sum.add(-3)
    #expect(sum.logMeanError(of: 1) == nil)
    #expect(sum.largestShare == 1)
  }

  @Test func equalWeightsHaveNoError() {
    var sum = LogSum()
    for _ in 0..<100 { sum.add(2.5) }
    #expect(sum.logMeanError(of: 100) == 0)
    #expect(abs(sum.largestShare - 0.01) <= 1e-15)
  }

  @Test func theCurveHoldsTheEstimatesOfFewerSamples() throws {
    // Draw s of an example is the same whatever S is, so the points are those estimates, bit by bit.
    let problem = try EvaluationTests.LinearGaussian(seed: 5, examples: 40)
    let result = try problem.model.evaluate(problem.data, importanceSamples: 20)
    let curve = try #require(result.importanceCurve)
    #expect(curve.map(\.samples) == [1, 2, 4, 8, 16, 20])
    for point in curve {
      let alone = try problem.model.evaluate(problem.data, importanceSamples: point.samples)
      #expect(alone.logLikelihood == point.logLikelihood)
      #expect(alone.logLikelihoodStandardError == point.standardError)
    }
    #expect(curve.last?.logLikelihood == result.logLikelihood)
  }

  @Test func theSamplingErrorIsTheSpreadOverSeeds() throws {
    // The standard deviation of 60 estimates is known to 1/√118 = 9 %; four of that, and 10 % for the
    // delta method at effective sizes of some dozens.
    let problem = try EvaluationTests.LinearGaussian(seed: 5, examples: 20)
    var (estimates, errors) = (RunningMean(), RunningMean())
    for seed in 1...60 {
      let result = try problem.model.evaluate(
        problem.data, importanceSamples: 200, seed: UInt64(seed))
      estimates.add(try #require(result.logLikelihood))
      errors.add(try #require(result.logLikelihoodSamplingError))
    }
    let spread = (estimates.populationVariance * 60 / 59).squareRoot()
    #expect(abs(spread - errors.mean) <= 0.47 * errors.mean, "\(spread) against \(errors.mean)")
  }

  @Test func sharesAndSizesKeepTheirOrder() throws {
    let problem = try EvaluationTests.LinearGaussian(seed: 5, examples: 30)
    let detail = try problem.model.evaluateInDetail(problem.data, importanceSamples: 50)
    let result = detail.summary
    let importance = detail.examples.compactMap(\.importance)
    #expect(importance.count == 30)
    #expect(result.smallestEffectiveSampleSize == importance.map(\.effectiveSampleSize).min())
    #expect(result.worstWeightShare == importance.map(\.largestWeightShare).max())
    let share = importance.map(\.largestWeightShare).reduce(0, +) / 30
    #expect(abs(try #require(result.largestWeightShare) - share) <= 1e-14)
    // A share of p bounds the effective size by 1/p².
    #expect(
      importance.allSatisfy {
        $0.effectiveSampleSize <= 1.0001 / ($0.largestWeightShare * $0.largestWeightShare)
      })
  }
}
