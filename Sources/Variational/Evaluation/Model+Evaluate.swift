// The pass over a data set that evaluates it.

import Kernels
import Networks

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
    var collector: EvaluationCollector?
    return try evaluate(data, importanceSamples, seed, into: &collector)
  }

  /// The same with the numbers of every example and every latent dimension.
  ///
  /// - Complexity: as `evaluate`, and O(N) memory.
  public func evaluateInDetail(
    _ data: DataSet, importanceSamples: Int = 0, seed: UInt64 = 1
  ) throws(DataError) -> DetailedEvaluation {
    var collector: EvaluationCollector? = EvaluationCollector(
      latents: LatentAccumulator(
        latents: spec.latents, isVariational: isVariational,
        logVarianceRange: spec.logVarianceRange))
    let summary = try evaluate(data, importanceSamples, seed, into: &collector)
    guard let collector else { preconditionFailure("Model.evaluateInDetail: nothing collected") }
    return DetailedEvaluation(
      summary: summary, examples: collector.examples,
      latents: collector.latents.statistics(priorMoments: priorMoments()))
  }

  private func evaluate(
    _ data: DataSet, _ importanceSamples: Int, _ seed: UInt64,
    into collector: inout EvaluationCollector?
  ) throws(DataError) -> Evaluation {
    try data.check(against: spec)
    precondition(importanceSamples >= 0, "Model.evaluate: \(importanceSamples) samples")
    let workspace = inferenceWorkspace()
    let stream = RandomStream(seed: seed, purpose: .evaluation)
    var (logLikelihood, divergence, saturations) = (0.0, 0.0, 0)
    var estimates = ImportanceEstimates(samples: importanceSamples)
    // A learned prior's components are the same for all the data.
    let prior = learnedPrior(rows: workspace.capacity)

    var first = 0
    while first < data.count {
      let rows = min(workspace.capacity, data.count - first)
      let x = workspace.dataRows(rows, self)
      let head = encode(data, from: first, workspace, into: x)
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
      let output = decode(z, workspace)
      likelihood.logDensity(
        of: x, given: output, samples: 1, into: workspace.terms, writingScore: false,
        parameters: views, compute: compute)
      logLikelihood += workspace.terms.sum(first: rows)
      collector?.add(
        head, logLikelihoods: workspace.terms,
        divergences: isVariational ? workspace.divergences : nil, sign: prior == nil ? 1 : -1,
        scale: reconstructionScale)
      if importanceSamples > 0 && isVariational {
        let sums = importanceSums(
          x, head, workspace, prior: prior, stream: stream, samples: importanceSamples,
          firstRow: first, notingIn: &estimates)
        estimates.finish(sums)
        collector?.add(sums, samples: importanceSamples)
      }
      first += rows
    }

    try data.checkUnchanged()
    let count = Double(data.count)
    let term = reconstructionScale.loss(logLikelihood / count)
    let kl = divergence / count
    var result = Evaluation(
      examples: data.count, loss: term + spec.objective.beta * kl, reconstruction: term, kl: kl,
      elbo: logLikelihood / count - kl, saturations: saturations)
    if importanceSamples > 0 && isVariational { estimates.report(into: &result) }
    return result
  }

  private func learnedPrior(rows: Int) -> PriorPass? {
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
  private func importanceSums(
    _ x: MatrixView, _ head: MatrixView, _ workspace: InferenceWorkspace, prior: PriorPass?,
    stream: RandomStream, samples: Int, firstRow: Int, notingIn estimates: inout ImportanceEstimates
  ) -> [LogSum] {
    var sums = [LogSum](repeating: LogSum(), count: x.rows)
    for sample in 1...samples {
      let z = sampleLatents(head, workspace, stream: stream, step: sample, firstRow: firstRow)
      let output = decode(z, workspace)
      likelihood.logDensity(
        of: x, given: output, samples: 1, into: workspace.terms, writingScore: false,
        parameters: views, compute: compute)
      if let prior {
        logRatios(head, z, workspace, prior, into: workspace.divergences)
        for row in 0..<x.rows {
          sums[row].add(workspace.terms[row] + workspace.divergences[row])
        }
      } else {
        let noise = workspace.latentRows(workspace.noise, x.rows, self)
        let latents = spec.latents
        for row in 0..<x.rows {
          // ln p(z) − ln q(z|x) = ½ Σ (ε² + ℓ − z²): the constants cancel.
          let logVariance = head.row(row).slice(latents, count: latents)
          let difference =
            0.5
            * (noise.row(row).sumOfSquares - z.row(row).sumOfSquares
              + sumLanes(logVariance, logVariance) { l, _ in l })
          sums[row].add(workspace.terms[row] + difference)
        }
      }
      estimates.note(sums, after: sample)
    }
    return sums
  }
}
