// How the importance-weighted bound grows with its samples, on a model whose evidence is known.

import Foundation
import Kernels

/// IWAE's bound L_K as the training step computes it, for a linear model with a posterior made too wide:
///
///     L₁ = ln p(x) − KL(q ‖ p(z|x))          L_K ≤ L_K′ for K ≤ K′          L_K → ln p(x), as v/2K
///
/// - SeeAlso: Burda, Grosse and Salakhutdinov (2016), theorem 1; Domke and Sheldon (2018), section 3.
struct BoundChecks {
  private let fit: LinearFit
  private let isQuick: Bool
  private let model: Model
  private let samples: [Int]

  /// - Parameter samples: the numbers K, ascending
  init(_ fit: LinearFit, isQuick: Bool, samples: [Int] = [1, 4, 16, 64, 256]) throws {
    self.samples = samples
    self.fit = fit
    self.isQuick = isQuick
    // Twice the variance: the weights' own variance stays finite, and the gap at K = 1 is 0.15 nats a latent.
    model = try fit.model.copy(kind: .importanceWeighted(.all), wideningPosteriorBy: 2)
  }

  /// The bound with K samples: mean and standard error over independent repetitions.
  private func bound(_ rows: [Int], samples: Int) -> SampleMean {
    let step = TrainingStep(model, capacity: rows.count, samples: samples)
    // Few samples vary most and cost least.
    let repetitions = isQuick ? max(24, 1_024 / samples) : max(64, 4_096 / samples)
    return SampleMean(
      (0..<repetitions).map { repetition in
        -step.gradients(
          of: fit.data.dataSet, rows[...],
          noise: .stream(RandomStream(seed: 7, purpose: .latentNoise)), beta: 1, seed: 7,
          step: repetition + 10_000 * samples
        ).value.loss
      })
  }

  /// The comparisons.
  ///
  /// - Parameter planted: added to the exact evidence; for tests
  func checks(planted: Double = 0) throws -> [VerificationCheck] {
    let rows = fit.examples(32)
    let exact = try LinearGaussian(fit.model)
    let evidence = planted + (try fit.exactLogLikelihood(rows, exact))
    let bounds = samples.map { bound(rows, samples: $0) }
    var checks = [
      VerificationCheck(
        .bounds, "K = 1", "IWAE's bound; exact ln p − KL(q ‖ p(z|x))", got: bounds[0].mean,
        expected: evidence - (try fit.meanGap(rows, exact, of: model)), allowance: fit.rounding,
        standardError: bounds[0].standardError)
    ]
    for index in 1..<bounds.count {
      let (before, after) = (bounds[index - 1], bounds[index])
      checks.append(
        VerificationCheck(
          .bounds, "K = \(samples[index])",
          "IWAE's bound; not below K = \(samples[index - 1])",
          got: after.mean, expected: before.mean, relation: .atLeast, allowance: 0,
          standardError: (before.standardError.squared + after.standardError.squared).squareRoot()))
    }
    let last = bounds[bounds.count - 1]
    // The gap falls as 1/K: what is left at 4K is a third of the last rise.
    let rise = abs(last.mean - bounds[bounds.count - 2].mean)
    checks.append(
      VerificationCheck(
        .bounds, "limit", "IWAE's bound at K = \(samples[samples.count - 1]); exact ln p",
        got: last.mean, expected: evidence, allowance: rise + fit.rounding,
        standardError: last.standardError))
    return checks
  }
}
