/// The text of one tick: a plain number, or a mantissa with a raised power of ten.
struct TickLabel: Sendable, Hashable {
  let base: String
  let exponent: String?

  init(_ base: String, exponent: Int? = nil) {
    self.base = base
    self.exponent = exponent.map { DecimalNumber($0).plainText }
  }

  /// The labels of one axis, all written the same way.
  ///
  /// Plain numbers, unless the longest has more than six digits and a power of ten makes it
  /// shorter. Powers of ten alone, as on a logarithmic axis, become 10ᵏ as soon as they leave
  /// 0.001…10000.
  static func labels(for ticks: [DecimalNumber]) -> [TickLabel] {
    let isGeometric = Set(ticks.map(\.exponent)).count > 1
    if isGeometric && ticks.allSatisfy({ $0.coefficient == 1 }) {
      return powers(ticks)
    }
    let exponents =
      isGeometric
      ? ticks.map(\.leadingExponent)
      : ticks.map { _ in sharedExponent(of: ticks) }
    let mantissas = zip(ticks, exponents).map { tick, exponent in
      DecimalNumber(tick.coefficient, exponent: tick.exponent - exponent).plainText
    }
    let plain = ticks.map(\.plainText)
    // "×10" and one raised digit cost about as much as four digits.
    guard longest(plain) > 6, longest(mantissas) + 4 <= longest(plain) else {
      return plain.map { TickLabel($0) }
    }
    return ticks.indices.map { index in
      ticks[index].coefficient == 0
        ? TickLabel("0")
        : TickLabel(mantissas[index] + "×10", exponent: exponents[index])
    }
  }

  /// Evenly spaced ticks share a power of ten, which keeps them comparable: 0.5×10⁶, 1.0×10⁶,
  /// 1.5×10⁶; but 2×10⁶, …, 10×10⁶ needs no decimals.
  private static func sharedExponent(of ticks: [DecimalNumber]) -> Int {
    let largest = ticks.max { $0.coefficient.magnitude < $1.coefficient.magnitude }
    guard let largest else { return 0 }
    return largest.coefficient.magnitude <= 10 ? largest.exponent : largest.leadingExponent
  }

  private static func powers(_ ticks: [DecimalNumber]) -> [TickLabel] {
    if ticks.allSatisfy({ (-3...4).contains($0.exponent) }) {
      return ticks.map { TickLabel($0.plainText) }
    }
    return ticks.map { TickLabel("10", exponent: $0.exponent) }
  }

  /// Signs do not count: they are not digits to be read.
  private static func longest(_ texts: [String]) -> Int {
    texts.map { $0.filter { $0 != "\u{2212}" }.count }.max() ?? 0
  }
}
