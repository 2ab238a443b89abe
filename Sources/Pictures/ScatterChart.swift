/// Points in the plane, coloured by class, as an SVG file: a latent space, for instance.
///
///     let chart = ScatterChart(
///       title: "Latent means", horizontalLabel: "z₁", verticalLabel: "z₂",
///       points: points, classes: labels, classNames: ["T-shirt", "Trouser", …])
///
/// Each class is a handful of paths, drawn in turns with those of the others, so that ten thousand
/// points stay far below 400 kB and no class hides the rest.
public struct ScatterChart: Sendable, Hashable {
  /// The heading; empty for none.
  public var title: String
  /// The quantity along the horizontal axis and its unit.
  public var horizontalLabel: String
  /// The quantity along the vertical axis and its unit.
  public var verticalLabel: String
  /// The points; those that are not finite are skipped.
  public var points: [ChartPoint]
  /// The class of each point, counted from 0, or nil for points of one kind without a legend.
  ///
  /// Classes from 10 on repeat the colours with other shapes.
  public var classes: [Int]?
  /// What the legend calls each class; a class without a name is "class" and its number.
  public var classNames: [String]
  /// Whether a unit has the same length along both axes.
  public var hasEqualAspect: Bool

  /// A chart of points.
  ///
  /// - Parameters:
  ///   - title: The heading.
  ///   - horizontalLabel: The quantity to the right and its unit.
  ///   - verticalLabel: The quantity upwards and its unit.
  ///   - points: The points; those that are not finite are skipped.
  ///   - classes: As many as points, none negative; anything else traps in `svg`.
  ///   - classNames: What the legend calls the classes.
  ///   - hasEqualAspect: Whether a unit has the same length along both axes.
  public init(
    title: String, horizontalLabel: String, verticalLabel: String, points: [ChartPoint],
    classes: [Int]? = nil, classNames: [String] = [], hasEqualAspect: Bool = true
  ) {
    self.title = title
    self.horizontalLabel = horizontalLabel
    self.verticalLabel = verticalLabel
    self.points = points
    self.classes = classes
    self.classNames = classNames
    self.hasEqualAspect = hasEqualAspect
  }

  /// The chart as an SVG file, 900 pixels wide.
  ///
  /// - Complexity: O(points).
  public func svg() -> String {
    precondition(
      classes.map { $0.count == points.count } ?? true,
      "ScatterChart.svg: \(classes?.count ?? 0) classes for \(points.count) points")
    precondition(
      classes?.allSatisfy { $0 >= 0 } ?? true, "ScatterChart.svg: a class is negative")
    return ScatterChartDrawing(self).svg()
  }
}
