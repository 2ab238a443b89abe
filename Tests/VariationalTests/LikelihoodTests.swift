import Foundation
import Kernels
import Networks
import TestSupport
import Testing

@testable import Variational

/// Log-densities, scores and gradients against closed forms in 64 bits.
///
/// Tolerances. A term of the Bernoulli, x·l − softplus(l), is a product, a softplus (an exponential and
/// a log1p of 2 and 3 ulp = 4 and 6 roundoffs, then one addition) and a subtraction: at most 8u(|x·l| +
/// softplus(l)) with u the roundoff. A term of the Gaussian is (x − m)², 3u of itself. Sixteen float
/// sums of n/16 terms add (n/16)u of the sum of magnitudes; n ≤ 256 here, so 16u.
@Suite struct LikelihoodTests {
  /// A likelihood with arenas for what it learns.
  struct Fixture {
    let likelihood: Likelihood
    let compute: Compute
    let values: Arena
    let gradients: Arena
    let statistics = Arena(count: 0)

    init(_ spec: LikelihoodSpec, dimensions: Int, logVariances: [Float] = [], threads: Int = 1) {
      var layout = ParameterLayout()
      likelihood = Likelihood(spec, dimensions: dimensions, layout: &layout)
      compute = computeForTest(threads: threads)
      values = Arena(count: layout.trainedCount)
      gradients = Arena(count: layout.trainedCount)
      if let slot = likelihood.logVariance { slot.vector(in: values.vector).assign(logVariances) }
    }

    var views: ParameterViews {
      ParameterViews(
        values: values.vector, gradients: gradients.vector, statistics: statistics.vector)
    }

    /// ln p of every row, and the outputs afterwards.
    func run(
      _ x: [Float], _ output: [Float], samples: Int = 1, writingScore: Bool
    ) -> (densities: [Double], output: [Float]) {
      let d = likelihood.dimensions
      let data = MatrixFixture(rows: x.count / d, columns: d, x)
      let out = MatrixFixture(rows: output.count / d, columns: d, output)
      let terms = TermBuffer(count: out.view.rows)
      likelihood.logDensity(
        of: data.view, given: out.view, samples: samples, into: terms, writingScore: writingScore,
        parameters: views, compute: compute)
      return ((0..<out.view.rows).map { terms[$0] }, out.values)
    }

    /// ∂ loss / ∂ output and, in the arena, what the variance gets.
    func pullBack(_ score: [Float], weights: [Double]) -> [Float] {
      let out = MatrixFixture(
        rows: weights.count, columns: likelihood.dimensions, score)
      let terms = TermBuffer(count: weights.count)
      for (row, weight) in weights.enumerated() { terms[row] = weight }
      gradients.vector.fill(0)
      likelihood.pullBack(out.view, weights: terms, parameters: views, compute: compute)
      return out.values
    }
  }

  // References in 64 bits, one value at a time.
  static func bernoulli(_ x: Float, _ logit: Float) -> (term: Double, magnitude: Double) {
    let (x, l) = (Double(x), Double(logit))
    let softplus = max(l, 0) + Foundation.log1p(Foundation.exp(-abs(l)))
    return (x * l - softplus, abs(x * l) + softplus)
  }

  static func gaussian(_ x: Float, _ m: Float, variance: Double) -> (
    term: Double, magnitude: Double
  ) {
    let square = (Double(x) - Double(m)) * (Double(x) - Double(m)) / variance
    let constant = Foundation.log(2 * .pi * variance)
    return (-0.5 * (square + constant), 0.5 * (square + abs(constant)))
  }

  static let logits: [Float] =
    [
      -100, -88.8, -50, -20, -16.7, -5, -1, -1e-3, -1e-10, 0, 1e-10, 1e-3, 1, 5, 16.7, 20, 50, 88.8,
      100,
    ]

  @Test(arguments: [0, 1, 0.5, 0.25, 1e-3, 254.0 / 255] as [Float], [false, true])
  func bernoulliMatchesClosedFormUpToLogitsOfAHundred(_ x: Float, writingScore: Bool) {
    for logit in Self.logits {
      let result = Fixture(.bernoulli, dimensions: 1).run([x], [logit], writingScore: writingScore)
      let (term, magnitude) = Self.bernoulli(x, logit)
      // Below the normal range a float has the spacing of the smallest one.
      let allowed = 8 * roundoff * magnitude + Double(Float.leastNonzeroMagnitude)
      #expect(abs(result.densities[0] - term) <= allowed, "x \(x), logit \(logit)")
    }
  }

  @Test(arguments: [1, 3, 16, 17, 100, 256], [false, true])
  func bernoulliRowsAreSumsOfTerms(dimensions: Int, writingScore: Bool) {
    var generator = SeededGenerator(state: 1)
    let rows = 5
    let x = generator.floats(rows * dimensions, 0...1)
    let logits = generator.floats(rows * dimensions, -8...8)
    let fixture = Fixture(.bernoulli, dimensions: dimensions, threads: 2)
    let result = fixture.run(x, logits, writingScore: writingScore)
    for row in 0..<rows {
      var (sum, magnitude) = (0.0, 0.0)
      for index in row * dimensions..<(row + 1) * dimensions {
        let term = Self.bernoulli(x[index], logits[index])
        sum += term.term
        magnitude += term.magnitude
      }
      #expect(abs(result.densities[row] - sum) <= 24 * roundoff * magnitude)
    }
    if !writingScore { #expect(result.output == logits) }
  }

  @Test func bernoulliSumsToOneOverItsTwoValues() {
    // Each probability is e to a log-density with an error of 8u of its magnitude.
    for logit in Self.logits {
      let fixture = Fixture(.bernoulli, dimensions: 1)
      let off = fixture.run([0], [logit], writingScore: false).densities[0]
      let on = fixture.run([1], [logit], writingScore: false).densities[0]
      let bound = 8 * roundoff * (1 + 2 * abs(Double(logit)) * Foundation.exp(min(off, on)))
      // The larger of the two carries its own magnitude, which is at most ln 2 when it is small.
      #expect(abs(Foundation.exp(off) + Foundation.exp(on) - 1) <= bound + 8 * roundoff * 2 * 100)
    }
  }

  enum Kind: CaseIterable, Sendable { case bernoulli, fixed, shared, perDimension }

  static func fixture(_ kind: Kind, _ dimensions: Int, threads: Int = 1) -> (Fixture, [Double]) {
    var generator = SeededGenerator(state: 77)
    switch kind {
    case .bernoulli: return (Fixture(.bernoulli, dimensions: dimensions, threads: threads), [])
    case .fixed:
      return (
        Fixture(.gaussian(.fixed(0.3)), dimensions: dimensions, threads: threads),
        [Double](repeating: Double(Float(0.3)), count: dimensions)
      )
    case .shared:
      return (
        Fixture(
          .gaussian(.shared), dimensions: dimensions, logVariances: [-1.25], threads: threads),
        [Double](repeating: Foundation.exp(-1.25), count: dimensions)
      )
    case .perDimension:
      let logs = generator.floats(dimensions, -3...2)
      return (
        Fixture(
          .gaussian(.perDimension), dimensions: dimensions, logVariances: logs, threads: threads),
        logs.map { Foundation.exp(Double($0)) }
      )
    }
  }

  @Test(arguments: Kind.allCases, [1, 16, 37, 256])
  func gaussianMatchesClosedFormWithConstants(_ kind: Kind, dimensions: Int) {
    guard kind != .bernoulli else { return }
    var generator = SeededGenerator(state: 2)
    let rows = 4
    let x = generator.floats(rows * dimensions, -2...2)
    let means = generator.floats(rows * dimensions, -3...3)
    for writingScore in [false, true] {
      let (fixture, variances) = Self.fixture(kind, dimensions, threads: 2)
      let result = fixture.run(x, means, writingScore: writingScore)
      for row in 0..<rows {
        var (sum, magnitude) = (0.0, 0.0)
        for column in 0..<dimensions {
          let index = row * dimensions + column
          let term = Self.gaussian(x[index], means[index], variance: variances[column])
          sum += term.term
          magnitude += term.magnitude
        }
        // With the score first, s²σ² carries two exponentials of 4u, squared: 16u more. A shared
        // variance is one scalar exponential in Float: 2u of it and of the constant.
        #expect(
          abs(result.densities[row] - sum) <= 40 * roundoff * magnitude, "\(kind) \(writingScore)")
      }
      if !writingScore { #expect(result.output == means) }
    }
  }

  @Test(arguments: Kind.allCases)
  func scoreMatchesCentralDifferencesIn64Bits(_ kind: Kind) {
    let dimensions = 19
    var generator = SeededGenerator(state: 3)
    let x = generator.floats(3 * dimensions, 0...1)
    let output = generator.floats(3 * dimensions, -4...4)
    let (fixture, variances) = Self.fixture(kind, dimensions)
    let result = fixture.run(x, output, writingScore: true)
    for index in x.indices {
      // Central differences of the reference in 64 bits: h = 1e-5 leaves h²/6 of the third derivative
      // (below 1 for both) and 2⁻⁵²/h of rounding, 1e-10 each. The score itself: 8u of its terms.
      let h = 1e-5
      func reference(_ shift: Double) -> Double {
        let (value, place) = (Double(x[index]), Double(output[index]) + shift)
        if kind == .bernoulli {
          return value * place - max(place, 0) - Foundation.log1p(Foundation.exp(-abs(place)))
        }
        return -0.5 * (value - place) * (value - place) / variances[index % dimensions]
      }
      let slope = (reference(h) - reference(-h)) / (2 * h)
      let scale = kind == .bernoulli ? 2 : abs(slope) + 1
      #expect(abs(Double(result.output[index]) - slope) <= 12 * roundoff * scale + 1e-8, "\(kind)")
    }
  }

  @Test func bernoulliScoreSurvivesLargeLogits() {
    let fixture = Fixture(.bernoulli, dimensions: Self.logits.count)
    for x in [0, 0.5, 1] as [Float] {
      let data = [Float](repeating: x, count: Self.logits.count)
      let score = fixture.run(data, Self.logits, writingScore: true).output
      for (index, logit) in Self.logits.enumerated() {
        let probability = 1 / (1 + Foundation.exp(-Double(logit)))
        #expect(abs(Double(score[index]) - (Double(x) - probability)) <= 8 * roundoff)
      }
    }
  }

  @Test(arguments: [Kind.shared, .perDimension])
  func varianceGradientMatchesDifferencesIn64Bits(_ kind: Kind) {
    let (dimensions, rows) = (21, 6)
    var generator = SeededGenerator(state: 4)
    let x = generator.floats(rows * dimensions, -1...1)
    let means = generator.floats(rows * dimensions, -2...2)
    let weights = (0..<rows).map { _ in Double(generator.float(-2...2)) }
    let (fixture, variances) = Self.fixture(kind, dimensions)
    let score = fixture.run(x, means, writingScore: true).output
    let outputGradient = fixture.pullBack(score, weights: weights)
    for index in x.indices {
      let expected = Double(Float(weights[index / dimensions])) * Double(score[index])
      #expect(abs(Double(outputGradient[index]) - expected) <= roundoff * abs(expected))
    }
    let logs = variances.map { Foundation.log($0) }
    // The weighted sum of ln p as a function of ln σ² in dimension `column` (all, when shared).
    func loss(_ column: Int?, _ shift: Double) -> Double {
      var total = 0.0
      for row in 0..<rows {
        for index in 0..<dimensions {
          let moved = column == nil || column == index ? shift : 0
          let square = Double(x[row * dimensions + index]) - Double(means[row * dimensions + index])
          let variance = Foundation.exp(logs[index] + moved)
          total += weights[row] * -0.5 * (square * square / variance + logs[index] + moved)
        }
      }
      return total
    }
    let gradients = fixture.gradients.vector.array
    let count = kind == .shared ? 1 : dimensions
    for place in 0..<count {
      let h = 1e-4
      let column = kind == .shared ? nil : place
      let slope = (loss(column, h) - loss(column, -h)) / (2 * h)
      // Terms ½w(s²σ² − 1): 20 roundoffs of each (two exponentials and products), and the difference's
      // h²/6 of a third derivative that is as large as the terms.
      var magnitude = 0.0
      for row in 0..<rows {
        for index in 0..<dimensions where column == nil || column == index {
          let difference =
            Double(x[row * dimensions + index]) - Double(means[row * dimensions + index])
          magnitude += abs(weights[row]) * 0.5 * (difference * difference / variances[index] + 1)
        }
      }
      #expect(
        abs(Double(gradients[place]) - slope) <= (20 * roundoff + h * h) * magnitude, "\(kind)")
    }
  }

  @Test func varianceGradientIsAddedToWhatIsThere() {
    let (fixture, _) = Self.fixture(.shared, 3)
    let score = fixture.run([1, 2, 3], [0, 0, 0], writingScore: true).output
    _ = fixture.pullBack(score, weights: [1])
    let once = fixture.gradients.vector[0]
    fixture.gradients.vector[0] = 10
    let out = MatrixFixture(rows: 1, columns: 3, score)
    let terms = TermBuffer(count: 1)
    terms.fill(1)
    fixture.likelihood.pullBack(
      out.view, weights: terms, parameters: fixture.views, compute: fixture.compute)
    #expect(fixture.gradients.vector[0] == 10 + once)
  }

  @Test(arguments: Kind.allCases)
  func rowsOfOneExampleFollowEachOther(_ kind: Kind) {
    let (dimensions, examples, samples) = (5, 3, 4)
    var generator = SeededGenerator(state: 5)
    let x = generator.floats(examples * dimensions, 0...1)
    let output = generator.floats(examples * samples * dimensions, -1...1)
    let (fixture, _) = Self.fixture(kind, dimensions)
    let joint = fixture.run(x, output, samples: samples, writingScore: false).densities
    let repeated = (0..<examples * samples).flatMap {
      x[$0 / samples * dimensions..<($0 / samples + 1) * dimensions]
    }
    let single = fixture.run(repeated, output, writingScore: false).densities
    #expect(joint == single)
  }

  @Test(arguments: Kind.allCases)
  func threadsGiveTheSameBits(_ kind: Kind) {
    // Rows are independent, so any sharing gives the same numbers.
    let (dimensions, rows) = (300, 40)
    var generator = SeededGenerator(state: 6)
    let x = generator.floats(rows * dimensions, 0...1)
    let output = generator.floats(rows * dimensions, -1...1)
    let (one, _) = Self.fixture(kind, dimensions)
    let (three, _) = Self.fixture(kind, dimensions, threads: 3)
    let (a, b) = (one.run(x, output, writingScore: true), three.run(x, output, writingScore: true))
    #expect(a.densities == b.densities)
    #expect(a.output == b.output)
  }

  @Test(arguments: [Kind.fixed, .shared, .perDimension])
  func gaussianDensityIntegratesToOne(_ kind: Kind) {
    // The trapezium rule on m ± 12σ with 2,000 intervals is exact to rounding for a Gaussian.
    let (fixture, variances) = Self.fixture(kind, 1)
    let deviation = variances[0].squareRoot()
    let steps = 2000
    let width = 24 * deviation / Double(steps)
    var integral = 0.0
    for step in 0...steps {
      let x = Float(0.4 - 12 * deviation + Double(step) * width)
      let density = fixture.run([x], [0.4], writingScore: false).densities[0]
      integral += Foundation.exp(density) * width
    }
    // e^ln p carries the error of ln p, some 40u of magnitudes of order 1 where the mass is; the
    // abscissae are rounded to floats, 12σ·u each, which moves the sum by as much.
    #expect(abs(integral - 1) <= 200 * roundoff)
  }

  @Test(arguments: Kind.allCases)
  func samplesHaveTheMomentsOfTheDistribution(_ kind: Kind) {
    let (dimensions, rows) = (4, 50_000)
    let (fixture, variances) = Self.fixture(kind, dimensions)
    let place: [Float] = [-1, 0, 0.5, 2]
    let out = MatrixFixture(
      rows: rows, columns: dimensions, (0..<rows).flatMap { _ in place })
    fixture.likelihood.sample(
      out.view, stream: RandomStream(seed: 8), firstRow: 0, parameters: fixture.views)
    let values = out.values
    for column in 0..<dimensions {
      let drawn = stride(from: column, to: values.count, by: dimensions).map { Double(values[$0]) }
      let mean = drawn.reduce(0, +) / Double(rows)
      let square = drawn.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(rows)
      let (expectedMean, variance): (Double, Double)
      if kind == .bernoulli {
        let p = 1 / (1 + Foundation.exp(-Double(place[column])))
        (expectedMean, variance) = (p, p * (1 - p))
        #expect(drawn.allSatisfy { $0 == 0 || $0 == 1 })
      } else {
        (expectedMean, variance) = (Double(place[column]), variances[column])
        // Var of the sample variance of normals: 2σ⁴/n; five standard errors.
        #expect(abs(square - variance) <= 5 * variance * (2 / Double(rows)).squareRoot(), "\(kind)")
      }
      // Five standard errors: one false alarm in 1.7 million for 16 means; the seed is fixed anyway.
      #expect(abs(mean - expectedMean) <= 5 * (variance / Double(rows)).squareRoot(), "\(kind)")
    }
  }

  @Test func samplesAreFunctionsOfTheRow() {
    let (fixture, _) = Self.fixture(.perDimension, 6)
    func draw(_ rows: Range<Int>) -> [Float] {
      let out = MatrixFixture(rows: rows.count, columns: 6)
      fixture.likelihood.sample(
        out.view, stream: RandomStream(seed: 8), firstRow: rows.lowerBound,
        parameters: fixture.views)
      return out.values
    }
    #expect(draw(0..<9) == draw(0..<4) + draw(4..<9))
  }

  @Test func meanIsTheSigmoidOrTheOutputItself() {
    let (bernoulli, _) = Self.fixture(.bernoulli, Self.logits.count)
    let out = MatrixFixture(rows: 1, columns: Self.logits.count, Self.logits)
    bernoulli.likelihood.mean(out.view, parameters: bernoulli.views)
    for (value, logit) in zip(out.values, Self.logits) {
      let expected = 1 / (1 + Foundation.exp(-Double(logit)))
      #expect(abs(Double(value) - expected) <= 8 * roundoff * expected + 1e-44)
    }
    let (gaussian, _) = Self.fixture(.shared, Self.logits.count)
    out.arena.vector.assign(Self.logits)
    gaussian.likelihood.mean(out.view, parameters: gaussian.views)
    #expect(out.values == Self.logits)
  }
}
