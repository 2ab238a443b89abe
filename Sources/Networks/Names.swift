// Names that people type: an unknown one is answered with the nearest that exists.

internal import Wording

/// "unknown layer type "conv2"; did you mean "conv2d"? (one of …)".
///
/// The middle of a very long name is left out.
package func unknownName(_ name: String, what: String, valid: [String]) -> String {
  let lowercased = name.lowercased()
  // Distances take time by the product of lengths, and nobody mistypes a page.
  let candidates = name.utf8.count <= 256 ? valid.filter { $0.utf8.count <= 256 } : []
  let nearest = candidates.min { editDistance(lowercased, $0) < editDistance(lowercased, $1) }
  let most = 40
  let list =
    valid.prefix(most).map { shortened($0, limit: 100) }.joined(separator: ", ")
    + (valid.count > most ? ", … (\(valid.count) in all)" : "")
  let name = shortened(name, limit: 400)
  if let nearest, editDistance(lowercased, nearest) <= max(2, nearest.count / 3) {
    return "unknown \(what) \"\(name)\"; did you mean \"\(nearest)\"? It is one of \(list)"
  }
  return "unknown \(what) \"\(name)\"; it is one of \(list)"
}

/// The least number of insertions, deletions and replacements from one word to the other.
func editDistance(_ first: String, _ second: String) -> Int {
  let (a, b) = (Array(first), Array(second))
  var row = Array(0...b.count)
  for i in 0..<a.count {
    var diagonal = row[0]
    row[0] = i + 1
    for j in 0..<b.count {
      let replaced = diagonal + (a[i] == b[j] ? 0 : 1)
      diagonal = row[j + 1]
      row[j + 1] = min(replaced, row[j] + 1, diagonal + 1)
    }
  }
  return row[b.count]
}

/// A key of a JSON object that is not known beforehand.
package struct AnyKey: CodingKey {
  package let stringValue: String
  package var intValue: Int? { nil }
  package init(stringValue: String) { self.stringValue = stringValue }
  package init?(intValue: Int) { nil }
}

extension Decoder {
  /// Throws when the object has a field that nobody would read: a misspelt option must not be ignored.
  package func rejectUnknownKeys(allowed: [String]) throws {
    let values = try container(keyedBy: AnyKey.self)
    for key in values.allKeys where !allowed.contains(key.stringValue) {
      throw DecodingError.dataCorruptedError(
        forKey: key, in: values,
        debugDescription: unknownName(key.stringValue, what: "field", valid: allowed))
    }
  }
}
