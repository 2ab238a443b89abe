import Foundation
import Kernels
import Networks
import TestSupport
import Testing

@testable import Variational

/// A mixed likelihood, complete and with missing values, against formulas in 64 bits.
///
/// Tolerances. A term is made of a handful of quantities, each below 10 + 10·|term| here, with up to 32
/// roundoffs each (LikelihoodProbe says why): 320 roundoffs of Σ (1 + |term|) bound the sum. Differences of the
/// naive formula with h = 10⁻⁵ are off by h²/6 of a third derivative and 2⁻⁵²/h of the terms, below 10⁻⁸ of
/// their size.
@Suite struct MixedLikelihoodTests {
  /// The engine's likelihood of the table with random parameters.
  struct Fixture {
    let likelihood: Likelihood
    let layout: ParameterLayout
    let values: Arena
    let gradients: Arena
    let statistics: Arena
    let compute = computeForTest(threads: 2)

    init(mayMiss: Bool) {
      var layout = ParameterLayout()
      likelihood = Likelihood(
        NaiveTable.likelihood, shape: Shape(features: NaiveTable.columns), mayMiss: mayMiss,
        layout: &layout)
      self.layout = layout
      values = Arena(count: layout.trainedCount)
      gradients = Arena(count: layout.trainedCount)
      statistics = Arena(count: layout.statisticsCount)
      var generator = SeededGenerator(state: 21)
      for tensor in layout.trained {
        tensor.slot.vector(in: values.vector).assign(generator.floats(tensor.slot.count, -1...1))
      }
    }

    var views: ParameterViews {
      ParameterViews(
        values: values.vector, gradients: gradients.vector, statistics: statistics.vector)
    }

    func byPart(_ arena: Arena) -> [Int: [Double]] {
      var result: [Int: [Double]] = [:]
      for tensor in layout.trained {
        guard let part = Int(tensor.name.split(separator: ".")[1]) else { continue }
        result[part] = tensor.slot.vector(in: arena.vector).array.map(Double.init)
      }
      return result
    }
  }

  static let (examples, samples) = (5, 2)

  @Test func tensorsAreNamedByTheirPart() {
    #expect(
      Fixture(mayMiss: false).layout.trained.map(\.name) == [
        "likelihood.0.log_variance", "likelihood.4.log_inverse_dispersion",
        "likelihood.5.log_scale", "likelihood.6.log_variance",
        "likelihood.7.log_inverse_dispersion", "likelihood.8.log_scale",
      ])
    #expect(NaiveTable.likelihood.outputs(forColumns: NaiveTable.columns) == NaiveTable.outputs)
  }

  @Test(arguments: [0, 0.3, 0.9, 1] as [Float])
  func densitiesAndGradientsMatchNaiveFormulas(missing: Float) throws {
    let fixture = Fixture(mayMiss: missing > 0)
    let (rows, columns, outputs) = (
      Self.examples * Self.samples, NaiveTable.columns, NaiveTable.outputs
    )
    var generator = SeededGenerator(state: 22)
    let x = NaiveTable.rows(Self.examples, missing: missing)
    let output = generator.floats(rows * outputs, -1...1)
    let weights = generator.floats(rows, -2...2).map(Double.init)

    let data = MatrixFixture(rows: Self.examples, columns: columns, x)
    let plain = MatrixFixture(rows: rows, columns: outputs, output)
    let score = MatrixFixture(rows: rows, columns: outputs, output)
    let own = MatrixFixture(rows: rows, columns: fixture.likelihood.ownScoreColumns)
    own.view.vector.fill(7)
    let (found, terms, loss) = (
      TermBuffer(count: rows), TermBuffer(count: rows), TermBuffer(count: rows)
    )
    fixture.likelihood.logDensity(
      of: data.view, given: plain.view, samples: Self.samples, into: found, writingScore: false,
      parameters: fixture.views, compute: fixture.compute)
    #expect(plain.values == output)
    fixture.likelihood.logDensity(
      of: data.view, given: score.view, samples: Self.samples, into: terms, writingScore: true,
      ownScore: own.view, parameters: fixture.views, compute: fixture.compute)
    for row in 0..<rows { loss[row] = weights[row] }
    fixture.likelihood.pullBack(
      score.view, weights: loss, ownScore: own.view, data: data.view, parameters: fixture.views,
      compute: fixture.compute)

    let learned = fixture.byPart(fixture.values)
    func naive(_ row: Int, _ o: [Double], _ learned: [Int: [Double]]) -> (Double, Double) {
      let start = row / Self.samples * columns
      return NaiveTable.logDensity(x[start..<start + columns].map(Double.init), o, learned)
    }
    func decoded(_ row: Int) -> [Double] {
      output[row * outputs..<(row + 1) * outputs].map(Double.init)
    }
    let h = 1e-5
    for row in 0..<rows {
      let (expected, magnitude) = naive(row, decoded(row), learned)
      for value in [found[row], terms[row]] {
        #expect(abs(value - expected) <= 320 * roundoff * magnitude, "row \(row)")
      }
      for place in 0..<outputs {
        var (up, down) = (decoded(row), decoded(row))
        up[place] += h
        down[place] -= h
        let difference = (naive(row, up, learned).0 - naive(row, down, learned).0) / (2 * h)
        let gradient = Double(score.view[row, place])
        let size = abs(weights[row]) * (10 + abs(difference))
        #expect(
          abs(gradient - weights[row] * difference)
            <= 320 * roundoff * size + 1e-8 * abs(weights[row]) * magnitude,
          "row \(row), output \(place): \(gradient), not \(weights[row] * difference)")
        // What does not touch an observed value has no gradient at all.
        if difference == 0 { #expect(gradient == 0) }
      }
    }
    let gradients = fixture.byPart(fixture.gradients)
    for (part, values) in learned {
      for place in values.indices {
        var (slope, size) = (0.0, 0.0)
        for row in 0..<rows {
          var (up, down) = (learned, learned)
          up[part]?[place] += h
          down[part]?[place] -= h
          slope +=
            weights[row] * (naive(row, decoded(row), up).0 - naive(row, decoded(row), down).0)
            / (2 * h)
          size += abs(weights[row]) * naive(row, decoded(row), learned).1
        }
        let gradient = try #require(gradients[part]?[place])
        #expect(
          abs(gradient - slope) <= (320 * roundoff + 1e-8) * size,
          "part \(part), \(place): \(gradient), not \(slope)")
      }
    }
  }

  @Test func aModelOfOnePartIsThePlainModel() throws {
    // Only the names differ: the same weights, the same bits.
    let table = try LikelihoodTrainingTests.data(for: .poisson, examples: 40)
    for likelihood: LikelihoodSpec in [
      .gaussian(.optimal), .gaussian(.perDimension), .laplace(.shared),
      .studentT(
        degreesOfFreedom: 3, scale: .perDimension),
    ] {
      let plain = try LikelihoodTrainingTests.spec(likelihood)
      var mixed = plain
      mixed.likelihood = .mixed([.init(columns: 10, likelihood: likelihood)])
      func train(_ spec: ModelSpec) throws -> Model {
        let trainer = try Trainer(try Model(spec, threads: 2), data: table)
        for batch in trainer.batches(epoch: 0) { _ = try trainer.step(batch) }
        return trainer.model
      }
      let (a, b) = (try train(plain), try train(mixed))
      #expect(a.parameters.vector.array == b.parameters.vector.array, "\(likelihood)")
      #expect(a.statistics.vector.array == b.statistics.vector.array, "\(likelihood)")
      #expect(try a.evaluate(table) == b.evaluate(table), "\(likelihood)")
      #expect(a.sample(3) == b.sample(3), "\(likelihood)")
    }
  }

  @Test func meansAndDrawsOfAPartAreThoseOfItsLikelihood() {
    let fixture = Fixture(mayMiss: false)
    let rows = 4000
    var generator = SeededGenerator(state: 23)
    // The same outputs in all rows, so that the rows are draws of one distribution.
    let output = generator.floats(NaiveTable.outputs, -1...1)
    let all = (0..<rows).flatMap { _ in output }
    let (means, draws) = (
      MatrixFixture(rows: rows, columns: NaiveTable.outputs, all),
      MatrixFixture(rows: rows, columns: NaiveTable.outputs, all)
    )
    fixture.likelihood.mean(means.view, parameters: fixture.views, compute: fixture.compute)
    fixture.likelihood.sample(
      draws.view, stream: RandomStream(seed: 5), firstRow: 0, parameters: fixture.views)
    let learned = fixture.byPart(fixture.values)
    var (column, place) = (0, 0)
    for (index, part) in NaiveTable.parts.enumerated() {
      // Alone, with the same parameters.
      let probe = LikelihoodProbe(
        part.likelihood, dimensions: part.columns,
        learned: learned[index]?.map { Float($0) } ?? [])
      let count = part.likelihood.outputs(forColumns: part.columns)
      let alone = probe.mean(Array(output[place..<place + count]))
      #expect(means.view.row(7).slice(column, count: part.columns).array == alone)
      for j in 0..<part.columns {
        let values = (0..<rows).map { Double(draws.view[$0, column + j]) }
        let mean = values.reduce(0, +) / Double(rows)
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(rows)
        // Five standard errors, from the draws themselves.
        #expect(
          abs(mean - Double(alone[j])) <= 5 * (variance / Double(rows)).squareRoot(),
          "part \(index), column \(j): \(mean), not \(alone[j])")
      }
      column += part.columns
      place += count
    }
    // Parts of one kind draw different noise: columns 17 and 18 share a variance, 0 has another part.
    let found = correlation(draws.view, 0, 17)
    #expect(abs(found) <= 5 / Double(rows).squareRoot(), "\(found)")
  }

  private func correlation(_ draws: MatrixView, _ a: Int, _ b: Int) -> Double {
    func column(_ index: Int) -> [Double] {
      let values = (0..<draws.rows).map { Double(draws[$0, index]) }
      let mean = values.reduce(0, +) / Double(values.count)
      return values.map { $0 - mean }
    }
    let (x, y) = (column(a), column(b))
    func product(_ x: [Double], _ y: [Double]) -> Double {
      zip(x, y).reduce(0) { $0 + $1.0 * $1.1 }
    }
    return product(x, y) / (product(x, x) * product(y, y)).squareRoot()
  }
}
