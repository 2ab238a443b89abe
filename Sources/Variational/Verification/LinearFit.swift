// A linear variational autoencoder, trained as any other, against probabilistic principal components.

import Foundation
import Kernels
import Networks

/// One dense layer each way, a Gaussian likelihood with one learned variance, trained from random weights.
struct LinearFit {
  let data: StandardisedData
  let optimum: ProbabilisticPCA
  let model: Model

  /// Trains.
  ///
  /// Adam at 0.01 with a cosine down to zero: the last steps are so small that the minibatches' noise is
  /// averaged away.
  init(_ data: StandardisedData, isQuick: Bool, threads: Int?) throws {
    let optimum = try ProbabilisticPCA(covariance: data.covariance)
    guard optimum.noiseVariance > 1e-6 else {
      throw DataError(
        data.dataSet.name,
        "all but \(optimum.noiseVariance) of the variance lies in \(optimum.latents) directions, so "
          + "there is no noise to fit")
    }
    let latents = optimum.latents
    let batchSize = min(250, data.count)
    let stepsPerEpoch = (data.count + batchSize - 1) / batchSize
    let steps = isQuick ? 3_000 : 24_000
    let spec = ModelSpec(
      name: "linear", data: DataSpec(height: 1, width: 1, channels: data.dimensions),
      encoder: [.dense(outputs: 2 * latents)], latents: latents,
      decoder: [.dense(outputs: data.dimensions)], likelihood: .gaussian(.shared),
      training: TrainingSpec(
        learningRate: 0.01, schedule: Schedule(.cosine(floor: 0)), batchSize: batchSize,
        epochs: max(1, steps / stepsPerEpoch)))
    let model = try Model(spec, seed: 1, threads: threads)
    _ = try Fit(try Trainer(model, data: data.dataSet)).run()
    self.init(data: data, optimum: optimum, model: model)
  }

  init(data: StandardisedData, optimum: ProbabilisticPCA, model: Model) {
    (self.data, self.optimum, self.model) = (data, optimum, model)
  }

  /// Roundings of a row's density: each of D squares is off by some 16 u (a mean from L products, one
  /// difference, a square), and so at most is their sum over σ², which is D in the mean.
  var rounding: Double { 16 * 0x1p-24 * Double(data.dimensions) }

  /// Examples that estimates are made for: the first ones.
  func examples(_ count: Int) -> [Int] { Array(0..<min(count, data.count)) }

  /// The exact ln p(x), mean over examples, nats.
  func exactLogLikelihood(_ examples: [Int], _ exact: LinearGaussian) throws -> Double {
    try examples.reduce(0) { try $0 + exact.logDensity(row($1)) } / Double(examples.count)
  }

  /// One example as the engine sees it.
  func row(_ index: Int) -> [Double] {
    let arena = Arena(count: data.dimensions)
    data.dataSet.copyExample(index, into: arena.vector)
    return arena.vector.array.map(Double.init)
  }

  /// The comparisons.
  ///
  /// Around its maximum ln p falls as r²/4 for every direction in which the model's variance is off by a part
  /// r. The tolerance of 0.05 nats is met by no σ² that is off by more than √(0.2/D), which is therefore the
  /// one for σ². A subspace tilted by an angle θ costs κ sin²θ nats (`ProbabilisticPCA.tiltCost`), where κ is
  /// small if the eigenvalues on both sides of the cut lie close together, as those of white noise do: how far
  /// the minibatches' noise tilts a direction is given by how much of ln p that takes. The tolerance for the
  /// sine is the tilt that costs 0.01 nats, a fifth of what the maximum may lack; 1, and so no tilt at all, where
  /// even a right angle costs less.
  func checks(isQuick: Bool) throws -> [VerificationCheck] {
    let exact = try LinearGaussian(model)
    let logLikelihood = try exact.meanLogDensity(mean: data.mean, covariance: data.covariance)
    let dimensions = Double(data.dimensions)
    // 64-bit sums of D terms of order one, and the logarithms of D pivots.
    let arithmetic = 1e-12 * dimensions * max(1, abs(optimum.logLikelihood))
    let latents = "\(optimum.latents) latents"
    var checks = [
      VerificationCheck(
        .linear, "maximum", "exact ln p of the trained model; probabilistic PCA's, \(latents)",
        got: logLikelihood, expected: optimum.logLikelihood, allowance: 0.05),
      VerificationCheck(
        .linear, "bound", "exact ln p of the trained model; no model's exceeds PCA's",
        got: logLikelihood, expected: optimum.logLikelihood, relation: .atMost,
        allowance: arithmetic),
      VerificationCheck(
        .linear, "noise variance", "learned σ²; mean of the eigenvalues left out",
        got: exact.noiseVariance, expected: optimum.noiseVariance,
        allowance: optimum.noiseVariance * (0.2 / dimensions).squareRoot()),
      VerificationCheck(
        .linear, "subspace", "sine of the largest angle, decoder's columns to eigenvectors",
        got: try optimum.largestSine(to: exact.weights), expected: 0,
        allowance: min(1, (0.01 / max(optimum.tiltCost, 1e-300)).squareRoot())),
    ]
    checks.append(try elboCheck(exact))
    checks.append(try importanceCheck(exact, isQuick: isQuick))
    return checks
  }

  /// The bound with the divergence in closed form against exact ln p less the exact gap, both means over
  /// the same examples.
  func elboCheck(_ exact: LinearGaussian) throws -> VerificationCheck {
    let rows = examples(500)
    let expected = try exactLogLikelihood(rows, exact) - meanGap(rows, exact, of: model)
    let some = data.dataSet.subset(rows)
    let estimate = SampleMean(try (0..<32).map { try model.evaluate(some, seed: $0 + 1).elbo })
    return VerificationCheck(
      .linear, "elbo", "evidence bound, one draw of z; exact ln p − KL(q ‖ p(z|x))",
      got: estimate.mean, expected: expected, allowance: rounding,
      standardError: estimate.standardError)
  }

  /// KL(q(z|x) ‖ p(z|x)), mean over examples, nats.
  func meanGap(_ rows: [Int], _ exact: LinearGaussian, of model: Model) throws -> Double {
    let codes = try model.encode(data.dataSet.subset(rows))
    guard let logVariances = codes.logVariances else { return .nan }
    var total = 0.0
    for (place, index) in rows.enumerated() {
      total += try exact.divergence(
        codes.means.row(place).map(Double.init), logVariances.row(place).map(Double.init),
        given: row(index))
    }
    return total / Double(rows.count)
  }

  func importanceCheck(
    _ exact: LinearGaussian, isQuick: Bool
  ) throws -> VerificationCheck {
    let rows = examples(isQuick ? 20 : 100)
    let estimate = try ImportanceReplicates(
      model, data.dataSet, examples: rows, samples: 200, replicates: 64, seed: 100)
    return VerificationCheck(
      .linear, "importance sampling", "ln p(x), 64 × 200 draws an example; exact by Cholesky",
      got: estimate.logLikelihood, expected: try exactLogLikelihood(rows, exact),
      allowance: estimate.bias + rounding, standardError: estimate.standardError)
  }
}
