// A table of every kind of column, and the log-density of its rows in 64 bits, one value at a time.

import Foundation
import Kernels
import Networks

@testable import Variational

/// A mixed likelihood with data, and formulas that share nothing with the engine's.
enum NaiveTable {
  static let parts: [LikelihoodSpec.Part] = [
    .init(columns: 3, likelihood: .gaussian(.perDimension)),
    .init(columns: 2, likelihood: .bernoulli),
    .init(columns: 5, likelihood: .categorical(groups: [3, 2])),
    .init(columns: 2, likelihood: .poisson),
    .init(columns: 3, likelihood: .zeroInflatedNegativeBinomial),
    .init(columns: 2, likelihood: .studentT(degreesOfFreedom: 4, scale: .shared)),
    .init(columns: 2, likelihood: .gaussian(.shared)),
    .init(columns: 1, likelihood: .negativeBinomial),
    .init(columns: 2, likelihood: .laplace(.perDimension)),
    .init(columns: 1, likelihood: .gaussian(.fixed(0.5))),
  ]
  static let likelihood = LikelihoodSpec.mixed(parts)
  static let columns = 23
  static let outputs = 26

  /// Rows that the likelihood takes, [examples × columns]; a part of them missing.
  static func rows(_ examples: Int, missing: Float = 0, seed: UInt64 = 3) -> [Float] {
    var generator = SeededGenerator(state: seed)
    var values: [Float] = []
    for _ in 0..<examples {
      for part in parts {
        switch part.likelihood {
        case .bernoulli: values += (0..<part.columns).map { _ in generator.float(0...1).rounded() }
        case .categorical(let groups):
          for size in groups {
            let chosen = Int(generator.next() >> 33) % size
            values += (0..<size).map { $0 == chosen ? 1 : 0 }
          }
        case .poisson, .negativeBinomial, .zeroInflatedNegativeBinomial:
          values += (0..<part.columns).map { _ in Float(generator.next() >> 33 & 3) }
        default: values += generator.normals(part.columns)
        }
      }
    }
    return values.map { generator.float(0...1) < missing ? .nan : $0 }
  }

  static func data(
    _ examples: Int, missing: Float = 0, labels: [Int]? = nil, seed: UInt64 = 3
  ) throws -> DataSet {
    try DataSet(
      floats: rows(examples, missing: missing, seed: seed), shape: Shape(features: columns),
      labels: labels, name: "table", allowsMissing: missing > 0)
  }

  /// ln p of a row over its observed values, and Σ (1 + |term|).
  ///
  /// - Parameters:
  ///   - x: [columns], NaN where a value is missing
  ///   - output: [outputs]
  ///   - learned: what each part has learned, by its index
  static func logDensity(
    _ x: [Double], _ output: [Double], _ learned: [Int: [Double]]
  ) -> (value: Double, magnitude: Double) {
    var (value, magnitude) = (0.0, 0.0)
    var (column, place) = (0, 0)
    func add(_ term: Double) {
      value += term
      magnitude += 1 + abs(term)
    }
    for (index, part) in parts.enumerated() {
      let n = part.columns
      if case .categorical(let groups) = part.likelihood {
        for size in groups {
          let (values, logits) = (x[column..<column + size], output[place..<place + size])
          if values.allSatisfy({ !$0.isNaN }) {
            let sum = logits.reduce(0) { $0 + exp($1) }
            for (v, l) in zip(values, logits) where v == 1 { add(l - log(sum)) }
          }
          column += size
          place += size
        }
        continue
      }
      for j in 0..<n where !x[column + j].isNaN {
        let own = learned[index].map { $0[$0.count == 1 ? 0 : j] } ?? 0
        var o = [output[place + j]]
        if part.likelihood == .zeroInflatedNegativeBinomial { o.append(output[place + n + j]) }
        add(term(part.likelihood, x[column + j], o, own))
      }
      column += n
      place += part.likelihood == .zeroInflatedNegativeBinomial ? 2 * n : n
    }
    precondition(column == x.count && place == output.count)
    return (value, magnitude)
  }

  private static func term(
    _ likelihood: LikelihoodSpec, _ x: Double, _ output: [Double], _ own: Double
  ) -> Double {
    let o = output[0]
    switch likelihood {
    case .gaussian(.fixed(let variance)):
      return gaussian(x - o, Double(variance))
    case .gaussian: return gaussian(x - o, exp(own))
    case .bernoulli: return x == 1 ? -log(1 + exp(-o)) : -log(1 + exp(o))
    case .laplace: return -abs(x - o) / exp(own) - log(2) - own
    case .studentT(let freedom, _):
      let (n, t) = (Double(freedom), (x - o) / exp(own))
      let constant: Double = lgamma((n + 1) / 2) - lgamma(n / 2) - 0.5 * log(n * Double.pi)
      let tail: Double = (n + 1) / 2 * log(1 + t * t / n)
      return constant - own - tail
    case .poisson: return x * o - exp(o) - lgamma(x + 1)
    case .negativeBinomial: return negativeBinomial(x, exp(o), exp(own))
    case .zeroInflatedNegativeBinomial:
      let (zero, count) = (1 / (1 + exp(-output[1])), negativeBinomial(x, exp(o), exp(own)))
      return x == 0 ? log(zero + (1 - zero) * exp(count)) : log(1 - zero) + count
    default: preconditionFailure("NaiveTable: no formula for \(likelihood)")
    }
  }

  private static func gaussian(_ distance: Double, _ variance: Double) -> Double {
    -0.5 * (distance * distance / variance + log(2 * Double.pi * variance))
  }

  private static func negativeBinomial(_ x: Double, _ mean: Double, _ theta: Double) -> Double {
    let coefficient: Double = lgamma(x + theta) - lgamma(theta) - lgamma(x + 1)
    let failures: Double = theta * log(theta / (theta + mean))
    return coefficient + failures + x * log(mean / (theta + mean))
  }

  private static func lgamma(_ x: Double) -> Double { Foundation.lgamma(x).0 }
}
