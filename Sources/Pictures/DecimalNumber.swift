/// The number `coefficient × 10^exponent`.
///
/// Ticks are kept in this form because both of their uses are then exact: the label is written from
/// the digits of an integer, and the value is the double nearest to the decimal, 0.3 rather than
/// 0.30000000000000004.
struct DecimalNumber: Sendable, Hashable {
  let coefficient: Int
  let exponent: Int

  init(_ coefficient: Int, exponent: Int = 0) {
    self.coefficient = coefficient
    self.exponent = exponent
  }

  /// The nearest double.
  var value: Double {
    // Parsing rounds correctly; multiplying by a power of ten would round twice. The text is a
    // number by construction.
    Double("\(coefficient)e\(exponent)")!
  }

  /// The exponent of the leading digit: 2 for 120, −1 for 0.5.
  var leadingExponent: Int {
    exponent + String(coefficient.magnitude).count - 1
  }

  /// The number without a power of ten, with exactly `−exponent` decimals if there are any.
  ///
  /// The sign is U+2212, the minus sign of typography.
  var plainText: String {
    let sign = coefficient < 0 ? "\u{2212}" : ""
    let digits = String(coefficient.magnitude)
    if exponent >= 0 {
      let zeros = coefficient == 0 ? 0 : exponent
      return sign + digits + String(repeating: "0", count: zeros)
    }
    let decimals = -exponent
    let padding = String(repeating: "0", count: max(0, decimals + 1 - digits.count))
    let padded = padding + digits
    return sign + padded.dropLast(decimals) + "." + padded.suffix(decimals)
  }
}
