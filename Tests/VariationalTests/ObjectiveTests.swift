import Foundation
import Testing

@testable import Variational

@Suite struct ObjectiveTests {
  // Double arithmetic on both sides: a few units in the last place of the terms.
  static func close(_ a: Double, _ b: Double, scale: Double) -> Bool {
    abs(a - b) <= 16 * Double.ulpOfOne * max(scale, abs(b))
  }

  @Test func negativeLogLikelihoodIsTakenAsItIs() {
    for likelihood in [LikelihoodSpec.bernoulli, .gaussian(.fixed(0.1)), .gaussian(.shared)] {
      let scale = ReconstructionScale(ObjectiveSpec(), likelihood: likelihood, dimensions: 784)
      #expect(scale.scale == 1 && scale.shift == 0)
      #expect(scale.loss(-123.5) == 123.5)
    }
  }

  @Test func weightedMeanOfABernoulliIsTheWeightedMeanCrossEntropy() {
    let objective = ObjectiveSpec(reconstruction: .weightedMean(weight: 500))
    let (x, p) = ([0.2, 0.9, 0.5, 1.0], [0.3, 0.8, 0.1, 0.6])
    let entropies = zip(x, p).map { -($0 * log($1) + (1 - $0) * log(1 - $1)) }
    let expected = 500 * entropies.reduce(0, +) / 4
    let scale = ReconstructionScale(objective, likelihood: .bernoulli, dimensions: 4)
    #expect(Self.close(scale.loss(-entropies.reduce(0, +)), expected, scale: expected))
  }

  @Test(arguments: [1, 0.25, 7] as [Float])
  func weightedMeanOfAGaussianIsTheWeightedMeanSquaredError(variance: Float) {
    let objective = ObjectiveSpec(reconstruction: .weightedMean(weight: 2000))
    let (x, m) = ([0.2, 0.9, -0.5], [0.3, 0.1, 0.1])
    let squares = zip(x, m).map { ($0 - $1) * ($0 - $1) }.reduce(0, +)
    let v = Double(variance)
    let logDensity = -0.5 * (squares / v + 3 * log(2 * .pi * v))
    let scale = ReconstructionScale(
      objective, likelihood: .gaussian(.fixed(variance)), dimensions: 3)
    let expected = 2000 * squares / 3
    // The constant is added and taken away again: errors in units of it.
    let constant = 2000 / 3 * v * 3 * abs(log(2 * .pi * v))
    #expect(Self.close(scale.loss(logDensity), expected, scale: constant + expected))
  }

  @Test(arguments: [1, 3], [0, 1, 2.5])
  func lossIsTheMeanOverExamplesOfReconstructionAndDivergence(samples: Int, beta: Double) {
    let examples = 4
    var generator = SeededGenerator(state: 1)
    let densities = (0..<examples * samples).map { _ in Double(generator.float(-200...(-100))) }
    let divergences = (0..<examples).map { _ in Double(generator.float(0...9)) }
    let objectives = [
      ObjectiveSpec(beta: beta),
      ObjectiveSpec(beta: beta, reconstruction: .weightedMean(weight: 500)),
    ]
    for objective in objectives {
      let scale = ReconstructionScale(objective, likelihood: .bernoulli, dimensions: 50)
      let factor = objective.reconstruction == .negativeLogLikelihood ? 1.0 : 500.0 / 50
      var expected = 0.0
      for example in 0..<examples {
        var reconstruction = 0.0
        for sample in 0..<samples {
          reconstruction -= factor * densities[example * samples + sample] / Double(samples)
        }
        expected += (reconstruction + beta * divergences[example]) / Double(examples)
      }
      let bound = EvidenceBound(reconstruction: scale, beta: beta)
      let value = bound.value(
        logLikelihood: densities.reduce(0, +), divergence: divergences.reduce(0, +),
        examples: examples, samples: samples)
      #expect(Self.close(value.loss, expected, scale: abs(expected)))
      #expect(
        Self.close(value.loss, value.reconstruction + beta * value.divergence, scale: abs(expected))
      )
      // The weights are the loss's derivatives: it is linear, so one difference is exact to rounding.
      let moved = bound.value(
        logLikelihood: densities.reduce(0, +) + 1, divergence: divergences.reduce(0, +),
        examples: examples, samples: samples)
      let slope = bound.likelihoodWeight(examples: examples, samples: samples)
      #expect(abs(moved.loss - value.loss - slope) <= 1e-11)
      let divergenceSlope = bound.divergenceWeight(examples: examples)
      #expect(divergenceSlope == beta / Double(examples))
    }
  }

  @Test func betaRisesLinearlyFromZeroOverTheWarmUp() {
    let objective = ObjectiveSpec(beta: 4, warmUpEpochs: 2.5)
    #expect(objective.beta(step: 0, stepsPerEpoch: 10) == 0)
    for step in 0...25 {
      #expect(
        abs(objective.beta(step: step, stepsPerEpoch: 10) - 4 * Double(step) / 25) <= 1e-15 * 8)
    }
    #expect(objective.beta(step: 26, stepsPerEpoch: 10) == 4)
    #expect(objective.beta(step: 1_000_000, stepsPerEpoch: 10) == 4)
    #expect(ObjectiveSpec(beta: 4).beta(step: 0, stepsPerEpoch: 10) == 4)
  }

  @Test func publishedWeightsHaveTheirEffectiveBeta() {
    // fashion: 500/1024 nats a nat, so β = 1024/500; faces: 2000·2σ²/3072 with σ² = 1.
    #expect(abs(ModelSpec.fashion().effectiveBeta - 2.048) <= 1e-15 * 4)
    #expect(abs(ModelSpec.faces().effectiveBeta - 0.768) <= 1e-15)
    #expect(ModelSpec.dense().effectiveBeta == 1)
    var spec = ModelSpec.dense()
    spec.objective.beta = 4
    #expect(spec.effectiveBeta == 4)
  }

  @Test func effectiveBetaMakesTheSameMinimum() {
    // loss = s·(−ln p) + shift + β·KL is s times (−ln p + effectiveBeta·KL) plus a constant.
    var spec = ModelSpec.smallDense(likelihood: .gaussian(.fixed(0.2)))
    spec.objective = ObjectiveSpec(beta: 1.7, reconstruction: .weightedMean(weight: 30))
    let scale = ReconstructionScale(spec.objective, likelihood: spec.likelihood, dimensions: 10)
    func loss(_ logDensity: Double, _ divergence: Double) -> Double {
      EvidenceBound(reconstruction: scale, beta: spec.objective.beta).value(
        logLikelihood: logDensity, divergence: divergence, examples: 1, samples: 1
      ).loss
    }
    let change = loss(-40, 3) - loss(-35, 7)
    let expected = scale.scale * ((40 + spec.effectiveBeta * 3) - (35 + spec.effectiveBeta * 7))
    #expect(abs(change - expected) <= 1e-13 * 100)
  }

  @Test(arguments: [
    (#"{"beta": -1}"#, "objective: beta -1.0 should be a number of at least 0"),
    (#"{"warm_up_epochs": -2}"#, "objective: warm_up_epochs -2.0 should be at least 0"),
    (
      #"{"reconstruction": {"reduction": "mean", "weight": 0}}"#,
      "objective: the reconstruction weight 0.0 should be positive"
    ),
  ])
  func badNumbersAreRefused(_ text: String, _ expected: String) throws {
    let objective = try JSONDecoder().decode(ObjectiveSpec.self, from: Data(text.utf8))
    #expect(sentence { try objective.validate(likelihood: .bernoulli) } == expected)
  }

  @Test(arguments: [LikelihoodSpec.VarianceSpec.shared, .perDimension])
  func aWeightedMeanCannotTeachAVariance(_ variance: LikelihoodSpec.VarianceSpec) {
    var spec = ModelSpec.smallDense(likelihood: .gaussian(variance))
    spec.objective.reconstruction = .weightedMean(weight: 10)
    #expect(
      sentence { try Model(spec, threads: 1) }
        == "objective: a weighted mean of squared errors cannot teach a variance; "
        + "use the negative log-likelihood, or a fixed variance")
  }
}
