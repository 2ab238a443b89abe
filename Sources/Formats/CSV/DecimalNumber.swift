/// A number as a text file writes it: sign, digits, point, exponent; always with a point, whatever the locale.
public struct DecimalNumber: Sendable, Hashable {
  /// The nearest 64-bit number, always finite.
  public let value: Double
  /// Digits after the point; nil if there is an exponent.
  public let decimals: Int?
  /// Whether a zero stands before the first digit, as in codes like 00417.
  public let hasLeadingZero: Bool
  /// Whether there is a point.
  public let hasPoint: Bool

  /// Reads a whole field; spaces around it must have been taken off.
  ///
  /// - Returns: nil if it is anything else than one finite number.
  /// - Complexity: O(bytes). Up to nineteen digits whose value is below 2⁵³ take two exact floating-point numbers and
  ///   one rounding (Clinger, "How to read floating point numbers accurately", 1990); others go the long way.
  public init?(_ bytes: ArraySlice<UInt8>) {
    var index = bytes.startIndex
    let end = bytes.endIndex
    guard index < end else { return nil }
    let isNegative = bytes[index] == UInt8(ascii: "-")
    if isNegative || bytes[index] == UInt8(ascii: "+") { index += 1 }

    let firstDigit = index
    var (mantissa, digits): (UInt64, Int) = (0, 0)
    func digit(_ index: Int) -> UInt64? {
      let value = bytes[index] &- UInt8(ascii: "0")
      return value < 10 ? UInt64(value) : nil
    }
    while index < end, let value = digit(index) {
      // Beyond nineteen digits the sum is not used.
      mantissa = mantissa &* 10 &+ value
      digits += 1
      index += 1
    }
    hasLeadingZero = digits > 1 && bytes[firstDigit] == UInt8(ascii: "0")
    var fraction = 0
    hasPoint = index < end && bytes[index] == UInt8(ascii: ".")
    if hasPoint {
      index += 1
      while index < end, let value = digit(index) {
        mantissa = mantissa &* 10 &+ value
        fraction += 1
        index += 1
      }
    }
    digits += fraction
    guard digits > 0 else { return nil }
    var exponent = 0
    if index < end && (bytes[index] | 0x20) == UInt8(ascii: "e") {
      index += 1
      guard let (power, next) = DecimalNumber.exponent(bytes, from: index) else { return nil }
      (exponent, index) = (power, next)
      decimals = nil
    } else {
      decimals = fraction
    }
    guard index == end else { return nil }

    let scale = exponent - fraction
    if digits <= 19 && mantissa <= 1 << 53 && abs(scale) < powersOfTen.count {
      let magnitude = Double(mantissa)
      let exact = scale < 0 ? magnitude / powersOfTen[-scale] : magnitude * powersOfTen[scale]
      value = isNegative ? -exact : exact
    } else {
      // Swift's own conversion rounds right and knows no locale.
      guard let slow = Double(String(decoding: bytes, as: UTF8.self)), slow.isFinite else {
        return nil
      }
      value = slow
    }
  }

  // The exponent, held where no number can be any more, and the index behind it.
  private static func exponent(
    _ bytes: ArraySlice<UInt8>, from start: Int
  ) -> (value: Int, next: Int)? {
    var (index, sign) = (start, 1)
    if index < bytes.endIndex,
      bytes[index] == UInt8(ascii: "-") || bytes[index] == UInt8(ascii: "+")
    {
      sign = bytes[index] == UInt8(ascii: "-") ? -1 : 1
      index += 1
    }
    let first = index
    var value = 0
    while index < bytes.endIndex, bytes[index] &- UInt8(ascii: "0") < 10 {
      value = min(value * 10 + Int(bytes[index] - UInt8(ascii: "0")), 1 << 20)
      index += 1
    }
    return index > first ? (sign * value, index) : nil
  }
}

// The powers of ten that a 64-bit number holds exactly.
private let powersOfTen: [Double] = [
  1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17,
  1e18, 1e19, 1e20, 1e21, 1e22,
]
