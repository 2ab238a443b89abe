// Log-densities of a mixture of diagonal Gaussians: rows × components × latents terms, the components side
// by side in the lanes.
//
// Expanding the square would make it one matrix product, (z² ‖ z) times (precision ‖ μ·precision), but the
// difference of large products loses (z/σ)² roundoffs of the result, and these numbers are reported. The
// square itself costs three operations a term, which is what the product's two columns a latent cost too.

import CVector
import Foundation

/// A mixture's components in blocks of sixteen: element (component c, latent l) of a quantity lies at
/// (c / 16)·16L + 16l + c mod 16, so that a block stays in the first cache while the rows go by.
package struct MixtureTable: Sendable {
  /// C, the components.
  package let components: Int
  /// L, the dimensions of z.
  package let latents: Int
  private let means: VectorView
  private let precisions: VectorView
  // ln wᶜ − ½ Σ (ℓ + ln 2π); far below every density past the end
  private let constants: VectorView

  /// C rounded up to whole blocks: the columns that `writeJointDensities` fills.
  package static func columns(_ components: Int) -> Int { (components + 15) / 16 * 16 }

  /// Floats that a table takes.
  package static func floats(components: Int, latents: Int) -> Int {
    columns(components) * (2 * latents + 1)
  }

  /// A table in `memory`, which must hold at least `floats` zeros.
  package init(components: Int, latents: Int, memory: VectorView) {
    self.components = components
    self.latents = latents
    let columns = MixtureTable.columns(components)
    means = memory.slice(0, count: columns * latents)
    precisions = memory.slice(columns * latents, count: columns * latents)
    constants = memory.slice(2 * columns * latents, count: columns)
    constants.fill(-1e30)
  }

  /// Overwrites some components.
  ///
  /// - Parameters:
  ///   - heads: (μ ‖ ℓ) of all components, [C, 2L]
  ///   - logWeights: ln w of each component, [C]
  ///   - moments: receives (μ·e^−ℓ ‖ e^−ℓ), [C, 2L]
  package func set(
    _ range: Range<Int>, heads: MatrixView, logWeights: TermBuffer, moments: MatrixView
  ) {
    for component in range {
      let (head, moment) = (heads.row(component), moments.row(component))
      let mean = head.slice(0, count: latents)
      let logVariance = head.slice(latents, count: latents)
      let precision = moment.slice(latents, count: latents)
      mapLanes(logVariance, into: precision) { exp(-$0) }
      mapLanes(mean, precision, into: moment.slice(0, count: latents)) { $0 * $1 }
      let first = component / 16 * 16 * latents + component % 16
      for latent in 0..<latents {
        means.base[first + 16 * latent] = mean.base[latent]
        precisions.base[first + 16 * latent] = precision.base[latent]
      }
      let logVariances = sumLanes(logVariance, logVariance) { l, _ in l }
      let constant = logVariances + Double(latents) * MixtureTable.logTwoPi
      constants[component] = Float(logWeights[component] - 0.5 * constant)
    }
  }

  /// ln 2π
  package static let logTwoPi = 1.8378770664093454835606594728112

  /// Writes ln(wᶜ·N(z; μᶜ, e^ℓᶜ)) of every row and component, in nats.
  ///
  /// - Parameters:
  ///   - z: [n, L]
  ///   - joint: [n, columns], overwritten; past the components stands a number whose exponential is zero
  /// - Complexity: O(n·C·L), four rows a turn share the loads of a block.
  package func writeJointDensities(of z: MatrixView, into joint: MatrixView) {
    precondition(
      z.columns == latents && joint.rows == z.rows
        && joint.columns == MixtureTable.columns(components),
      """
      MixtureTable.writeJointDensities: z [\(z.rows), \(z.columns)] into \
      [\(joint.rows), \(joint.columns)], planned for \(components) components of \(latents)
      """)
    let last = z.rows - 1
    for block in stride(from: 0, to: joint.columns, by: 16) {
      let (mean, precision) = (means.base + block * latents, precisions.base + block * latents)
      let constant = constants.lanes(at: block)
      for row in stride(from: 0, to: z.rows, by: 4) {
        // Rows past the end repeat the last one and are not stored.
        let z0 = z.base + row * z.stride
        let z1 = z.base + min(row + 1, last) * z.stride
        let z2 = z.base + min(row + 2, last) * z.stride
        let z3 = z.base + min(row + 3, last) * z.stride
        var (s0, s1, s2, s3) = (Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero)
        for latent in 0..<latents {
          let m = VectorView(base: mean + 16 &* latent, count: 16).lanes(at: 0)
          let p = VectorView(base: precision + 16 &* latent, count: 16).lanes(at: 0)
          let d0 = Lanes(repeating: z0[latent]) - m
          let d1 = Lanes(repeating: z1[latent]) - m
          let d2 = Lanes(repeating: z2[latent]) - m
          let d3 = Lanes(repeating: z3[latent]) - m
          s0 = vector_fma(d0 * d0, p, s0)
          s1 = vector_fma(d1 * d1, p, s1)
          s2 = vector_fma(d2 * d2, p, s2)
          s3 = vector_fma(d3 * d3, p, s3)
        }
        joint.row(row).setLanes(constant - 0.5 * s0, at: block)
        if row + 1 <= last { joint.row(row + 1).setLanes(constant - 0.5 * s1, at: block) }
        if row + 2 <= last { joint.row(row + 2).setLanes(constant - 0.5 * s2, at: block) }
        if row + 3 <= last { joint.row(row + 3).setLanes(constant - 0.5 * s3, at: block) }
      }
    }
  }
}

/// ln Σ e^aᵢ of a vector, the maximum subtracted first; the vector becomes the normalised weights
/// e^aᵢ / Σ e^aⱼ if asked.
///
/// - Parameter x: a multiple of sixteen elements
/// - Complexity: two passes, three with the weights.
package func logSumExp(_ x: VectorView, writingWeights: Bool) -> Double {
  precondition(x.count % 16 == 0 && x.count > 0, "logSumExp: \(x.count) elements")
  var largest = x.lanes(at: 0)
  for index in stride(from: 16, to: x.count, by: 16) {
    largest = vector_max(largest, x.lanes(at: index))
  }
  let shift = Lanes(repeating: largest.max())
  let sum =
    writingWeights
    ? sumLanes(x, x, into: x) { a, _ in
      let weight = exp(a - shift)
      return (weight, weight)
    } : sumLanes(x, x) { a, _ in exp(a - shift) }
  if writingWeights { x.scale(by: Float(1 / sum)) }
  return Double(shift[0]) + Foundation.log(sum)
}
