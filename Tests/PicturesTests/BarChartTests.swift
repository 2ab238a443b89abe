import Foundation
import Testing

@testable import Pictures

@Suite struct BarChartTests {
  private func bars(_ values: [Double]) -> [[String: String]] {
    let text = BarChart(
      title: "t", horizontalLabel: "h", verticalLabel: "v", values: values
    ).svg()
    // Bars are the rectangles of the one group that has a fill and no font.
    guard let start = text.range(of: "<g fill=\"#0072b2\">"),
      let end = text.range(of: "</g>", range: start.upperBound..<text.endIndex)
    else { return [] }
    return text[start.upperBound..<end.lowerBound].split(separator: "\n").map { line in
      var attributes: [String: String] = [:]
      let parts = line.split(separator: "\"", omittingEmptySubsequences: false)
      for index in stride(from: 0, to: parts.count - 1, by: 2) {
        let name = parts[index].split(separator: " ").last?.dropLast() ?? ""
        attributes[String(name)] = String(parts[index + 1])
      }
      return attributes
    }
  }

  private func number(_ bar: [String: String], _ name: String) -> Double {
    Double(bar[name] ?? "") ?? .nan
  }

  @Test func heightsAreInProportion() {
    let found = bars([1, 2, 4])
    #expect(found.count == 3)
    let heights = found.map { number($0, "height") }
    // Coordinates have two decimals.
    #expect(abs(heights[1] - 2 * heights[0]) <= 0.03 && abs(heights[2] - 4 * heights[0]) <= 0.05)
    let bottoms = found.map { number($0, "y") + number($0, "height") }
    #expect(bottoms.allSatisfy { abs($0 - bottoms[0]) <= 0.02 })
  }

  @Test func negativeBarsHangFromZero() {
    let found = bars([3, -3])
    #expect(abs(number(found[0], "y") + number(found[0], "height") - number(found[1], "y")) <= 0.02)
  }

  @Test(arguments: [[], [.nan], [0, 0], [1e300, -1e300]] as [[Double]])
  func oddValuesAreDrawn(_ values: [Double]) {
    let text = BarChart(title: "", horizontalLabel: "", verticalLabel: "", values: values).svg()
    #expect(text.hasSuffix("</svg>\n"))
    #expect(!text.contains("nan") && !text.contains("inf"))
  }
}
