// Priors over two latents: the density's integral over a grid, and the moments of draws.

import Foundation
import Kernels
import Networks

/// Every prior that the library has a name for: ∫p(z)dz = 1, and means, variances and the covariance of draws
/// against the same integrals of the density.
struct PriorChecks {
  let isQuick: Bool
  private static let step = 0.05
  private static let reach = 20.0

  /// The comparisons.
  func checks() -> [VerificationCheck] {
    PriorSpec.names.flatMap { name -> [VerificationCheck] in
      do {
        return checks(of: try model(name), name)
      } catch {
        return [.notCovered(.priors, name, "\(error)")]
      }
    }
  }

  /// A model with the prior, what is learned moved to where nothing is symmetric.
  func model(_ name: String) throws -> Model {
    var prior = try PriorSpec.named(name, components: name == "standard_normal" ? nil : 5)
    if case .vampPrior(var spec) = prior {
      spec.range = nil
      spec.initialDeviation = 0.4
      prior = .vampPrior(spec)
    }
    let spec = ModelSpec(
      name: "prior", data: DataSpec(height: 1, width: 1, channels: 6),
      encoder: [.dense(outputs: 4)], latents: 2, decoder: [.dense(outputs: 6)],
      likelihood: .gaussian(.fixed(1)), prior: prior)
    let model = try Model(spec, seed: 3, threads: 1)
    for tensor in model.layout.trained where tensor.name.hasPrefix("prior.") {
      let moves = RandomStream(seed: 5, purpose: .general).gaussian(count: tensor.slot.count)
      let values = tensor.slot.vector(in: model.parameters.vector)
      for index in 0..<values.count { values[index] += 0.5 * moves[index] }
    }
    return model
  }

  /// Integrals of 1, zⱼ, zⱼ² and z₁z₂ against the density.
  private struct Moments {
    var mass = 0.0
    var first = [0.0, 0.0]
    var second = [0.0, 0.0]
    var product = 0.0
  }

  private func integrate(_ model: Model) -> Moments {
    let side = Int(PriorChecks.reach / PriorChecks.step)
    let coordinates = (-side...side).map { Float(Double($0) * PriorChecks.step) }
    let rows = coordinates.count
    let pass = PriorPass(model, rows: rows, isTraining: false)
    pass.prepare()
    let (arena, terms) = (Arena(count: 2 * rows), TermBuffer(count: rows))
    let z = arena.vector.matrix(rows: rows, columns: 2)
    var moments = Moments()
    for first in coordinates {
      for (row, second) in coordinates.enumerated() {
        arena.vector[2 * row] = first
        arena.vector[2 * row + 1] = second
      }
      pass.logDensity(z, into: terms)
      for (row, second) in coordinates.enumerated() {
        let mass = exp(terms[row]) * PriorChecks.step.squared
        let (a, b) = (Double(first), Double(second))
        moments.mass += mass
        moments.first[0] += mass * a
        moments.first[1] += mass * b
        moments.second[0] += mass * a * a
        moments.second[1] += mass * b * b
        moments.product += mass * a * b
      }
    }
    return moments
  }

  /// - Parameter planted: added to every draw; for tests
  func checks(of model: Model, _ name: String, planted: Float = 0) -> [VerificationCheck] {
    let exact = integrate(model)
    let count = isQuick ? 50_000 : 500_000
    let arena = Arena(count: 2 * count)
    let draws = arena.vector.matrix(rows: count, columns: 2)
    let pass = PriorPass(model, rows: 0, isTraining: false)
    pass.prepare()
    pass.sample(into: draws, stream: RandomStream(seed: 11, purpose: .sampling))
    func compare(_ what: String, _ expected: Double, _ f: (Double, Double) -> Double)
      -> VerificationCheck
    {
      let estimate = SampleMean(
        (0..<count).map { f(Double(draws[$0, 0] + planted), Double(draws[$0, 1] + planted)) })
      return VerificationCheck(
        .priors, "\(name), \(what)", "mean over \(count) draws; integral of the density",
        got: estimate.mean, expected: expected, allowance: 1e-4,
        standardError: estimate.standardError)
    }
    // ln p is a sum of a few terms of up to (z − μ)²e^−ℓ, which under p itself is of the order of ten: some
    // 16 roundings of that are 10⁻⁵, and the trapezoidal rule on a Gaussian that is wider than its step adds
    // nothing.
    return [
      VerificationCheck(
        .priors, "\(name), integral", "∫p(z)dz over a grid of two latents; 1", got: exact.mass,
        expected: 1, allowance: 1e-4),
      compare("mean of z₁", exact.first[0]) { a, _ in a },
      compare("mean of z₂", exact.first[1]) { _, b in b },
      compare("mean of z₁²", exact.second[0]) { a, _ in a * a },
      compare("mean of z₂²", exact.second[1]) { _, b in b * b },
      compare("mean of z₁z₂", exact.product) { a, b in a * b },
    ]
  }
}
