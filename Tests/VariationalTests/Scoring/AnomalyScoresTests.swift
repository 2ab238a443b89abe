import Foundation
import Kernels
import TestSupport
import Testing

@testable import Variational

@Suite struct AnomalyScoresTests {
  typealias LinearGaussian = EvaluationTests.LinearGaussian

  @Test(arguments: [PriorSpec.standardNormal, .mixture(components: 3)])
  func logLikelihoodIsTheEvaluationsImportanceEstimate(_ prior: PriorSpec) throws {
    var spec = ModelSpec.smallDense()
    spec.prior = prior
    let (model, data) = try InferenceTests.model(spec)
    let scores = try model.anomalyScores(
      of: data, [.logLikelihood], importanceSamples: 7, seed: 3)
    let evaluated = try model.evaluateInDetail(data, importanceSamples: 7, seed: 3).examples
    #expect(
      scores[.logLikelihood] == evaluated.map { -($0.importance?.logLikelihood ?? .nan) })
    // Whatever else is asked for at the same time, draws are the same.
    let all = try model.anomalyScores(of: data, samples: 3, importanceSamples: 7, seed: 3)
    #expect(all[.logLikelihood] == scores[.logLikelihood])
    #expect(all.kinds == AnomalyScore.allCases && all.values.allSatisfy { $0.count == data.count })
  }

  @Test func logLikelihoodFindsTheEvidenceOfALinearGaussianModel() throws {
    // As in EvaluationTests: an error of √(1/E − 1/S) and a bias of half its square for each example.
    let problem = try LinearGaussian(seed: 8, examples: 6)
    let samples = 4000
    let scores = try problem.model.anomalyScores(
      of: problem.data, [.logLikelihood], importanceSamples: samples)[.logLikelihood]
    let evaluated = try problem.model.evaluateInDetail(
      problem.data, importanceSamples: samples
    ).examples
    for (index, score) in scores.enumerated() {
      let effective = try #require(evaluated[index].importance).effectiveSampleSize
      let square = 1 / effective - 1 / Double(samples)
      #expect(abs(score + problem.exact[index]) <= 4.5 * square.squareRoot() + square)
    }
  }

  @Test func boundAndReconstructionProbabilityAreUnbiased() throws {
    // E ln p(x|z) = ln N(x; Wμ + b, σ²) − ½ Σ e^ℓ‖w‖²/σ² under a linear decoder. Draws of different examples are
    // independent, so the mean error over examples is within four of its standard errors.
    let problem = try LinearGaussian(seed: 5, examples: 400)
    let (model, data) = (problem.model, problem.data)
    let scores = try model.anomalyScores(
      of: data, [.elbo, .reconstructionProbability], samples: 32)
    let codes = try model.encode(data)
    let logVariances = try #require(codes.logVariances)
    let (w, b) = (model.values(of: "decoder.0.weight"), model.values(of: "decoder.0.bias"))
    let x = DataSourceTests.values(data)
    let (d, variance) = (LinearGaussian.dimensions, Double(LinearGaussian.variance))
    var (boundErrors, reconstructionErrors) = (RunningMean(), RunningMean())
    for row in 0..<data.count {
      var (expected, divergence) = (0.0, 0.0)
      for column in 0..<d {
        var difference = Double(x[row * d + column]) - Double(b[column])
        for k in 0..<2 {
          let weight = Double(w[column * 2 + k])
          difference -= weight * Double(codes.means[row, k])
          expected -= 0.5 * exp(Double(logVariances[row, k])) * weight * weight / variance
        }
        expected -= 0.5 * (difference * difference / variance + log(2 * .pi * variance))
      }
      for k in 0..<2 {
        divergence += DiagonalGaussianTests.divergence(
          Double(codes.means[row, k]), Double(logVariances[row, k]))
      }
      boundErrors.add(scores[.elbo][row] + expected - divergence)
      reconstructionErrors.add(scores[.reconstructionProbability][row] + expected)
    }
    for errors in [boundErrors, reconstructionErrors] {
      #expect(errors.standardError > 0 && errors.standardError < 0.1)
      #expect(abs(errors.mean) <= 4 * errors.standardError)
    }
  }

  @Test func aLearnedPriorsBoundLiesBelowItsLogLikelihood() throws {
    var spec = ModelSpec.smallDense()
    spec.prior = .mixture(components: 3)
    let (model, data) = try InferenceTests.model(spec)
    let scores = try model.anomalyScores(
      of: data, [.elbo, .logLikelihood], samples: 64, importanceSamples: 64)
    // Both over the same draws: a mean of logarithms is at most the logarithm of the mean (Jensen), but for
    // 64-bit roundings.
    for (bound, estimate) in zip(scores[.elbo], scores[.logLikelihood]) {
      #expect(bound >= estimate - 1e-10)
    }
  }

  @Test func reconstructionErrorMatchesNaiveLoops() throws {
    let (model, data) = try InferenceTests.model(.smallDense())
    let naive = NaiveDense(model)
    let x = DataSourceTests.values(data)
    let scores = try model.anomalyScores(of: data, [.reconstructionError])[.reconstructionError]
    for row in 0..<data.count {
      let example = x[row * 10..<(row + 1) * 10].map(Double.init)
      let logits = naive.decode(naive.encode(example).mean)
      let expected = zip(example, logits).reduce(0) { sum, pair in
        let difference = pair.0 - 1 / (1 + exp(-pair.1))
        return sum + difference * difference
      }
      // Ten differences of at most one, each off by at most InferenceTests.bound.
      #expect(abs(scores[row] - expected) <= 20 * InferenceTests.bound)
    }
  }

  @Test(arguments: [ModelSpec.smallDense(), .smallConvolution()])
  func scoresAreFunctionsOfPlaceAndSeed(_ spec: ModelSpec) throws {
    let (model, data) = try InferenceTests.model(spec)
    let scores = try model.anomalyScores(of: data, samples: 2, importanceSamples: 3)
    #expect(try model.anomalyScores(of: data, samples: 2, importanceSamples: 3) == scores)
    #expect(
      try model.anomalyScores(of: data, [.elbo], samples: 2, seed: 2)[.elbo] != scores[.elbo])
    let few = try model.anomalyScores(of: data.prefix(5), samples: 2, importanceSamples: 3)
    for kind in AnomalyScore.allCases {
      for row in 0..<5 {
        // Sums of up to 72 terms of order ten from another product.
        #expect(
          abs(few[kind][row] - scores[kind][row])
            <= 720 * InferenceTests.bound + 1e-4 * abs(scores[kind][row]))
      }
    }
  }

  @Test func aPlainAutoencoderHasNoPosterior() throws {
    let (model, data) = try InferenceTests.model(ModelSpec.smallDense().asAutoencoder())
    #expect(sentence { try model.anomalyScores(of: data, [.elbo]) }.contains("no posterior"))
    let scores = try model.anomalyScores(of: data, [.reconstructionError])
    #expect(scores[.reconstructionError].allSatisfy { $0 >= 0 })
  }

  @Test func scoresThatAreNoNumbersAreInfiniteWithAReason() throws {
    let (model, data) = try InferenceTests.model(.smallDense(likelihood: .gaussian(.fixed(1))))
    model.setValues(of: "decoder.2.bias", [Float](repeating: 1e30, count: 10))
    let scores = try model.anomalyScores(of: data, [.reconstructionError])
    #expect(scores[.reconstructionError].allSatisfy { $0 == .infinity })
    #expect(scores.reasons.count == data.count)
    #expect(scores.reasons[0] == "reconstruction-error is inf")
  }
}
