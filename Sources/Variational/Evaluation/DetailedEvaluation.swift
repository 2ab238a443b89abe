// What an evaluation says beyond its means: each example and each latent dimension.

import Kernels

/// The numbers of one example, in nats where they are log-densities.
public struct ExampleEvaluation: Sendable, Hashable {
  /// ln p(x|z) − KL with one sample.
  public var elbo: Double
  /// The reconstruction term in the objective's units.
  public var reconstruction: Double
  /// KL(q(z|x) ‖ p(z)); under a learned prior estimated with the sample, so it may be negative.
  public var kl: Double
  /// What importance sampling gives; nil unless asked for.
  public var importance: Importance?

  /// What an example's importance weights say.
  public struct Importance: Sendable, Hashable {
    /// ln (1/S) Σ w
    public var logLikelihood: Double
    /// (Σw)²/Σw²
    public var effectiveSampleSize: Double
    /// max w/Σw
    public var largestWeightShare: Double
  }
}

/// An evaluation with the numbers of every example and every latent dimension.
public struct DetailedEvaluation: Sendable {
  /// The means.
  public var summary: Evaluation
  /// One entry an example, in the data's order.
  public var examples: [ExampleEvaluation]
  /// What each latent dimension does.
  public var latents: LatentStatistics
}

/// What a pass over the data leaves of each example: 48 bytes, and sums for each latent.
struct EvaluationCollector {
  var examples: [ExampleEvaluation] = []
  var latents: LatentAccumulator

  /// Adds a chunk.
  ///
  /// - Parameters:
  ///   - head: (mean ‖ logVariance) bounded, [n, 2L], or the latent, [n, L]
  ///   - logLikelihoods: ln p(x|z) of its rows
  ///   - divergences: KL of its rows times `sign`; nil for a plain autoencoder
  mutating func add(
    _ head: MatrixView, logLikelihoods: TermBuffer, divergences: TermBuffer?, sign: Double,
    scale: ReconstructionScale
  ) {
    for row in 0..<head.rows {
      let kl = divergences.map { sign * $0[row] } ?? 0
      examples.append(
        ExampleEvaluation(
          elbo: logLikelihoods[row] - kl, reconstruction: scale.loss(logLikelihoods[row]), kl: kl))
      latents.add(head.row(row).array)
    }
  }

  /// Adds what the weights of the last examples say.
  mutating func add(_ sums: [LogSum], samples: Int) {
    let first = examples.count - sums.count
    for (index, sum) in sums.enumerated() {
      examples[first + index].importance = ExampleEvaluation.Importance(
        logLikelihood: sum.logMean(of: samples), effectiveSampleSize: sum.effectiveSampleSize,
        largestWeightShare: sum.largestShare)
    }
  }
}
