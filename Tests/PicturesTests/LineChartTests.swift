import Testing

@testable import Pictures

@Suite struct LineChartTests {
  private func chart(_ series: [LineChart.Series], isLogarithmic: Bool = false) -> LineChart {
    LineChart(
      title: "", horizontalLabel: "epoch",
      panels: [.init(verticalLabel: "nats", series: series, isLogarithmic: isLogarithmic)])
  }

  @Test func aTinyChartIsExact() {
    let svg = chart([.init(name: "a", values: [0, 10])]).svg()
    // Ticks 0, 2, …, 10: the widest label takes 2 · 0.62 · 13 = 16.12, so the frame begins at
    // 16.12 + 8 + 36 = 60.12 and is 809.88 wide. One legend row puts its top at 10 + 24 + 8 = 42.
    // Horizontally 0.98…2.02, vertically −0.6…10.6 over 400 pixels.
    #expect(
      svg.contains(
        "<path d=\"M75.69 420.57L854.43 63.43\" fill=\"none\" stroke=\"#0072b2\" "
          + "stroke-width=\"2\" stroke-linejoin=\"round\"/>"))
    #expect(svg.contains("<rect x=\"60.12\" y=\"42\" width=\"809.88\" height=\"400\""))
    #expect(svg.contains("<text x=\"52.12\" y=\"67.93\">10</text>"))
    #expect(svg.contains("<path d=\"M60.12 22h30\""))
    #expect(svg.contains("viewBox=\"0 0 900 502\""))
  }

  @Test func theFileHasItsTexts() throws {
    let panels = ["loss", "reconstruction", "KL"].map { title in
      LineChart.Panel(
        title: title, verticalLabel: "nats per example",
        series: [
          .init(name: "training", values: [3, 2, 1]),
          .init(name: "validation", values: [3, 2.5, 2], stroke: .dashed),
        ])
    }
    let svg = try ParsedSVG(
      LineChart(title: "History", horizontalLabel: "epoch", panels: panels).svg())
    for text in ["History", "loss", "reconstruction", "KL", "epoch"] {
      #expect(svg.texts.filter { $0 == text }.count == 1, "\(text)")
    }
    // One legend for all panels; the same dashes in it and in each panel.
    #expect(svg.texts.filter { $0 == "training" }.count == 1)
    #expect(svg.texts.filter { $0 == "nats per example" }.count == 3)
    let dashed = svg.all("path").filter { $0.attributes["stroke-dasharray"] != nil }
    #expect(dashed.count == 4)
    #expect(Set(dashed.map { $0.attributes["stroke"] }) == [Palette.color(1)])
  }

  @Test func gapsBreakTheLine() throws {
    let values = [1, 2, .nan, 4, 5, .infinity, 7]
    let svg = try ParsedSVG(chart([.init(name: "", values: values)]).svg())
    let path = try #require(svg.all("path").last?.attributes["d"])
    #expect(path.filter { $0 == "M" }.count == 2 && path.filter { $0 == "L" }.count == 2)
    #expect(svg.all("circle").count == 1)
  }

  @Test func oneEpochIsADot() throws {
    let series: [LineChart.Series] = [
      .init(name: "training", values: [240]),
      .init(name: "validation", values: [241], stroke: .dashed),
    ]
    let svg = try ParsedSVG(chart(series).svg())
    #expect(svg.all("circle").map { $0.attributes["fill"] } == [Palette.color(0), "#ffffff"])
    #expect(Set(svg.all("circle").map { $0.attributes["cx"] }).count == 1)
  }

  @Test func aLogarithmicPanelSkipsWhatIsNotPositive() throws {
    let svg = try ParsedSVG(
      chart([.init(name: "a", values: [100, 1, 0, -1])], isLogarithmic: true).svg())
    let path = try #require(svg.all("path").last?.attributes["d"])
    #expect(path.filter { $0 == "L" }.count == 1)
    #expect(svg.texts.contains("10") && svg.texts.contains("100"))
  }

  @Test(arguments: [
    [], [.nan], [5, 5, 5], [0, 0], [1e300, -1e300], [1e-300, 2e-300], [.infinity, -.infinity],
    [1e308, 1], [.leastNonzeroMagnitude, 0], [1e15, 1e15 + 0.125], [-1, -1.0000001],
  ])
  func anySeriesMakesAWellFormedFile(values: [Double]) throws {
    for isLogarithmic in [false, true] {
      let series = [
        LineChart.Series(name: "values", values: values),
        LineChart.Series(name: "both", points: values.map { ChartPoint(x: $0, y: $0) }),
      ]
      let text = chart(series, isLogarithmic: isLogarithmic).svg()
      _ = try ParsedSVG(text)
      #expect(!text.contains("nan") && !text.contains("inf"))
    }
  }

  @Test func nothingToDrawIsSaid() throws {
    let empty = LineChart(title: "", horizontalLabel: "", panels: [])
    #expect(try ParsedSVG(empty.svg()).texts.contains("no data"))
    #expect(try ParsedSVG(chart([]).svg()).texts.contains("no data"))
    #expect(try !ParsedSVG(chart([.init(name: "", values: [1])]).svg()).texts.contains("no data"))
  }

  @Test func markupInNamesIsOnlyText() throws {
    let name = "</text><script>\"&"
    let panel = LineChart.Panel(
      title: name, verticalLabel: name, series: [.init(name: name, values: [1, 2])])
    let svg = try ParsedSVG(LineChart(title: name, horizontalLabel: name, panels: [panel]).svg())
    #expect(svg.texts.filter { $0 == name }.count == 5)
    #expect(svg.all("script").isEmpty)
  }

  @Test func namesKeepTheirColorsAndChosenOnesAreNotReused() {
    let panels = [
      LineChart.Panel(
        verticalLabel: "",
        series: [.init(name: "a", values: []), .init(name: "b", values: [], colorIndex: 0)]),
      LineChart.Panel(
        verticalLabel: "",
        series: [.init(name: "c", values: []), .init(name: "a", values: [], stroke: .dashed)]),
    ]
    let legend = LineChartLegend(panels: panels, width: 800)
    let colors = panels.flatMap { $0.series.map(legend.color) }
    #expect(colors == [1, 0, 2, 1].map(Palette.color))
    #expect(legend.places.map(\.entry.name) == ["a", "b", "c", "a"])
  }

  @Test func aLongLegendBreaksIntoRows() {
    let series = (0..<30).map { LineChart.Series(name: "a longer name \($0)", values: []) }
    let legend = LineChartLegend(panels: [.init(verticalLabel: "", series: series)], width: 800)
    #expect(legend.rows > 1 && legend.places.count == 30)
    for place in legend.places {
      #expect(place.x + 38 + Typography.width(of: place.text, size: 14) <= 800)
    }
  }

  @Test func doublingsAreEvenlySpacedOnALogarithmicHorizontalAxis() throws {
    let points = [0, 1, 2, 4].map { ChartPoint(x: $0, y: $0) }
    var chart = chart([.init(name: "", points: points)])
    chart.isHorizontallyLogarithmic = true
    let path = try #require(try ParsedSVG(chart.svg()).all("path").last?.attributes["d"])
    // "M75.69 420.57L…L…": the point at 0 is a gap, the other three are joined.
    let xs = path.split(whereSeparator: { "ML".contains($0) }).compactMap {
      $0.split(separator: " ").first.flatMap { Double($0) }
    }
    try #require(xs.count == 3)
    // Coordinates are written with two decimals: each is off by 0.005 at most, the difference of
    // two differences by 0.02.
    #expect(abs((xs[2] - xs[1]) - (xs[1] - xs[0])) <= 0.02)
  }
}
