import CVector
import Foundation
import Kernels
import Networks

/// ln p = −½ Σ ((x − m)²/σ² + ln 2πσ²) with the mean m from the decoder; score (x − m)/σ².
///
/// The optimal variance is the minibatch's mean squared error, which maximises Σ ln p over σ² (Rybkin,
/// Daniilidis and Levine, "Simple and effective VAE training with calibrated decoders", 2021, section 3.2).
/// As the derivative by σ² vanishes there, holding it constant gives the gradient of the maximum where all
/// rows weigh the same. What evaluation uses is a running mean over minibatches, kept with the model's
/// other running statistics and its files.
struct GaussianLikelihood: RowLikelihood {
  private enum Variance: Sendable {
    case fixed(Float)
    case shared(ParameterSlot)  // ln σ²
    case perDimension(ParameterSlot)  // ln σ² [D]
    case optimal(ParameterSlot)  // σ², among the statistics; 0 before the first minibatch
  }

  private let variance: Variance

  /// The newest minibatch's weight in the running variance.
  static let momentum: Float = 0.1
  /// The smallest optimal variance: a perfect reconstruction has none.
  static let smallestVariance = 1e-12

  init(
    _ spec: LikelihoodSpec.VarianceSpec, dimensions: Int, name: String = "likelihood",
    layout: inout ParameterLayout
  ) {
    switch spec {
    case .fixed(let variance): self.variance = .fixed(variance)
    case .shared:
      variance = .shared(
        layout.add("\(name).log_variance", shape: [1], initialiser: .zeros))
    case .perDimension:
      variance = .perDimension(
        layout.add("\(name).log_variance", shape: [dimensions], initialiser: .zeros))
    case .optimal:
      variance = .optimal(
        layout.add(
          "\(name).running_var", shape: [1], initialiser: .zeros, isTrained: false))
    }
  }

  var learned: ParameterSlot? {
    switch variance {
    case .shared(let slot), .perDimension(let slot): slot
    case .fixed, .optimal: nil
    }
  }

  var ownScoreColumns: Int { 0 }

  func logDensity(_ row: LikelihoodRow) -> Double {
    if case .perDimension(let slot) = variance {
      return gaussianRow(row, logVariance: row.columns(of: slot))
    }
    return gaussianRow(row, variance: row.batchVariance ?? sharedVariance(row.parameters))
  }

  private func sharedVariance(_ parameters: ParameterViews) -> Float {
    switch variance {
    case .fixed(let variance): return variance
    case .shared(let slot): return Foundation.exp(slot.vector(in: parameters.values)[0])
    case .optimal(let slot):
      let running = slot.vector(in: parameters.statistics)[0]
      return running > 0 ? running : 1
    case .perDimension: preconditionFailure("GaussianLikelihood: a variance for each dimension")
    }
  }

  // σ² = Σ(x − m)² / (B·K·D); the rows' sums go into `terms`, which the densities overwrite.
  func batchVariance(
    of x: MatrixView, given output: MatrixView, samples: Int, mayMiss: Bool, terms: TermBuffer,
    parameters: ParameterViews, compute: Compute
  ) -> Float? {
    guard case .optimal(let slot) = variance else { return nil }
    compute.forEachShare(
      of: output.rows, cost: output.columns * 2, (x, output, samples, mayMiss, terms)
    ) { context, rows, _ in
      let (x, output, samples, mayMiss, terms) = context
      for row in rows {
        terms[row] = GaussianLikelihood.squares(
          x.row(row / samples), output.row(row), mayMiss: mayMiss)
      }
    }
    let count = mayMiss ? samples * x.observedCount : output.count
    // Without a value there is no variance, and no density that would use it.
    if count == 0 { return sharedVariance(parameters) }
    let mean = terms.sum(first: output.rows) / Double(count)
    let batch = Float(mean < Self.smallestVariance ? Self.smallestVariance : mean)
    let running = slot.vector(in: parameters.statistics)
    running[0] = running[0] > 0 ? running[0] + Self.momentum * (batch - running[0]) : batch
    return batch
  }

  // Σ(x − m)² over the observed values.
  private static func squares(_ x: VectorView, _ means: VectorView, mayMiss: Bool) -> Double {
    if !mayMiss || !x.hasMissing { return sumLanes(x, means) { x, m in (x - m) * (x - m) } }
    var total = 0.0
    x.forEachRun { columns, isObserved in
      if !isObserved { return }
      total += sumLanes(x.slice(columns), means.slice(columns)) { x, m in (x - m) * (x - m) }
    }
    return total
  }

  // With s = (x − m)/σ² the score of the mean: ∂ ln p / ∂ ln σ² = ½((x − m)²/σ² − 1) = ½(s²σ² − 1) where x
  // is observed; elsewhere nothing.
  func addGradients(
    of x: MatrixView?, score: MatrixView, ownScore: MatrixView?, weights: TermBuffer,
    parameters: ParameterViews, compute: Compute
  ) {
    guard let learned else { return }
    let values = learned.vector(in: parameters.values)
    let gradients = learned.vector(in: parameters.gradients)
    if values.count == 1 {
      let variance = Foundation.exp(Double(values[0]))
      var total = 0.0
      for row in 0..<score.rows {
        let count = x.map { $0.row(row * $0.rows / score.rows).observedCount } ?? score.columns
        total += weights[row] * 0.5 * (score.row(row).sumOfSquares * variance - Double(count))
      }
      gradients[0] += Float(total)
    } else {
      for row in 0..<score.rows {
        let half = Lanes(repeating: Float(0.5 * weights[row]))
        func add(_ columns: Range<Int>) {
          let target = gradients.slice(columns)
          mapLanes(score.row(row).slice(columns), values.slice(columns), target, into: target) {
            s, l, g in vector_fma(half, s * s * exp(l) - 1, g)
          }
        }
        if let data = x?.row(row * (x?.rows ?? 0) / score.rows), data.hasMissing {
          data.forEachRun { columns, isObserved in if isObserved { add(columns) } }
        } else {
          add(0..<score.columns)
        }
      }
    }
  }

  func mean(_ output: MatrixView, parameters: ParameterViews) {}

  func sample(
    _ output: MatrixView, stream: RandomStream, firstRow: Int, parameters: ParameterViews
  ) {
    withNoise(like: output) { noise in
      stream.fillGaussian(noise, step: 1, firstRow: firstRow)
      for row in 0..<output.rows {
        let (target, noise) = (output.row(row), noise.row(row))
        switch variance {
        case .fixed, .optimal:
          target.add(noise, times: sharedVariance(parameters).squareRoot())
        case .shared(let slot):
          target.add(
            noise, times: Foundation.exp(0.5 * slot.vector(in: parameters.values)[0]))
        case .perDimension(let slot):
          mapLanes(target, noise, slot.vector(in: parameters.values), into: target) { m, e, l in
            vector_fma(exp(0.5 * l), e, m)
          }
        }
      }
    }
  }
}

private func gaussianRow(_ row: LikelihoodRow, variance: Float) -> Double {
  let precision = 1 / variance
  let squares =
    row.writingScore
    ? sumLanes(row.x, row.output, into: row.output) { x, m in
      let difference = x - m
      return (difference * difference, difference * precision)
    }
    : sumLanes(row.x, row.output) { x, m in (x - m) * (x - m) }
  let constant = Foundation.log(2 * Double.pi * Double(variance))
  return -0.5 * (squares / Double(variance) + Double(row.x.count) * constant)
}

// The same with ln σ² by dimension.
private func gaussianRow(_ row: LikelihoodRow, logVariance: VectorView) -> Double {
  let (x, means) = (row.x, row.output)
  let logVariances = sumLanes(logVariance, logVariance) { l, _ in l }
  let constant = Double(x.count) * Foundation.log(2 * Double.pi) + logVariances
  if row.writingScore {
    // First the score, then Σ s²σ² from it.
    mapLanes(x, means, logVariance, into: means) { x, m, l in (x - m) * exp(-l) }
    return -0.5 * (constant + sumLanes(means, logVariance) { s, l in s * s * exp(l) })
  }
  var total = 0.0
  for index in 0..<x.count {
    let difference = Double(x[index]) - Double(means[index])
    total += difference * difference * Foundation.exp(-Double(logVariance[index]))
  }
  return -0.5 * (constant + total)
}
