import Foundation
import Testing

@testable import Variational

@Suite struct ROCAreaTests {
  struct Fixture: Decodable {
    struct Case: Decodable {
      let scores: [Double]
      let labels: [Int]
      let area: Double
      let deviation: Double
    }
    let cases: [Case]
  }

  @Test func areasAreThoseOfScikitLearn() throws {
    let data = try Data(contentsOf: URL(fileURLWithPath: try fixture("scoring.json")))
    let cases = try JSONDecoder().decode(Fixture.self, from: data).cases
    #expect(cases.count == 4)
    for test in cases {
      let isAnomaly = test.labels.map { $0 == 1 }
      let area = try #require(ROCArea(scores: test.scores, isAnomaly: isAnomaly))
      // Means of at most 300 fractions in 64 bits.
      #expect(abs(area.area - test.area) <= 1e-13)
      #expect(area.anomalies == test.labels.count { $0 == 1 })
      // The bootstrap's deviation: four of its 1.1 %, and a bias of its own of order 1/m for m ≥ 30.
      let error = try #require(area.standardError)
      #expect(abs(error - test.deviation) <= (0.044 + 1 / 30) * test.deviation)
      #expect(abs(error - ROCAreaTests.naiveError(test.scores, isAnomaly)) <= 1e-13)
    }
  }

  // DeLong's formula by all pairs.
  static func naiveError(_ scores: [Double], _ isAnomaly: [Bool]) -> Double {
    let odd = scores.indices.filter { isAnomaly[$0] }.map { scores[$0] }
    let normal = scores.indices.filter { !isAnomaly[$0] }.map { scores[$0] }
    func kernel(_ a: Double, _ b: Double) -> Double { a > b ? 1 : a == b ? 0.5 : 0 }
    func variance(_ values: [Double]) -> Double {
      let mean = values.reduce(0, +) / Double(values.count)
      return values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)
    }
    let above = odd.map { a in
      normal.reduce(0) { $0 + kernel(a, $1) } / Double(normal.count)
    }
    let below = normal.map { b in odd.reduce(0) { $0 + kernel($1, b) } / Double(odd.count) }
    return
      (variance(above) / Double(odd.count) + variance(below) / Double(normal.count)).squareRoot()
  }

  @Test func areasByHand() throws {
    func area(_ scores: [Double], _ odd: [Bool]) -> Double? {
      ROCArea(scores: scores, isAnomaly: odd)?.area
    }
    #expect(area([1, 2, 3, 4], [false, false, true, true]) == 1)
    #expect(area([1, 2, 3, 4], [true, true, false, false]) == 0)
    #expect(area([5, 5, 5, 5], [true, false, true, false]) == 0.5)
    // Of six pairs: 3 > 1, 3 > 2, 3 = 3 (half), 2 > 1, 2 = 2 (half), 2 < 3.
    let tied = try #require(area([1, 2, 3, 3, 2], [false, false, false, true, true]))
    #expect(abs(tied - 4.0 / 6) <= Double.ulpOfOne)
    #expect(ROCArea(scores: [1, 2], isAnomaly: [true, true]) == nil)
    #expect(ROCArea(scores: [1, 2], isAnomaly: [false, false]) == nil)
    #expect(ROCArea(scores: [1, 2, 3], isAnomaly: [true, false, false])?.standardError == nil)
  }
}
