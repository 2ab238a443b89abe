import Foundation
import Kernels
import TestSupport
import Testing

@testable import Variational

@Suite struct EvaluationTests {
  @Test(arguments: [
    ObjectiveSpec(),
    ObjectiveSpec(beta: 3, warmUpEpochs: 5, reconstruction: .weightedMean(weight: 40)),
  ])
  func evaluationMatchesNaiveLoops(_ objective: ObjectiveSpec) throws {
    let (model, data) = try InferenceTests.model(.smallDense(objective: objective))
    let naive = NaiveDense(model)
    let x = DataSourceTests.values(data)
    // The documented noise: element (example, latent) of draw 0 of the evaluation stream.
    let noise = MatrixFixture(rows: data.count, columns: 2)
    RandomStream(seed: 6, purpose: .evaluation).fillGaussian(noise.view, step: 0, firstRow: 0)
    var (logLikelihood, divergence) = (0.0, 0.0)
    for row in 0..<data.count {
      let example = x[row * 10..<(row + 1) * 10].map(Double.init)
      let head = naive.encode(example)
      let z = (0..<2).map {
        head.mean[$0] + exp(0.5 * head.logVariance[$0]) * Double(noise.view[row, $0])
      }
      for (value, logit) in zip(example, naive.decode(z)) {
        logLikelihood += value * logit - max(logit, 0) - log1p(exp(-abs(logit)))
      }
      for index in 0..<2 {
        divergence += DiagonalGaussianTests.divergence(head.mean[index], head.logVariance[index])
      }
    }
    let n = Double(data.count)
    let result = try model.evaluate(data, seed: 6)
    #expect(result.examples == data.count)
    // Values of order ten from sums of at most ten products a layer: InferenceTests.bound an example,
    // and ten data values.
    let bound = InferenceTests.bound * 10
    #expect(abs(result.elbo - (logLikelihood - divergence) / n) <= bound)
    #expect(abs(result.kl - divergence / n) <= bound)
    let scale = objective.reconstruction == .negativeLogLikelihood ? 1.0 : 40.0 / 10
    #expect(abs(result.reconstruction + scale * logLikelihood / n) <= scale * bound)
    // β without its warm-up.
    #expect(
      abs(result.loss - (result.reconstruction + objective.beta * result.kl))
        <= 1e-14 * abs(result.loss))
    #expect(result.logLikelihood == nil && result.importanceSamples == nil)
    #expect(try model.evaluate(data, seed: 6) == result)
    #expect(try model.evaluate(data, seed: 7) != result)
  }

  @Test func aSubsetIsEvaluatedByItsPlaces() throws {
    // Noise belongs to the place in the set: the first five of many have the noise of five.
    let (model, data) = try InferenceTests.model(.smallDense())
    let five = try model.evaluate(data.prefix(5))
    let reordered = try model.evaluate(data.subset([0, 1, 2, 3, 4]))
    #expect(five == reordered)
  }

  @Test func anAutoencoderReportsItsLogLikelihoodAlone() throws {
    let (model, data) = try InferenceTests.model(ModelSpec.smallDense().asAutoencoder())
    let result = try model.evaluate(data, importanceSamples: 5)
    #expect(result.kl == 0)
    #expect(result.elbo == -result.reconstruction)
    #expect(result.logLikelihood == nil)
  }

  /// A linear decoder with fixed variance, whose evidence is known: p(x) = N(b, WWᵀ + σ²I).
  struct LinearGaussian {
    let model: Model
    let data: DataSet
    let exact: [Double]
    static let (dimensions, latents, variance) = (6, 2, Float(0.3))

    init(seed: UInt64, examples: Int) throws {
      let (d, l) = (Self.dimensions, Self.latents)
      let spec = ModelSpec(
        name: "linear", data: DataSpec(height: 1, width: 1, channels: d),
        encoder: [.dense(outputs: 2 * l)], latents: l, decoder: [.dense(outputs: d)],
        likelihood: .gaussian(.fixed(Self.variance)))
      let model = try Model(spec, seed: seed, threads: 2)
      self.model = model
      var generator = SeededGenerator(state: seed)
      let w = generator.floats(d * l, -1...1)  // [d, l], PyTorch's layout
      let b = generator.floats(d, -1...1)
      func set(_ name: String, _ values: [Float]) throws {
        let tensor = try #require(model.layout.trained.first { $0.name == name })
        tensor.slot.vector(in: model.parameters.vector).assign(tensor.memoryOrder(values))
      }
      try set("decoder.0.weight", w)
      try set("decoder.0.bias", b)
      // An encoder that is near the posterior but wider: μ from a damped adjoint, ℓ a constant.
      var encoder = [Float](repeating: 0, count: 2 * l * d)
      for row in 0..<l {
        for column in 0..<d { encoder[row * d + column] = 0.3 * w[column * l + row] }
      }
      try set("encoder.0.weight", encoder)
      try set("encoder.0.bias", [0, 0, -1, -1])
      var x: [Float] = []
      for _ in 0..<examples {
        let z = (0..<l).map { _ in generator.normal() }
        for row in 0..<d {
          let mean = (0..<l).reduce(Double(b[row])) { $0 + Double(w[row * l + $1]) * z[$1] }
          x.append(Float(mean + Double(Self.variance).squareRoot() * generator.normal()))
        }
      }
      data = try DataSet(floats: x, shape: Shape(features: d))
      exact = (0..<examples).map { Self.logDensity(Array(x[$0 * d..<($0 + 1) * d]), w, b) }
    }

    // ln N(x; b, C), C = WWᵀ + σ²I, by Cholesky's factor in 64 bits.
    private static func logDensity(_ x: [Float], _ w: [Float], _ b: [Float]) -> Double {
      let (d, l) = (dimensions, latents)
      var factor = [[Double]](repeating: [Double](repeating: 0, count: d), count: d)
      var (logDeterminant, square) = (0.0, 0.0)
      var solution = [Double](repeating: 0, count: d)
      for row in 0..<d {
        for column in 0...row {
          var sum = row == column ? Double(variance) : 0
          for k in 0..<l { sum += Double(w[row * l + k]) * Double(w[column * l + k]) }
          for k in 0..<column { sum -= factor[row][k] * factor[column][k] }
          factor[row][column] = row == column ? sum.squareRoot() : sum / factor[column][column]
        }
        logDeterminant += 2 * log(factor[row][row])
        var rest = Double(x[row]) - Double(b[row])
        for k in 0..<row { rest -= factor[row][k] * solution[k] }
        solution[row] = rest / factor[row][row]
        square += solution[row] * solution[row]
      }
      return -0.5 * (square + logDeterminant + Double(d) * log(2 * .pi))
    }
  }

  @Test func importanceSamplingFindsTheEvidenceOfALinearGaussianModel() throws {
    // The estimate of one example has, with S samples of effective size E, a standard error of about
    // √(1/E − 1/S) and a bias of −½ of its square (Burda et al., section 3). Over n examples the mean
    // is within four of √(Σ(1/E − 1/S))/n, the bias added.
    let problem = try LinearGaussian(seed: 5, examples: 64)
    let samples = 4000
    let exact = problem.exact.reduce(0, +) / 64
    let result = try problem.model.evaluate(problem.data, importanceSamples: samples)
    let estimate = try #require(result.logLikelihood)
    let effective = try #require(result.effectiveSampleSize)
    #expect(effective > 200 && effective <= Double(samples))
    // The harmonic mean of E is smaller than its mean; a factor of two covers the spread.
    let square = 2 * (1 / effective - 1 / Double(samples))
    #expect(abs(estimate - exact) <= 4 * (square / 64).squareRoot() + square)
    #expect(result.importanceSamples == samples)
    // The bound lies below.
    #expect(result.elbo < estimate)
    // The standard error is that of the examples' mean.
    let spread = problem.exact.reduce(0) { $0 + ($1 - exact) * ($1 - exact) } / 63 / 64
    let error = try #require(result.logLikelihoodStandardError)
    #expect(abs(error - spread.squareRoot()) <= 0.1 * spread.squareRoot())
  }

  @Test func oneExampleConvergesToItsOwnEvidence() throws {
    let problem = try LinearGaussian(seed: 8, examples: 4)
    for index in 0..<4 {
      let result = try problem.model.evaluate(
        problem.data.subset([index]), importanceSamples: 6000)
      let effective = try #require(result.effectiveSampleSize)
      let square = 1 / effective - 1.0 / 6000
      let estimate = try #require(result.logLikelihood)
      #expect(abs(estimate - problem.exact[index]) <= 4 * square.squareRoot() + square)
      // A standard error takes two examples.
      #expect(result.logLikelihoodStandardError == nil)
    }
  }

  @Test func moreSamplesDoNotLowerTheBoundOnAverage() throws {
    // E[ln mean of S weights] grows with S (Burda et al., theorem 1).
    let problem = try LinearGaussian(seed: 5, examples: 64)
    let estimates = try [1, 8, 64].map {
      try #require(try problem.model.evaluate(problem.data, importanceSamples: $0).logLikelihood)
    }
    #expect(estimates == estimates.sorted())
  }

  // MARK: LogSum

  @Test(arguments: [1, 2, 7, 1000])
  func logSumMatchesNaiveSums(count: Int) {
    var generator = SeededGenerator(state: 1)
    let terms = (0..<count).map { _ in Double(generator.float(-5...5)) }
    var sum = LogSum()
    for term in terms { sum.add(term) }
    let naive = terms.reduce(0) { $0 + exp($1) }
    let squares = terms.reduce(0) { $0 + exp(2 * $1) }
    // A rescaling at each new maximum: n roundings in all at worst.
    let bound = 4 * Double(count) * Double.ulpOfOne
    #expect(abs(sum.logMean(of: count) - log(naive / Double(count))) <= bound + 1e-15 * 8)
    #expect(
      abs(sum.effectiveSampleSize - naive * naive / squares) <= 2 * bound * sum.effectiveSampleSize)
  }

  @Test func logSumDoesNotOverflow() {
    for shift in [-1e5, 1e5] {
      var (plain, shifted) = (LogSum(), LogSum())
      for term in [0.5, -1, 3, 2.5, 3] {
        plain.add(term)
        shifted.add(term + shift)
      }
      // 1e5 + x keeps x to 1e-11.
      #expect(abs(shifted.logMean(of: 5) - shift - plain.logMean(of: 5)) <= 1e-10)
      #expect(abs(shifted.effectiveSampleSize - plain.effectiveSampleSize) <= 1e-9)
    }
    var alone = LogSum()
    alone.add(-700)
    #expect(alone.logMean(of: 1) == -700)
    #expect(alone.effectiveSampleSize == 1)
  }
}
