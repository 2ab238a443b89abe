// What likelihoods are compared with: differences of naive 64-bit formulas, moments of draws.

import Foundation
import Kernels
import Networks
import TestSupport
import Testing

@testable import Variational

/// Gradients of a weighted sum of ln p over several rows and samples against central differences of a
/// naive formula in 64 bits.
///
/// - Parameters:
///   - data: one value of x; called for every place
///   - outputs: the range of the decoder's outputs
///   - learned: the range of what is learned
///   - naive: ln p(x; outputs, learned) of one value
func expectGradientsMatchDifferences(
  _ spec: LikelihoodSpec, dimensions: Int = 19, learned range: ClosedRange<Float> = -1...1,
  outputs: ClosedRange<Float> = -1...1, data: (inout SeededGenerator) -> Float,
  naive: (Double, [Double], Double) -> Double
) {
  let (examples, samples) = (3, 2)
  let rows = examples * samples
  var generator = SeededGenerator(state: 11)
  let probe: LikelihoodProbe
  do {
    let count = LikelihoodProbe(spec, dimensions: dimensions, learned: []).likelihood.learned?.count
    probe = LikelihoodProbe(
      spec, dimensions: dimensions, learned: generator.floats(count ?? 0, range), threads: 2)
  }
  let width = spec.outputs(forColumns: 1)
  let x = (0..<examples * dimensions).map { _ in data(&generator) }
  let output = generator.floats(rows * dimensions * width, outputs)
  let weights = (0..<rows).map { _ in Double(generator.float(-2...2)) }
  let learned = probe.likelihood.learned?.vector(in: probe.values.vector).array ?? []
  let found = probe.gradients(x, output, samples: samples, weights: weights)

  func term(_ row: Int, _ column: Int, moving place: Int? = nil, own: Double = 0, by h: Double = 0)
    -> Double
  {
    let outputs = (0..<width).map {
      Double(output[row * dimensions * width + $0 * dimensions + column]) + ($0 == place ? h : 0)
    }
    let value =
      learned.isEmpty ? 0 : Double(learned[learned.count == 1 ? 0 : column]) + own
    return naive(Double(x[row / samples * dimensions + column]), outputs, value)
  }
  // h = 10⁻⁵ leaves h²/6 of a third derivative and 2⁻⁵²/h of the terms: below 10⁻⁸ for terms below 100.
  let h = 1e-5
  var (sums, magnitudes) = (
    [Double](repeating: 0, count: dimensions), [Double](repeating: 0, count: dimensions)
  )
  for row in 0..<rows {
    for column in 0..<dimensions {
      let scale = 1 + abs(term(row, column))
      for place in 0..<width {
        let slope =
          weights[row]
          * (term(row, column, moving: place, by: h) - term(row, column, moving: place, by: -h))
          / (2 * h)
        let score = Double(found.output[row * dimensions * width + place * dimensions + column])
        // Scores of moderate places are sums of a few terms of the size of 1 and of x: 64 roundoffs.
        #expect(
          abs(score - slope) <= 64 * roundoff * (abs(slope) + 10 * scale) + 1e-8 * scale,
          "\(spec), row \(row), column \(column), output \(place)")
      }
      sums[column] +=
        weights[row]
        * (term(row, column, own: h) - term(row, column, own: -h)) / (2 * h)
      magnitudes[column] += abs(weights[row]) * scale
    }
  }
  guard !learned.isEmpty else { return }
  let isShared = learned.count == 1
  let expected = isShared ? [sums.reduce(0, +)] : sums
  let scales = isShared ? [magnitudes.reduce(0, +)] : magnitudes
  #expect(found.learned.count == expected.count)
  for (place, slope) in expected.enumerated() {
    #expect(
      abs(Double(found.learned[place]) - slope) <= (640 * roundoff + 1e-8) * scales[place],
      "\(spec), learned \(place): \(found.learned[place]), not \(slope)")
  }
}

/// Mean and variance of draws at one place against the distribution's, within five standard errors, which
/// come from the draws themselves.
func expectMoments(
  _ spec: LikelihoodSpec, output: [Float], learned: [Float] = [], mean: Double, variance: Double,
  draws: Int = 40_000
) {
  // Every draw is a row of one value.
  let probe = LikelihoodProbe(spec, dimensions: 1, learned: learned)
  let drawn = probe.sample((0..<draws).flatMap { _ in output }).map(Double.init)
  let count = Double(draws)
  let average = drawn.reduce(0, +) / count
  let second = drawn.reduce(0) { $0 + ($1 - average) * ($1 - average) } / count
  let fourth = drawn.reduce(0) { $0 + pow($1 - average, 4) } / count
  #expect(
    abs(average - mean) <= 5 * (variance / count).squareRoot(),
    "\(spec), output \(output): a mean of \(average), not \(mean)")
  let error = (max(0, fourth - second * second) / count).squareRoot()
  #expect(
    abs(second - variance) <= 5 * error + 1e-12,
    "\(spec), output \(output): a variance of \(second), not \(variance)")
}

/// Draws depend on row, column and seed alone.
func expectDrawsByPosition(_ spec: LikelihoodSpec, learned: Float = 0) {
  let dimensions = 6
  let count = LikelihoodProbe(spec, dimensions: dimensions).likelihood.learned?.count ?? 0
  let probe = LikelihoodProbe(
    spec, dimensions: dimensions, learned: [Float](repeating: learned, count: count))
  func draw(_ rows: Range<Int>) -> [Float] {
    probe.sample(
      [Float](repeating: 0.5, count: rows.count * probe.likelihood.outputs),
      firstRow: rows.lowerBound)
  }
  #expect(draw(0..<9) == draw(0..<4) + draw(4..<9))
  #expect(draw(0..<9) != draw(1..<10))
}
