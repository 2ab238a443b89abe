// Which objectives go with which posterior, prior and decoder.

import Networks

extension ModelSpec {
  /// Checks what no part of the description can check by itself.
  ///
  /// - Parameter samples: K, samples of z for each example
  func validateObjective(samples: Int) throws(SpecError) {
    let name = objective.kind.name
    try prior.validate(encoder: encoder, dimensions: data.padded.count, latents: latents)
    if posterior == .deterministic {
      guard prior == .standardNormal else {
        throw SpecError(
          "prior", "a deterministic posterior has no divergence from a \(prior.name) to learn by")
      }
      switch objective.kind {
      case .evidenceBound(isSampled: false), .maximumMeanDiscrepancy, .regularised: break
      default:
        throw SpecError(
          "objective",
          "\(name) weighs a posterior's divergence or draws, and a deterministic one has none")
      }
    }
    if data.missing, case .weightedMean = objective.reconstruction {
      throw SpecError(
        "objective",
        "a weighted mean is one over all values, of which some may be missing; use the negative "
          + "log-likelihood")
    }
    try objective.kind.validate(samples: samples)
    switch objective.kind {
    case .regularised where posterior != .deterministic:
      throw SpecError(
        "objective",
        "\(name) takes no noise: set latent.posterior to \"deterministic\" and let the encoder end in "
          + "\(latents) values")
    case .freeBits, .disentangledPrior, .maximumMeanDiscrepancy:
      guard prior == .standardNormal else {
        throw SpecError(
          "prior",
          "\(name) holds the latents against a standard normal prior, not against a \(prior.name)")
      }
    case .importanceWeighted(.doublyReparameterised), .importanceWeighted(.partial):
      let normalises = decoder.contains { if case .batchNorm = $0 { true } else { false } }
      guard !normalises else {
        throw SpecError(
          "objective",
          "\(name) gives encoder and decoder different weights of a sample, but the decoder's "
            + "batch_norm mixes the samples; use iwae or miwae")
      }
    default: break
    }
  }
}
