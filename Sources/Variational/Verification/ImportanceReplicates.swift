// Importance-sampled log-likelihoods with the error of the estimate itself.

import Foundation

/// ln p(x) by importance sampling, mean over some examples, and how far that may be from the truth.
///
/// Exact values are known for the same examples, so how much ln p(x) differs between examples is no error.
/// What is: the noise of each example's estimate. Every example is estimated R times with noise of its own,
/// and the spread of these gives its standard error sᵢ; that of the mean over N examples is √(Σ sᵢ²)/N. The
/// logarithm of a mean is biased by −½ Var(ŵ)/w² ≈ −½ R sᵢ² in the leading term; `bias` is twice that.
struct ImportanceReplicates: Sendable {
  /// Mean over the examples, nats.
  let logLikelihood: Double
  /// Of that mean, nats.
  let standardError: Double
  /// A bound of the bias, nats.
  let bias: Double

  /// - Parameters:
  ///   - examples: which ones, in the data
  ///   - samples: S, draws of z for one estimate
  ///   - replicates: R
  init(
    _ model: Model, _ data: DataSet, examples: [Int], samples: Int, replicates: Int, seed: UInt64
  ) throws {
    let n = Double(examples.count)
    var (mean, variance, bias) = (0.0, 0.0, 0.0)
    for (place, example) in examples.enumerated() {
      // The noise is a function of the place in the set, so copies of one example are replicates.
      let copies = data.subset([Int](repeating: example, count: replicates))
      let result = try model.evaluate(
        copies, importanceSamples: samples, seed: seed &+ UInt64(place))
      let error = result.logLikelihoodStandardError ?? .nan
      mean += (result.logLikelihood ?? .nan) / n
      variance += error * error / (n * n)
      bias += Double(replicates) * error * error / n
    }
    logLikelihood = mean
    standardError = variance.squareRoot()
    self.bias = bias
  }
}

/// The mean of numbers drawn independently, and its standard error.
struct SampleMean: Sendable {
  let mean: Double
  let standardError: Double

  init(_ values: [Double]) {
    let n = Double(values.count)
    let mean = values.reduce(0, +) / n
    self.mean = mean
    standardError =
      (values.reduce(0) { $0 + ($1 - mean).squared } / (n - 1) / n).squareRoot()
  }
}
