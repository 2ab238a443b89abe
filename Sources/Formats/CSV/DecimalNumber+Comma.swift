extension DecimalNumber {
  /// Reads a field of digits and one decimal comma, with a sign or without: the commonest case, taken apart without
  /// ``WrittenNumber``.
  ///
  /// - Returns: nil for anything else, also for a number that is written otherwise or has a zero too many in front.
  /// - Complexity: O(bytes).
  public init?(commaIn field: ArraySlice<UInt8>) {
    guard field.count <= 32, field.last != UInt8(ascii: ",") else { return nil }
    var plain = Array(field)
    var comma: Int?
    for (index, byte) in plain.enumerated() where byte &- UInt8(ascii: "0") >= 10 {
      if byte == UInt8(ascii: ","), comma == nil {
        comma = index
      } else if index > 0 || byte != UInt8(ascii: "-") {
        return nil
      }
    }
    guard let comma else { return nil }
    plain[comma] = UInt8(ascii: ".")
    self.init(plain[...])
    if hasLeadingZero { return nil }
  }
}
