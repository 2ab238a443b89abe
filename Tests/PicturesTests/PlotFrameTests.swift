import Testing

@testable import Pictures

@Suite struct PlotFrameTests {
  private func frame(_ horizontal: Axis, _ vertical: Axis, sharesStep: Bool = false) -> PlotFrame {
    PlotFrame(
      left: 50, top: 20, width: 700, height: 350, horizontal: horizontal, vertical: vertical,
      sharesStep: sharesStep)
  }

  @Test func cornersOfTheRangeAreCornersOfTheFrame() {
    let frame = frame(Axis(from: -1, through: 1), Axis(from: 0, through: 10))
    #expect(frame.x(of: -1) == 50 && frame.x(of: 1) == 750)
    #expect(frame.y(of: 0) == 370 && frame.y(of: 10) == 20)
  }

  @Test func sharedStepsMakeSquares() {
    let frame = frame(
      Axis(from: -3, through: 4), Axis(from: -1.2, through: 2.3), sharesStep: true)
    #expect(frame.horizontalTicks.map(\.value) == [-3, -2, -1, 0, 1, 2, 3, 4])
    #expect(frame.verticalTicks.map(\.value) == [-1, 0, 1, 2])
  }

  @Test func longLabelsThinTheTicks() {
    let axis = Axis(from: 1_000_000_000, through: 1_000_000_010)
    let frame = frame(axis, Axis(from: 0, through: 1))
    let labels = TickLabel.labels(for: frame.horizontalTicks)
    let positions = frame.horizontalTicks.map { frame.x(of: $0.value) }
    for (index, label) in labels.enumerated().dropFirst() {
      #expect(positions[index] - positions[index - 1] > Typography.width(of: label))
    }
  }
}
