// Log-densities of data given the decoder's output, row by row, with their scores in the same pass.

import CVector
import Foundation
import Kernels
import Networks

/// A likelihood compiled for a model: its description, and the place of what it learns.
struct Likelihood: Sendable {
  let spec: LikelihoodSpec
  /// Data values in an example.
  let dimensions: Int
  /// ln σ² of the Gaussian: one value or one a dimension; nil if nothing is learned.
  let logVariance: ParameterSlot?

  init(_ spec: LikelihoodSpec, dimensions: Int, layout: inout ParameterLayout) {
    self.spec = spec
    self.dimensions = dimensions
    switch spec {
    case .gaussian(.shared):
      logVariance = layout.add("likelihood.log_variance", shape: [1], initialiser: .zeros)
    case .gaussian(.perDimension):
      logVariance = layout.add(
        "likelihood.log_variance", shape: [dimensions], initialiser: .zeros)
    case .bernoulli, .gaussian(.fixed):
      logVariance = nil
    }
  }

  /// Decoder outputs for each example.
  var outputs: Int { dimensions }

  /// Writes ln p(x|z) of every row, in nats with all constants, and turns the decoder's output into its
  /// score ∂ ln p(x|z) / ∂ output.
  ///
  /// - Parameters:
  ///   - x: data, [B, dimensions]
  ///   - output: [B·K, outputs], overwritten by the score; rows of one example follow each other
  ///   - samples: K
  ///   - result: [B·K]
  ///   - scores: where the score goes: `output` itself, or nil to leave the output alone
  func logDensity(
    of x: MatrixView, given output: MatrixView, samples: Int, into result: TermBuffer,
    writingScore: Bool, parameters: ParameterViews, compute: Compute
  ) {
    precondition(
      output.rows == x.rows * samples && x.columns == dimensions && output.columns == outputs,
      """
      Likelihood.logDensity: data [\(x.rows), \(x.columns)], output \
      [\(output.rows), \(output.columns)], \(samples) samples
      """)
    compute.forEachShare(
      of: output.rows, cost: dimensions * 16,
      (self, x, output, samples, result, writingScore, parameters)
    ) { context, rows, _ in
      let (likelihood, x, output, samples, result, writingScore, parameters) = context
      for row in rows {
        let (data, out) = (x.row(row / samples), output.row(row))
        result[row] =
          switch likelihood.spec {
          case .bernoulli: bernoulliRow(data, out, writingScore: writingScore)
          case .gaussian(.fixed(let variance)):
            gaussianRow(data, out, variance: variance, writingScore: writingScore)
          case .gaussian(.shared):
            gaussianRow(
              data, out, variance: Foundation.exp(likelihood.logVariance(parameters)[0]),
              writingScore: writingScore)
          case .gaussian(.perDimension):
            gaussianRow(
              data, out, logVariance: likelihood.logVariance(parameters),
              writingScore: writingScore)
          }
      }
    }
  }

  private func logVariance(_ parameters: ParameterViews) -> VectorView {
    guard let logVariance else { preconditionFailure("Likelihood: no variance is learned") }
    return logVariance.vector(in: parameters.values)
  }

  /// Scales every row of the score by its weight, ∂ loss / ∂ ln p(x|z), and adds what the learned
  /// variance gets.
  ///
  /// - Parameters:
  ///   - score: [B·K, outputs], as `logDensity` left it; overwritten by ∂ loss / ∂ output
  ///   - weights: [B·K]
  func pullBack(
    _ score: MatrixView, weights: TermBuffer, parameters: ParameterViews, compute: Compute
  ) {
    if let logVariance {
      addVarianceGradient(
        score, weights: weights, values: logVariance.vector(in: parameters.values),
        gradients: logVariance.vector(in: parameters.gradients))
    }
    compute.forEachShare(of: score.rows, cost: score.columns, (score, weights)) {
      context, rows, _ in
      let (score, weights) = context
      for row in rows { score.row(row).scale(by: Float(weights[row])) }
    }
  }

  // With s = (x − m)/σ² the score of the mean: ∂ ln p / ∂ ln σ² = ½((x − m)²/σ² − 1) = ½(s²σ² − 1).
  private func addVarianceGradient(
    _ score: MatrixView, weights: TermBuffer, values: VectorView, gradients: VectorView
  ) {
    if values.count == 1 {
      let variance = Foundation.exp(Double(values[0]))
      var total = 0.0
      for row in 0..<score.rows {
        total += weights[row] * 0.5 * (score.row(row).sumOfSquares * variance - Double(dimensions))
      }
      gradients[0] += Float(total)
    } else {
      for row in 0..<score.rows {
        let half = Lanes(repeating: Float(0.5 * weights[row]))
        mapLanes(score.row(row), values, gradients, into: gradients) { s, l, g in
          vector_fma(half, s * s * exp(l) - 1, g)
        }
      }
    }
  }

  /// Turns the decoder's output into the mean of the distribution, in place.
  func mean(_ output: MatrixView) {
    switch spec {
    case .bernoulli: mapLanes(output.vector, into: output.vector) { sigmoid($0) }
    case .gaussian: break
    }
  }

  /// The same, shared out among the workers.
  func mean(_ output: MatrixView, compute: Compute) {
    compute.forEachShare(of: output.rows, cost: output.columns * 8, (self, output)) {
      context, rows, _ in
      let (likelihood, output) = context
      likelihood.mean(output.rows(rows))
    }
  }

  /// Draws data from the distribution, in place of the decoder's output.
  ///
  /// - Parameters:
  ///   - output: [n, outputs], overwritten
  ///   - stream: random numbers; row r uses row `firstRow` + r of it
  func sample(
    _ output: MatrixView, stream: RandomStream, firstRow: Int, parameters: ParameterViews
  ) {
    let arena = Arena(count: output.count)
    let noise = arena.vector.matrix(rows: output.rows, columns: output.columns)
    defer { withExtendedLifetime(arena) {} }
    switch spec {
    case .bernoulli:
      mean(output)
      stream.fillUniform(noise, step: 1, firstRow: firstRow)
      mapLanes(noise.vector, output.vector, into: output.vector) { u, p in
        Lanes(repeating: 0).replacing(with: 1, where: u .< p)
      }
    case .gaussian(let variance):
      stream.fillGaussian(noise, step: 1, firstRow: firstRow)
      for row in 0..<output.rows {
        let (target, noise) = (output.row(row), noise.row(row))
        switch variance {
        case .fixed(let variance): target.add(noise, times: variance.squareRoot())
        case .shared:
          target.add(noise, times: Foundation.exp(0.5 * logVariance(parameters)[0]))
        case .perDimension:
          mapLanes(target, noise, logVariance(parameters), into: target) { m, e, l in
            vector_fma(exp(0.5 * l), e, m)
          }
        }
      }
    }
  }
}

// ln p = Σ x·l − softplus(l); score x − σ(l). One exponential serves both.
private func bernoulliRow(_ x: VectorView, _ logits: VectorView, writingScore: Bool) -> Double {
  if !writingScore { return sumLanes(x, logits) { x, l in x * l - softplus(l) } }
  return sumLanes(x, logits, into: logits) { x, l in
    let e = exp(-vector_abs(l))
    let positive = l.replacing(with: 0, where: l .< 0)
    let inverse = 1 / (1 + e)
    let probability = (e * inverse).replacing(with: inverse, where: l .>= 0)
    return (x * l - positive - log1p(e), x - probability)
  }
}

// ln p = −½ Σ ((x − m)²/σ² + ln 2πσ²); score (x − m)/σ².
private func gaussianRow(
  _ x: VectorView, _ means: VectorView, variance: Float, writingScore: Bool
) -> Double {
  let precision = 1 / variance
  let squares =
    writingScore
    ? sumLanes(x, means, into: means) { x, m in
      let difference = x - m
      return (difference * difference, difference * precision)
    }
    : sumLanes(x, means) { x, m in (x - m) * (x - m) }
  let constant = Foundation.log(2 * Double.pi * Double(variance))
  return -0.5 * (squares / Double(variance) + Double(x.count) * constant)
}

// The same with ln σ² by dimension.
private func gaussianRow(
  _ x: VectorView, _ means: VectorView, logVariance: VectorView, writingScore: Bool
) -> Double {
  let logVariances = sumLanes(logVariance, logVariance) { l, _ in l }
  let constant = Double(x.count) * Foundation.log(2 * Double.pi) + logVariances
  if writingScore {
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
