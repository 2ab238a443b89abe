/// An SVG file under construction: elements one per line, each attribute and text escaped.
struct SVGDocument: Sendable {
  private var lines: [String]

  /// Starts a document on a white background.
  ///
  /// - Parameter title: What a browser shows on hovering and a screen reader says.
  init(width: Double, height: Double, title: String) {
    let width = SVGDocument.number(width)
    let height = SVGDocument.number(height)
    lines = [
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"\(width)\" height=\"\(height)\""
        + " viewBox=\"0 0 \(width) \(height)\" font-family=\"\(Typography.family)\">"
    ]
    if !title.isEmpty {
      lines.append("<title>\(SVGDocument.escaped(title))</title>")
    }
    add("rect", [("width", width), ("height", height), ("fill", "#ffffff")])
  }

  /// The finished file.
  var text: String {
    lines.joined(separator: "\n") + "\n</svg>\n"
  }

  /// Adds an element without content.
  mutating func add(_ name: String, _ attributes: [(String, String)]) {
    lines.append("<\(name)\(SVGDocument.written(attributes))/>")
  }

  /// Adds a line of text.
  mutating func add(text: String, _ attributes: [(String, String)]) {
    let content = SVGDocument.escaped(text)
    lines.append("<text\(SVGDocument.written(attributes))>\(content)</text>")
  }

  /// Adds a tick label, its power of ten raised and smaller.
  mutating func add(label: TickLabel, _ attributes: [(String, String)]) {
    guard let exponent = label.exponent else {
      add(text: label.base, attributes)
      return
    }
    // `dy` rather than `baseline-shift`, which some renderers lack.
    let raised = "<tspan dy=\"-5\" font-size=\"10\">\(SVGDocument.escaped(exponent))</tspan>"
    let base = SVGDocument.escaped(label.base)
    lines.append("<text\(SVGDocument.written(attributes))>\(base)\(raised)</text>")
  }

  /// Adds the heading of the page.
  mutating func addTitle(_ title: String, left: Double, width: Double) {
    guard !title.isEmpty else { return }
    addHeading(title, size: Typography.titleSize, left: left, baseline: 32, width: width)
  }

  /// Adds the heading of a panel.
  mutating func addPanelTitle(_ title: String, left: Double, above top: Double, width: Double) {
    addHeading(
      title, size: Typography.panelTitleSize, left: left, baseline: top - 9, width: width)
  }

  private mutating func addHeading(
    _ title: String, size: Double, left: Double, baseline: Double, width: Double
  ) {
    // Bold letters are about a tenth wider than the estimate for regular ones.
    let fitted = Typography.fitted(title, size: size * 1.1, width: width)
    add(
      text: fitted,
      [
        ("x", SVGDocument.number(left)), ("y", SVGDocument.number(baseline)),
        ("font-size", SVGDocument.number(size)), ("font-weight", "bold"),
        ("fill", Typography.ink),
      ])
  }

  /// Opens a group; what follows until `endGroup` inherits its attributes.
  mutating func beginGroup(_ attributes: [(String, String)]) {
    lines.append("<g\(SVGDocument.written(attributes))>")
  }

  /// Closes the group opened last.
  mutating func endGroup() {
    lines.append("</g>")
  }

  private static func written(_ attributes: [(String, String)]) -> String {
    attributes.map { " \($0.0)=\"\(escaped($0.1))\"" }.joined()
  }

  /// Text that is safe between tags and between double quotes.
  ///
  /// Line breaks and tabs become spaces. Control characters and non-characters, which XML 1.0
  /// (section 2.2) forbids even as references, become U+FFFD.
  static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "\t", "\n", "\r": result += " "
      case "\u{0}"..<" ", "\u{FFFE}", "\u{FFFF}": result += "\u{FFFD}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// A coordinate with at most `decimals` decimals, without trailing zeros, exponent or locale.
  static func number(_ value: Double, decimals: Int = 2) -> String {
    let power = (0..<decimals).reduce(1) { product, _ in product * 10 }
    let scaled = Int((value * Double(power)).rounded())
    let sign = scaled < 0 ? "-" : ""
    let whole = scaled.magnitude / UInt(power)
    var fraction = String(scaled.magnitude % UInt(power))
    fraction = String(repeating: "0", count: max(0, decimals - fraction.count)) + fraction
    while fraction.last == "0" { fraction.removeLast() }
    return fraction.isEmpty ? "\(sign)\(whole)" : "\(sign)\(whole).\(fraction)"
  }
}
