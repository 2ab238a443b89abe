// Bounds from several samples an example: IWAE, MIWAE, and with groups of one the sampled evidence bound.

import Foundation
import Kernels

/// The importance-weighted lower bound, K samples in M groups, mean over the groups.
///
///     loss = − mean over b of (1/M) Σₘ ln (1/K′) Σₖ w_bmk        K′ = K/M
///
/// M = 1 is IWAE, K′ = 1 the evidence bound with a sampled divergence, what lies between MIWAE. The gradient
/// weighs ∂ ln w_bmk with the normalised weight w̃_bmk = w_bmk / Σⱼ w_bmj of its group, a constant.
///
/// - SeeAlso: Burda, Grosse and Salakhutdinov (2016), "Importance weighted autoencoders", equations 8 and
///   13; Rainforth et al. (2018), "Tighter variational bounds are not necessarily better", section 4.
struct ImportanceWeightedBound: Sendable {
  let logWeight: LogWeight
  /// M, a divisor of K.
  let groups: Int

  /// The loss, and every term's weight.
  ///
  /// - Complexity: O(R), no allocation.
  func weigh(_ terms: SampleTerms, into weights: TermWeights) -> ObjectiveValue {
    let size = terms.samples / groups
    precondition(
      size * groups == terms.samples,
      "ImportanceWeightedBound: \(groups) groups of \(terms.samples) samples")
    let count = Double(terms.examples * groups)
    var bound = 0.0
    for first in stride(from: 0, to: terms.rows, by: size) {
      bound += normalise(terms, first..<first + size, into: weights.latent)
      for row in first..<first + size {
        logWeight.spread(weights.latent[row] / count, row, into: weights)
        weights.latent[row] = 1
      }
    }
    return logWeight.value(bound: bound / count, terms)
  }

  /// Writes the normalised weights of a group of rows.
  ///
  /// - Returns: ln of the group's mean weight; the maximum is subtracted before anything is exponentiated.
  func normalise(_ terms: SampleTerms, _ rows: Range<Int>, into result: TermBuffer) -> Double {
    var largest = -Double.infinity
    for row in rows { largest = max(largest, logWeight(terms, row)) }
    var sum = 0.0
    for row in rows {
      let weight = exp(logWeight(terms, row) - largest)
      result[row] = weight
      sum += weight
    }
    for row in rows { result[row] /= sum }
    return largest + log(sum / Double(rows.count))
  }
}
