// The prior p(z) compiled for a model: its description and the place of what it learns.

import Kernels
import Networks

/// A prior's parameters in the model's arena.
///
/// Densities, draws and gradients need the components as Gaussians, which for a VampPrior takes a pass
/// through the encoder: `PriorPass` does that once and then serves any number of rows.
struct Prior: Sendable {
  let spec: PriorSpec
  /// L
  let latents: Int
  /// D, the (padded) data values of a pseudo-input.
  let dimensions: Int
  /// μ of a mixture, [C, L]
  let means: ParameterSlot?
  /// ℓ of a mixture, [C, L]
  let logVariances: ParameterSlot?
  /// Unnormalised ln w of a mixture, [C]
  let logits: ParameterSlot?
  /// Pseudo-inputs before they are cut off at the range, [C, D]
  let pseudoInputs: ParameterSlot?

  init(_ spec: PriorSpec, latents: Int, dimensions: Int, layout: inout ParameterLayout) {
    self.spec = spec
    self.latents = latents
    self.dimensions = dimensions
    var (means, logVariances, logits): (ParameterSlot?, ParameterSlot?, ParameterSlot?)
    var pseudoInputs: ParameterSlot?
    switch spec {
    case .standardNormal: break
    case .mixture(let count):
      means = layout.add("prior.means", shape: [count, latents], initialiser: .zeros)
      logVariances = layout.add(
        "prior.log_variances", shape: [count, latents], initialiser: .zeros)
      logits = layout.add("prior.logits", shape: [count], initialiser: .zeros)
    case .vampPrior(let spec):
      pseudoInputs = layout.add(
        "prior.pseudo_inputs", shape: [spec.components, dimensions], initialiser: .zeros)
    }
    (self.means, self.logVariances, self.logits) = (means, logVariances, logits)
    self.pseudoInputs = pseudoInputs
  }

  /// C; 0 for the standard normal.
  var components: Int { spec.components ?? 0 }

  /// Whether KL(q(z|x) ‖ p(z)) has a closed form.
  var hasClosedFormDivergence: Bool { spec == .standardNormal }

  /// Starting values: a mixture's means from N(0, 1), its variances 1, its weights equal; pseudo-inputs
  /// from the normal distribution of the description.
  func initialise(_ parameters: VectorView, seed: UInt64) {
    let stream = RandomStream(seed: seed, purpose: .initialisation, lane: 1 << 20)
    if let means {
      stream.fillGaussian(
        means.matrix(in: parameters, rows: components, columns: latents), step: 0, firstRow: 0)
    }
    if let pseudoInputs, case .vampPrior(let spec) = spec {
      let values = pseudoInputs.vector(in: parameters)
      stream.fillGaussian(
        values.matrix(rows: components, columns: dimensions), step: 0, firstRow: 0)
      let (mean, deviation) = (spec.initialMean, spec.initialDeviation)
      mapLanes(values, into: values) { $0 * deviation + mean }
    }
  }
}

extension Model {
  /// Starts the pseudo-inputs of a VampPrior from data: examples chosen at random.
  ///
  /// With fewer examples than pseudo-inputs some are chosen again.
  ///
  /// - Parameters:
  ///   - data: the examples
  ///   - seed: the same seed chooses the same examples
  /// - Throws: `SpecError` for another prior, `DataError` when the data does not fit the model.
  public func setPseudoInputs(from data: DataSet, seed: UInt64 = 1) throws {
    guard let slot = prior.pseudoInputs else {
      throw SpecError("prior", "a \(spec.prior.name) prior has no pseudo-inputs")
    }
    try data.check(against: spec)
    let order = RandomStream(seed: seed, purpose: .general).permutation(count: data.count)
    let chosen = (0..<prior.components).map { order[$0 % order.count] }
    let inputs = slot.matrix(
      in: parameters.vector, rows: prior.components, columns: prior.dimensions)
    data.gather(
      chosen[...], padding: spec.data.padding, into: inputs)
    try data.checkUnchanged()
    // Pseudo-inputs are what the encoder sees.
    for row in 0..<inputs.rows where !encoderInput.isData {
      encoderInput.writeValues(inputs.row(row), into: inputs.row(row))
    }
  }
}
