// A model's numbers on a data set.

import Foundation
import Kernels
import Networks

/// Means over the examples of a data set, in nats per example where they are log-densities.
public struct Evaluation: Sendable, Hashable, Codable {
  /// The number of examples.
  public var examples: Int
  /// The training objective (without warm-up), in its own units. Of an objective that looks at several
  /// samples, at a whole minibatch or at weights: the reconstruction plus β·KL with one sample.
  public var loss: Double
  /// The reconstruction term in the objective's units.
  public var reconstruction: Double
  /// KL(q(z|x) ‖ p(z)), nats; under a learned prior estimated with the sample.
  public var kl: Double
  /// The evidence lower bound, ln p(x|z) − KL with the likelihood's own constants, nats; higher is better.
  /// For a plain autoencoder, ln p(x|z).
  public var elbo: Double
  /// Log-variances that met the soft bound.
  public var saturations: Int
  /// The importance-sampled estimate of ln p(x), nats; nil unless asked for.
  public var logLikelihood: Double?
  /// Its standard error over the examples, nats.
  public var logLikelihoodStandardError: Double?
  /// The mean effective sample size (Σw)²/Σw² of an example's weights.
  public var effectiveSampleSize: Double?
  /// Samples an example that the estimate used.
  public var importanceSamples: Int?

  /// Whether every mean is a number; weights of absurd size give none.
  public var isFinite: Bool {
    [loss, reconstruction, kl, elbo, logLikelihood ?? 0, effectiveSampleSize ?? 0]
      .allSatisfy(\.isFinite)
  }

  enum CodingKeys: String, CodingKey {
    case examples, loss, reconstruction, kl, elbo, saturations
    case logLikelihood = "log_likelihood"
    case logLikelihoodStandardError = "log_likelihood_standard_error"
    case effectiveSampleSize = "effective_sample_size"
    case importanceSamples = "importance_samples"
  }
}

extension Model {
  /// Evaluates the objective with one sample of z an example, which is a function of the seed and the
  /// example's place in the set.
  ///
  /// - Parameters:
  ///   - data: the examples
  ///   - importanceSamples: samples for the log-likelihood estimate; 0 for none
  ///   - seed: what the samples are derived from
  /// - Throws: `DataError` when the data does not fit the model.
  /// - Complexity: one encoder pass and 1 + importanceSamples decoder passes; memory does not grow with
  ///   either.
  public func evaluate(
    _ data: DataSet, importanceSamples: Int = 0, seed: UInt64 = 1
  ) throws(DataError) -> Evaluation {
    try data.check(against: spec)
    precondition(importanceSamples >= 0, "Model.evaluate: \(importanceSamples) samples")
    let workspace = inferenceWorkspace()
    let stream = RandomStream(seed: seed, purpose: .evaluation)
    let isVariational = spec.posterior == .diagonalGaussian
    var (logLikelihood, divergence, saturations) = (0.0, 0.0, 0)
    var estimates = ImportanceEstimates()
    // A learned prior's components are the same for all the data.
    let prior = learnedPrior(isVariational, rows: workspace.capacity)

    var first = 0
    while first < data.count {
      let rows = min(workspace.capacity, data.count - first)
      let x = workspace.dataRows(rows, self)
      gather(data, from: first, into: x)
      let head = workspace.encoder.forward(
        x, parameters: views, mode: .inference, seed: 0, step: 0)
      var z = head
      if isVariational {
        saturations += posterior.bound(
          head, derivative: workspace.latentRows(workspace.derivative, rows, self))
        z = sampleLatents(head, workspace, stream: stream, step: 0, firstRow: first)
        if let prior {
          logRatios(head, z, workspace, prior, into: workspace.divergences)
          divergence -= workspace.divergences.sum(first: rows)
        } else {
          posterior.divergence(head, into: workspace.divergences)
          divergence += workspace.divergences.sum(first: rows)
        }
      }
      let output = workspace.decoder.forward(
        z, parameters: views, mode: .inference, seed: 0, step: 0)
      likelihood.logDensity(
        of: x, given: output, samples: 1, into: workspace.terms, writingScore: false,
        parameters: views, compute: compute)
      logLikelihood += workspace.terms.sum(first: rows)
      if importanceSamples > 0 && isVariational {
        addImportanceEstimates(
          x, head, workspace, prior: prior, stream: stream, samples: importanceSamples,
          firstRow: first, to: &estimates)
      }
      first += rows
    }

    let count = Double(data.count)
    let term = reconstructionScale.loss(logLikelihood / count)
    let kl = divergence / count
    var result = Evaluation(
      examples: data.count, loss: term + spec.objective.beta * kl, reconstruction: term, kl: kl,
      elbo: logLikelihood / count - kl, saturations: saturations)
    if importanceSamples > 0 && isVariational { estimates.report(into: &result, importanceSamples) }
    return result
  }

  private func learnedPrior(_ isVariational: Bool, rows: Int) -> PriorPass? {
    guard isVariational, !prior.hasClosedFormDivergence else { return nil }
    let pass = PriorPass(self, rows: rows, isTraining: false)
    pass.prepare()
    return pass
  }

  // ln p(z) − ln q(z|x) of every row, the noise of z still in the workspace.
  private func logRatios(
    _ head: MatrixView, _ z: MatrixView, _ workspace: InferenceWorkspace, _ prior: PriorPass,
    into result: TermBuffer
  ) {
    let noise = workspace.latentRows(workspace.noise, z.rows, self)
    posterior.logDensity(
      head, noise: noise, samples: 1, into: workspace.densities, compute: compute)
    prior.logDensity(z, into: result)
    for row in 0..<z.rows { result[row] -= workspace.densities[row] }
  }

  private func sampleLatents(
    _ head: MatrixView, _ workspace: InferenceWorkspace, stream: RandomStream, step: Int,
    firstRow: Int
  ) -> MatrixView {
    let noise = workspace.latentRows(workspace.noise, head.rows, self)
    let z = workspace.latentRows(workspace.latent, head.rows, self)
    compute.forEachShare(
      of: head.rows, cost: spec.latents * 16, (posterior, head, noise, z, stream, step, firstRow)
    ) { context, rows, _ in
      let (posterior, head, noise, z, stream, step, firstRow) = context
      stream.fillGaussian(noise.rows(rows), step: step, firstRow: firstRow + rows.lowerBound)
      posterior.sample(
        head.rows(rows), noise: noise.rows(rows), samples: 1, into: z.rows(rows))
    }
    return z
  }

  /// ln p(x) ≈ ln (1/S) Σₛ p(x|zₛ)p(zₛ)/q(zₛ|x), zₛ from q (Burda, Grosse and Salakhutdinov, 2016).
  ///
  /// The chunk's examples go through the decoder once a sample; each keeps a running maximum and sum.
  private func addImportanceEstimates(
    _ x: MatrixView, _ head: MatrixView, _ workspace: InferenceWorkspace, prior: PriorPass?,
    stream: RandomStream, samples: Int, firstRow: Int, to estimates: inout ImportanceEstimates
  ) {
    var sums = [LogSum](repeating: LogSum(), count: x.rows)
    for sample in 1...samples {
      let z = sampleLatents(head, workspace, stream: stream, step: sample, firstRow: firstRow)
      let output = workspace.decoder.forward(
        z, parameters: views, mode: .inference, seed: 0, step: 0)
      likelihood.logDensity(
        of: x, given: output, samples: 1, into: workspace.terms, writingScore: false,
        parameters: views, compute: compute)
      if let prior {
        logRatios(head, z, workspace, prior, into: workspace.divergences)
        for row in 0..<x.rows {
          sums[row].add(workspace.terms[row] + workspace.divergences[row])
        }
        continue
      }
      let noise = workspace.latentRows(workspace.noise, x.rows, self)
      for row in 0..<x.rows {
        // ln p(z) − ln q(z|x) = ½ Σ (ε² + ℓ − z²): the constants cancel.
        let latents = spec.latents
        let logVariance = head.row(row).slice(latents, count: latents)
        let difference =
          0.5
          * (noise.row(row).sumOfSquares - z.row(row).sumOfSquares
            + sumLanes(logVariance, logVariance) { l, _ in l })
        sums[row].add(workspace.terms[row] + difference)
      }
    }
    for sum in sums { estimates.add(sum.logMean(of: samples), sum.effectiveSampleSize) }
  }
}

/// ln Σ e^aᵢ and ln Σ e^2aᵢ over a stream of aᵢ, scaled by the largest so far.
struct LogSum: Sendable {
  private var largest = -Double.infinity
  private var sum = 0.0
  private var squares = 0.0

  mutating func add(_ a: Double) {
    if a > largest {
      let factor = Foundation.exp(largest - a)
      sum = sum * factor + 1
      squares = squares * factor * factor + 1
      largest = a
    } else {
      let weight = Foundation.exp(a - largest)
      sum += weight
      squares += weight * weight
    }
  }

  /// ln of the mean of `count` terms.
  func logMean(of count: Int) -> Double {
    largest + Foundation.log(sum) - Foundation.log(Double(count))
  }

  /// (Σw)²/Σw²
  var effectiveSampleSize: Double { sum * sum / squares }
}

private struct ImportanceEstimates {
  private var count = 0
  private var mean = 0.0
  private var squares = 0.0
  private var sizes = 0.0

  // Welford's update.
  mutating func add(_ estimate: Double, _ effectiveSampleSize: Double) {
    count += 1
    let difference = estimate - mean
    mean += difference / Double(count)
    squares += difference * (estimate - mean)
    sizes += effectiveSampleSize
  }

  func report(into result: inout Evaluation, _ samples: Int) {
    let n = Double(count)
    result.logLikelihood = mean
    result.logLikelihoodStandardError = count > 1 ? (squares / (n - 1) / n).squareRoot() : 0
    result.effectiveSampleSize = sizes / n
    result.importanceSamples = samples
  }
}
