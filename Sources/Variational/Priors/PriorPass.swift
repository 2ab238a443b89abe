// A prior at work: its components as they are now, and the densities of rows of z.

import Foundation
import Kernels
import Networks

/// The buffers of a prior, planned for a largest number of rows.
///
///     let pass = PriorPass(model, rows: 128, isTraining: true)
///     pass.prepare(seed: 1, step: 0)                 // components as they are now
///     pass.logDensity(z, into: terms)
///     pass.addScores(to: dz, z: z, factors: …)       // ∂ ln p/∂z
///     pass.pullBack(z: z, weights: …)                // the parameters' gradients
///
/// After a change of the parameters `prepare` must be called again.
final class PriorPass {
  let prior: Prior
  let model: Model
  private let capacity: Int
  private let memory: Arena
  let table: MixtureTable?
  let heads: MatrixView  // (μ ‖ ℓ), [C, 2L]
  let moments: MatrixView  // (μ·e^−ℓ ‖ e^−ℓ), [C, 2L]
  let logWeights: TermBuffer  // ln w, [C]
  private let joint: VectorView  // ln w·N, then the responsibilities; [rows, C in blocks of 16]
  private let features: VectorView  // (z ‖ z²), or what the scores are made of; [rows, 2L]
  let sums: MatrixView  // Σ g·(z ‖ z²), then the gradient of the heads; [C, 2L]
  let totals: VectorView  // Σ g, [C in blocks of 16]
  let vamp: PseudoInputPass?

  /// Floats that the buffers would take.
  static func floats(_ model: Model, rows: Int, isTraining: Bool) -> Double {
    let prior = model.prior
    if prior.components == 0 { return 0 }
    let latents = Double(prior.latents)
    let components = Double(MixtureTable.columns(prior.components))
    let gradients = isTraining ? 2 * components * (latents + 1) + 2 * Double(rows) * latents : 0
    return components * (6 * latents + 3) + Double(rows) * components + gradients
      + PseudoInputPass.floats(model, isTraining: isTraining)
  }

  init(_ model: Model, rows: Int, isTraining: Bool) {
    self.model = model
    prior = model.prior
    capacity = rows
    let (count, latents) = (prior.components, prior.latents)
    let columns = MixtureTable.columns(count)
    let head = 2 * latents
    let counts = [
      MixtureTable.floats(components: count, latents: latents), count * head, count * head,
      rows * columns, isTraining ? rows * head : 0, isTraining ? count * head : 0,
      isTraining ? columns : 0,
    ]
    var total = 0
    let offsets = counts.map { size in
      defer { total += Arena.aligned(size) }
      return total
    }
    // A standard normal needs no memory.
    let memory = Arena(count: count == 0 ? 0 : total)
    func view(_ index: Int) -> VectorView {
      count == 0 ? memory.vector : memory.vector(at: offsets[index], count: counts[index])
    }
    self.memory = memory
    table =
      count == 0 ? nil : MixtureTable(components: count, latents: latents, memory: view(0))
    heads = view(1).matrix(rows: count, columns: head)
    moments = view(2).matrix(rows: count, columns: head)
    joint = view(3)
    features = view(4)
    sums = view(5).matrix(rows: isTraining ? count : 0, columns: head)
    totals = view(6)
    logWeights = TermBuffer(count: count)
    vamp =
      prior.pseudoInputs == nil ? nil : PseudoInputPass(model, isTraining: isTraining)
  }

  // MARK: The components

  /// Reads the components from the parameters; a VampPrior's go through the encoder.
  ///
  /// - Parameters:
  ///   - seed, step: of the training step, for the encoder's dropout
  func prepare(seed: UInt64 = 0, step: Int = 0) {
    guard let table else { return }
    let (count, latents) = (prior.components, prior.latents)
    if let vamp {
      vamp.forward(into: heads, seed: seed, step: step)
      logWeights.fill(-log(Double(count)))
    } else if let means = prior.means, let logVariances = prior.logVariances,
      let logits = prior.logits
    {
      let values = model.parameters.vector
      let m = means.matrix(in: values, rows: count, columns: latents)
      let l = logVariances.matrix(in: values, rows: count, columns: latents)
      for component in 0..<count {
        let head = heads.row(component)
        head.slice(0, count: latents).copy(from: m.row(component))
        head.slice(latents, count: latents).copy(from: l.row(component))
      }
      normaliseLogits(logits.vector(in: values))
    }
    model.compute.forEachShare(
      of: count, multiple: 16, cost: 16 * latents, (table, heads, logWeights, moments)
    ) { context, range, _ in
      let (table, heads, logWeights, moments) = context
      table.set(range, heads: heads, logWeights: logWeights, moments: moments)
    }
  }

  // ln w = logit − ln Σ e^logit
  private func normaliseLogits(_ logits: VectorView) {
    var largest = -Double.infinity
    for index in 0..<logits.count { largest = max(largest, Double(logits[index])) }
    var sum = 0.0
    for index in 0..<logits.count { sum += exp(Double(logits[index]) - largest) }
    for index in 0..<logits.count {
      logWeights[index] = Double(logits[index]) - largest - log(sum)
    }
  }

  // MARK: Densities

  /// Writes ln p(z) of every row, in nats.
  ///
  /// - Parameters:
  ///   - z: [n, L], n at most the rows planned for
  ///   - result: [n], overwritten
  ///   - keepingResponsibilities: whether `addScores` or `pullBack` follow
  /// - Complexity: O(n·C·L)
  func logDensity(
    _ z: MatrixView, into result: TermBuffer, keepingResponsibilities: Bool = false
  ) {
    precondition(z.rows <= capacity, "PriorPass: \(z.rows) rows, planned for \(capacity)")
    guard let table else {
      for row in 0..<z.rows {
        let constant = Double(prior.latents) * MixtureTable.logTwoPi
        result[row] = -0.5 * (z.row(row).sumOfSquares + constant)
      }
      return
    }
    model.compute.forEachShare(
      of: z.rows, cost: 4 * prior.components * prior.latents,
      (table, z, jointRows(z.rows), result, keepingResponsibilities)
    ) { context, rows, _ in
      let (table, z, joint, result, writingWeights) = context
      table.writeJointDensities(of: z.rows(rows), into: joint.rows(rows))
      for row in rows {
        result[row] = logSumExp(joint.row(row), writingWeights: writingWeights)
      }
    }
  }

  func jointRows(_ rows: Int) -> MatrixView {
    let columns = MixtureTable.columns(prior.components)
    return joint.slice(0, count: rows * columns).matrix(rows: rows, columns: columns)
  }

  func featureRows(_ rows: Int) -> MatrixView {
    features.slice(0, count: rows * 2 * prior.latents)
      .matrix(rows: rows, columns: 2 * prior.latents)
  }
}
