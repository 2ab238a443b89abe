#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Where an axis is divided.
///
/// On a linear axis the step is 1, 2 or 5 times a power of ten: the smallest such step that makes
/// no more than the wanted number of intervals (Heckbert, "Nice numbers for graph labels",
/// Graphics Gems, 1990, with the step rounded up so that labels never crowd).
enum TickSequence {
  /// The ticks inside a closed range, at most `intervals + 1`.
  ///
  /// - Parameter wholeNumbers: Never divide finer than 1, for epochs and counts.
  static func linear(
    from lower: Double, through upper: Double, intervals: Int, wholeNumbers: Bool = false
  ) -> [DecimalNumber] {
    precondition(
      lower < upper && (upper - lower).isFinite && intervals > 0,
      "TickSequence.linear: \(lower)…\(upper) in \(intervals) intervals")
    var step = niceStep(atLeast: (upper - lower) / Double(intervals))
    if wholeNumbers && step.exponent < 0 {
      step = DecimalNumber(1)
    }
    return multiples(of: step, from: lower, through: upper)
  }

  /// The smallest of 1, 2, 5 × 10^k that is not below `length`.
  static func niceStep(atLeast length: Double) -> DecimalNumber {
    let exponent = Int(log10(length).rounded(.down))
    // 1e-9 lets 0.2000000001, the rounding of a difference, count as 0.2.
    let candidates = [(1, 0), (2, 0), (5, 0), (1, 1)].map {
      DecimalNumber($0.0, exponent: exponent + $0.1)
    }
    return candidates.first { $0.value * (1 + 1e-9) >= length }
      ?? DecimalNumber(2, exponent: exponent + 1)
  }

  /// The multiples of a step inside a closed range.
  static func multiples(
    of step: DecimalNumber, from lower: Double, through upper: Double
  ) -> [DecimalNumber] {
    // A bound that is a multiple up to rounding counts as one.
    let first = Int((lower / step.value - 1e-9).rounded(.up))
    let last = Int((upper / step.value + 1e-9).rounded(.down))
    guard first <= last else { return [] }
    return (first...last).map {
      DecimalNumber($0 * step.coefficient, exponent: step.exponent)
    }
  }

  /// The step between evenly spaced ticks, nil if there are fewer than two.
  static func step(of ticks: [DecimalNumber]) -> DecimalNumber? {
    guard ticks.count > 1 else { return nil }
    return DecimalNumber(
      ticks[1].coefficient - ticks[0].coefficient, exponent: ticks[0].exponent)
  }

  /// Divisions of a logarithmic axis over positive numbers.
  ///
  /// Powers of ten, thinned to every second, fifth, … if there are too many; with 2 and 5 between
  /// them over less than three decades; and linear ticks when even those are fewer than three.
  static func logarithmic(
    from lower: Double, through upper: Double, intervals: Int
  ) -> [DecimalNumber] {
    precondition(
      0 < lower && lower < upper && upper.isFinite && intervals > 0,
      "TickSequence.logarithmic: \(lower)…\(upper) in \(intervals) intervals")
    let decades = log10(upper) - log10(lower)
    if decades >= 3 {
      let exponents = linear(
        from: log10(lower), through: log10(upper), intervals: intervals, wholeNumbers: true)
      return exponents.map { DecimalNumber(1, exponent: Int($0.value)) }
    }
    let inner = leadingDigits([1, 2, 5], from: lower, through: upper)
    return inner.count >= 3
      ? inner
      : linear(from: lower, through: upper, intervals: intervals)
  }

  /// The multiples 2…9 of powers of ten, drawn as faint lines so that a logarithmic axis is
  /// recognised as one.
  static func logarithmicMinor(from lower: Double, through upper: Double) -> [DecimalNumber] {
    leadingDigits(Array(2...9), from: lower, through: upper)
  }

  private static func leadingDigits(
    _ digits: [Int], from lower: Double, through upper: Double
  ) -> [DecimalNumber] {
    let first = Int(log10(lower).rounded(.down))
    let last = Int(log10(upper).rounded(.down))
    return (first...last).flatMap { exponent in
      digits.map { DecimalNumber($0, exponent: exponent) }
    }.filter { lower <= $0.value && $0.value <= upper }
  }
}
