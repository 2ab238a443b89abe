/// The colours of a chart's series and the legend that explains them.
struct LineChartLegend: Sendable {
  /// A line of the legend: every series with this name, stroke and colour.
  struct Entry: Sendable, Hashable {
    let name: String
    let stroke: LineChart.Stroke
    let color: String
  }

  /// An entry and where its sample begins, in pixels from the legend's upper left corner.
  struct Place: Sendable, Hashable {
    let entry: Entry
    let text: String
    let x: Double
    let row: Int
  }

  static let rowHeight = 24.0
  static let sampleWidth = 30.0
  private static let spaceAfterSample = 8.0
  private static let spaceBetween = 24.0

  let places: [Place]
  private let slots: [String: Int]

  var rows: Int { (places.last?.row ?? -1) + 1 }
  var height: Double { Double(rows) * LineChartLegend.rowHeight }

  /// Collects the entries of all panels and breaks them into rows of a width.
  init(panels: [LineChart.Panel], width: Double) {
    let slots = LineChartLegend.slots(for: panels.flatMap(\.series))
    var entries: [Entry] = []
    for series in panels.flatMap(\.series) where !series.name.isEmpty {
      let color = LineChartLegend.color(of: series, slots: slots)
      let entry = Entry(name: series.name, stroke: series.stroke, color: color)
      if !entries.contains(entry) {
        entries.append(entry)
      }
    }
    self.slots = slots
    places = LineChartLegend.flow(entries, width: width)
  }

  func color(of series: LineChart.Series) -> String {
    LineChartLegend.color(of: series, slots: slots)
  }

  private static func color(of series: LineChart.Series, slots: [String: Int]) -> String {
    Palette.color(series.colorIndex ?? slots[series.name] ?? 0)
  }

  /// A place in the palette for each name without one of its own, in order of appearance.
  private static func slots(for series: [LineChart.Series]) -> [String: Int] {
    let taken = Set(series.compactMap { $0.colorIndex.map { $0 % Palette.colors.count } })
    let free = Palette.colors.indices.filter { !taken.contains($0) }
    let available = free.isEmpty ? Array(Palette.colors.indices) : free
    var slots: [String: Int] = [:]
    for one in series where one.colorIndex == nil && slots[one.name] == nil {
      slots[one.name] = available[slots.count % available.count]
    }
    return slots
  }

  private static func flow(_ entries: [Entry], width: Double) -> [Place] {
    var places: [Place] = []
    var x = 0.0
    var row = 0
    for entry in entries {
      let room = width - sampleWidth - spaceAfterSample
      let text = Typography.fitted(entry.name, size: Typography.labelSize, width: room)
      let entryWidth =
        sampleWidth + spaceAfterSample + Typography.width(of: text, size: Typography.labelSize)
      if x > 0 && x + entryWidth > width {
        x = 0
        row += 1
      }
      places.append(Place(entry: entry, text: text, x: x, row: row))
      x += entryWidth + spaceBetween
    }
    return places
  }

  /// Draws samples and names from an upper left corner on.
  func draw(in document: inout SVGDocument, left: Double, top: Double) {
    for place in places {
      let x = left + place.x
      let middle = top + (Double(place.row) + 0.5) * LineChartLegend.rowHeight
      let line =
        "M\(SVGDocument.number(x)) \(SVGDocument.number(middle))"
        + "h\(SVGDocument.number(LineChartLegend.sampleWidth))"
      let (stroke, color) = (place.entry.stroke, place.entry.color)
      if stroke.isLine {
        document.add("path", [("d", line)] + stroke.attributes(color: color))
      } else {
        document.add(
          "circle",
          stroke.circle(x: x + LineChartLegend.sampleWidth / 2, y: middle, color: color))
      }
      document.add(
        text: place.text,
        [
          (
            "x",
            SVGDocument.number(
              x + LineChartLegend.sampleWidth + LineChartLegend.spaceAfterSample)
          ),
          ("y", SVGDocument.number(middle + 5)),
          ("font-size", SVGDocument.number(Typography.labelSize)), ("fill", Typography.ink),
        ])
    }
  }
}

extension LineChart.Stroke {
  /// The attributes of a path stroked this way.
  func attributes(color: String) -> [(String, String)] {
    let line = [
      ("fill", "none"), ("stroke", color), ("stroke-width", "2"), ("stroke-linejoin", "round"),
    ]
    return self == .dashed ? line + [("stroke-dasharray", "7 4")] : line
  }

  /// The attributes of a circle at a point of such a series. Hollow stands for dashed and for rings.
  func circle(x: Double, y: Double, color: String) -> [(String, String)] {
    [
      ("cx", SVGDocument.number(x)), ("cy", SVGDocument.number(y)),
      ("r", self == .rings ? "6" : "4"),
      ("fill", self == .solid || self == .points ? color : "#ffffff"), ("stroke", color),
      ("stroke-width", "2"),
    ]
  }
}
