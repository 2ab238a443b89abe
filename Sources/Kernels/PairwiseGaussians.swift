// The aggregate posterior of a minibatch, q(z) = Σⱼ wⱼ q(z|xⱼ), as a whole and by dimension, with the
// gradients of their logarithms: rows × examples × latents densities.

import CVector

/// The posteriors of a minibatch, rows padded to whole registers: past the latents mean and precision are
/// zero and ℓ = −ln 2π, so that what is there adds nothing to a sum of log-densities.
package struct PairwiseGaussians: Sendable {
  /// L
  package let latents: Int
  private let means: MatrixView  // [B, L in whole registers]
  private let precisions: MatrixView
  private let logVariances: MatrixView

  /// L in whole registers.
  package static func columns(_ latents: Int) -> Int { (latents + 15) / 16 * 16 }

  /// Floats that the posteriors of so many examples take.
  package static func floats(examples: Int, latents: Int) -> Int {
    3 * examples * columns(latents)
  }

  /// Floats of scratch that a worker needs: log-densities [B, L], (dμ ‖ dℓ) [B, 2L], weights and joint
  /// log-densities [B], maxima and sums [L], all in whole registers.
  package static func scratchFloats(examples: Int, latents: Int) -> Int {
    (3 * examples + 4) * columns(latents) + 2 * columns(examples)
  }

  /// A view of posteriors in `memory`, which must hold `floats`; `set` fills it.
  package init(examples: Int, latents: Int, memory: VectorView) {
    self.latents = latents
    let columns = PairwiseGaussians.columns(latents)
    func part(_ index: Int) -> MatrixView {
      memory.slice(index * examples * columns, count: examples * columns)
        .matrix(rows: examples, columns: columns)
    }
    (means, precisions, logVariances) = (part(0), part(1), part(2))
  }

  /// Overwrites some examples' posteriors from (μ ‖ ℓ), [B, 2L].
  package func set(_ rows: Range<Int>, head: MatrixView) {
    for row in rows {
      means.row(row).fill(0)
      precisions.row(row).fill(0)
      logVariances.row(row).fill(-Float(MixtureTable.logTwoPi))
      let logVariance = head.row(row).slice(latents, count: latents)
      means.row(row).slice(0, count: latents).copy(from: head.row(row).slice(0, count: latents))
      logVariances.row(row).slice(0, count: latents).copy(from: logVariance)
      mapLanes(logVariance, into: precisions.row(row).slice(0, count: latents)) { exp(-$0) }
    }
  }

  /// A worker's memory.
  package struct Scratch: Sendable {
    /// (dμ ‖ dℓ) of all examples as far as this worker's rows give them, [B, 2·columns]
    package let headGradient: MatrixView
    /// ln wⱼ, [B in whole registers], to be set before a row is done
    package let logWeights: VectorView
    let densities: MatrixView  // [B, columns]
    let joint: VectorView  // [B in whole registers]
    let maxima: VectorView  // [columns]
    let sums: VectorView
    let point: VectorView
    let gradient: VectorView

    /// Scratch in `memory`, which must hold `scratchFloats`.
    package init(examples: Int, latents: Int, memory: VectorView) {
      let columns = PairwiseGaussians.columns(latents)
      let padded = PairwiseGaussians.columns(examples)
      var offset = 0
      func take(_ count: Int) -> VectorView {
        defer { offset += count }
        return memory.slice(offset, count: count)
      }
      headGradient = take(2 * examples * columns).matrix(rows: examples, columns: 2 * columns)
      densities = take(examples * columns).matrix(rows: examples, columns: columns)
      logWeights = take(padded)
      joint = take(padded)
      (maxima, sums) = (take(columns), take(columns))
      (point, gradient) = (take(columns), take(columns))
    }
  }

  /// ln Σⱼ wⱼ q(z|xⱼ) and Σ_l ln Σⱼ wⱼ q(z_l|xⱼ) of one z, in nats, and the gradient of `jointWeight` times the
  /// first plus `marginalWeight` times the second.
  ///
  /// - Parameters:
  ///   - z: [L]
  ///   - latentGradient: receives ∂/∂z, [L]
  ///   - scratch: `headGradient` is added to
  /// - Complexity: O(B·L)
  package func row(
    _ z: VectorView, jointWeight: Float, marginalWeight: Float, latentGradient: VectorView,
    _ scratch: Scratch
  ) -> (joint: Double, marginals: Double) {
    let s = scratch
    s.point.fill(0)
    s.point.slice(0, count: latents).copy(from: z)
    writeDensities(s)
    let joint = logSumExp(s.joint, writingWeights: true)
    let marginals = marginalSums(s, marginalWeight)
    s.gradient.fill(0)
    for example in 0..<means.rows {
      let weight = Lanes(repeating: jointWeight * s.joint.base[example])
      let gradient = s.headGradient.row(example)
      for index in stride(from: 0, to: means.columns, by: 16) {
        // The weight of this example's density: its share of the joint and of the marginal sum.
        let share = vector_fma(
          s.densities.row(example).lanes(at: index), s.sums.lanes(at: index), weight)
        let difference = s.point.lanes(at: index) - means.row(example).lanes(at: index)
        let precision = precisions.row(example).lanes(at: index)
        let slope = share * difference * precision
        s.gradient.setLanes(s.gradient.lanes(at: index) - slope, at: index)
        gradient.setLanes(gradient.lanes(at: index) + slope, at: index)
        let second = index + means.columns
        let change = 0.5 * (slope * difference - share)
        gradient.setLanes(gradient.lanes(at: second) + change, at: second)
      }
    }
    latentGradient.copy(from: s.gradient.slice(0, count: latents))
    return (joint, marginals)
  }

  // densities ← e^(d − max), sums ← marginalWeight / Σ; returns Σ_l (max + ln Σ).
  private func marginalSums(_ s: Scratch, _ marginalWeight: Float) -> Double {
    for index in stride(from: 0, to: means.columns, by: 16) {
      var sum = Lanes.zero
      let largest = s.maxima.lanes(at: index)
      for example in 0..<means.rows {
        let line = s.densities.row(example)
        let value = exp(line.lanes(at: index) - largest)
        line.setLanes(value, at: index)
        sum += value
      }
      s.maxima.setLanes(largest + log(sum), at: index)
      s.sums.setLanes(marginalWeight / sum, at: index)
    }
    let logarithms = s.maxima.slice(0, count: latents)
    return sumLanes(logarithms, logarithms) { a, _ in a }
  }

  // ln(wⱼ q(z_l|xⱼ)) into densities, its maximum over j into maxima, ln(wⱼ q(z|xⱼ)) into joint.
  private func writeDensities(_ s: Scratch) {
    s.maxima.fill(-.infinity)
    s.joint.fill(-1e30)
    for example in 0..<means.rows {
      let line = s.densities.row(example)
      let logWeight = s.logWeights.base[example]
      var sum = Lanes.zero
      for index in stride(from: 0, to: means.columns, by: 16) {
        let difference = s.point.lanes(at: index) - means.row(example).lanes(at: index)
        let square = difference * difference * precisions.row(example).lanes(at: index)
        let density =
          -0.5
          * (square + logVariances.row(example).lanes(at: index) + Float(MixtureTable.logTwoPi))
        sum += density
        line.setLanes(density + logWeight, at: index)
        s.maxima.setLanes(
          vector_max(s.maxima.lanes(at: index), density + logWeight), at: index)
      }
      s.joint.base[example] = Float(widenedSum(sum)) + logWeight
    }
  }
}
