/// Bars side by side, one a category, as an SVG file.
///
///     let file = BarChart(
///       title: "KL of each dimension", horizontalLabel: "dimension", verticalLabel: "nats",
///       values: divergences
///     ).svg()
public struct BarChart: Sendable, Hashable {
  /// The heading of the file; empty for none.
  public var title: String
  /// What a bar stands for; bars are counted from 1.
  public var horizontalLabel: String
  /// The quantity and its unit.
  public var verticalLabel: String
  /// The heights; one that is not finite is a gap.
  public var values: [Double]

  /// A chart of the values in their order.
  public init(title: String, horizontalLabel: String, verticalLabel: String, values: [Double]) {
    self.title = title
    self.horizontalLabel = horizontalLabel
    self.verticalLabel = verticalLabel
    self.values = values
  }

  /// The chart as an SVG file, 900 pixels wide.
  ///
  /// - Complexity: O(bars).
  public func svg() -> String {
    let drawable = values.map { ChartPoint(x: 0, y: $0).drawable?.y }
    let heights = drawable.compactMap { $0 }
    let least = min(0, heights.min() ?? 0)
    let greatest = max(0, heights.max() ?? 0)
    let room = greatest > least ? 0.05 * (greatest - least) : 1
    let vertical = Axis(
      from: least < 0 ? least - room : 0, through: greatest > 0 || least == 0 ? greatest + room : 0)
    let horizontal = Axis(
      from: 0.5, through: Double(max(values.count, 1)) + 0.5, wholeNumbers: true)
    let top = title.isEmpty ? 16.0 : 52.0
    func frame(left: Double) -> PlotFrame {
      PlotFrame(
        left: left, top: top, width: LineChartDrawing.pageWidth - 30 - left, height: 260,
        horizontal: horizontal, vertical: vertical)
    }
    let labelWidth = frame(left: 0).verticalLabelWidth
    let plot = frame(left: labelWidth + 36)
    var document = SVGDocument(
      width: LineChartDrawing.pageWidth, height: plot.bottom + 60, title: title)
    document.addTitle(title, left: plot.left, width: plot.width)
    plot.drawGrid(in: &document)
    plot.drawVerticalTickLabels(in: &document)
    plot.drawVerticalName(verticalLabel, distance: labelWidth + 12, in: &document)
    if heights.isEmpty { plot.drawEmptyNotice(in: &document) }
    document.beginGroup([("fill", Palette.color(0))])
    for (index, height) in drawable.enumerated() {
      guard let height else { continue }
      let left = plot.x(of: Double(index) + 0.6)
      let ends = (plot.y(of: max(height, 0)), plot.y(of: min(height, 0)))
      document.add(
        "rect",
        [
          ("x", SVGDocument.number(left)), ("y", SVGDocument.number(ends.0)),
          ("width", SVGDocument.number(plot.x(of: Double(index) + 1.4) - left)),
          ("height", SVGDocument.number(ends.1 - ends.0)),
        ])
    }
    document.endGroup()
    plot.drawHorizontalTickLabels(in: &document)
    plot.drawHorizontalName(horizontalLabel, in: &document)
    return document.text
  }
}
