import Foundation
import Kernels
import TestSupport
import Testing

@testable import Variational

@Suite struct PriorPassTests {
  static func model(_ prior: PriorSpec, latents: Int = 2, threads: Int = 2) throws -> Model {
    var spec = ModelSpec.smallDense(latents: latents)
    spec.prior = prior
    let model = try Model(spec, seed: 3, threads: threads)
    var generator = SeededGenerator(state: 8)
    for tensor in model.layout.trained {
      let view = tensor.slot.vector(in: model.parameters.vector)
      let isInput = tensor.name == "prior.pseudo_inputs"
      for index in 0..<view.count {
        view[index] += isInput ? generator.float(-0.3...1.3) : generator.float(-0.6...0.6)
      }
    }
    return model
  }

  static let priors: [PriorSpec] = [
    .standardNormal, .mixture(components: 1), .mixture(components: 37),
    .vampPrior(.init(components: 16)), .vampPrior(.init(components: 50, range: nil)),
  ]

  static func densities(_ model: Model, _ z: [Float], isTraining: Bool = false) -> [Double] {
    let latents = model.spec.latents
    let rows = MatrixFixture(rows: z.count / latents, columns: latents, z)
    let pass = PriorPass(model, rows: rows.view.rows, isTraining: isTraining)
    pass.prepare()
    let terms = TermBuffer(count: rows.view.rows)
    pass.logDensity(rows.view, into: terms)
    return terms.array
  }

  static func naive(_ model: Model, _ z: [Float]) -> [Double] {
    let latents = model.spec.latents
    let components = NaiveStep.components(
      model.spec.prior, tensors(of: model), latents: latents)
    return stride(from: 0, to: z.count, by: latents).map { first in
      NaiveStep.logDensity(z[first..<first + latents].map(Double.init), components)
    }
  }

  // Up to L terms of a few nats, each with 6 roundoffs (the difference's is squared), summed in floats; the
  // networks' heads add errors of 20 products, which the slope (z − μ)e^−ℓ ≤ 20 carries over.
  static func bound(_ density: Double) -> Double { (60 + 12 * abs(density)) * 20 * roundoff }

  @Test(arguments: priors, [1, 2, 5, 17])
  func logDensityMatchesTheNaiveMixture(_ prior: PriorSpec, latents: Int) throws {
    let model = try Self.model(prior, latents: latents)
    var generator = SeededGenerator(state: 4)
    for rows in [1, 4, 7, 300] {
      let z = generator.normals(rows * latents).map { 1.5 * $0 }
      for isTraining in [false, true] {
        for (actual, expected) in zip(
          Self.densities(model, z, isTraining: isTraining), Self.naive(model, z))
        {
          #expect(abs(actual - expected) <= Self.bound(expected))
        }
      }
    }
  }

  @Test func farFromEveryComponentTheDensityIsStillANumber() throws {
    let model = try Self.model(.mixture(components: 5))
    // e^−ℓ is at most e^0.6 here: −½·2·e^0.6·(3e3 + 3)² or more, where e to that power is zero.
    let density = Self.densities(model, [3e3, -3e3])[0]
    #expect(density.isFinite && density < -4e6 && density > -2e7)
  }

  @Test(arguments: priors)
  func densityIntegratesToOne(_ prior: PriorSpec) throws {
    // The rectangle rule converges faster than any power for smooth functions that vanish at the ends;
    // deviations are at least e^{½ℓ} with ℓ > −4, so steps of 0.05 are fine. Rounding: `bound`.
    let line = try Self.model(prior, latents: 1)
    let points = (-200...200).map { Float($0) * 0.05 }
    let mass = Self.densities(line, points).reduce(0) { $0 + exp($1) * 0.05 }
    #expect(abs(mass - 1) <= 1e-4)

    let plane = try Self.model(prior, latents: 2)
    var total = 0.0
    for first in stride(from: Float(-15), through: 15, by: 0.1) {
      let row = stride(from: Float(-15), through: 15, by: 0.1).flatMap { [first, $0] }
      total += Self.densities(plane, row).reduce(0) { $0 + exp($1) * 0.01 }
    }
    #expect(abs(total - 1) <= 2e-4)
  }

  @Test(arguments: priors)
  func drawsHaveTheMomentsOfTheMixture(_ prior: PriorSpec) throws {
    let model = try Self.model(prior)
    let count = 60_000
    let pass = PriorPass(model, rows: 0, isTraining: false)
    pass.prepare()
    let z = MatrixFixture(rows: count, columns: 2)
    pass.sample(into: z.view, stream: RandomStream(seed: 5, purpose: .sampling))
    let values = z.values.map(Double.init)
    let components = NaiveStep.components(prior, tensors(of: model), latents: 2)
    for j in 0..<2 {
      let mean = components.reduce(0) { $0 + $1.weight * $1.mean[j] }
      let square = components.reduce(0) {
        $0 + $1.weight * ($1.mean[j] * $1.mean[j] + exp($1.logVariance[j]))
      }
      let draws = (0..<count).map { values[2 * $0 + j] }
      for (power, expected) in [(1.0, mean), (2.0, square)] {
        let moments = draws.map { pow($0, power) }
        let average = moments.reduce(0, +) / Double(count)
        let variance = moments.reduce(0) { $0 + ($1 - average) * ($1 - average) } / Double(count)
        #expect(abs(average - expected) <= 4.5 * (variance / Double(count)).squareRoot())
      }
    }
    // The same draws whatever the number of rows asked for at once.
    let few = MatrixFixture(rows: 10, columns: 2)
    pass.sample(into: few.view, stream: RandomStream(seed: 5, purpose: .sampling), firstRow: 100)
    #expect(few.values == Array(z.values[200..<220]))
  }

  @Test(arguments: priors, [1, 2])
  func scoresAndParameterGradientsMatchDifferences(_ prior: PriorSpec, threads: Int) throws {
    let model = try Self.model(prior, latents: 3, threads: threads)
    let rows = 40
    var generator = SeededGenerator(state: 6)
    let z = MatrixFixture(rows: rows, columns: 3, generator.normals(rows * 3))
    let weights = TermBuffer(count: rows)
    for row in 0..<rows { weights[row] = Double(generator.float(-1...1)) }
    let pass = PriorPass(model, rows: rows + 5, isTraining: true)
    let terms = TermBuffer(count: rows)
    model.gradients.vector.fill(0)
    pass.prepare()
    pass.logDensity(z.view, into: terms, keepingResponsibilities: true)
    let scores = MatrixFixture(rows: rows, columns: 3)
    pass.addScores(to: scores.view, z: z.view, factors: weights)
    pass.pullBack(z: z.view, weights: weights, seed: 0, step: 0)

    let points = (0..<rows).map { row in (0..<3).map { Double(z.values[3 * row + $0]) } }
    let parameters = tensors(of: model)
    func total(_ parameters: Tensors) -> Double {
      let components = NaiveStep.components(prior, parameters, latents: 3)
      return points.indices.reduce(0) {
        $0 + weights[$1] * NaiveStep.logDensity(points[$1], components)
      }
    }
    let expected = centralDifferences(parameters, total)
    let actual = tensors(of: model, gradients: true)
    // Forty rows of weight one or less with scores of up to 20, in floats.
    for (name, values) in expected where name.hasPrefix("prior.") || name.hasPrefix("encoder.") {
      for (a, b) in zip(actual[name]!, values) { #expect(abs(a - b) <= 40 * 20 * 4 * roundoff) }
    }
    let components = NaiveStep.components(prior, parameters, latents: 3)
    for row in 0..<rows {
      for j in 0..<3 {
        func density(_ h: Double) -> Double {
          var point = points[row]
          point[j] += h
          return weights[row] * NaiveStep.logDensity(point, components)
        }
        let slope = (density(1e-5) - density(-1e-5)) / 2e-5
        #expect(abs(Double(scores.values[3 * row + j]) - slope) <= 20 * 20 * roundoff)
      }
    }
  }

  @Test func aPseudoInputBeyondItsRangeHasNoGradient() throws {
    let model = try Self.model(.vampPrior(.init(components: 6)))
    let inputs = tensors(of: model)["prior.pseudo_inputs"]!
    let pass = PriorPass(model, rows: 3, isTraining: true)
    let z = MatrixFixture(rows: 3, columns: 2, [0.1, 0.2, -1, 0.5, 2, 0])
    let terms = TermBuffer(count: 3)
    let weights = TermBuffer(count: 3)
    weights.fill(1)
    pass.prepare()
    pass.logDensity(z.view, into: terms, keepingResponsibilities: true)
    pass.pullBack(z: z.view, weights: weights, seed: 0, step: 0)
    let gradient = tensors(of: model, gradients: true)["prior.pseudo_inputs"]!
    let outside = inputs.map { $0 < 0 || $0 > 1 }
    #expect(outside.contains(true) && outside.contains(false))
    for (value, isOutside) in zip(gradient, outside) { #expect((value == 0) == isOutside) }
  }
}
