import Testing

@testable import Pictures

@Suite struct ScatterChartTests {
  private func chart(
    _ points: [ChartPoint], classes: [Int]? = nil, names: [String] = [], equal: Bool = true
  ) -> ScatterChart {
    ScatterChart(
      title: "Latents", horizontalLabel: "z₁", verticalLabel: "z₂", points: points,
      classes: classes, classNames: names, hasEqualAspect: equal)
  }

  private func dots(_ svg: ParsedSVG) -> [ParsedSVG.Element] {
    svg.all("path").filter { $0.attributes["stroke-linecap"] != nil }
  }

  /// Points on a spiral, so that every class is everywhere.
  private func spiral(_ count: Int) -> [ChartPoint] {
    (0..<count).map { index in
      let turn = Double(index) * 2.399963
      let fraction = Double(index) / Double(count)
      return ChartPoint(x: fraction * (turn.remainder(dividingBy: 6)), y: fraction * 5 - 2)
    }
  }

  @Test func aTinyChartIsExact() {
    let points = [ChartPoint(x: 0, y: 0), ChartPoint(x: 10, y: 8)]
    let svg = chart(points, equal: false).svg()
    // Vertical ticks 0, 1, …, 8: a digit takes 0.62 · 13 = 8.06, so the frame begins at
    // 8.06 + 8 + 36 = 52.06 and is 817.94 wide; it is three quarters as high, from 48 down. The
    // ranges are −0.4…10.4 and −0.32…8.32.
    #expect(
      svg.contains(
        "<path d=\"M82.4 638.7h.01M839.7 70.7h.01\" stroke=\"#0072b2\" stroke-width=\"7\" "
          + "stroke-linecap=\"round\"/>"))
    #expect(svg.contains("<g fill=\"none\" stroke-opacity=\"0.8\">"))
  }

  @Test func unclassifiedPointsHaveNoLegend() throws {
    let svg = try ParsedSVG(chart(spiral(50), names: ["unused"]).svg())
    #expect(!svg.texts.contains("unused") && !svg.texts.contains("class 0"))
    #expect(Set(dots(svg).map { $0.attributes["stroke"] }) == [Palette.color(0)])
  }

  @Test func everyPointIsDrawnOnceInItsColor() throws {
    let classes = (0..<1000).map { $0 * 7 % 10 }
    let svg = try ParsedSVG(chart(spiral(1000), classes: classes).svg())
    for classIndex in 0..<10 {
      let own = dots(svg).filter {
        $0.attributes["stroke"] == Palette.color(classIndex)
          && $0.attributes["stroke-width"] != "10"
      }
      let count = own.reduce(0) { $0 + ($1.attributes["d"] ?? "").filter { $0 == "M" }.count }
      #expect(count == classes.filter { $0 == classIndex }.count)
    }
  }

  @Test func tenThousandPointsAreCompactAndInterleaved() throws {
    let classes = (0..<10_000).map { $0 % 10 }
    let text = chart(spiral(10_000), classes: classes).svg()
    #expect(text.utf8.count < 400_000)
    let colors = dots(try ParsedSVG(text)).compactMap { $0.attributes["stroke"] }
    // Ten turns of ten classes and the legend; each turn begins with another class.
    #expect(colors.count == 110)
    #expect(Set(stride(from: 0, to: 100, by: 10).map { colors[$0] }).count == 10)
  }

  @Test func legendNamesTheClassesThatOccur() throws {
    let points = [0, 1, 2, .nan].map { ChartPoint(x: $0, y: $0) }
    let svg = try ParsedSVG(
      chart(points, classes: [3, 0, 12, 1], names: ["<top>", "trouser"]).svg())
    let names = svg.texts.filter { $0.hasPrefix("class") || $0 == "<top>" || $0 == "trouser" }
    #expect(names == ["<top>", "class 3", "class 12"])
    #expect(dots(svg).contains { $0.attributes["stroke-linecap"] == "square" })
  }

  @Test func equalAspectMeansEqualUnits() throws {
    let wide = [ChartPoint(x: 0, y: 0), ChartPoint(x: 100, y: 1)]
    let svg = try ParsedSVG(chart(wide).svg())
    let path = try #require(dots(svg).first?.attributes["d"])
    let numbers = path.split { !"0123456789.".contains($0) }.compactMap { Double($0) }
    // M x y h .01 M x y h .01
    try #require(numbers.count == 6)
    let horizontal = (numbers[3] - numbers[0]) / 100
    let vertical = numbers[1] - numbers[4]
    // Each coordinate is rounded to 0.1, a difference of two is off by at most 0.1.
    #expect(abs(horizontal - vertical) <= 0.1 + 0.001)
  }

  @Test(arguments: [
    [], [ChartPoint(x: 1, y: 1)], [ChartPoint(x: 2, y: 3), ChartPoint(x: 2, y: 3)],
    [ChartPoint(x: .nan, y: 0), ChartPoint(x: 0, y: .infinity)],
    [ChartPoint(x: 1e300, y: -1e300), ChartPoint(x: -1e300, y: 1e-300)],
    [ChartPoint(x: 1e300, y: 0), ChartPoint(x: 1e300, y: 1)],
    [ChartPoint(x: 1e9, y: 0), ChartPoint(x: 1e9 + 1e-3, y: 1e-3)],
    [ChartPoint(x: 1e-300, y: .leastNonzeroMagnitude), ChartPoint(x: 2e-300, y: 0)],
  ])
  func anyPointsMakeAWellFormedFile(points: [ChartPoint]) throws {
    for equal in [false, true] {
      let text = chart(points, equal: equal).svg()
      let svg = try ParsedSVG(text)
      let drawable = points.filter { $0.x.isFinite && $0.y.isFinite }
      #expect(svg.texts.contains("no data") == drawable.isEmpty)
      #expect(!text.contains("nan") && !text.contains("inf"))
    }
  }

  @Test func labelsMustMatchThePoints() async {
    await #expect(processExitsWith: .failure) {
      _ = ScatterChart(
        title: "", horizontalLabel: "", verticalLabel: "", points: [ChartPoint(x: 0, y: 0)],
        classes: [0, 1]
      ).svg()
    }
    await #expect(processExitsWith: .failure) {
      _ = ScatterChart(
        title: "", horizontalLabel: "", verticalLabel: "", points: [ChartPoint(x: 0, y: 0)],
        classes: [-1]
      ).svg()
    }
  }
}
