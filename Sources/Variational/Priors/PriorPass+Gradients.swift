// What a prior gives back: the score of its density, and the gradients of what it learns.

import Foundation
import Kernels
import Networks

extension PriorPass {
  /// Adds each row's score ∂ ln p(z)/∂z times its factor to a gradient.
  ///
  ///     ∂ ln p/∂z = Σᶜ rᶜ(μᶜ − z)·e^−ℓᶜ        r the responsibilities; −z for the standard normal
  ///
  /// - Parameters:
  ///   - gradient: [n, L]
  ///   - z: as `logDensity` saw it
  ///   - factors: [n]
  func addScores(to gradient: MatrixView, z: MatrixView, factors: TermBuffer) {
    guard table != nil else {
      for row in 0..<z.rows { gradient.row(row).add(z.row(row), times: -Float(factors[row])) }
      return
    }
    let mixed = featureRows(z.rows)
    // r [n×C] · (μe^−ℓ ‖ e^−ℓ) [C×2L] → [n×2L]
    model.compute.multiply(
      jointRows(z.rows).columns(0..<prior.components), by: moments, into: mixed)
    model.compute.forEachShare(
      of: z.rows, cost: 4 * prior.latents, (gradient, z, mixed, factors, prior.latents)
    ) { context, rows, _ in
      let (gradient, z, mixed, factors, latents) = context
      for row in rows {
        let factor = Float(factors[row])
        let moment = mixed.row(row).slice(0, count: latents)
        mapLanes(moment, z.row(row), mixed.row(row).slice(latents, count: latents), into: moment) {
          ($0 - $1 * $2) * factor
        }
        gradient.row(row).add(moment)
      }
    }
  }

  /// Adds the gradients of the prior's parameters; of the encoder's too for a VampPrior.
  ///
  /// With g = weight·r of each row and component, and P = e^−ℓ:
  ///
  ///     dμ = P(Σ g·z − μ Σ g)        dℓ = ½(P Σ g·(z − μ)² − Σ g)        dlogit = Σ g − w ΣΣ g
  ///
  /// The responsibilities are used up.
  ///
  /// - Parameters:
  ///   - z: as `logDensity` saw it
  ///   - weights: ∂ loss / ∂ ln p(z) of each row, [n]
  func pullBack(z: MatrixView, weights: TermBuffer, seed: UInt64, step: Int) {
    guard table != nil else { return }
    let responsibilities = jointRows(z.rows)
    let powers = featureRows(z.rows)
    model.compute.forEachShare(
      of: z.rows, cost: prior.components, (responsibilities, powers, z, weights, prior.latents)
    ) { context, rows, _ in
      let (responsibilities, powers, z, weights, latents) = context
      for row in rows {
        responsibilities.row(row).scale(by: Float(weights[row]))
        powers.row(row).slice(0, count: latents).copy(from: z.row(row))
        mapLanes(z.row(row), into: powers.row(row).slice(latents, count: latents)) { $0 * $0 }
      }
    }
    totals.fill(0)
    for row in 0..<z.rows { totals.add(responsibilities.row(row)) }
    // gᵀ [C×n] · (z ‖ z²) [n×2L] → [C×2L]
    model.compute.multiply(
      responsibilities.columns(0..<prior.components).transposed, by: powers, into: sums)
    turnSumsIntoGradients()
    if let vamp {
      vamp.backward(sums, seed: seed, step: step)
    } else {
      addMixtureGradients()
    }
  }

  // sums ← (dμ ‖ dℓ)
  private func turnSumsIntoGradients() {
    model.compute.forEachShare(
      of: prior.components, cost: 16 * prior.latents,
      (sums, heads, moments, totals, prior.latents)
    ) { context, range, _ in
      let (sums, heads, moments, totals, latents) = context
      for component in range {
        let total = totals[component]
        let first = sums.row(component).slice(0, count: latents)
        let second = sums.row(component).slice(latents, count: latents)
        let mean = heads.row(component).slice(0, count: latents)
        let precision = moments.row(component).slice(latents, count: latents)
        // Σ g(z − μ)² = Σ g·z² − μ(2Σ g·z − μ Σ g)
        mapLanes(second, first, mean, into: second) { $0 - $2 * (2 * $1 - $2 * total) }
        mapLanes(second, precision, into: second) { 0.5 * ($0 * $1 - total) }
        mapLanes(first, mean, precision, into: first) { ($0 - $1 * total) * $2 }
      }
    }
  }

  private func addMixtureGradients() {
    guard let means = prior.means, let logVariances = prior.logVariances, let logits = prior.logits
    else { return }
    let (count, latents) = (prior.components, prior.latents)
    let gradients = model.gradients.vector
    let m = means.matrix(in: gradients, rows: count, columns: latents)
    let l = logVariances.matrix(in: gradients, rows: count, columns: latents)
    let logit = logits.vector(in: gradients)
    var all = 0.0
    for component in 0..<count { all += Double(totals[component]) }
    for component in 0..<count {
      m.row(component).add(sums.row(component).slice(0, count: latents))
      l.row(component).add(sums.row(component).slice(latents, count: latents))
      logit[component] += Float(Double(totals[component]) - exp(logWeights[component]) * all)
    }
  }
}
