import Foundation
import Kernels
import TestSupport
import Testing

@testable import Networks

@Suite struct OptimiserTests {
  static let rules: [Optimiser] = [
    .adam(), .adam(firstDecay: 0, secondDecay: 0.5, epsilon: 1e-3), .adamW(),
    .adamW(firstDecay: 0.8, secondDecay: 0.99, epsilon: 1e-6, weightDecay: 0.5), .sgd(),
    .sgd(momentum: 0.9), .sgd(weightDecay: 0.1), .sgd(momentum: 0.9, weightDecay: 0.1),
  ]

  /// The published algorithms in Double, one number at a time.
  struct Naive {
    var p: Double
    var m = 0.0
    var v = 0.0
    var step = 0

    mutating func apply(_ rule: Optimiser, gradient g: Double, rate: Double) {
      step += 1
      switch rule {
      case .adam(let first, let second, let epsilon):
        adam(Double(first), Double(second), Double(epsilon), g, rate)
      case .adamW(let first, let second, let epsilon, let decay):
        p -= rate * Double(decay) * p
        adam(Double(first), Double(second), Double(epsilon), g, rate)
      case .sgd(let momentum, let decay):
        // PyTorch's SGD: the decay is part of the gradient and so of the velocity.
        let decayed = g + Double(decay) * p
        m = step == 1 ? decayed : Double(momentum) * m + decayed
        p -= rate * m
      }
    }

    private mutating func adam(
      _ first: Double, _ second: Double, _ epsilon: Double, _ g: Double, _ rate: Double
    ) {
      m = first * m + (1 - first) * g
      v = second * v + (1 - second) * g * g
      let corrected = (
        m: m / (1 - pow(first, Double(step))), v: v / (1 - pow(second, Double(step)))
      )
      p -= rate * corrected.m / (corrected.v.squareRoot() + epsilon)
    }
  }

  /// Gradients of size ¼…1 after scaling. In T = 20 steps a moment gathers 4·T roundings of terms below 1 (SGD's
  /// velocity: of terms below Σ momentumᵗ ≤ T), and Adam divides by a root of at least ¼: each of T steps
  /// is off by rate·4·(4T + 16)·T·u at most, and the parameter itself, below 4, by 2u·4.
  @Test(arguments: rules, [1, 2, 3])
  func stepsMatchTheNaiveRule(_ rule: Optimiser, threads: Int) {
    let (count, steps, scale, rate) = (5_001, 20, 0.5, 0.01)
    let compute = computeForTest(threads: threads)
    var numbers = TestNumbers(seed: 4)
    let start = numbers.floats(count)
    let (parameters, gradients) = (Arena(count: count), Arena(count: count))
    let state = OptimiserState(count: count)
    parameters.vector.assign(start)
    var naive = start.map { Naive(p: Double($0)) }
    for step in 1...steps {
      let g = (0..<count).map { _ in
        let value = numbers.float()
        return value < 0 ? value * 1.5 - 0.5 : value * 1.5 + 0.5
      }
      gradients.vector.assign(g)
      rule.apply(
        parameters: parameters.vector, gradients: gradients.vector, state: state, step: step,
        learningRate: rate, gradientScale: scale, compute: compute)
      for index in 0..<count {
        naive[index].apply(rule, gradient: scale * Double(g[index]), rate: rate)
      }
      #expect(gradients.vector.array == g)
    }
    let t = Double(steps)
    let bound = t * (rate * 4 * (4 * t + 16) * t + 8) * roundoff
    var worst = 0.0
    for index in 0..<count {
      worst = max(worst, abs(Double(parameters.vector[index]) - naive[index].p))
    }
    #expect(worst <= bound)
    // The bound has power: the parameters moved by far more.
    #expect(largestDifference(parameters.vector.array, start) > 100 * bound)
  }

  /// Elementwise work: how it is shared out cannot matter.
  @Test(arguments: rules)
  func threadsGiveTheSameBits(_ rule: Optimiser) {
    func result(_ threads: Int) -> [Float] {
      let (parameters, gradients) = (Arena(count: 10_007), Arena(count: 10_007))
      var numbers = TestNumbers(seed: 5)
      parameters.vector.assign(numbers.floats(10_007))
      gradients.vector.assign(numbers.floats(10_007))
      let state = OptimiserState(count: 10_007)
      let compute = computeForTest(threads: threads)
      for step in 1...3 {
        rule.apply(
          parameters: parameters.vector, gradients: gradients.vector, state: state, step: step,
          learningRate: 0.1, gradientScale: 1, compute: compute)
      }
      return parameters.vector.array
    }
    let one = result(1)
    #expect(result(2) == one && result(3) == one)
  }

  /// Adam's first step is ±rate whatever the gradient's size: m̂/√v̂ = sign g. √ and the corrections round.
  @Test func firstAdamStepHasTheLearningRate() {
    let (parameters, gradients) = (Arena(count: 3), Arena(count: 3))
    gradients.vector.assign([100, -0.001, 1])
    Optimiser.adam().apply(
      parameters: parameters.vector, gradients: gradients.vector, state: OptimiserState(count: 3),
      step: 1, learningRate: 0.001, gradientScale: 1, compute: computeForTest(threads: 1))
    for (value, exact) in zip(parameters.vector.array, [-0.001, 0.001 / 1.00001, -0.001]) {
      #expect(abs(Double(value) - exact) <= 0.001 * sumBound(16))
    }
  }

  @Test(arguments: rules)
  func rulesSurviveJSON(_ rule: Optimiser) throws {
    let data = try JSONEncoder().encode(rule)
    #expect(try JSONDecoder().decode(Optimiser.self, from: data) == rule)
  }

  @Test func defaultsAreFilledIn() throws {
    func decode(_ json: String) throws -> Optimiser {
      try JSONDecoder().decode(Optimiser.self, from: Data(json.utf8))
    }
    #expect(
      try decode(#"{"type": "adam"}"#)
        == .adam(firstDecay: 0.9, secondDecay: 0.999, epsilon: 1e-8))
    #expect(
      try decode(#"{"type": "adamw", "beta1": 0.5}"#)
        == .adamW(firstDecay: 0.5, secondDecay: 0.999, epsilon: 1e-8, weightDecay: 0.01))
    #expect(
      try decode(#"{"type": "sgd", "momentum": 0.9, "weight_decay": 0.5}"#)
        == .sgd(momentum: 0.9, weightDecay: 0.5))
  }

  @Test(arguments: [
    (#"{"type": "adams"}"#, #"unknown optimiser "adams"; did you mean "adam"?"#),
    (#"{"type": "adam", "beta_1": 0.9}"#, #"unknown field "beta_1"; did you mean "beta1"?"#),
    (#"{"type": "adam", "weight_decay": 0.1}"#, #"unknown field "weight_decay""#),
    (#"{"type": "sgd", "beta1": 0.1}"#, #"unknown field "beta1""#),
    (#"{"beta1": 0.1}"#, "type"),
  ])
  func mistakesAreNamed(json: String, text: String) {
    #expect(errorText(json, as: Optimiser.self)?.contains(text) == true)
  }

  @Test(arguments: [
    Optimiser.adam(firstDecay: 1), .adam(secondDecay: -0.1), .adam(epsilon: 0),
    .adam(epsilon: .nan), .adamW(firstDecay: 2), .adamW(weightDecay: -1),
    .adamW(weightDecay: .infinity), .sgd(momentum: 1), .sgd(weightDecay: -0.5),
  ])
  func numbersOutOfRangeAreErrors(_ rule: Optimiser) {
    let error = #expect(throws: SpecError.self) {
      try rule.validate(place: "training.optimiser")
    }
    #expect(error?.place == "training.optimiser")
  }

  @Test(arguments: rules)
  func sensibleRulesAreValid(_ rule: Optimiser) throws {
    try rule.validate(place: "training.optimiser")
  }
}
