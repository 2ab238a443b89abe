// The posterior's part of a training step, its rows shared out among the workers.

import Kernels

/// One minibatch on its way through the posterior: what the encoder put out, and what is made of it.
struct PosteriorPass: Sendable {
  let posterior: DiagonalGaussian
  let samples: Int
  let compute: Compute
  let head: MatrixView  // (mean ‖ logVariance), [B, 2L]; logVariance is bounded in place
  let derivative: MatrixView  // dℓ/dr, [B, L]
  let noise: MatrixView  // ε, [B·K, L]
  let latent: MatrixView  // z, [B·K, L]

  // Rough costs of a row in float operations: Gaussian noise takes most of it.
  private var cost: Int { head.columns * samples * 32 }

  /// Bounds the log-variances and draws z = mean + exp(½·logVariance)·ε.
  ///
  /// - Parameters:
  ///   - stream: what ε is drawn from at a step; nil if `noise` holds it already
  ///   - divergences: KL(q(z|x) ‖ N(0, 1)) of each example, nats, [B], overwritten
  ///   - saturations: one term a worker, overwritten
  /// - Returns: how many log-variances were beyond the bound.
  func draw(
    from stream: RandomStream?, step: Int, divergences: TermBuffer, saturations: TermBuffer
  ) -> Int {
    saturations.fill(0)
    compute.forEachShare(
      of: head.rows, cost: cost, (self, stream, step, divergences, saturations)
    ) { context, rows, worker in
      let (pass, stream, step, divergences, saturations) = context
      let (head, noise) = (pass.head.rows(rows), pass.noise.rows(pass.samples(of: rows)))
      let saturated = pass.posterior.bound(head, derivative: pass.derivative.rows(rows))
      saturations[worker] = Double(saturated)
      stream?.fillGaussian(noise, step: step, firstRow: rows.lowerBound * pass.samples)
      pass.posterior.sample(
        head, noise: noise, samples: pass.samples, into: pass.latent.rows(pass.samples(of: rows)))
      pass.posterior.divergence(head, into: divergences, from: rows.lowerBound)
    }
    return Int(saturations.sum(first: saturations.count))
  }

  /// ∂ loss / ∂ head from the gradient at the samples and the weights of the divergences.
  ///
  /// - Parameters:
  ///   - latentGradient: dz, [B·K, L], overwritten
  ///   - weights: ∂ loss / ∂ KL of each example, [B]
  ///   - result: [B, 2L], overwritten
  func pullBack(_ latentGradient: MatrixView, weights: TermBuffer, into result: MatrixView) {
    compute.forEachShare(of: head.rows, cost: cost, (self, latentGradient, weights, result)) {
      context, rows, _ in
      let (pass, latentGradient, weights, result) = context
      let samples = pass.samples(of: rows)
      pass.posterior.pullBack(
        pass.head.rows(rows), derivative: pass.derivative.rows(rows),
        noise: pass.noise.rows(samples), latentGradient: latentGradient.rows(samples),
        samples: pass.samples, weights: weights, from: rows.lowerBound, into: result.rows(rows))
    }
  }

  private func samples(of rows: Range<Int>) -> Range<Int> {
    rows.lowerBound * samples..<rows.upperBound * samples
  }
}
