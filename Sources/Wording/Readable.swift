// Text that came from outside, made fit to stand in a sentence: on a terminal a file's content must not move
// the cursor, change the title or turn the direction of writing, and nobody reads a sentence of a megabyte.

/// Sizes of sentences, in characters (Unicode scalars).
package enum WordingLimit {
  /// The most of a sentence or of a name in it.
  package static let sentence = 2_000
  /// The most of a path: what Linux takes (PATH_MAX).
  package static let path = 4_096
}

/// A text with its control characters spelt out, and its middle left out if it is very long.
///
/// Spelt out are what terminals obey (C0, DEL, C1), line separators, and the marks that turn the direction of
/// writing: `\n`, `\t`, `\x1B`, `\u202E`. The beginning and the end of a long text stay, for a sentence says at
/// its end what would be right:
///
///     unknown field "aaaa… (98304 more characters) …aaaa"; it is one of name, data
///
/// - Parameters:
///   - text: anything
///   - limit: the most characters that stay
///   - keepsLines: whether line feeds stay as they are
/// - Complexity: O(bytes); plain short text is returned as it is.
package func readable(
  _ text: String, limit: Int = WordingLimit.sentence, keepsLines: Bool = false
) -> String {
  escapingControls(shortened(text, limit: limit), keepsLines: keepsLines)
}

/// A text whose middle is left out, and the number of characters left out, if it has more than `limit`.
package func shortened(_ text: String, limit: Int = WordingLimit.sentence) -> String {
  // A scalar has at least one byte.
  if text.utf8.count <= limit { return text }
  let scalars = text.unicodeScalars
  let count = scalars.count
  if count <= limit { return text }
  let tail = limit / 4
  let head = scalars.prefix(limit - tail)
  return "\(String(head))… (\(count - limit) more characters) …\(String(scalars.suffix(tail)))"
}

/// Names with commas between, the first of them if there are many: "a, b, c and 17 more".
package func listed(_ names: [String], most: Int = 20) -> String {
  let shown = names.prefix(most).joined(separator: ", ")
  return names.count > most ? "\(shown) and \(names.count - most) more" : shown
}

/// A text with its control characters spelt out.
package func escapingControls(_ text: String, keepsLines: Bool = false) -> String {
  guard mayHoldControls(text) else { return text }
  var result = String.UnicodeScalarView()
  for scalar in text.unicodeScalars {
    if !isControl(scalar) || keepsLines && scalar == "\n" {
      result.append(scalar)
    } else {
      result.append(contentsOf: spelling(of: scalar).unicodeScalars)
    }
  }
  return String(result)
}

/// JSON text without the control characters that JSON itself allows in strings; it stays the same value.
///
/// JSON escapes C0 alone. The others stand within strings only, where `\u009B` means the same.
package func escapingControls(inJSON text: String) -> String {
  guard mayHoldControls(text) else { return text }
  var result = String.UnicodeScalarView()
  for scalar in text.unicodeScalars {
    if isControl(scalar), scalar.value >= 0x7F {
      result.append(contentsOf: "\\u\(hexadecimal(scalar, digits: 4))".unicodeScalars)
    } else {
      result.append(scalar)
    }
  }
  return String(result)
}

// C0 and DEL are one byte; the others begin with 0xC2 (C1), 0xD8 (U+061C) or 0xE2 (U+2000 to U+2FFF).
private func mayHoldControls(_ text: String) -> Bool {
  text.utf8.contains { $0 < 0x20 || $0 == 0x7F || $0 == 0xC2 || $0 == 0xD8 || $0 == 0xE2 }
}

private func isControl(_ scalar: Unicode.Scalar) -> Bool {
  switch scalar.value {
  case 0..<0x20, 0x7F...0x9F: true
  // Marks, embeddings, overrides and isolates of the direction of writing; line and paragraph separators.
  case 0x061C, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069: true
  default: false
  }
}

private func spelling(of scalar: Unicode.Scalar) -> String {
  switch scalar {
  case "\n": "\\n"
  case "\r": "\\r"
  case "\t": "\\t"
  default:
    scalar.value < 0x100
      ? "\\x\(hexadecimal(scalar, digits: 2))" : "\\u\(hexadecimal(scalar, digits: 4))"
  }
}

private func hexadecimal(_ scalar: Unicode.Scalar, digits: Int) -> String {
  let text = String(scalar.value, radix: 16, uppercase: true)
  return String(repeating: "0", count: max(0, digits - text.count)) + text
}
