// Likelihoods of one value: the density's integral or sum, its mean, and the moments of draws.

import Foundation
import Kernels
import Networks

/// Every likelihood that the library has a name for: ∫p(x)dx = 1 (or a sum), the mean that the engine states
/// against ∫x·p(x)dx, and mean and mean square of draws against the same integrals of the density.
struct LikelihoodChecks {
  let isQuick: Bool

  /// Points x with weights w: Σ w·p(x)·f(x) is the integral of f.
  struct Support {
    /// Rows of x
    let points: [[Float]]
    let weights: [Double]

    init?(_ name: String, channels: Int) {
      switch name.split(separator: "_").first {
      case "bernoulli": (points, weights) = ([[0], [1]], [1, 1])
      case "gaussian", "laplace", "student": (points, weights) = Support.line
      case "continuous": (points, weights) = Support.interval
      case "discretised":
        points = (0...255).map { [Float($0) / 255] }
        weights = points.map { _ in 1 }
      case "categorical":
        points = (0..<channels).map { place in (0..<channels).map { $0 == place ? 1 : 0 } }
        weights = points.map { _ in 1 }
      case "poisson", "negative", "zero":
        points = (0..<1_000).map { [Float($0)] }
        weights = points.map { _ in 1 }
      default: return nil
      }
    }

    // x = sinh t in equal steps of t: fine near zero, far out for heavy tails.
    private static var line: ([[Float]], [Double]) {
      let (step, reach) = (0.004, 11.0)
      let t = stride(from: -reach, through: reach, by: step)
      return (t.map { [Float(sinh($0))] }, t.map { cosh($0) * step })
    }

    private static var interval: ([[Float]], [Double]) {
      let count = 8_192
      return (
        (0..<count).map { [(Float($0) + 0.5) / Float(count)] },
        [Double](repeating: 1 / Double(count), count: count)
      )
    }
  }

  /// The comparisons.
  func checks() -> [VerificationCheck] {
    LikelihoodSpec.choiceNames.flatMap { name -> [VerificationCheck] in
      let channels = name == "categorical" ? 4 : 1
      guard let support = Support(name, channels: channels) else {
        return [.notCovered(.likelihoods, name, "nobody has said which values it takes")]
      }
      do {
        return checks(of: try model(name, channels: channels), name, support)
      } catch {
        return [.notCovered(.likelihoods, name, "\(error)")]
      }
    }
  }

  /// A model whose likelihood has learned something.
  func model(_ name: String, channels: Int) throws -> Model {
    let likelihood = try LikelihoodSpec(named: name, channels: channels)
    let spec = try ModelSpec(
      name: "likelihood", data: DataSpec(height: 1, width: 1, channels: channels),
      encoder: [.dense(outputs: 2)], latents: 1, decoder: [.dense(outputs: channels)],
      likelihood: .gaussian(.fixed(1))
    ).replacing(likelihood: likelihood)
    let model = try Model(spec, seed: 3, threads: 1)
    for tensor in model.layout.trained where tensor.name.hasPrefix("likelihood.") {
      let values = tensor.slot.vector(in: model.parameters.vector)
      for index in 0..<values.count { values[index] += 0.25 }
    }
    return model
  }

  // What the decoder gives: log-odds, a log-rate or a centre near which every density is smooth.
  private static let outputs: [Float] = [0.375, -0.5, 0.75, 0.125]

  private func fill(_ arena: Arena, rows: Int, columns: Int) -> MatrixView {
    for index in 0..<rows * columns {
      arena.vector[index] = LikelihoodChecks.outputs[index % columns]
    }
    return arena.vector.matrix(rows: rows, columns: columns)
  }

  // A class counts as its number.
  private func scalar(_ row: [Float]) -> Double {
    row.count == 1
      ? Double(row[0]) : row.enumerated().reduce(0) { $0 + Double($1.offset) * Double($1.element) }
  }

  /// - Parameter planted: what draws are multiplied by; for tests
  func checks(
    of model: Model, _ name: String, _ support: Support, planted: Double = 1
  ) -> [VerificationCheck] {
    let likelihood = model.likelihood
    let (inputs, outputs) = (likelihood.dimensions, likelihood.outputs)
    let rows = support.points.count
    let (data, given) = (Arena(count: rows * inputs), Arena(count: rows * outputs))
    data.vector.assign(support.points.flatMap { $0 })
    let terms = TermBuffer(count: rows)
    likelihood.logDensity(
      of: data.vector.matrix(rows: rows, columns: inputs),
      given: fill(given, rows: rows, columns: outputs), samples: 1, into: terms,
      writingScore: false, parameters: model.views, compute: model.compute)
    var integrals = [0.0, 0.0, 0.0]
    for row in 0..<rows {
      let mass = support.weights[row] * exp(terms[row])
      let value = scalar(support.points[row])
      for power in 0..<3 { integrals[power] += mass * pow(value, Double(power)) }
    }
    let one = Arena(count: outputs)
    let meanRow = fill(one, rows: 1, columns: outputs)
    likelihood.mean(meanRow, parameters: model.views)
    let stated = scalar((0..<inputs).map { meanRow[0, $0] })
    let draws = self.draws(model, planted: planted)
    // 2 · 10⁻⁴: ln p and its special functions in 32 bits, some 10⁻⁵, and the steps of the integral, which at
    // the kink of a Laplace density leave h²/12 of its slope's jump.
    let allowance = 2e-4
    var checks = [
      VerificationCheck(
        .likelihoods, "\(name), integral", "∫p(x)dx, or its sum; 1", got: integrals[0],
        expected: 1, allowance: allowance),
      VerificationCheck(
        .likelihoods, "\(name), stated mean", "the engine's mean; ∫x·p(x)dx", got: stated,
        expected: integrals[1], allowance: allowance * max(1, abs(stated))),
    ]
    for (power, what) in [(1, "mean"), (2, "mean square")] {
      let estimate = SampleMean(draws.map { power == 1 ? $0 : $0 * $0 })
      checks.append(
        VerificationCheck(
          .likelihoods, "\(name), \(what) of draws",
          "\(draws.count) draws; integral of the density",
          got: estimate.mean, expected: integrals[power],
          allowance: allowance * max(1, abs(integrals[power])),
          standardError: estimate.standardError))
    }
    return checks
  }

  private func draws(_ model: Model, planted: Double) -> [Double] {
    let likelihood = model.likelihood
    let count = isQuick ? 20_000 : 200_000
    let arena = Arena(count: count * likelihood.outputs)
    let rows = fill(arena, rows: count, columns: likelihood.outputs)
    likelihood.sample(
      rows, stream: RandomStream(seed: 13, purpose: .sampling), firstRow: 0,
      parameters: model.views)
    return (0..<count).map { row in
      planted * scalar((0..<likelihood.dimensions).map { rows[row, $0] })
    }
  }
}
