#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// One axis: the range of the data it shows, how it maps to a length, and its divisions.
struct Axis: Sendable {
  enum Scale: Sendable {
    case linear
    case logarithmic
  }

  let scale: Scale
  let lower: Double
  let upper: Double
  /// Whether divisions finer than 1 make no sense.
  let wholeNumbers: Bool

  /// An axis that shows every value with some room around them.
  ///
  /// - Parameters:
  ///   - values: Finite; on a logarithmic axis positive. None at all shows 0…1 (or 1…10).
  ///   - padding: The room at either end, as a fraction of the range.
  ///   - counts: Whether the values count something, such as epochs, if they are all whole.
  init(
    showing values: [Double], scale: Scale = .linear, padding: Double, counts: Bool = false
  ) {
    self.scale = scale
    wholeNumbers = counts && !values.isEmpty && values.allSatisfy { $0.rounded() == $0 }
    guard let least = values.min(), let greatest = values.max() else {
      lower = scale == .linear ? 0 : 1
      upper = scale == .linear ? 1 : 10
      return
    }
    // Doubles hold 15 to 16 digits; a range in the last few of them has no readable divisions.
    let isConstant =
      greatest - least <= 1e-12 * max(greatest.magnitude, least.magnitude)
    switch scale {
    case .linear:
      let room =
        isConstant
        ? Axis.roomAroundConstant(greatest, wholeNumbers: wholeNumbers)
        : (greatest - least) * padding
      lower = least - room
      upper = greatest + room
    case .logarithmic:
      let factor = isConstant ? 2 : pow(10, (log10(greatest) - log10(least)) * padding)
      // Drawable values lie in 1e-300…1e300; the room around them must not leave the doubles.
      lower = max(least / factor, 1e-305)
      upper = min(greatest * factor, 1e305)
    }
  }

  /// An axis with exactly these bounds.
  init(from lower: Double, through upper: Double, wholeNumbers: Bool = false) {
    scale = .linear
    self.lower = lower
    self.upper = upper
    self.wholeNumbers = wholeNumbers
  }

  /// The range in units of the data.
  var length: Double { upper - lower }

  /// A linear axis with the same centre and a given range.
  func widened(to length: Double) -> Axis {
    // Half of each bound, so that the sum of two huge ones stays finite.
    let center = lower / 2 + upper / 2
    return Axis(from: center - length / 2, through: center + length / 2)
  }

  /// Where a value lies along the axis: 0 at the lower end, 1 at the upper.
  func position(of value: Double) -> Double {
    switch scale {
    case .linear: (value - lower) / (upper - lower)
    case .logarithmic: (log10(value) - log10(lower)) / (log10(upper) - log10(lower))
    }
  }

  /// The labelled divisions: about `intervals` of them or fewer.
  func ticks(intervals: Int) -> [DecimalNumber] {
    switch scale {
    case .linear:
      TickSequence.linear(
        from: lower, through: upper, intervals: intervals, wholeNumbers: wholeNumbers)
    case .logarithmic:
      TickSequence.logarithmic(from: lower, through: upper, intervals: intervals)
    }
  }

  /// Faint divisions between the labelled ones; none on a linear axis or over many decades.
  var minorTicks: [DecimalNumber] {
    guard scale == .logarithmic, log10(upper) - log10(lower) <= 6 else { return [] }
    return TickSequence.logarithmicMinor(from: lower, through: upper)
  }

  private static func roomAroundConstant(_ value: Double, wholeNumbers: Bool) -> Double {
    if value == 0 { return 1 }
    // One whole number either side, as long as a double still resolves it.
    if wholeNumbers && value.magnitude < 1e9 { return 1 }
    return value.magnitude * 0.1
  }
}
