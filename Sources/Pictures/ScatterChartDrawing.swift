/// One scatter chart laid out on its page.
struct ScatterChartDrawing: Sendable {
  static let pageWidth = 900.0
  private static let rightMargin = 30.0
  private static let spaceBeforeLegend = 22.0
  private static let legendRowHeight = 24.0
  private static let footerHeight = 60.0
  /// More turns mix the classes better and cost one more path per class each.
  private static let mostTurns = 10

  private let chart: ScatterChart
  private let groups: [PointGroup]
  private let pointCount: Int
  private let frame: PlotFrame

  init(_ chart: ScatterChart) {
    self.chart = chart
    groups = PointGroup.groups(of: chart)
    pointCount = groups.reduce(0) { $0 + $1.points.count }
    let points = groups.flatMap(\.points)
    let names = groups.map { $0.name }
    let legendWidth =
      chart.classes == nil || names.isEmpty
      ? 0
      : (names.map { Typography.width(of: $0, size: Typography.labelSize) }.max() ?? 0)
        + ScatterChartDrawing.spaceBeforeLegend + 20
    let right = ScatterChartDrawing.pageWidth - ScatterChartDrawing.rightMargin - legendWidth
    let top = chart.title.isEmpty ? 16.0 : 48.0

    func laidOut(left: Double) -> PlotFrame {
      ScatterChartDrawing.frame(
        around: points, left: left, top: top, width: right - left,
        hasEqualAspect: chart.hasEqualAspect)
    }
    // The labels' width is known only once the axes are divided, hence twice.
    frame = laidOut(left: laidOut(left: 80).verticalLabelWidth + 36)
  }

  func svg() -> String {
    let legendHeight =
      chart.classes == nil ? 0 : Double(groups.count) * ScatterChartDrawing.legendRowHeight
    let height =
      max(frame.height, legendHeight) + frame.top + ScatterChartDrawing.footerHeight
    var document = SVGDocument(
      width: ScatterChartDrawing.pageWidth, height: height, title: chart.title)
    document.addTitle(chart.title, left: frame.left, width: frame.width)
    frame.drawGrid(in: &document)
    frame.drawHorizontalTickLabels(in: &document)
    frame.drawVerticalTickLabels(in: &document)
    frame.drawHorizontalName(chart.horizontalLabel, in: &document)
    frame.drawVerticalName(
      chart.verticalLabel, distance: frame.verticalLabelWidth + 12, in: &document)
    if groups.isEmpty {
      frame.drawEmptyNotice(in: &document)
    }
    drawPoints(in: &document)
    if chart.classes != nil {
      drawLegend(in: &document)
    }
    return document.text
  }

  /// Draws a piece of every class in turn, beginning each turn with another class.
  private func drawPoints(in document: inout SVGDocument) {
    guard !groups.isEmpty else { return }
    let style = DotStyle(pointCount: pointCount)
    let largest = groups.map(\.points.count).max() ?? 0
    let turns = min(ScatterChartDrawing.mostTurns, max(1, largest / 20))
    document.beginGroup([("fill", "none"), ("stroke-opacity", style.opacity)])
    for turn in 0..<turns {
      for offset in groups.indices {
        let group = groups[(offset + turn) % groups.count]
        let count = group.points.count
        let piece = group.points[count * turn / turns..<count * (turn + 1) / turns]
        if !piece.isEmpty {
          document.add("path", attributes(of: group, piece: piece, diameter: style.diameter))
        }
      }
    }
    document.endGroup()
  }

  private func attributes(
    of group: PointGroup, piece: ArraySlice<ChartPoint>, diameter: Double
  ) -> [(String, String)] {
    var path = ""
    for point in piece {
      path += "M" + SVGDocument.number(frame.x(of: point.x), decimals: 1)
      path += " " + SVGDocument.number(frame.y(of: point.y), decimals: 1)
      path += group.marker.path
    }
    return [("d", path)] + group.marker.attributes(color: group.color, diameter: diameter)
  }

  private func drawLegend(in document: inout SVGDocument) {
    let x = frame.right + ScatterChartDrawing.spaceBeforeLegend
    for (index, group) in groups.enumerated() {
      let y = frame.top + (Double(index) + 0.5) * ScatterChartDrawing.legendRowHeight
      let dot = "M\(SVGDocument.number(x)) \(SVGDocument.number(y))\(group.marker.path)"
      document.add(
        "path",
        [("d", dot), ("fill", "none")] + group.marker.attributes(color: group.color, diameter: 10))
      document.add(
        text: group.name,
        [
          ("x", SVGDocument.number(x + 14)), ("y", SVGDocument.number(y + 5)),
          ("font-size", SVGDocument.number(Typography.labelSize)), ("fill", Typography.ink),
        ])
    }
  }

  /// A frame around all points; with equal aspect as high as they need, between 0.6 and 0.95 of
  /// its width.
  private static func frame(
    around points: [ChartPoint], left: Double, top: Double, width: Double, hasEqualAspect: Bool
  ) -> PlotFrame {
    let horizontal = Axis(showing: points.map(\.x), padding: 0.04)
    let vertical = Axis(showing: points.map(\.y), padding: 0.04)
    guard hasEqualAspect else {
      return PlotFrame(
        left: left, top: top, width: width, height: width * 0.75, horizontal: horizontal,
        vertical: vertical)
    }
    let proportion = vertical.length / horizontal.length
    let height = (width * min(max(proportion, 0.6), 0.95)).rounded()
    let unitsPerPixel = max(horizontal.length / width, vertical.length / height)
    return PlotFrame(
      left: left, top: top, width: width, height: height,
      horizontal: horizontal.widened(to: unitsPerPixel * width),
      vertical: vertical.widened(to: unitsPerPixel * height), sharesStep: true)
  }
}

/// Dots get smaller and more transparent as they crowd.
private struct DotStyle {
  let diameter: Double
  let opacity: String

  init(pointCount: Int) {
    switch pointCount {
    case ...300: (diameter, opacity) = (7, "0.8")
    case ...3000: (diameter, opacity) = (5, "0.65")
    default: (diameter, opacity) = (3.6, "0.6")
    }
  }
}
