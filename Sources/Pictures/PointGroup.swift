/// The points of one class that can be drawn, with the class's name and looks.
struct PointGroup: Sendable {
  let name: String
  let color: String
  let marker: Marker
  let points: [ChartPoint]

  /// Names longer than this many pixels would leave too little room for the points.
  static let widestName = 170.0

  /// The groups of a chart by rising class, without those that have nothing to draw; a single one
  /// if the points have no classes.
  static func groups(of chart: ScatterChart) -> [PointGroup] {
    var pointsOfClass: [Int: [ChartPoint]] = [:]
    for (index, point) in chart.points.enumerated() {
      guard let point = point.drawable else { continue }
      pointsOfClass[chart.classes?[index] ?? 0, default: []].append(point)
    }
    return pointsOfClass.sorted { $0.key < $1.key }.map { classIndex, points in
      let name =
        classIndex < chart.classNames.count
        ? chart.classNames[classIndex]
        : "class \(classIndex)"
      return PointGroup(
        name: Typography.fitted(name, size: Typography.labelSize, width: widestName),
        color: Palette.color(classIndex), marker: Marker(classIndex: classIndex), points: points)
    }
  }
}
