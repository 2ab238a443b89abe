/// One line of the gate's table: a figure, what it was, and what it may be.
struct Comparison {
  enum Verdict: String {
    case same = "ok"
    /// Below the committed figure by more than the limit is above it.
    case better = "ok, better"
    case worse = "WORSE"
    case notCompared = "skipped"
  }

  let what: String
  let committed: Double?
  let measured: Double
  /// The share of the committed figure by which it may grow; nil: it is not compared.
  let tolerance: Double?
  /// Digits behind the point.
  let decimals: Int

  var limit: Double? {
    guard let committed, let tolerance else { return nil }
    return committed * (1 + tolerance)
  }

  var verdict: Verdict {
    guard let committed, let tolerance, let limit else { return .notCompared }
    if measured > limit { return .worse }
    return measured < committed * (1 - tolerance) ? .better : .same
  }
}

/// The gate's outcome, for people.
struct ComparisonTable {
  var lines: [Comparison] = []
  /// What was not compared as usual, and why.
  var remarks: [String] = []

  var isWorse: Bool { lines.contains { $0.verdict == .worse } }
  var isBetter: Bool { lines.contains { $0.verdict == .better } }

  var text: String {
    var rows = [["", "committed", "measured", "change", "limit", "verdict"]]
    for line in lines {
      let change = line.committed.flatMap { committed in
        committed == 0
          ? nil : fixed(100 * (line.measured / committed - 1), decimals: 1, signed: true) + " %"
      }
      rows.append([
        line.what, line.committed.map { fixed($0, decimals: line.decimals) } ?? "–",
        fixed(line.measured, decimals: line.decimals), change ?? "–",
        line.limit.map { fixed($0, decimals: line.decimals) } ?? "–", line.verdict.rawValue,
      ])
    }
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max()! }
    let table = rows.map { row in
      row.enumerated().map { column, cell in
        let gap = String(repeating: " ", count: widths[column] - cell.count)
        // The first column and the last are words, the others numbers.
        return column == 0 ? cell + gap : column == row.count - 1 ? cell : gap + cell
      }.joined(separator: "  ")
    }
    return (table + remarks).joined(separator: "\n")
  }
}

/// A decimal number with its thousands apart.
func fixed(_ value: Double, decimals: Int, signed: Bool = false) -> String {
  var scale = 1
  for _ in 0..<decimals { scale *= 10 }
  let units = Int((abs(value) * Double(scale)).rounded())
  var whole = String(units / scale)
  var groups: [String] = []
  while whole.count > 3 {
    groups.insert(String(whole.suffix(3)), at: 0)
    whole.removeLast(3)
  }
  groups.insert(whole, at: 0)
  let sign = value < 0 && units > 0 ? "-" : signed ? "+" : ""
  let fraction = String(units % scale)
  let zeros = String(repeating: "0", count: decimals - (decimals == 0 ? 0 : fraction.count))
  return sign + groups.joined(separator: ",") + (decimals == 0 ? "" : "." + zeros + fraction)
}
