// A likelihood outside a model, as its tests drive it.

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
    compute = computeForTest(threads: threads)
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
