/// How the numbers of a column are written: decimal mark, grouping of digits, signs around them.
///
/// Its text is an example: `1.234,5 €` is a decimal comma, points between groups of three digits and a euro sign behind;
/// `($1,234.5)` says that negative numbers stand in parentheses.
public struct NumberFormat: Sendable, Hashable {
  /// How a number below zero is marked.
  public enum Negative: Sendable, Hashable {
    /// A hyphen.
    case hyphen
    /// The minus of typography, U+2212.
    case minus
    /// Parentheses around all of it.
    case parentheses
  }

  /// How digits are divided.
  public var reading: DigitReading
  /// What stands between groups of three digits; empty for nothing.
  public var grouping = ""
  /// What stands in front of the digits, with the space between: "$", "€ ".
  public var prefix = ""
  /// What stands behind them: " €", "%".
  public var suffix = ""
  /// How a number below zero is marked.
  public var negative = Negative.hyphen
  /// Whether the sign stands behind the prefix.
  public var signFollowsPrefix = false

  /// Digits with a decimal point and nothing else.
  public static let plain = NumberFormat(reading: DigitReading(hasComma: false, grouping: .none))

  /// A format without signs around the digits.
  public init(reading: DigitReading) { self.reading = reading }

  /// Whether a part of a hundred or a thousand is meant, which a bare number is not.
  public var isShare: Bool { WrittenNumber.shares.contains(suffix.trimmingSpaces) }

  /// Whether numbers carry a currency or a percent sign.
  public var hasUnit: Bool { !prefix.isEmpty || !suffix.isEmpty }

  /// The number of a cell; nil for what is written otherwise.
  ///
  /// A cell may lack the currency sign; a percent sign it must have.
  public func number(of cell: ArraySlice<UInt8>) -> DecimalNumber? {
    if reading.hasComma, !isShare, let number = DecimalNumber(commaIn: cell) { return number }
    guard let written = WrittenNumber(cell), written.readings.contains(reading) else { return nil }
    let unit = written.unit
    if unit.isEmpty {
      guard !isShare else { return nil }
    } else {
      guard unit == prefix.trimmingSpaces || unit == suffix.trimmingSpaces else { return nil }
    }
    return written.number(reading)
  }

  /// A number as the column writes it.
  ///
  /// - Parameter plain: the number with a decimal point, digits as they should stand, as `-1234.50` or `1e+17`.
  public func text(_ plain: String) -> String {
    var digits = plain[...]
    let isNegative = digits.first == "-"
    if isNegative { digits = digits.dropFirst() }
    let exponent = digits.firstIndex { $0 == "e" || $0 == "E" } ?? digits.endIndex
    let point = digits[..<exponent].firstIndex(of: ".")
    let whole = digits[..<(point ?? exponent)]
    var text = exponent < digits.endIndex ? String(whole) : grouped(whole)
    if let point {
      text += reading.hasComma ? "," : "."
      text += String(digits[digits.index(after: point)..<exponent])
    }
    text += String(digits[exponent...])
    guard isNegative else { return prefix + text + suffix }
    switch negative {
    case .parentheses: return "(" + prefix + text + suffix + ")"
    case .hyphen, .minus:
      let sign = negative == .minus ? "\u{2212}" : "-"
      return signFollowsPrefix ? prefix + sign + text + suffix : sign + prefix + text + suffix
    }
  }

  private func grouped(_ whole: Substring) -> String {
    guard !grouping.isEmpty, whole.count > 3 else { return String(whole) }
    var text = ""
    for (index, digit) in whole.enumerated() {
      if index > 0 && (whole.count - index) % 3 == 0 { text += grouping }
      text.append(digit)
    }
    return text
  }
}

extension NumberFormat {
  /// The example by which a format is known: 1234.5, below zero where that is written in a way of its own.
  public var example: String {
    text(negative == .hyphen && !signFollowsPrefix ? "1234.5" : "-1234.5")
  }

  /// The format of an example; nil for what is no number or can be read in two ways, as `1,234`.
  public init?(example: String) {
    guard let written = WrittenNumber(Array(example.utf8)[...]) else { return nil }
    let possible = DigitReading.all.filter(written.readings.contains)
    guard let first = possible.first,
      possible.allSatisfy({ $0.hasComma == first.hasComma }) || !written.hasMarks
    else { return nil }
    self.init(reading: first)
    grouping = first.divider ?? written.grouping
    prefix = written.prefix
    suffix = written.suffix
    negative = written.negative ?? .hyphen
    signFollowsPrefix = written.signFollowsPrefix
  }
}

/// One way to read the marks between digits: which one begins the fraction, and which ones divide groups of three.
public struct DigitReading: Sendable, Hashable {
  /// What stands between groups.
  public enum Grouping: UInt8, Sendable, Hashable, CaseIterable {
    /// Nothing.
    case none
    /// The comma where the fraction begins with a point, and the point where it begins with a comma.
    case mark
    /// A space: ordinary, narrow or one that does not break.
    case space
    /// An apostrophe, straight or not.
    case apostrophe
  }

  /// Whether the fraction begins with a comma, and not with a point.
  public var hasComma: Bool
  /// What stands between groups.
  public var grouping: Grouping

  /// A reading.
  public init(hasComma: Bool, grouping: Grouping) {
    self.hasComma = hasComma
    self.grouping = grouping
  }

  /// All eight, those without groups first.
  public static let all = Grouping.allCases.flatMap { grouping in
    [false, true].map { DigitReading(hasComma: $0, grouping: grouping) }
  }

  /// What stands between groups, if the reading alone says it.
  public var divider: String? {
    switch grouping {
    case .none: ""
    case .mark: hasComma ? "." : ","
    case .space, .apostrophe: nil
    }
  }

  var bit: UInt8 { 1 << (grouping.rawValue + (hasComma ? 4 : 0)) }
}

/// Several readings.
public struct DigitReadings: Sendable, Hashable {
  /// A bit for each reading.
  public var bits: UInt8

  /// A set by its bits.
  public init(bits: UInt8) { self.bits = bits }

  /// Every reading: digits alone.
  public static let all = DigitReadings(bits: 0xFF)
  /// Those whose fraction begins with a point.
  public static let point = DigitReadings(bits: 0x0F)
  /// Those whose fraction begins with a comma.
  public static let comma = DigitReadings(bits: 0xF0)

  /// Whether a reading is one of them.
  public func contains(_ reading: DigitReading) -> Bool { bits & reading.bit != 0 }

  /// The readings of a number that was read with a decimal point, or a comma: `1.500` may be fifteen hundred.
  public init(of number: DecimalNumber, hasComma: Bool = false) {
    guard number.hasPoint else {
      bits = 0xFF
      return
    }
    let isGroup = number.decimals == 3 && (1..<1000).contains(abs(number.value))
    bits =
      (hasComma ? Self.comma : Self.point).bits
      | (isGroup ? DigitReading(hasComma: !hasComma, grouping: .mark).bit : 0)
  }
}

extension String {
  /// Without the spaces around, also those that do not break.
  var trimmingSpaces: String {
    let isSpace: (Unicode.Scalar) -> Bool = { WrittenNumber.spaces.contains(String($0)) }
    var view = unicodeScalars[...]
    while let first = view.first, isSpace(first) { view = view.dropFirst() }
    while let last = view.last, isSpace(last) { view = view.dropLast() }
    return String(view)
  }
}
