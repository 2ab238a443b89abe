/// Curves or points over a common horizontal axis, in one panel or several stacked ones, as an SVG file.
///
/// Panels share the range of the horizontal axis, so that what happens in one stands above the same
/// epoch of the next. One legend above them serves all: a series has the same colour wherever its
/// name appears.
///
///     let loss = LineChart.Panel(
///       verticalLabel: "loss (nats per example)",
///       series: [
///         .init(name: "training", values: training),
///         .init(name: "validation", values: validation, stroke: .dashed),
///       ])
///     let file = LineChart(title: "Loss", horizontalLabel: "epoch", panels: [loss]).svg()
public struct LineChart: Sendable, Hashable {
  /// How a curve is stroked.
  public enum Stroke: Sendable, Hashable {
    /// An unbroken line.
    case solid
    /// A line of dashes.
    case dashed
    /// Points that nothing joins, for places without an order.
    case points
    /// The same, hollow and larger, to be seen around points.
    case rings

    /// Whether neighbours are joined.
    var isLine: Bool { self == .solid || self == .dashed }
  }

  /// One named curve.
  public struct Series: Sendable, Hashable {
    /// The name in the legend; a series without a name is not listed there.
    public var name: String
    /// The points in the order in which they are joined. A point that is not finite is a gap.
    public var points: [ChartPoint]
    /// A line or points.
    public var stroke: Stroke
    /// A place in the palette of ten, so that related series can share a colour; nil takes the
    /// next colour that is free.
    public var colorIndex: Int?

    /// A curve through points.
    public init(
      name: String, points: [ChartPoint], stroke: Stroke = .solid, colorIndex: Int? = nil
    ) {
      precondition((colorIndex ?? 0) >= 0, "LineChart.Series: colorIndex \(colorIndex ?? 0)")
      self.name = name
      self.points = points
      self.stroke = stroke
      self.colorIndex = colorIndex
    }

    /// A curve through values at consecutive whole numbers, such as one value per epoch.
    ///
    /// - Parameters:
    ///   - name: What the legend calls it.
    ///   - values: The vertical coordinates.
    ///   - first: The horizontal coordinate of the first value.
    ///   - stroke: A line or points.
    ///   - colorIndex: A place in the palette; nil takes the next that is free.
    public init(
      name: String, values: [Double], startingAt first: Int = 1, stroke: Stroke = .solid,
      colorIndex: Int? = nil
    ) {
      let points = values.enumerated().map { ChartPoint(x: Double(first + $0), y: $1) }
      self.init(name: name, points: points, stroke: stroke, colorIndex: colorIndex)
    }
  }

  /// One pair of axes with its curves.
  public struct Panel: Sendable, Hashable {
    /// A heading; empty for none.
    public var title: String
    /// The quantity and its unit.
    public var verticalLabel: String
    /// The curves, later ones on top.
    public var series: [Series]
    /// Whether the vertical axis is logarithmic; values that are not positive are then gaps.
    public var isLogarithmic: Bool

    /// A panel with the given curves.
    public init(
      title: String = "", verticalLabel: String, series: [Series], isLogarithmic: Bool = false
    ) {
      self.title = title
      self.verticalLabel = verticalLabel
      self.series = series
      self.isLogarithmic = isLogarithmic
    }
  }

  /// The heading of the file; empty for none.
  public var title: String
  /// The quantity along the horizontal axis and its unit.
  public var horizontalLabel: String
  /// The panels from top to bottom.
  public var panels: [Panel]
  /// Whether the horizontal axis is logarithmic; points that do not lie to the right of zero are
  /// then gaps.
  public var isHorizontallyLogarithmic: Bool

  /// A chart of stacked panels.
  public init(
    title: String, horizontalLabel: String, panels: [Panel],
    isHorizontallyLogarithmic: Bool = false
  ) {
    self.title = title
    self.horizontalLabel = horizontalLabel
    self.panels = panels
    self.isHorizontallyLogarithmic = isHorizontallyLogarithmic
  }

  /// The chart as an SVG file, 900 pixels wide.
  ///
  /// - Complexity: O(points).
  public func svg() -> String {
    LineChartDrawing(self).svg()
  }
}
