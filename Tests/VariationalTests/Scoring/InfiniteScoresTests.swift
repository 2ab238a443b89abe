import Foundation
import Testing

@testable import Variational

@Suite struct InfiniteScoresTests {
  struct Fixture: Decodable {
    struct Case: Decodable {
      let scores: [Double?]
      let truth: [Bool?]
      let area: Double
      let anomalies: Int
      let normals: Int
      let calibration: [Double]
      let p_values: [Double]
      let flagged: Int
      let false_alarms: Double
      let detected: Double
      let mean: Double
      let infinite: Int
    }
    let cases: [Case]
  }

  @Test func ranksPValuesAndAlarmsAreThoseOfNumPy() throws {
    let data = try Data(contentsOf: URL(fileURLWithPath: try fixture("infinite_scores.json")))
    let cases = try JSONDecoder().decode(Fixture.self, from: data).cases
    #expect(cases.count == 4)
    for test in cases {
      let scores = test.scores.map { $0 ?? .infinity }
      let calibration = try ConformalCalibration(test.calibration)
      #expect(scores.map(calibration.pValue) == test.p_values)
      let report = try AnomalyReport(
        .elbo, scores, calibration: (calibration, 0.1), isAnomaly: test.truth)
      // Means of at most 80 fractions in 64 bits.
      let area = try #require(report.area)
      #expect(abs(area.area - test.area) <= 1e-14)
      #expect(area.anomalies == test.anomalies && area.normals == test.normals)
      #expect(report.infinite == test.infinite && abs(report.mean - test.mean) <= 1e-14)
      let alarms = try #require(report.alarms)
      #expect(alarms.flagged == test.flagged)
      #expect(abs((alarms.observedFalseAlarmRate ?? .nan) - test.false_alarms) <= 1e-15)
      #expect(abs((alarms.detectionRate ?? .nan) - test.detected) <= 1e-15)
    }
  }

  @Test func aReportWithoutFiniteScoresIsJSON() throws {
    let report = try AnomalyReport(.elbo, [.infinity, .infinity])
    let text = String(decoding: try JSONEncoder().encode(report), as: UTF8.self)
    #expect(text.contains("\"mean\":null") && text.contains("\"infinite\":2"))
    let again = try JSONDecoder().decode(AnomalyReport.self, from: Data(text.utf8))
    #expect(again.mean.isNaN && again.infinite == 2)
    // Nothing is said of infinite scores where there are none.
    let usual = try AnomalyReport(.elbo, [1, 2])
    #expect(!String(decoding: try JSONEncoder().encode(usual), as: UTF8.self).contains("infinite"))
  }

  @Test func anExampleWithoutAFiniteScoreIsOdderThanAllOthers() throws {
    let spec = ModelSpec.smallDense(likelihood: .gaussian(.fixed(1)))
    let model = try ModelTensorsTests.scrambled(spec)
    let width = spec.data.stored.count
    let data = try randomFloats(8, spec.data.stored, seed: 4)
    var values = DataSourceTests.values(data)
    // Finite itself, but its square is none.
    values[3 * width + 1] = 1e30
    let odd = try DataSet(floats: values, shape: spec.data.stored)
    let (plain, scores) = (
      try model.anomalyScores(of: data, samples: 2, importanceSamples: 2),
      try model.anomalyScores(of: odd, samples: 2, importanceSamples: 2)
    )
    for kind in AnomalyScore.allCases {
      #expect(scores[kind][3] == .infinity)
      // Rows are scored each for itself, in the same chunk by the same kernels.
      for row in 0..<8 where row != 3 { #expect(scores[kind][row] == plain[kind][row]) }
    }
    #expect(Set(scores.reasons.keys) == [3] && plain.reasons.isEmpty)
    #expect(scores.reasons[3]?.contains("elbo is ") == true)
    let blame = try model.attribution(of: odd)
    #expect(blame.contributions[3, 1] == .infinity)
    #expect(blame.largest(1, example: 3)[0].feature == 1)
    let isFinite = blame.contributions.row(4).allSatisfy { $0.isFinite }
    #expect(isFinite)
  }

  @Test func examplesThatCannotBeReadAreScoredInfiniteInTheirPlaces() throws {
    let spec = ModelSpec.smallDense(likelihood: .gaussian(.fixed(1)))
    let model = try ModelTensorsTests.scrambled(spec)
    let width = spec.data.stored.count
    let data = try randomFloats(6, spec.data.stored, seed: 5)
    var values = DataSourceTests.values(data)
    for row in [0, 4, 5] { values[row * width] = .nan }
    let broken = try DataSet(
      marking: values, shape: spec.data.stored, labels: nil, classNames: [], name: "x",
      allowsMissing: false)
    let scores = try model.anomalyScores(of: broken, [.elbo], samples: 3)
    let rest = try model.anomalyScores(of: data.subset([1, 2, 3]), [.elbo], samples: 3)
    #expect(scores[.elbo] == [.infinity] + rest[.elbo] + [.infinity, .infinity])
    #expect(scores.reasons.keys.sorted() == [0, 4, 5])
    #expect(scores.reasons[4] == "value 0 is nan, not a finite number")
    let blame = try model.attribution(of: broken).contributions
    let other = try model.attribution(of: data.subset([1, 2, 3])).contributions
    for row in [0, 4, 5] {
      let isUnknown = blame.row(row).allSatisfy { $0.isNaN }
      #expect(isUnknown)
    }
    for row in 1...3 { #expect(blame.row(row) == other.row(row - 1)) }
    // All of them: still an answer.
    let none = try model.anomalyScores(of: broken.subset([0, 4]), [.elbo])
    #expect(none[.elbo] == [.infinity, .infinity])
  }
}
