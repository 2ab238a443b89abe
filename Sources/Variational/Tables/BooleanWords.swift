// Yes and no, however they are capitalised.

/// Tells which texts are one answer in other letters: `True`, `TRUE` and `true`.
struct BooleanWords: Sendable {
  private static let words: Set<String> = ["true", "false", "yes", "no"]
  // Short ones may be codes, unless the column has no others.
  private static let pairs: [Set<String>] = [["t", "f"], ["y", "n"], ["on", "off"]]

  private let known: Set<String>

  /// - Parameter texts: the different texts of a column, or its categories
  init(_ texts: [String]) {
    let lower = Set(texts.lazy.filter { $0.utf8.count <= 5 }.map { $0.lowercased() })
    let all = texts.allSatisfy { $0.utf8.count <= 5 } ? lower : []
    known = Self.words.union(Self.pairs.first { !all.isEmpty && all.isSubset(of: $0) } ?? [])
  }

  /// What a text is the same as: itself in lower case if it is a word for yes or no, otherwise itself.
  func key(_ text: String) -> String {
    guard text.utf8.count <= 5 else { return text }
    let lower = text.lowercased()
    return known.contains(lower) ? lower : text
  }
}

extension TableCells {
  /// The different texts; of those that are one answer in other letters the commonest, the first in the alphabet
  /// among equally common ones.
  var distinctTexts: [String] {
    let words = BooleanWords(texts)
    var groups: [String: [Int]] = [:]
    for (index, text) in texts.enumerated() { groups[words.key(text), default: []].append(index) }
    guard groups.count < texts.count else { return texts }
    var counts = [Int](repeating: 0, count: texts.count)
    for row in 0..<count { if let index = textIndex(row) { counts[index] += 1 } }
    return groups.values.compactMap { places in
      places.max { (counts[$0], texts[$1]) < (counts[$1], texts[$0]) }.map { texts[$0] }
    }.sorted()
  }
}
