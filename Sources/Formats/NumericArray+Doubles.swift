extension NumericArray {
  /// The elements as double-precision numbers.
  ///
  /// `float64` is exact; every other type goes through ``floats()``.
  ///
  /// - Returns: [count], row-major.
  /// - Complexity: O(count), one pass.
  public func doubles() -> [Double] {
    guard elementType == .float64 else { return floats().map(Double.init) }
    return bytes.withUnsafeBytes { source in
      (0..<count).map { source.loadUnaligned(fromByteOffset: 8 * $0, as: Double.self) }
    }
  }
}
