import Testing

@testable import Pictures

@Suite struct AxisTests {
  @Test func paddingIsAFractionOfTheRange() {
    let axis = Axis(showing: [10, 0, 5], padding: 0.1)
    #expect(axis.lower == -1 && axis.upper == 11)
    #expect(axis.position(of: -1) == 0 && axis.position(of: 5) == 0.5)
  }

  @Test func noValuesShowTheUnitInterval() {
    let axis = Axis(showing: [], padding: 0.1)
    #expect(axis.lower == 0 && axis.upper == 1)
    let logarithmic = Axis(showing: [], scale: .logarithmic, padding: 0.1)
    #expect(logarithmic.lower == 1 && logarithmic.upper == 10)
  }

  @Test func aConstantIsCentred() {
    #expect(Axis(showing: [0, 0], padding: 0.1).position(of: 0) == 0.5)
    let epochs = Axis(showing: [1], padding: 0.1, counts: true)
    #expect(epochs.lower == 0 && epochs.upper == 2)
    #expect(epochs.ticks(intervals: 12).map(\.value) == [0, 1, 2])
    let negative = Axis(showing: [-50], padding: 0.1)
    #expect(negative.lower == -55 && negative.upper == -45)
    let logarithmic = Axis(showing: [4], scale: .logarithmic, padding: 0.1)
    #expect(logarithmic.lower == 2 && logarithmic.upper == 8)
  }

  @Test func roundingNoiseCountsAsConstant() {
    let axis = Axis(showing: [1e15, 1e15 + 0.125], padding: 0.1)
    #expect(axis.length > 1e14)
  }

  @Test func logarithmicPositionsAreEvenPerDecade() {
    let axis = Axis(showing: [1, 100], scale: .logarithmic, padding: 0)
    #expect(axis.position(of: 10) == 0.5)
  }

  @Test(arguments: [Axis.Scale.linear, .logarithmic])
  func theWidestRangeStaysFinite(scale: Axis.Scale) {
    let axis = Axis(showing: [1e-300, 1e300], scale: scale, padding: 0.06)
    #expect(axis.lower.isFinite && axis.upper.isFinite)
    #expect((0...1).contains(axis.position(of: 1e-300)))
    #expect((0...1).contains(axis.position(of: 1e300)))
    #expect((3...12).contains(axis.ticks(intervals: 10).count))
  }

  @Test func wideningKeepsTheCentre() {
    let axis = Axis(showing: [2, 4], padding: 0).widened(to: 10)
    #expect(axis.lower == -2 && axis.upper == 8)
  }
}
