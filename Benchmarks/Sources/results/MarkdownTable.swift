import Foundation

/// A table in Markdown; columns but the first few are numbers and stand to the right.
struct MarkdownTable {
  private var lines: [String]

  init(_ header: [String], texts: Int = 1) {
    let rules = header.indices.map { $0 < texts ? "---" : "---:" }
    lines = [MarkdownTable.row(header), MarkdownTable.row(rules)]
  }

  mutating func add(_ cells: [String]) { lines.append(MarkdownTable.row(cells)) }

  var text: String { lines.joined(separator: "\n") + "\n" }

  private static func row(_ cells: [String]) -> String {
    "| " + cells.joined(separator: " | ") + " |"
  }
}

/// Three significant digits, never an exponent.
func short(_ value: Double) -> String {
  if value == 0 { return "0" }
  let decimals = max(0, 2 - Int(log10(value.magnitude).rounded(.down)))
  return String(format: "%.\(decimals)f", value)
}
