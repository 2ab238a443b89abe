/// A rectangle of the page with an axis along its lower and its left side.
struct PlotFrame: Sendable {
  let left: Double
  let top: Double
  let width: Double
  let height: Double
  let horizontal: Axis
  let vertical: Axis
  let horizontalTicks: [DecimalNumber]
  let verticalTicks: [DecimalNumber]

  /// A frame with divided axes.
  ///
  /// - Parameter sharesStep: Whether both axes are divided in the same steps, for squares.
  init(
    left: Double, top: Double, width: Double, height: Double, horizontal: Axis, vertical: Axis,
    sharesStep: Bool = false
  ) {
    self.left = left
    self.top = top
    self.width = width
    self.height = height
    self.horizontal = horizontal
    self.vertical = vertical
    horizontalTicks = PlotFrame.ticksThatFit(horizontal, width: width)
    if sharesStep, let step = TickSequence.step(of: horizontalTicks) {
      verticalTicks = TickSequence.multiples(
        of: step, from: vertical.lower, through: vertical.upper)
    } else {
      verticalTicks = vertical.ticks(intervals: max(2, Int(height / 38)))
    }
  }

  var right: Double { left + width }
  var bottom: Double { top + height }

  /// The room left of the frame for the widest number and the space after it, in pixels.
  var verticalLabelWidth: Double {
    (TickLabel.labels(for: verticalTicks).map { Typography.width(of: $0) }.max() ?? 0) + 8
  }

  func x(of value: Double) -> Double {
    left + width * horizontal.position(of: value)
  }

  func y(of value: Double) -> Double {
    bottom - height * vertical.position(of: value)
  }

  /// Draws grid lines and the outline; the data goes on top.
  func drawGrid(in document: inout SVGDocument) {
    drawLines(
      through: horizontal.minorTicks, vertical.minorTicks, color: "#f3f3f3", in: &document)
    drawLines(through: horizontalTicks, verticalTicks, color: "#e2e2e2", in: &document)
    document.add(
      "rect",
      [
        ("x", text(left)), ("y", text(top)), ("width", text(width)), ("height", text(height)),
        ("fill", "none"), ("stroke", "#8a8a8a"),
      ])
  }

  /// Writes the numbers below the frame.
  func drawHorizontalTickLabels(in document: inout SVGDocument) {
    document.beginGroup(tickStyle(anchor: "middle"))
    for (tick, label) in zip(horizontalTicks, TickLabel.labels(for: horizontalTicks)) {
      document.add(label: label, [("x", text(x(of: tick.value))), ("y", text(bottom + 19))])
    }
    document.endGroup()
  }

  /// Writes the numbers left of the frame.
  func drawVerticalTickLabels(in document: inout SVGDocument) {
    document.beginGroup(tickStyle(anchor: "end"))
    for (tick, label) in zip(verticalTicks, TickLabel.labels(for: verticalTicks)) {
      // 4.5 lowers the baseline so that digits of 13 pixels are centred on the line.
      document.add(
        label: label, [("x", text(left - 8)), ("y", text(y(of: tick.value) + 4.5))])
    }
    document.endGroup()
  }

  /// Names the horizontal axis, below its numbers.
  func drawHorizontalName(_ name: String, in document: inout SVGDocument) {
    drawName(name, x: left + width / 2, y: bottom + 44, room: width, rotated: false, in: &document)
  }

  /// Names the vertical axis, its baseline `distance` pixels left of the frame.
  func drawVerticalName(_ name: String, distance: Double, in document: inout SVGDocument) {
    drawName(
      name, x: left - distance, y: top + height / 2, room: height, rotated: true, in: &document)
  }

  /// Says in the middle of the frame why it is empty.
  func drawEmptyNotice(in document: inout SVGDocument) {
    document.add(
      text: "no data",
      [
        ("x", text(left + width / 2)), ("y", text(top + height / 2 + 5)),
        ("text-anchor", "middle"), ("font-size", text(Typography.labelSize)),
        ("fill", Typography.paleInk),
      ])
  }

  private func drawLines(
    through horizontalTicks: [DecimalNumber], _ verticalTicks: [DecimalNumber], color: String,
    in document: inout SVGDocument
  ) {
    let path =
      horizontalTicks.map { "M\(text(x(of: $0.value))) \(text(top))v\(text(height))" }
      + verticalTicks.map { "M\(text(left)) \(text(y(of: $0.value)))h\(text(width))" }
    guard !path.isEmpty else { return }
    document.add("path", [("d", path.joined()), ("fill", "none"), ("stroke", color)])
  }

  private func drawName(
    _ name: String, x: Double, y: Double, room: Double, rotated: Bool,
    in document: inout SVGDocument
  ) {
    guard !name.isEmpty else { return }
    let fitted = Typography.fitted(name, size: Typography.labelSize, width: room)
    var attributes = [
      ("x", text(x)), ("y", text(y)), ("text-anchor", "middle"),
      ("font-size", text(Typography.labelSize)), ("fill", Typography.ink),
    ]
    if rotated {
      attributes.append(("transform", "rotate(-90 \(text(x)) \(text(y)))"))
    }
    document.add(text: fitted, attributes)
  }

  private func tickStyle(anchor: String) -> [(String, String)] {
    [
      ("font-size", text(Typography.tickSize)), ("text-anchor", anchor),
      ("fill", Typography.paleInk),
    ]
  }

  private func text(_ value: Double) -> String {
    SVGDocument.number(value)
  }

  /// The finest division whose labels, side by side, do not touch.
  private static func ticksThatFit(_ axis: Axis, width: Double) -> [DecimalNumber] {
    var intervals = max(2, Int(width / 70))
    while intervals > 2 {
      let ticks = axis.ticks(intervals: intervals)
      let widest = TickLabel.labels(for: ticks).map { Typography.width(of: $0) }.max() ?? 0
      let positions = ticks.map { axis.position(of: $0.value) * width }
      let nearest = zip(positions, positions.dropFirst()).map { $1 - $0 }.min() ?? width
      if widest + 14 <= nearest { return ticks }
      intervals -= 1
    }
    return axis.ticks(intervals: intervals)
  }
}
