import Kernels

/// PIWAE: the generative model is trained by IWAE's bound on all K samples, the encoder by MIWAE's on M
/// groups of them.
///
/// A tighter bound is better for the decoder, but the signal of its gradient for the encoder drowns in
/// noise as K grows. The value is that of the tighter bound.
///
/// One pass through the decoder serves both: its rows carry IWAE's weights ŵ, and what comes back at z is
/// multiplied by w̃/(M·ŵ), w̃ the weight within the group. ŵ is kept above 2⁻⁶⁰ for that: far below the
/// rounding of the sum that it is a part of.
///
/// - SeeAlso: Rainforth et al. (2018), section 4, "partially importance weighted auto-encoder".
struct PartiallyImportanceWeightedBound: Sendable {
  let logWeight: LogWeight
  /// M, a divisor of K.
  let groups: Int

  private static let smallestWeight = 0x1p-60

  /// The loss and every term's weight.
  func weigh(_ terms: SampleTerms, into weights: TermWeights) -> ObjectiveValue {
    let bound = ImportanceWeightedBound(logWeight: logWeight, groups: groups)
    let size = terms.samples / groups
    let count = Double(terms.examples)
    var total = 0.0
    for first in stride(from: 0, to: terms.rows, by: terms.samples) {
      let rows = first..<first + terms.samples
      total += bound.normalise(terms, rows, into: weights.likelihood)
      for start in stride(from: first, to: rows.upperBound, by: size) {
        _ = bound.normalise(terms, start..<start + size, into: weights.latent)
      }
      for row in rows {
        let weight = max(weights.likelihood[row], Self.smallestWeight)
        weights.latent[row] /= Double(groups) * weight
        logWeight.spread(weight / count, row, into: weights)
      }
    }
    return logWeight.value(bound: total / count, terms)
  }
}
