// The whole step's loss and gradients for every objective and prior, against the naive step.

import Foundation
import Kernels
import TestSupport
import Testing

@testable import Variational

@Suite struct ObjectiveStepTests {
  static let priors: [PriorSpec] = [
    .standardNormal, .mixture(components: 3), .vampPrior(.init(components: 5)),
  ]

  static func spec(
    _ kind: ObjectiveKind, _ prior: PriorSpec = .standardNormal, beta: Double = 1,
    reconstruction: ReconstructionLoss = .negativeLogLikelihood
  ) -> ModelSpec {
    var spec = ModelSpec.smallDense(
      objective: ObjectiveSpec(kind, beta: beta, reconstruction: reconstruction),
      training: TrainingSpec(batchSize: 3, samples: 4))
    if kind.isUsuallyDeterministic {
      spec = spec.asAutoencoder()
      spec.objective = ObjectiveSpec(kind, beta: beta, reconstruction: reconstruction)
    }
    spec.prior = prior
    spec.name = "\(kind), \(prior)"
    return spec
  }

  static let sampled: [ModelSpec] = {
    var specs: [ModelSpec] = []
    for prior in priors {
      specs.append(spec(.evidenceBound(isSampled: true), prior, beta: 0.7))
      specs.append(spec(.importanceWeighted(.all), prior))
      specs.append(spec(.importanceWeighted(.multiple(groups: 2)), prior))
      specs.append(spec(.importanceWeighted(.combined(share: 0.3)), prior))
    }
    specs.append(
      spec(
        .importanceWeighted(.all), .mixture(components: 20), beta: 0.6,
        reconstruction: .weightedMean(weight: 7)))
    specs.append(spec(.evidenceBound(isSampled: false), .mixture(components: 2)))
    return specs
  }()

  /// The engine's step and the naive one on the same weights, data and noise.
  struct Problem {
    let model: Model
    let naive: NaiveStep
    let outcome: TrainingStep.Outcome
    let weights: Tensors
    let gradients: Tensors

    init(_ spec: ModelSpec, threads: Int = 2) throws {
      model = try Model(spec, seed: 11, threads: threads)
      let (examples, samples) = (spec.training.batchSize, spec.training.samples)
      let data = try randomFloats(examples + 7, spec.data.stored, seed: 5)
      var generator = SeededGenerator(state: 9)
      // Everything off its neat starting value; pseudo-inputs on both sides of their range.
      for tensor in model.layout.trained {
        let view = tensor.slot.vector(in: model.parameters.vector)
        let isInput = tensor.name == "prior.pseudo_inputs"
        for index in 0..<view.count {
          view[index] += isInput ? generator.float(-0.3...1.3) : generator.float(-0.4...0.4)
        }
      }
      let noise = generator.normals(examples * samples * spec.latents)
      let step = TrainingStep(model, capacity: examples + 1, samples: samples)
      outcome = step.gradients(
        of: data, Array(0..<examples)[...], noise: .given(noise), beta: spec.objective.beta,
        capacityOfDivergence: spec.objective.kind.capacity(step: 0, stepsPerEpoch: 1), seed: 3,
        step: 4)
      weights = tensors(of: model)
      gradients = tensors(of: model, gradients: true)
      func rows(_ values: [Float], _ width: Int) -> [[Double]] {
        stride(from: 0, to: values.count, by: width).map {
          values[$0..<$0 + width].map(Double.init)
        }
      }
      naive = NaiveStep(
        spec: spec, x: rows(DataSourceTests.values(data.prefix(examples)), spec.data.stored.count),
        noise: rows(noise, spec.latents))
    }

    var terms: NaiveStep.Terms { naive.terms(posterior: weights, generative: weights) }

    // Log-weights of 20 nats are float sums of ten terms: an error of 20·10·u = 1.2e-5, which is the relative
    // error of a normalised weight; the sums of the layers' products add tens of u. The gradient's largest
    // element is the scale of every cancellation in it.
    func expectGradients(_ expected: Tensors) {
      let largest = expected.values.flatMap { $0 }.map(abs).max() ?? 0
      for (name, values) in expected {
        for (index, value) in values.enumerated() {
          let actual = gradients[name]![index]
          #expect(
            abs(actual - value) <= 2e-5 * largest, "\(name) \(index): \(actual), not \(value)")
        }
      }
    }
  }

  // Losses of 20 nats from float sums of tens of terms.
  static let lossBound = 20 * 40 * roundoff

  /// Objectives of whole minibatches and of the weights.
  static let others: [ModelSpec] = {
    var specs = [
      spec(.capacity(nats: 1, epochs: 0, weight: 3), beta: 0.5),
      spec(.capacity(nats: 50, epochs: 0, weight: 3)),
      spec(.capacity(nats: 1, epochs: 0, weight: 3), .mixture(components: 3)),
      spec(.capacity(nats: 50, epochs: 0, weight: 3), .vampPrior(.init(components: 5))),
      spec(.freeBits(nats: 0.1, groupSize: 1), beta: 0.8),
      spec(.freeBits(nats: 0.4, groupSize: 2)), spec(.freeBits(nats: 5, groupSize: 9)),
    ]
    for isStratified in [false, true] {
      specs.append(spec(.totalCorrelation(.init(isStratified: isStratified)), beta: 6))
      specs.append(
        spec(
          .totalCorrelation(
            .init(isStratified: isStratified, mutualInformation: 0.3, dimensionWise: 1.7)),
          .mixture(components: 3), beta: 2, reconstruction: .weightedMean(weight: 7)))
    }
    for includesVariances in [false, true] {
      specs.append(
        spec(
          .disentangledPrior(.init(includesVariances: includesVariances, offDiagonal: 3)),
          beta: 0.9))
    }
    for kernel in MeanDiscrepancySpec.Kernel.allCases {
      for isWasserstein in [false, true] {
        specs.append(
          spec(
            .maximumMeanDiscrepancy(
              .init(isWasserstein: isWasserstein, weight: 20, kernel: kernel, scale: 0.7)),
            beta: 0.3))
      }
    }
    specs.append(spec(.regularised(.init(.weights, weight: 0.2)), beta: 0.6))
    specs.append(
      spec(.regularised(.init(.gradientPenalty(step: 0.25), weight: 0.8)), beta: 0.6))
    return specs
  }()

  @Test(arguments: sampled + others, [1, 2])
  func lossAndGradientsMatchTheNaiveStep(_ spec: ModelSpec, threads: Int) throws {
    let problem = try Problem(spec, threads: threads)
    let naive = problem.naive
    let value = problem.outcome.value
    let loss = naive.loss(problem.terms, problem.weights, population: 10)
    #expect(abs(value.loss - loss) <= Self.lossBound * max(1, abs(loss) / 20))
    problem.expectGradients(
      centralDifferences(problem.weights) {
        naive.loss(naive.terms(posterior: $0, generative: $0), $0, population: 10)
      })
    let reconstruction = -NaiveObjective(spec).scale * NaiveStep.mean(problem.terms.logLikelihoods)
    #expect(abs(value.reconstruction - reconstruction) <= Self.lossBound)
  }

  @Test(arguments: priors)
  func reportedPartsAreReconstructionAndSampledDivergence(_ prior: PriorSpec) throws {
    let spec = Self.spec(.importanceWeighted(.all), prior)
    let problem = try Problem(spec)
    let terms = problem.terms
    func mean(_ values: [[Double]]) -> Double {
      values.flatMap { $0 }.reduce(0, +) / Double(values.flatMap { $0 }.count)
    }
    let value = problem.outcome.value
    #expect(abs(value.reconstruction + mean(terms.logLikelihoods)) <= Self.lossBound)
    let divergence = mean(terms.logPosteriors) - mean(terms.logPriors)
    #expect(abs(value.divergence - divergence) <= Self.lossBound)
    #expect(value.penalty == nil)
  }

  // The decoder and the prior follow IWAE's loss; the encoder of q its own estimator, in which the weights
  // and ln q's parameters are constants.
  @Test(arguments: priors)
  func doublyReparameterisedGradientsAreTheirDefinition(_ prior: PriorSpec) throws {
    let spec = Self.spec(.importanceWeighted(.doublyReparameterised), prior)
    let problem = try Problem(spec)
    let (naive, weights) = (problem.naive, problem.weights)
    let objective = NaiveObjective(spec)
    let terms = problem.terms
    #expect(
      abs(problem.outcome.value.loss - objective.multiple(terms, groups: 1)) <= Self.lossBound)
    let generative = centralDifferences(weights) {
      objective.multiple(naive.terms(posterior: weights, generative: $0), groups: 1)
    }
    let normalised = objective.normalised(terms)
    let posterior = centralDifferences(weights) { moved in
      let terms = naive.terms(posterior: moved, generative: weights, frozen: terms.heads)
      var total = 0.0
      for (weights, logWeights) in zip(normalised, objective.logWeights(terms)) {
        for (weight, logWeight) in zip(weights, logWeights) {
          total -= weight * weight * logWeight
        }
      }
      return total / Double(naive.x.count)
    }
    problem.expectGradients(sum(generative, posterior))
  }

  @Test(arguments: priors)
  func partiallyWeightedGradientsAreThoseOfTwoBounds(_ prior: PriorSpec) throws {
    let spec = Self.spec(.importanceWeighted(.partial(groups: 2)), prior)
    let problem = try Problem(spec)
    let (naive, weights) = (problem.naive, problem.weights)
    let objective = NaiveObjective(spec)
    #expect(
      abs(problem.outcome.value.loss - objective.multiple(problem.terms, groups: 1))
        <= Self.lossBound)
    let generative = centralDifferences(weights) {
      objective.multiple(naive.terms(posterior: weights, generative: $0), groups: 1)
    }
    let posterior = centralDifferences(weights) {
      objective.multiple(naive.terms(posterior: $0, generative: weights), groups: 2)
    }
    problem.expectGradients(sum(generative, posterior))
  }

  @Test func oneImportanceSampleIsTheSampledEvidenceBound() throws {
    for prior in Self.priors {
      var outcomes: [(ObjectiveValue, Tensors)] = []
      let kinds: [ObjectiveKind] = [
        .evidenceBound(isSampled: true), .importanceWeighted(.all),
        .importanceWeighted(.combined(share: 0.4)), .importanceWeighted(.partial(groups: 1)),
      ]
      for kind in kinds {
        var spec = Self.spec(kind, prior)
        spec.training.samples = 1
        let problem = try Problem(spec)
        outcomes.append((problem.outcome.value, problem.gradients))
      }
      for other in outcomes.dropFirst() {
        // The combination multiplies and adds in another order, in 64 bits.
        #expect(abs(other.0.loss - outcomes[0].0.loss) <= 1e-14 * abs(outcomes[0].0.loss))
        for (name, values) in other.1 {
          #expect(
            zip(values, outcomes[0].1[name]!).allSatisfy {
              abs($0 - $1) <= 4 * roundoff * max(abs($0), 1e-2)
            })
        }
      }
    }
  }

  @Test func theSamplesOfADivergenceAverageToItsClosedForm() throws {
    // 60,000 draws of the difference of the two losses on the same model; within 4 standard errors.
    let spec = Self.spec(.evidenceBound(isSampled: true))
    var closed = spec
    closed.objective.kind = .evidenceBound(isSampled: false)
    let data = try randomFloats(3, spec.data.stored, seed: 5)
    let models = try [spec, closed].map { try Model($0, seed: 11, threads: 1) }
    let steps = models.map { TrainingStep($0, capacity: 3, samples: 4) }
    var (sum, squares, count) = (0.0, 0.0, 0.0)
    for index in 0..<5_000 {
      let values = steps.map {
        $0.gradients(
          of: data, [0, 1, 2], noise: .stream(RandomStream(seed: 1)), beta: 1, seed: 1, step: index
        ).value
      }
      #expect(abs(values[0].reconstruction - values[1].reconstruction) <= 1e-9)
      let difference = values[0].divergence - values[1].divergence
      sum += difference
      squares += difference * difference
      count += 1
    }
    let mean = sum / count
    let error = ((squares / count - mean * mean) / count).squareRoot()
    #expect(abs(mean) <= 4 * error)
    #expect(error < 0.01)
  }
}
