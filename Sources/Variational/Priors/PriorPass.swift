// A prior at work: densities of rows of z, their scores, the gradients of what it learns, and draws.

import CVector
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
  private let model: Model
  private let capacity: Int
  private let memory: Arena
  private let table: MixtureTable?
  let heads: MatrixView  // (μ ‖ ℓ), [C, 2L]
  private let moments: MatrixView  // (μ·e^−ℓ ‖ e^−ℓ), [C, 2L]
  let logWeights: TermBuffer  // ln w, [C]
  private let joint: VectorView  // ln w·N, then the responsibilities; [rows, C in blocks of 16]
  private let features: VectorView  // (z ‖ z²), or what the scores are made of; [rows, 2L]
  private let sums: MatrixView  // Σ g·(z ‖ z²), then the gradient of the heads; [C, 2L]
  private let totals: VectorView  // Σ g, [C in blocks of 16]
  private let vamp: PseudoInputPass?

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

  private func jointRows(_ rows: Int) -> MatrixView {
    let columns = MixtureTable.columns(prior.components)
    return joint.slice(0, count: rows * columns).matrix(rows: rows, columns: columns)
  }

  private func featureRows(_ rows: Int) -> MatrixView {
    features.slice(0, count: rows * 2 * prior.latents)
      .matrix(rows: rows, columns: 2 * prior.latents)
  }

  // MARK: Gradients

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

  // MARK: Draws

  /// Draws rows of z; `prepare` first.
  ///
  /// - Parameters:
  ///   - z: [n, L], overwritten
  ///   - stream: draw 0 of it, and for the choice of the component draw 2
  ///   - firstRow: the first row's number in the stream
  func sample(into z: MatrixView, stream: RandomStream, firstRow: Int = 0) {
    stream.fillGaussian(z, step: 0, firstRow: firstRow)
    guard prior.components > 0 else { return }
    let latents = prior.latents
    let choice = Arena(count: z.rows)
    stream.fillUniform(
      choice.vector.matrix(rows: z.rows, columns: 1), step: 2, firstRow: firstRow)
    var cumulative: [Double] = []
    var sum = 0.0
    for component in 0..<prior.components {
      sum += exp(logWeights[component])
      cumulative.append(sum)
    }
    for row in 0..<z.rows {
      let target = Double(choice.vector[row]) * sum
      let component = min(
        cumulative.partitioningIndex { $0 > target }, prior.components - 1)
      let head = heads.row(component)
      mapLanes(
        z.row(row), head.slice(0, count: latents), head.slice(latents, count: latents),
        into: z.row(row)
      ) { noise, mean, logVariance in
        vector_fma(exp(0.5 * logVariance), noise, mean)
      }
    }
  }
}

extension Array {
  /// The first index whose element satisfies the predicate, all later ones satisfying it too.
  fileprivate func partitioningIndex(_ predicate: (Element) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if predicate(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
