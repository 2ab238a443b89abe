import Testing

@testable import Pictures

@Suite struct SVGDocumentTests {
  @Test func markupIsEscaped() {
    #expect(
      SVGDocument.escaped("a<b> & \"c\" 'd'") == "a&lt;b&gt; &amp; &quot;c&quot; 'd'")
    #expect(SVGDocument.escaped("µ ≤ 5, 日本 👗") == "µ ≤ 5, 日本 👗")
  }

  @Test func charactersForbiddenInXMLAreReplaced() {
    #expect(SVGDocument.escaped("a\r\nb\tc") == "a  b c")
    let replaced = String(repeating: "\u{FFFD}", count: 4)
    #expect(SVGDocument.escaped("\u{0}\u{1B}\u{FFFE}\u{FFFF}") == replaced)
  }

  @Test(arguments: [
    (0.0, "0"), (-0.0, "0"), (-0.001, "0"), (1.0, "1"), (1.5, "1.5"), (1.005, "1"),
    (12.345, "12.35"), (0.07, "0.07"), (-3.2, "-3.2"), (100.0, "100"), (899.999, "900"),
  ])
  func coordinatesAreShort(value: Double, text: String) {
    #expect(SVGDocument.number(value) == text)
  }

  @Test func decimalsCanBeFewer() {
    #expect(SVGDocument.number(12.345, decimals: 1) == "12.3")
    #expect(SVGDocument.number(12.5, decimals: 0) == "13")
  }

  @Test func elementsAreWrittenOnePerLine() {
    var document = SVGDocument(width: 10, height: 5.5, title: "a & b")
    document.beginGroup([("fill", "\"red\"")])
    document.add(label: TickLabel("2×10", exponent: -3), [("x", "1")])
    document.endGroup()
    #expect(
      document.text == """
        <svg xmlns="http://www.w3.org/2000/svg" width="10" height="5.5" viewBox="0 0 10 5.5" \
        font-family="Helvetica, Arial, 'DejaVu Sans', sans-serif">
        <title>a &amp; b</title>
        <rect width="10" height="5.5" fill="#ffffff"/>
        <g fill="&quot;red&quot;">
        <text x="1">2×10<tspan dy="-5" font-size="10">−3</tspan></text>
        </g>
        </svg>

        """)
  }
}
