import Foundation
import Testing

@testable import Variational

@Suite struct ConformalCalibrationTests {
  @Test func thresholdsByHand() throws {
    let calibration = try ConformalCalibration((1...19).map(Double.init).shuffled())
    // (19 + 1)(1 − α) = 19, 18, 16 and 10.
    #expect(try calibration.threshold(falseAlarmRate: 0.05) == 19)
    #expect(try calibration.threshold(falseAlarmRate: 0.1) == 18)
    #expect(try calibration.threshold(falseAlarmRate: 0.2) == 16)
    #expect(try calibration.threshold(falseAlarmRate: 0.5) == 10)
    // 20 × 0.93 = 18.6, rounded up.
    #expect(try calibration.threshold(falseAlarmRate: 0.07) == 19)
    #expect(calibration.pValue(of: 19.5) == 1 / 20.0)
    #expect(calibration.pValue(of: 19) == 2 / 20.0)
    #expect(calibration.pValue(of: 10.5) == 10 / 20.0)
    #expect(calibration.pValue(of: 0) == 1)
  }

  @Test func wholeProductsAreNotRoundedAway() throws {
    // α = k/(n + 1) leaves exactly k scores above the threshold's place.
    for n in [1, 9, 19, 99, 100, 999, 1234] {
      let calibration = try ConformalCalibration((1...n).map(Double.init))
      for k in stride(from: 1, through: n, by: max(1, n / 60)) {
        let rate = Double(k) / Double(n + 1)
        #expect(try calibration.threshold(falseAlarmRate: rate) == Double(n + 1 - k))
      }
    }
  }

  @Test func tooFewScoresAreRefusedWithTheNumberNeeded() throws {
    let calibration = try ConformalCalibration((1...18).map(Double.init))
    let text = sentence { try calibration.threshold(falseAlarmRate: 0.05) }
    #expect(text.contains("18 examples are too few") && text.contains("at least 19"), "\(text)")
    #expect(sentence { try calibration.threshold(falseAlarmRate: 0.01) }.contains("at least 99"))
    #expect(sentence { try calibration.threshold(falseAlarmRate: 1) }.contains("between 0 and 1"))
    #expect(sentence { try ConformalCalibration([]) }.contains("no scores"))
    #expect(sentence { try ConformalCalibration([1, .nan]) }.contains("score 1 is nan"))
  }

  @Test func anAlarmIsAPValueOfAtMostTheRate() throws {
    // With many ties: whole numbers from 0 to 9.
    var generator = SeededGenerator(state: 4)
    for n in [20, 57, 200] {
      let scores = (0..<n).map { _ in Double(generator.next() >> 33 & 15) }
      let calibration = try ConformalCalibration(scores)
      for rate in [0.05, 0.1, 0.24, 0.5, 0.9] {
        let threshold = try calibration.threshold(falseAlarmRate: rate)
        for score in stride(from: -1.0, through: 17, by: 0.5) {
          #expect((score > threshold) == (calibration.pValue(of: score) <= rate))
        }
      }
    }
  }

  @Test func theRateOfFalseAlarmsIsTheOneAskedFor() throws {
    // 4000 calibrations of n = 39 and m = 50 new examples: the mean rate is a = ⌊40 α⌋/40 = 0.1 and the
    // variance of a rate the formula's, a mean and a variance over 4000 of them within four standard errors;
    // a variance's is √(2/4000) of it for a distribution not far from normal, and half as much again for this.
    var generator = SeededGenerator(state: 9)
    var rates = RunningMean()
    let count = 4000
    var expected = (rate: 0.0, standardError: 0.0)
    for _ in 0..<count {
      let calibration = try ConformalCalibration((0..<39).map { _ in generator.normal() })
      let threshold = try calibration.threshold(falseAlarmRate: 0.12)
      let alarms = (0..<50).count { _ in generator.normal() > threshold }
      rates.add(Double(alarms) / 50)
      expected = calibration.expectedAlarms(falseAlarmRate: 0.12, amongNormal: 50)
    }
    #expect(expected.rate == 0.1)
    #expect(abs(rates.mean - 0.1) <= 4 * rates.standardError)
    let variance = expected.standardError * expected.standardError
    #expect(
      abs(rates.populationVariance - variance) <= 6 * (2 / Double(count)).squareRoot() * variance)
  }
}
