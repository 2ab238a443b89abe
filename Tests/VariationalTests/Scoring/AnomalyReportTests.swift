import Formats
import Foundation
import Testing

@testable import Variational

@Suite struct AnomalyReportTests {
  @Test func numbersByHand() throws {
    let calibration = try ConformalCalibration((1...19).map(Double.init))
    let report = try AnomalyReport(
      .elbo, [5, 19, 19.5, 30, 18, 40], calibration: (calibration, 0.1),
      isAnomaly: [false, false, false, true, true, true])
    #expect(report.smallest == 5 && report.largest == 40)
    let alarms = try #require(report.alarms)
    // Above 18 lie 19, 19.5, 30 and 40.
    #expect(alarms.threshold == 18 && alarms.flagged == 4)
    #expect(alarms.observedFalseAlarmRate == 2.0 / 3 && alarms.detectionRate == 2.0 / 3)
    #expect(alarms.expectedFalseAlarmRate == 0.1)
    let error = try #require(alarms.falseAlarmRateStandardError)
    #expect(abs(error - (0.09 * (1 / 3.0 + 2 / 3.0 / 21)).squareRoot()) <= 1e-15)
    // Nine pairs, of which 18 < 19 and 18 < 19.5 are wrong.
    #expect(report.area?.area == 7.0 / 9)
    #expect(try AnomalyReport(.elbo, [1, 2]).alarms == nil)
  }

  @Test func tablesAreWrittenAsTextAndNumbers() throws {
    var table = ScoreTable()
    table.add("elbo", .numbers([0.1, -2]))
    table.add("flagged", .whole([1, 0]))
    table.add("feature, first", .words(["a \"b\"", "c"], codes: [7, 8]))
    #expect(
      String(decoding: table.csv, as: UTF8.self)
        == "example,elbo,flagged,\"feature, first\"\n0,0.1,1,\"a \"\"b\"\"\"\n1,-2.0,0,c\n")
    #expect(table.array.shape == [2, 3] && table.array.doubles() == [0.1, 1, 7, -2, 0, 8])
  }
}
