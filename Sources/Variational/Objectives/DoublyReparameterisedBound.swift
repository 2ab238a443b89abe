import Kernels

/// The importance-weighted bound with the doubly reparameterised gradient for the encoder.
///
///     ∇φ = Σₖ w̃ₖ² ∂ ln wₖ/∂zₖ · ∂zₖ/∂φ        ∇θ = Σₖ w̃ₖ ∂ ln wₖ/∂θ
///
/// where ∂ ln w/∂z holds the parameters of q fixed. Both have the expectation of IWAE's gradient; the
/// encoder's has less noise, and its signal does not vanish as K grows. The value is IWAE's.
///
/// One pass through the decoder serves both: its rows carry w̃, and what comes back at z is multiplied by w̃
/// again. That needs rows that don't see each other, so no batch normalisation in the decoder.
///
/// - SeeAlso: Tucker et al. (2018), "Doubly reparameterized gradient estimators for Monte Carlo
///   objectives", equation 8.
struct DoublyReparameterisedBound: Sendable {
  let logWeight: LogWeight

  /// The loss and every term's weight; `posterior` is that of ln q through z alone.
  func weigh(_ terms: SampleTerms, into weights: TermWeights) -> ObjectiveValue {
    let bound = ImportanceWeightedBound(logWeight: logWeight, groups: 1)
    let count = Double(terms.examples)
    var total = 0.0
    for first in stride(from: 0, to: terms.rows, by: terms.samples) {
      let rows = first..<first + terms.samples
      total += bound.normalise(terms, rows, into: weights.latent)
      for row in rows { logWeight.spread(weights.latent[row] / count, row, into: weights) }
    }
    return logWeight.value(bound: total / count, terms)
  }
}
