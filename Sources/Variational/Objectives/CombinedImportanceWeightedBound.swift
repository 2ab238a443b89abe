import Kernels

/// CIWAE: a convex combination of the evidence bound and IWAE's, both on the same K samples.
///
///     loss = −(share·ELBO + (1 − share)·IWAE)
///
/// - SeeAlso: Rainforth et al. (2018), section 4, "combination importance weighted auto-encoder"; their β
///   is `share`.
struct CombinedImportanceWeightedBound: Sendable {
  let logWeight: LogWeight
  /// The part of the evidence bound, from 0 (IWAE) to 1.
  let share: Double

  /// The loss and every term's weight.
  func weigh(_ terms: SampleTerms, into weights: TermWeights) -> ObjectiveValue {
    let bound = ImportanceWeightedBound(logWeight: logWeight, groups: 1)
    let (examples, samples) = (Double(terms.examples), Double(terms.samples))
    var (tight, loose) = (0.0, 0.0)
    for first in stride(from: 0, to: terms.rows, by: terms.samples) {
      let rows = first..<first + terms.samples
      tight += bound.normalise(terms, rows, into: weights.latent)
      for row in rows {
        loose += logWeight(terms, row) / samples
        let weight = share / samples + (1 - share) * weights.latent[row]
        logWeight.spread(weight / examples, row, into: weights)
        weights.latent[row] = 1
      }
    }
    return logWeight.value(
      bound: (share * loose + (1 - share) * tight) / examples, terms)
  }
}
