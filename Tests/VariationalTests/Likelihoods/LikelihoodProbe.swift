// What every likelihood is tested with: values in 60 digits, differences of naive 64-bit formulas, moments
// of draws.

import Foundation
import Kernels
import Networks
import TestSupport
import Testing

@testable import Variational

/// A likelihood with arenas for what it learns.
struct LikelihoodProbe {
  let likelihood: Likelihood
  let compute: Compute
  let values: Arena
  let gradients: Arena
  let statistics: Arena

  init(_ spec: LikelihoodSpec, shape: Shape, learned: [Float] = [], threads: Int = 1) {
    var layout = ParameterLayout()
    likelihood = Likelihood(spec, shape: shape, layout: &layout)
    compute = Compute(threads: threads)
    values = Arena(count: layout.trainedCount)
    gradients = Arena(count: layout.trainedCount)
    statistics = Arena(count: layout.statisticsCount)
    if let slot = likelihood.learned, !learned.isEmpty {
      slot.vector(in: values.vector).assign(learned)
    }
  }

  init(_ spec: LikelihoodSpec, dimensions: Int, learned: [Float] = [], threads: Int = 1) {
    self.init(spec, shape: Shape(features: dimensions), learned: learned, threads: threads)
  }

  var views: ParameterViews {
    ParameterViews(
      values: values.vector, gradients: gradients.vector, statistics: statistics.vector)
  }

  struct Result {
    var densities: [Double]
    var output: [Float]
    var own: [Float]
  }

  /// ln p of every row, and output and own score afterwards.
  func run(
    _ x: [Float], _ output: [Float], samples: Int = 1, writingScore: Bool, mode: Mode = .inference
  ) -> Result {
    let rows = output.count / likelihood.outputs
    let data = MatrixFixture(rows: rows / samples, columns: likelihood.dimensions, x)
    let out = MatrixFixture(rows: rows, columns: likelihood.outputs, output)
    let own = MatrixFixture(rows: rows, columns: likelihood.ownScoreColumns)
    let terms = TermBuffer(count: rows)
    likelihood.logDensity(
      of: data.view, given: out.view, samples: samples, into: terms, writingScore: writingScore,
      ownScore: own.view, parameters: views, compute: compute, mode: mode)
    return Result(
      densities: (0..<rows).map { terms[$0] }, output: out.values, own: own.values)
  }

  /// ∂ loss / ∂ output and ∂ loss / ∂ learned for loss = Σ weight × ln p.
  func gradients(
    _ x: [Float], _ output: [Float], samples: Int, weights: [Double]
  ) -> (output: [Float], learned: [Float]) {
    let result = run(x, output, samples: samples, writingScore: true)
    let score = MatrixFixture(
      rows: weights.count, columns: likelihood.outputs, result.output)
    let own = MatrixFixture(
      rows: weights.count, columns: likelihood.ownScoreColumns, result.own)
    let terms = TermBuffer(count: weights.count)
    for (row, weight) in weights.enumerated() { terms[row] = weight }
    gradients.vector.fill(0)
    likelihood.pullBack(
      score.view, weights: terms, ownScore: own.view, parameters: views, compute: compute)
    return (score.values, likelihood.learned?.vector(in: gradients.vector).array ?? [])
  }

  func mean(_ output: [Float]) -> [Float] {
    let rows = output.count / likelihood.outputs
    let out = MatrixFixture(rows: rows, columns: likelihood.outputs, output)
    likelihood.mean(out.view, parameters: views, compute: compute)
    return firstColumns(out)
  }

  func sample(_ output: [Float], seed: UInt64 = 8, firstRow: Int = 0) -> [Float] {
    let rows = output.count / likelihood.outputs
    let out = MatrixFixture(rows: rows, columns: likelihood.outputs, output)
    likelihood.sample(
      out.view, stream: RandomStream(seed: seed), firstRow: firstRow, parameters: views)
    return firstColumns(out)
  }

  private func firstColumns(_ matrix: MatrixFixture) -> [Float] {
    (0..<matrix.view.rows).flatMap { row in
      matrix.view.row(row).slice(0, count: likelihood.dimensions).array
    }
  }
}

/// Values of likelihoods.json, which make_likelihoods.py wrote.
struct ReferenceValues: Decodable {
  let likelihood: LikelihoodSpec
  let x: [Float]
  let output: [[Float]]
  let learned: [Float]
  let density: [Double]
  let densityMagnitude: [Double]
  let score: [[Double]]
  let scoreMagnitude: [[Double]]
  let own: [Double]
  let ownMagnitude: [Double]
  let mean: [Double]
  let meanMagnitude: [Double]

  static func read(_ name: String) throws -> [ReferenceValues] {
    let data = try Data(contentsOf: URL(fileURLWithPath: try fixture("likelihoods.json")))
    let found = try JSONDecoder().decode([ReferenceValues].self, from: data)
      .filter { $0.likelihood.name == name }
    try #require(!found.isEmpty)
    return found
  }
}

/// Roundings in the terms of a density or score: two or three elementary functions of 3 units in the last
/// place (6 roundoffs) each and the operations between them, each relative to the magnitude that the file
/// gives; 32 covers the longest formula, Stirling's.
private let roundings = 32.0

/// Below the normal range floats have the spacing of the smallest one.
private let smallest = Double(Float.leastNormalMagnitude)

/// Density, scores and mean of a likelihood, each value alone and all values as one row.
func expectReferenceValues(_ name: String) throws {
  for reference in try ReferenceValues.read(name) {
    for index in reference.x.indices { expect(reference, valueAt: index) }
    try expectRow(reference)
  }
}

private func expect(_ reference: ReferenceValues, valueAt index: Int) {
  let learned = reference.learned.isEmpty ? [] : [reference.learned[index]]
  let probe = LikelihoodProbe(reference.likelihood, dimensions: 1, learned: learned)
  let (x, output) = ([reference.x[index]], reference.output[index])
  let place = "\(reference.likelihood): x \(x), output \(output), learned \(learned)"
  func expect(_ found: Double, _ expected: Double, _ magnitude: Double, _ what: String) {
    let allowed = roundings * roundoff * (magnitude + abs(expected)) + smallest
    #expect(abs(found - expected) <= allowed, "\(what): \(found), not \(expected); \(place)")
  }
  for writingScore in [false, true] {
    let result = probe.run(x, output, writingScore: writingScore)
    expect(
      result.densities[0], reference.density[index], reference.densityMagnitude[index], "ln p")
    guard writingScore else {
      #expect(result.output == output)
      continue
    }
    for (column, score) in result.output.enumerated() {
      expect(
        Double(score), reference.score[index][column], reference.scoreMagnitude[index][column],
        "score \(column)")
    }
    if !learned.isEmpty {
      expect(
        Double(result.own[0]), reference.own[index], reference.ownMagnitude[index], "own score")
    }
  }
  expect(
    Double(probe.mean(output)[0]), reference.mean[index], reference.meanMagnitude[index], "mean")
}

private func expectRow(_ reference: ReferenceValues) throws {
  let count = reference.x.count
  let probe = LikelihoodProbe(
    reference.likelihood, dimensions: count, learned: reference.learned, threads: 2)
  // All values' first outputs, then all their second ones.
  let width = reference.output[0].count
  let output = (0..<width).flatMap { column in reference.output.map { $0[column] } }
  let result = probe.run(reference.x, output, writingScore: true)
  let expected = reference.density.reduce(0, +)
  // Each lane adds count/16 terms: that many roundings more of the sum of magnitudes.
  let magnitude = reference.densityMagnitude.reduce(0, +)
  let allowed = (roundings + Double(count / 16)) * roundoff * magnitude
  #expect(abs(result.densities[0] - expected) <= allowed, "\(reference.likelihood)")
  for column in 0..<width {
    for index in 0..<count {
      let score = Double(result.output[column * count + index])
      let expected = reference.score[index][column]
      let allowed =
        roundings * roundoff * (reference.scoreMagnitude[index][column] + abs(expected)) + smallest
      #expect(abs(score - expected) <= allowed, "\(reference.likelihood), value \(index)")
    }
  }
}

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
