// InfoVAE and the Wasserstein autoencoder: the latents of a minibatch as a whole are held against draws from
// the prior, by the maximum mean discrepancy.

import CVector
import Foundation
import Kernels

/// The numbers of an objective with a maximum mean discrepancy.
public struct MeanDiscrepancySpec: Sendable, Hashable {
  /// A kernel k(u, v) of the distance d² = |u − v|².
  public enum Kernel: String, Sendable, Hashable, CaseIterable {
    /// Σ_s c/(c + d²) with c = 2L·scale·s, s = 0.1, 0.2, 0.5, 1, 2, 5, 10: heavy tails, no choice of one
    /// width (Tolstikhin et al., 2018, section 4 and their code).
    case inverseMultiquadratic = "inverse_multiquadratic"
    /// e^{−d²/(2L·scale)}; with scale 1 its width is the usual distance of two draws from the prior.
    case gaussian
  }

  /// Whether it is the Wasserstein autoencoder: the same formula, with a deterministic encoder as a rule.
  public var isWasserstein: Bool
  /// λ, the weight of the squared discrepancy, nats.
  public var weight: Double
  /// The kernel.
  public var kernel: Kernel
  /// The kernel's width.
  public var scale: Double

  /// A weight of 1000 and a Gaussian kernel for InfoVAE, 100 and inverse multiquadratic ones for the
  /// Wasserstein autoencoder, unless given.
  public init(
    isWasserstein: Bool, weight: Double? = nil, kernel: Kernel? = nil, scale: Double = 1
  ) {
    self.isWasserstein = isWasserstein
    self.weight = weight ?? (isWasserstein ? 100 : 1000)
    self.kernel = kernel ?? (isWasserstein ? .inverseMultiquadratic : .gaussian)
    self.scale = scale
  }
}

/// The squared maximum mean discrepancy of two samples, unbiased, and its gradient at the first.
///
///     MMD² = Σ_{i≠j} k(zᵢ, zⱼ)/(n(n−1)) + Σ_{i≠j} k(yᵢ, yⱼ)/(n(n−1)) − 2 Σᵢⱼ k(zᵢ, yⱼ)/n²
///
/// - SeeAlso: Gretton et al. (2012), "A kernel two-sample test", equation 3; Tolstikhin et al. (2018),
///   "Wasserstein auto-encoders", algorithm 2; Zhao, Song and Ermon (2017), "InfoVAE", section 3.2.
struct MeanDiscrepancy: Sendable {
  let kernel: MeanDiscrepancySpec.Kernel
  /// 2L·scale
  let width: Float

  init(_ spec: MeanDiscrepancySpec, latents: Int) {
    kernel = spec.kernel
    width = Float(2 * Double(latents) * spec.scale)
  }

  /// k(u, u)
  var largest: Double { kernel == .gaussian ? 1 : 7 }

  /// Turns products ⟨u, vⱼ⟩ of one u into slope·∂k/∂d² and returns Σⱼ k.
  ///
  /// - Parameters:
  ///   - products: [n], overwritten
  ///   - square: |u|²
  ///   - squares: |vⱼ|², [n]
  func row(_ products: VectorView, square: Float, squares: VectorView, slope: Float) -> Double {
    let width = width
    @inline(__always) func distance(_ product: Lanes, _ other: Lanes) -> Lanes {
      vector_max(square + other - 2 * product, Lanes(repeating: 0))
    }
    switch kernel {
    case .gaussian:
      return sumLanes(products, squares, into: products) { product, other in
        let value = exp(distance(product, other) * (-1 / width))
        return (value, value * (-slope / width))
      }
    case .inverseMultiquadratic:
      return sumLanes(products, squares, into: products) { product, other in
        let d = distance(product, other)
        var (sum, derivative) = (Lanes.zero, Lanes.zero)
        @inline(__always) func add(_ factor: Float) {
          let c = width * factor
          let ratio = 1 / (c + d)
          sum += c * ratio
          derivative -= c * ratio * ratio
        }
        add(0.1)
        add(0.2)
        add(0.5)
        add(1)
        add(2)
        add(5)
        add(10)
        return (sum, derivative * slope)
      }
    }
  }
}

/// The step of the objectives with a maximum mean discrepancy.
///
///     loss = reconstruction + β·KL + λ·MMD²        KL as far as the encoder is not deterministic
///
/// InfoVAE's α and λ are these by β = 1 − α and weight = α + λ − 1.
final class DiscrepancyPass: ObjectivePass {
  private let model: Model
  private let discrepancy: MeanDiscrepancy
  private let weight: Double
  private let memory: Arena
  private let draws: VectorView  // y from the prior, [R, L]
  private let gradient: VectorView  // at z, [R, L]
  private let own: VectorView  // products of z with z, then their slopes, [R, R]
  private let cross: VectorView  // of z with y, [R, R]
  private let squares: VectorView  // |z|², [R]
  private let drawSquares: VectorView  // |y|², [R]
  private let sums: TermBuffer  // Σ k of each row: z with z, y with y, z with y; [3R]

  init(_ model: Model, _ spec: MeanDiscrepancySpec, rows: Int) {
    self.model = model
    weight = spec.weight
    let latents = model.spec.latents
    discrepancy = MeanDiscrepancy(spec, latents: latents)
    let (flat, square, line) = (
      Arena.aligned(rows * latents), Arena.aligned(rows * rows), Arena.aligned(rows)
    )
    let memory = Arena(count: 2 * flat + 2 * square + 2 * line)
    self.memory = memory
    draws = memory.vector(at: 0, count: rows * latents)
    gradient = memory.vector(at: flat, count: rows * latents)
    own = memory.vector(at: 2 * flat, count: rows * rows)
    cross = memory.vector(at: 2 * flat + square, count: rows * rows)
    squares = memory.vector(at: 2 * flat + 2 * square, count: rows)
    drawSquares = memory.vector(at: 2 * flat + 2 * square + line, count: rows)
    sums = TermBuffer(count: 3 * rows)
  }

  func weigh(_ batch: LatentBatch, _ step: StepTerms) -> ObjectiveValue {
    let scale = model.reconstructionScale
    let examples = Double(batch.examples)
    step.likelihoodWeights.fill(-scale.scale / Double(batch.rows))
    step.divergenceWeights.fill(step.beta / examples)
    let penalty = discrepancy(batch)
    let term = scale.loss(step.logLikelihoods.sum(first: batch.rows) / Double(batch.rows))
    let divergence =
      model.isVariational ? step.divergences.sum(first: batch.examples) / examples : 0
    return ObjectiveValue(
      loss: term + step.beta * divergence + weight * penalty, reconstruction: term,
      divergence: divergence, penalty: penalty)
  }

  // MMD², and weight times its gradient.
  private func discrepancy(_ batch: LatentBatch) -> Double {
    let (rows, latents) = (batch.rows, model.spec.latents)
    let n = Double(rows)
    let (z, y) = (
      batch.z,
      draws.slice(0, count: rows * latents)
        .matrix(rows: rows, columns: latents)
    )
    RandomStream(seed: batch.seed, purpose: .latentNoise, lane: 1)
      .fillGaussian(y, step: batch.step, firstRow: 0)
    for row in 0..<rows {
      squares[row] = Float(z.row(row).sumOfSquares)
      drawSquares[row] = Float(y.row(row).sumOfSquares)
    }
    let pairs = n > 1 ? n * (n - 1) : .infinity
    // d MMD²/dzᵢ = Σⱼ F¹ᵢⱼ(zᵢ − zⱼ) + Σⱼ F²ᵢⱼ(zᵢ − yⱼ), F¹ = 4k′/(n(n−1)), F² = −4k′/n².
    let prior = kernelSums(y, drawSquares, y, drawSquares, slope: 0, cross, first: rows)
    let within = kernelSums(
      z, squares, z, squares, slope: Float(4 * weight / pairs), own, first: 0)
    let between = kernelSums(
      z, squares, y, drawSquares, slope: Float(-4 * weight / (n * n)), cross, first: 2 * rows)
    writeGradient(z, y)
    let equal = n * discrepancy.largest
    return (within - equal) / pairs + (prior - equal) / pairs - 2 * between / (n * n)
  }

  // Σᵢⱼ k(uᵢ, vⱼ); the products become slope·k′.
  private func kernelSums(
    _ u: MatrixView, _ uSquares: VectorView, _ v: MatrixView, _ vSquares: VectorView,
    slope: Float, _ memory: VectorView, first: Int
  ) -> Double {
    let rows = u.rows
    let products = memory.slice(0, count: rows * rows).matrix(rows: rows, columns: rows)
    // U [n×L] · Vᵀ [L×n] → [n×n]
    model.compute.multiply(u, by: v.transposed, into: products)
    model.compute.forEachShare(
      of: rows, cost: 32 * rows,
      (discrepancy, products, uSquares, vSquares.slice(0, count: rows), slope, sums, first)
    ) { context, range, _ in
      let (discrepancy, products, uSquares, vSquares, slope, sums, first) = context
      for row in range {
        sums[first + row] = discrepancy.row(
          products.row(row), square: uSquares[row], squares: vSquares, slope: slope)
      }
    }
    var total = 0.0
    for row in first..<first + rows { total += sums[row] }
    return total
  }

  // gradient ← z·ΣF − F¹·z − F²·y. A point's distance to itself has no gradient: F¹ᵢᵢ cancels.
  private func writeGradient(_ z: MatrixView, _ y: MatrixView) {
    let rows = z.rows
    let target = gradient.slice(0, count: z.count).matrix(rows: rows, columns: z.columns)
    let first = own.slice(0, count: rows * rows).matrix(rows: rows, columns: rows)
    let second = cross.slice(0, count: rows * rows).matrix(rows: rows, columns: rows)
    // F [n×n] · V [n×L] → [n×L]
    model.compute.multiply(first, by: z, into: target)
    model.compute.multiply(second, by: y, into: target, accumulate: true)
    for row in 0..<rows {
      let line = first.row(row)
      let sum = sumLanes(line, second.row(row)) { $0 + $1 }
      mapLanes(target.row(row), z.row(row), into: target.row(row)) { $1 * Float(sum) - $0 }
    }
  }

  func pullBackLatents(_ batch: LatentBatch, latentGradient: MatrixView) {
    latentGradient.vector.add(gradient.slice(0, count: latentGradient.count))
  }
}
