import Foundation
import Testing

@testable import Variational

@Suite struct ColumnStatisticsTests {
  // numpy sums pairwise, Welford one by one: n roundings of 2⁻⁵³ of the largest sum.
  private func isNear(_ found: Double, _ expected: Double, _ count: Int) -> Bool {
    abs(found - expected) <= Double(count) * 0x1p-52 * max(abs(expected), 1)
  }

  @Test func meansAndDeviationsAreThoseThatNumPyFinds() throws {
    for column in try CellFixture.read().statistics {
      let found = ColumnStatistics(column.numbers)
      #expect(isNear(found.mean, column.mean, column.numbers.count), "\(column.name)")
      #expect(isNear(found.deviation, column.deviation, column.numbers.count), "\(column.name)")
      let cut = column.numbers.map { found.clip?.clamped($0) ?? $0 }
      #expect(cut.min() == column.least && cut.max() == column.largest, "\(column.name)")
    }
  }

  @Test func columnsWithoutFarOutliersKeepTheirOwn() throws {
    for column in try CellFixture.read().statistics
    where !column.name.contains("outlier") && column.name != "few" {
      let found = ColumnStatistics(column.numbers)
      #expect(found.clip == nil, "\(column.name)")
      #expect(
        isNear(found.deviation, column.plainDeviation, column.numbers.count), "\(column.name)")
    }
  }

  @Test func anOutlierLeavesTheOthersTheirSpread() throws {
    for column in try CellFixture.read().statistics where column.name.contains("outlier") {
      let found = ColumnStatistics(column.numbers)
      let others = column.numbers.filter { abs($0) < 1e6 }
      let own = ColumnStatistics(others)
      #expect(found.clip != nil && found.deviation < 4 * own.deviation, "\(column.name)")
      #expect(column.plainDeviation > 1e6 * own.deviation, "\(column.name)")
    }
  }

  @Test func theOrderOfRowsDoesNotMatterForTheCut() throws {
    for column in try CellFixture.read().statistics {
      let (found, turned) = (
        ColumnStatistics(column.numbers), ColumnStatistics(column.numbers.reversed())
      )
      #expect(found.clip == turned.clip, "\(column.name)")
    }
  }

  @Test func fewOrEqualNumbersAreTakenAsTheyAre() {
    #expect(ColumnStatistics([]) == ColumnStatistics([]) && ColumnStatistics([]).deviation == 0)
    #expect(ColumnStatistics([1, 2, 1e12]).clip == nil)
    let equal = ColumnStatistics(Array(repeating: 4, count: 50))
    #expect(equal.mean == 4 && equal.deviation == 0 && equal.clip == nil)
    // A second value that is rare is no outlier, however far.
    #expect(ColumnStatistics(Array(repeating: 0, count: 50) + [1e9]).clip == nil)
    // Numbers at the end of the range leave no infinite clip.
    let huge = ColumnStatistics((0..<40).map { $0 % 2 == 0 ? 1.7e308 : -1.7e308 })
    #expect(huge.clip == nil)
  }

  @Test func aModelSeesAnOutlierAtTheCut() throws {
    let lines = (0..<200).map { "\(Double($0) / 4),\(Double($0 * 7 % 200) + 0.5)" } + ["1e12,3.5"]
    let text = "x,y\n" + lines.joined(separator: "\n") + "\n"
    let table = try TableFixture.table(text)
    let schema = try TableSchema(inferredFrom: table)
    let column = schema.columns[0]
    let upper = try #require(column.clip?.upper)
    // The middle 98 % runs from 0.5 to 49.5: cut at 49.5 + 4 · 49.
    #expect(upper == 245.5 && column.clip?.lower == nil)
    let values = DataSourceTests.values(try schema.dataSet(from: table))
    #expect(values[400] == Float((upper - column.mean) / column.deviation))
    #expect(values[398] > values[0] + 2, "the others keep their spread")
    // Far numbers of a column without outliers stay what they are.
    #expect(schema.columns[1].clip == nil)
  }
}
