// ∫p(x|z)p(z)dz over a grid of two latents, in 64 bits and by other code than the engine's.

import Foundation
import Kernels

/// A decoder z → tanh(zA + a) → ·B + b from two latents, and the evidence of data under it.
///
/// The trapezoidal rule on a square, both coordinates in steps of h. For integrands that fall off like a
/// Gaussian of deviation s its error is some e^(−2π²s²/h²): nothing to speak of once h < s (Trefethen and
/// Weideman, 2014).
struct TwoLatentGrid {
  private let first: (weights: Matrix<Double>, bias: [Double])  // A [2×H], a [H]
  private let second: (weights: Matrix<Double>, bias: [Double])  // B [H×D], b [D]
  private let noiseVariance: Double?  // σ² of a Gaussian; nil for a Bernoulli
  /// Half a side of the square.
  let reach: Double

  init(_ model: Model, reach: Double) {
    func layer(_ name: String) -> (weights: Matrix<Double>, bias: [Double]) {
      let bias = model.values(of: name + ".bias").map(Double.init)
      let values = model.values(of: name + ".weight").map(Double.init)
      let weights = Matrix(rows: bias.count, columns: values.count / bias.count, values)
      return (weights.transposed(), bias)
    }
    first = layer("decoder.0")
    second = layer("decoder.2")
    if case .gaussian = model.spec.likelihood {
      noiseVariance = exp(Double(model.values(of: "likelihood.log_variance")[0]))
    } else {
      noiseVariance = nil
    }
    self.reach = reach
  }

  /// ln p(x) of every example, nats.
  ///
  /// ln p(x|z) is a product of x with something of z, plus a term of z alone, plus one of x alone:
  ///
  ///     Bernoulli  x·l − Σ softplus(l)          Gaussian  (x·m − ½m² − ½x²)/σ² − ½D ln 2πσ²
  ///
  /// - Parameters:
  ///   - x: [N×D]
  ///   - step: h
  func logEvidence(_ x: Matrix<Double>, step: Double) -> [Double] {
    var sums = [LogSum](repeating: LogSum(), count: x.rows)
    let side = Int((reach / step).rounded())
    let coordinates = (-side...side).map { Double($0) * step }
    for z1 in coordinates {
      var hidden = Matrix<Double>(rows: coordinates.count, columns: first.bias.count)
      for (row, z2) in coordinates.enumerated() {
        for unit in 0..<first.bias.count {
          hidden[row, unit] = tanh(
            z1 * first.weights[0, unit] + z2 * first.weights[1, unit] + first.bias[unit])
        }
      }
      // H [n×H] · B [H×D] → [n×D]
      var output = (hidden * second.weights).elements
      let dimensions = x.columns
      var own = [Double](repeating: 0, count: coordinates.count)
      for row in 0..<coordinates.count {
        for column in 0..<dimensions {
          let value = output[row * dimensions + column] + second.bias[column]
          output[row * dimensions + column] = value
          own[row] += noiseVariance == nil ? softplus64(value) : 0.5 * value * value
        }
      }
      // L [n×D] · Xᵀ [D×N] → [n×N]
      let products = Matrix.product(
        Matrix(rows: coordinates.count, columns: dimensions, output), by: x, transposed: true)
      let scale = 1 / (noiseVariance ?? 1)
      for (row, z2) in coordinates.enumerated() {
        let prior = -0.5 * (z1 * z1 + z2 * z2) - log(2 * .pi)
        for example in 0..<x.rows {
          sums[example].add((products[row, example] - own[row]) * scale + prior)
        }
      }
    }
    return sums.enumerated().map { example, sum in
      sum.logMean(of: 1) + 2 * log(step) + ownTerm(x.row(example))
    }
  }

  private func ownTerm(_ x: [Double]) -> Double {
    guard let noiseVariance else { return 0 }
    return -0.5 * (x.dot(x) / noiseVariance + Double(x.count) * log(2 * .pi * noiseVariance))
  }

  private func softplus64(_ value: Double) -> Double { max(value, 0) + log1p(exp(-abs(value))) }
}
