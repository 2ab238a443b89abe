import Testing

@testable import Pictures

@Suite struct TickSequenceTests {
  @Test(arguments: [
    (1.0, 1, 0), (1.1, 2, 0), (2.0, 2, 0), (2.5, 5, 0), (5.0, 5, 0), (5.1, 1, 1), (9.9, 1, 1),
    (0.1, 1, -1), (0.03, 5, -2), (0.2000000001, 2, -1), (1e20, 1, 20), (3e-12, 5, -12),
  ])
  func stepsAreOneTwoFive(length: Double, coefficient: Int, exponent: Int) {
    let step = TickSequence.niceStep(atLeast: length)
    #expect(step.value == DecimalNumber(coefficient, exponent: exponent).value)
  }

  @Test func ticksAreTheNearestDoubles() {
    let ticks = TickSequence.linear(from: 0, through: 1, intervals: 10)
    #expect(ticks.map(\.value) == [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1])
  }

  @Test func ticksStayInsideTheRange() {
    let ticks = TickSequence.linear(from: -3.2, through: 11.9, intervals: 5)
    #expect(ticks.map(\.value) == [0, 5, 10])
    #expect(
      TickSequence.linear(from: 231.7, through: 262.3, intervals: 7).map(\.value)
        == [235, 240, 245, 250, 255, 260])
  }

  @Test func countsAreNotDividedFiner() {
    let ticks = TickSequence.linear(from: 0.98, through: 3.02, intervals: 9, wholeNumbers: true)
    #expect(ticks.map(\.value) == [1, 2, 3])
  }

  @Test func hugeAndTinyRangesAreDivided() {
    #expect(
      TickSequence.linear(from: -1e300, through: 1e300, intervals: 4).map(\.value)
        == [-1e300, -5e299, 0, 5e299, 1e300])
    #expect(
      TickSequence.linear(from: 0, through: 4e-300, intervals: 4).map(\.value)
        == [0, 1e-300, 2e-300, 3e-300, 4e-300])
  }

  @Test func manyDecadesShowPowersOfTen() {
    #expect(
      TickSequence.logarithmic(from: 0.002, through: 300, intervals: 9).map(\.value)
        == [0.01, 0.1, 1, 10, 100])
    #expect(
      TickSequence.logarithmic(from: 1e-9, through: 10, intervals: 5).map(\.value)
        == [1e-8, 1e-6, 1e-4, 1e-2, 1])
  }

  @Test func fewDecadesShowOneTwoFive() {
    #expect(
      TickSequence.logarithmic(from: 3, through: 120, intervals: 9).map(\.value)
        == [5, 10, 20, 50, 100])
  }

  @Test func aNarrowLogarithmicRangeIsDividedLinearly() {
    #expect(
      TickSequence.logarithmic(from: 520, through: 560, intervals: 4).map(\.value)
        == [520, 530, 540, 550, 560])
  }

  @Test func minorTicksLieBetweenPowers() {
    #expect(
      TickSequence.logarithmicMinor(from: 7, through: 35).map(\.value) == [7, 8, 9, 20, 30])
  }
}
