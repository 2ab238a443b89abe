import Foundation
import Kernels
import Testing

@testable import Variational

@Suite struct SampleQualityTests {
  private func normal(
    _ rows: Int, _ columns: Int, seed: UInt64, shift: Double = 0
  ) -> Matrix<Double> {
    var generator = SeededGenerator(state: seed)
    return Matrix(
      rows: rows, columns: columns, (0..<rows * columns).map { _ in generator.normal() + shift })
  }

  @Test func measuresAgreeWithSciPys() throws {
    let fixture = try EvaluationFixture.load()
    let found = SampleQuality(samples: Matrix(fixture.samples), real: Matrix(fixture.real))
    #expect(found.precision == fixture.precision)
    #expect(found.recall == fixture.recall)
    #expect(abs(found.kernelWidth - fixture.kernelWidth) <= 1e-12)
    // Double sums of 1,560 kernels below one.
    #expect(abs(found.discrepancy - fixture.discrepancy) <= 1e-12)
    #expect(found.points == 40 && found.neighbours == 3)
  }

  @Test func distancesMatchNaiveLoops() {
    let (a, b) = (normal(9, 5, seed: 1), normal(6, 5, seed: 2, shift: 1))
    let found = squaredDistances(a, b)
    for row in 0..<9 {
      for column in 0..<6 {
        let naive = zip(a.row(row), b.row(column)).reduce(0) {
          $0 + ($1.0 - $1.1) * ($1.0 - $1.1)
        }
        #expect(abs(found[row, column] - naive) <= 1e-13)
      }
    }
  }

  @Test func aSetCoversItself() {
    let points = normal(50, 4, seed: 3)
    let found = SampleQuality(samples: points, real: points)
    #expect(found.precision == 1 && found.recall == 1)
  }

  @Test func distantSetsDoNotCoverEachOther() {
    let found = SampleQuality(
      samples: normal(50, 4, seed: 3, shift: 100), real: normal(50, 4, seed: 4))
    #expect(found.precision == 0 && found.recall == 0)
    // Two kernels of each set left, none between: near 2·E k.
    #expect(found.discrepancy > 0.5)
  }

  @Test func samplesOfOneModeArePreciseAndRecallLittle() {
    // Real points in two clusters, samples in one of them.
    let near = normal(40, 3, seed: 5).elements
    let far = normal(40, 3, seed: 6, shift: 60).elements
    let real = Matrix(rows: 80, columns: 3, near + far)
    let found = SampleQuality(samples: normal(80, 3, seed: 7), real: real)
    #expect(found.precision > 0.8)
    #expect(found.recall <= 0.5)
  }

  @Test func theDiscrepancyOfEqualDistributionsIsZeroInTheMean() {
    var values = RunningMean()
    for seed in 0..<40 {
      values.add(
        SampleQuality(
          samples: normal(60, 3, seed: UInt64(100 + seed)),
          real: normal(60, 3, seed: UInt64(500 + seed))
        ).discrepancy)
    }
    #expect(abs(values.mean) <= 4 * values.standardError)
  }

  @Test func theDiscrepancysErrorIsItsSpread() {
    // 60 estimates know their deviation to 9 %; four of that, and 10 % for the width's own spread.
    var (values, errors) = (RunningMean(), RunningMean())
    for seed in 0..<60 {
      let found = SampleQuality(
        samples: normal(80, 3, seed: UInt64(1000 + seed), shift: 1),
        real: normal(80, 3, seed: UInt64(2000 + seed)))
      values.add(found.discrepancy)
      errors.add(found.discrepancyStandardError)
    }
    let spread = (values.populationVariance * 60 / 59).squareRoot()
    #expect(abs(spread - errors.mean) <= 0.47 * errors.mean, "\(spread) against \(errors.mean)")
  }

  @Test func modelsAreComparedWithOtherDataWhereThereIsEnough() throws {
    let (model, data) = try InferenceTests.model(.smallDense())
    let few = try #require(try model.compareSamples(with: data, points: data.count))
    #expect(few.realData == nil && few.samples.points == data.count)
    let many = try #require(try model.compareSamples(with: data, points: data.count / 2))
    // Uniform points against uniform points: other data are nearer than an untrained model's samples.
    let real = try #require(many.realData)
    #expect(real.discrepancy < many.samples.discrepancy)
    #expect(try model.compareSamples(with: data.prefix(7)) == nil)
  }
}
