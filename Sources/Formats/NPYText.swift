// Arrays of texts, written only: the names that stand beside numbers in an NPZ file.

extension NPY {
  /// The bytes of a vector of texts, NumPy's type `<U`: every text takes as many code points as the longest, four bytes
  /// each, zeros at the end.
  ///
  /// - Complexity: O(texts × longest).
  static func encode(texts: [String]) -> [[UInt8]] {
    // NumPy has no texts of zero code points.
    let longest = max(1, texts.map(\.unicodeScalars.count).max() ?? 0)
    var elements: [UInt8] = []
    elements.reserveCapacity(4 * longest * texts.count)
    for text in texts {
      for scalar in text.unicodeScalars { elements.append(littleEndian: scalar.value) }
      let rest = longest - text.unicodeScalars.count
      elements += [UInt8](repeating: 0, count: 4 * rest)
    }
    return [header(type: "<U\(longest)", shape: [texts.count]), elements]
  }
}
