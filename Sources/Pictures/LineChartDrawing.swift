/// One line chart laid out on its page.
struct LineChartDrawing: Sendable {
  static let pageWidth = 900.0
  private static let rightMargin = 30.0
  private static let titleHeight = 44.0
  private static let panelTitleHeight = 28.0
  private static let spaceBetweenPanels = 20.0
  private static let footerHeight = 60.0

  private let chart: LineChart
  private let panels: [LineChart.Panel]
  private let legend: LineChartLegend
  private let frames: [PlotFrame]
  private let pageHeight: Double
  private let legendTop: Double
  private let nameDistance: Double

  init(_ chart: LineChart) {
    self.chart = chart
    // A chart without panels is still a file to be opened: it shows one empty frame.
    panels =
      chart.panels.isEmpty ? [LineChart.Panel(verticalLabel: "", series: [])] : chart.panels
    let horizontal = LineChartDrawing.horizontalAxis(
      of: panels, isLogarithmic: chart.isHorizontallyLogarithmic)
    // How far the frames are from the left depends on their labels, known once they are divided.
    let draft = LineChartDrawing.frames(of: panels, along: horizontal, left: 0, top: 0)
    let labelWidth = draft.map(\.verticalLabelWidth).max() ?? 0
    nameDistance = labelWidth + 12
    let left = labelWidth + 36
    legendTop = chart.title.isEmpty ? 10 : LineChartDrawing.titleHeight
    legend = LineChartLegend(
      panels: panels, width: LineChartDrawing.pageWidth - LineChartDrawing.rightMargin - left)
    frames = LineChartDrawing.frames(
      of: panels, along: horizontal, left: left, top: legendTop + legend.height + 8)
    pageHeight = (frames.last?.bottom ?? 0) + LineChartDrawing.footerHeight
  }

  func svg() -> String {
    var document = SVGDocument(
      width: LineChartDrawing.pageWidth, height: pageHeight, title: chart.title)
    let left = frames[0].left
    document.addTitle(chart.title, left: left, width: frames[0].width)
    legend.draw(in: &document, left: left, top: legendTop)
    for (panel, frame) in zip(panels, frames) {
      draw(panel, in: frame, of: &document)
    }
    let last = frames[frames.count - 1]
    last.drawHorizontalTickLabels(in: &document)
    last.drawHorizontalName(chart.horizontalLabel, in: &document)
    return document.text
  }

  /// The frames of all panels from a page position down.
  private static func frames(
    of panels: [LineChart.Panel], along horizontal: Axis, left: Double, top: Double
  ) -> [PlotFrame] {
    let height = panels.count == 1 ? 400.0 : 230.0
    var top = top
    return panels.map { panel in
      top += panel.title.isEmpty ? 0 : panelTitleHeight
      defer { top += height + spaceBetweenPanels }
      return PlotFrame(
        left: left, top: top, width: pageWidth - rightMargin - left, height: height,
        horizontal: horizontal,
        vertical: verticalAxis(of: panel, alongPositive: horizontal.scale == .logarithmic))
    }
  }

  private func draw(
    _ panel: LineChart.Panel, in frame: PlotFrame, of document: inout SVGDocument
  ) {
    if !panel.title.isEmpty {
      document.addPanelTitle(panel.title, left: frame.left, above: frame.top, width: frame.width)
    }
    frame.drawGrid(in: &document)
    frame.drawVerticalTickLabels(in: &document)
    frame.drawVerticalName(panel.verticalLabel, distance: nameDistance, in: &document)
    let runs = panel.series.map {
      LineChartDrawing.runs(of: $0, in: panel, alongPositive: chart.isHorizontallyLogarithmic)
    }
    if runs.allSatisfy(\.isEmpty) {
      frame.drawEmptyNotice(in: &document)
    }
    for (series, runs) in zip(panel.series, runs) {
      draw(runs, of: series, in: frame, document: &document)
    }
  }

  private func draw(
    _ runs: [[ChartPoint]], of series: LineChart.Series, in frame: PlotFrame,
    document: inout SVGDocument
  ) {
    let color = legend.color(of: series)
    var path = ""
    for run in runs where run.count > 1 && series.stroke.isLine {
      for (index, point) in run.enumerated() {
        path += index == 0 ? "M" : "L"
        path += SVGDocument.number(frame.x(of: point.x)) + " "
        path += SVGDocument.number(frame.y(of: point.y))
      }
    }
    if !path.isEmpty {
      document.add("path", [("d", path)] + series.stroke.attributes(color: color))
    }
    // A point with gaps on both sides has no line to be seen by.
    for run in runs where run.count == 1 || !series.stroke.isLine {
      for point in run {
        document.add(
          "circle",
          series.stroke.circle(
            x: frame.x(of: point.x), y: frame.y(of: point.y), color: color))
      }
    }
  }

  /// The stretches of points between gaps.
  private static func runs(
    of series: LineChart.Series, in panel: LineChart.Panel, alongPositive: Bool
  ) -> [[ChartPoint]] {
    series.points
      .map { drawable($0, in: panel, alongPositive: alongPositive) }
      .split(separator: nil)
      .map { $0.compactMap { $0 } }
  }

  private static func drawable(
    _ point: ChartPoint, in panel: LineChart.Panel, alongPositive: Bool
  ) -> ChartPoint? {
    guard let point = point.drawable, !panel.isLogarithmic || point.y > 0,
      !alongPositive || point.x > 0
    else { return nil }
    return point
  }

  private static func horizontalAxis(
    of panels: [LineChart.Panel], isLogarithmic: Bool
  ) -> Axis {
    let values = panels.flatMap { panel in
      panel.series.flatMap {
        $0.points.compactMap { drawable($0, in: panel, alongPositive: isLogarithmic)?.x }
      }
    }
    return Axis(
      showing: values, scale: isLogarithmic ? .logarithmic : .linear, padding: 0.02, counts: true)
  }

  private static func verticalAxis(
    of panel: LineChart.Panel, alongPositive: Bool
  ) -> Axis {
    let values = panel.series.flatMap {
      $0.points.compactMap { drawable($0, in: panel, alongPositive: alongPositive)?.y }
    }
    return Axis(
      showing: values, scale: panel.isLogarithmic ? .logarithmic : .linear, padding: 0.06)
  }
}
