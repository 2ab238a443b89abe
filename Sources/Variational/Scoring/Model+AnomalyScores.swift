// The pass over a data set that scores each example.

import Kernels
import Networks

extension Model {
  /// How odd each example is; higher is more anomalous.
  ///
  ///     let odd = try model.anomalyScores(of: garments, [.elbo])[.elbo]     // [N], nats
  ///
  /// Noise is a function of the seed and the example's place among those that can be used, as in
  /// ``evaluate(_:importanceSamples:seed:)``. An example that cannot be used (``DataSet/failure(of:)``), or whose score
  /// is not a finite number, is odder than all others: its score is +∞.
  ///
  /// - Parameters:
  ///   - data: the examples
  ///   - kinds: which scores
  ///   - samples: draws of z whose mean `elbo` and `reconstructionProbability` are
  ///   - importanceSamples: draws of z for `logLikelihood`
  ///   - seed: what the draws are derived from
  /// - Throws: `DataError` when the data does not fit the model, and when a plain autoencoder is asked for what needs
  ///   a posterior.
  /// - Complexity: one encoder pass, and a decoder pass a draw; memory O(N), whatever the draws.
  public func anomalyScores(
    of data: DataSet, _ kinds: [AnomalyScore] = AnomalyScore.allCases, samples: Int = 16,
    importanceSamples: Int = 64, seed: UInt64 = 1
  ) throws(DataError) -> AnomalyScores {
    let usable = data.usable
    try usable.check(against: spec)
    precondition(
      samples >= 1 && importanceSamples >= 1,
      "Model.anomalyScores: \(samples) samples, \(importanceSamples) importance samples")
    if let kind = kinds.first(where: \.needsPosterior), !isVariational {
      throw DataError(
        spec.name,
        "a plain autoencoder has no posterior, which the score \(kind.rawValue) needs; "
          + "take \(AnomalyScore.reconstructionError.rawValue)")
    }
    let draws = PosteriorDraws(
      means: kinds.contains { $0 == .elbo || $0 == .reconstructionProbability } ? samples : 0,
      weights: kinds.contains(.logLikelihood) ? importanceSamples : 0)
    var values = kinds.map { _ in [Double]() }
    for index in kinds.indices { values[index].reserveCapacity(data.count) }
    let pass = PosteriorScorePass(self, seed: seed)
    var first = 0
    while first < usable.count {
      let chunk = pass.encode(usable, from: first)
      let scores = draws.isEmpty ? nil : pass.score(chunk, draws, firstRow: first)
      for (index, kind) in kinds.enumerated() {
        switch kind {
        case .reconstructionError: values[index] += pass.squaredErrors(chunk)
        case .elbo: values[index] += scores?.negativeBounds ?? []
        case .logLikelihood: values[index] += scores?.negativeLogLikelihoods ?? []
        case .reconstructionProbability: values[index] += scores?.negativeReconstructions ?? []
        }
      }
      first += chunk.x.rows
    }
    try usable.checkUnchanged()
    return AnomalyScores(kinds, values, of: data)
  }
}

extension AnomalyScores {
  /// The scores of a set from those of the examples that can be used.
  ///
  /// - Parameter values: of each kind, [usable examples]
  init(_ kinds: [AnomalyScore], _ values: [[Double]], of data: DataSet) {
    var reasons: [Int: String] = [:]
    for example in 0..<data.count { reasons[example] = data.failure(of: example) }
    let places = data.usableExamples
    self.kinds = kinds
    self.values = zip(kinds, values).map { kind, values in
      var column = [Double](repeating: .infinity, count: data.count)
      for (place, value) in zip(places, values) {
        if value.isFinite {
          column[place] = value
        } else {
          let reason = "\(kind.rawValue) is \(value)"
          reasons[place] = reasons[place].map { "\($0); \(reason)" } ?? reason
        }
      }
      return column
    }
    self.reasons = reasons
  }
}

/// How many draws of z each mean takes; the two means share the first draws.
struct PosteriorDraws: Sendable {
  let means: Int
  let weights: Int

  var isEmpty: Bool { count == 0 }
  var count: Int { max(means, weights) }
}

/// The buffers of scoring, a chunk of examples at a time.
struct PosteriorScorePass {
  /// Some examples and the encoder's output for them.
  struct Chunk {
    let x: MatrixView  // [n, D]
    let head: MatrixView  // (mean ‖ logVariance) bounded, [n, 2L]; [n, L] of a plain autoencoder
  }

  /// The scores of a chunk, [n] each, in nats.
  struct Scores {
    var negativeBounds: [Double]
    var negativeLogLikelihoods: [Double]
    var negativeReconstructions: [Double]
  }

  private let model: Model
  private let workspace: InferenceWorkspace
  private let stream: RandomStream
  private let prior: PriorPass?

  init(_ model: Model, seed: UInt64) {
    self.model = model
    workspace = model.inferenceWorkspace()
    stream = RandomStream(seed: seed, purpose: .evaluation)
    prior = model.learnedPrior(rows: workspace.capacity)
  }

  /// Encodes as many examples as the workspace holds.
  func encode(_ data: DataSet, from first: Int) -> Chunk {
    let rows = min(workspace.capacity, data.count - first)
    let x = workspace.dataRows(rows, model)
    let head = model.encode(data, from: first, workspace, into: x)
    if model.isVariational {
      _ = model.posterior.bound(
        head, derivative: workspace.latentRows(workspace.derivative, rows, model))
    }
    return Chunk(x: x, head: head)
  }

  /// The decoder's output at the posterior's mean, [n, outputs].
  func decodeMeans(_ chunk: Chunk) -> MatrixView {
    let latents = model.spec.latents
    let z = workspace.latentRows(workspace.latent, chunk.x.rows, model)
    for row in 0..<z.rows { z.row(row).copy(from: chunk.head.row(row).slice(0, count: latents)) }
    return model.decode(z, workspace)
  }

  /// ‖x − E[x|z]‖² at the posterior's mean, over the values that are there.
  func squaredErrors(_ chunk: Chunk) -> [Double] {
    let output = decodeMeans(chunk)
    model.likelihood.mean(output, parameters: model.views, compute: model.compute)
    let dimensions = model.likelihood.dimensions
    return (0..<chunk.x.rows).map { row in
      sumLanes(chunk.x.row(row), output.row(row).slice(0, count: dimensions)) { x, mean in
        let difference = x - mean
        return (difference * difference).replacing(with: 0, where: x .!= x)
      }
    }
  }

  /// The scores that need draws from the posterior.
  ///
  /// Draw s of every example is drawn and decoded before draw s + 1, so nothing is kept but sums.
  func score(_ chunk: Chunk, _ draws: PosteriorDraws, firstRow: Int) -> Scores {
    let rows = chunk.x.rows
    var reconstructions = [Double](repeating: 0, count: rows)  // Σ ln p(x|z)
    var ratios = reconstructions  // Σ ln p(z)/q(z|x)
    var weights = [LogSum](repeating: LogSum(), count: rows)
    for draw in 1...draws.count {
      let z = model.sampleLatents(
        chunk.head, workspace, stream: stream, step: draw, firstRow: firstRow)
      let output = model.decode(z, workspace)
      model.likelihood.logDensity(
        of: chunk.x, given: output, samples: 1, into: workspace.terms, writingScore: false,
        parameters: model.views, compute: model.compute)
      let isLearned = prior != nil
      if isLearned || draw <= draws.weights { writeLogRatios(chunk.head, z) }
      for row in 0..<rows {
        if draw <= draws.means {
          reconstructions[row] += workspace.terms[row]
          if isLearned { ratios[row] += workspace.divergences[row] }
        }
        if draw <= draws.weights {
          weights[row].add(workspace.terms[row] + workspace.divergences[row])
        }
      }
    }
    let count = Double(max(1, draws.means))
    let divergences = prior == nil ? closedDivergences(chunk.head) : ratios.map { -$0 / count }
    return Scores(
      negativeBounds: zip(reconstructions, divergences).map { $1 - $0 / count },
      negativeLogLikelihoods: weights.map { -$0.logMean(of: draws.weights) },
      negativeReconstructions: reconstructions.map { -$0 / count })
  }

  // ln p(z) − ln q(z|x) into `divergences`, the noise of z still in the workspace.
  private func writeLogRatios(_ head: MatrixView, _ z: MatrixView) {
    if let prior {
      model.logRatios(head, z, workspace, prior, into: workspace.divergences)
      return
    }
    let latents = model.spec.latents
    let noise = workspace.latentRows(workspace.noise, z.rows, model)
    for row in 0..<z.rows {
      // ½ Σ (ε² + ℓ − z²): the constants cancel.
      let logVariance = head.row(row).slice(latents, count: latents)
      workspace.divergences[row] =
        0.5
        * (noise.row(row).sumOfSquares - z.row(row).sumOfSquares
          + sumLanes(logVariance, logVariance) { l, _ in l })
    }
  }

  private func closedDivergences(_ head: MatrixView) -> [Double] {
    model.posterior.divergence(head, into: workspace.divergences)
    return (0..<head.rows).map { workspace.divergences[$0] }
  }
}
