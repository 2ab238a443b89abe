/// How the dates and times of a column are written.
///
/// Its text is a pattern: `yyyy-MM-dd`, `dd.MM.yy`, `d/M/yyyy h:mm a`, `yyyy-MM-ddTHH:mm:ss.SSSZ`, `HH:mm`. A single `d`, `M`
/// or `H` is written without a zero in front, a pattern's last part may be `Z` or an offset such as `+01:00`.
public struct DateFormat: Sendable, Hashable {
  /// The order of year, month and day.
  public enum Order: UInt8, Sendable, Hashable, CaseIterable {
    /// Year, month, day.
    case year
    /// Day, month, year.
    case day
    /// Month, day, year.
    case month
    /// A time without a date.
    case none

    var bit: UInt8 { 1 << rawValue }
  }

  /// What all cells of a column have in common, whatever the order.
  public struct Style: Sendable, Hashable {
    /// What stands between year, month and day; 0 for nothing (`20240131`) and for a time alone.
    public var separator: UInt8 = 0
    /// Digits of the year: 4, 2, or 0 for a time alone.
    public var yearDigits = 4
    /// Whether there is a day, and not a month alone.
    public var hasDay = true
    /// What stands between date and time, `T` or a space; 0 where one of them is missing.
    public var timeSeparator: UInt8 = 0
    /// Whether there is a time.
    public var hasTime = false
    /// Whether the time has seconds.
    public var hasSeconds = false
    /// Whether hours run from 1 to 12, with AM or PM.
    public var isTwelveHour = false
    /// Whether the distance from Greenwich is told.
    public var hasZone = false

    init() {}
  }

  /// What all cells have in common.
  public var style: Style
  /// The order of year, month and day.
  public var order: Order
  /// Digits of the seconds' fraction, at most six.
  public var fractionDigits = 0
  /// Whether the fraction begins with a comma.
  public var fractionHasComma = false
  /// Whether days and months below ten have a zero in front.
  public var isPadded = true
  /// Whether hours below ten have one.
  public var hourIsPadded = true
  /// The text of the zone: `Z`, `+01:00`, …
  public var zone = ""

  /// A format.
  public init(style: Style, order: Order) {
    self.style = style
    self.order = order
  }

  /// Whether a date is eight digits, which otherwise are a number.
  public var isCompact: Bool { style.separator == 0 && order != .none }

  /// The days since 1970-01-01T00:00Z, with their fraction; of a time alone the part of a day. Nil for a cell that is
  /// written otherwise, and for days that no calendar has.
  public func days(of cell: ArraySlice<UInt8>) -> Double? {
    guard let written = WrittenDate(cell, isCompact: isCompact), written.style == style,
      let day = written.days(order)
    else { return nil }
    return day
  }

  /// A moment as the column writes it, rounded to the column's last digit; what lies outside the years that it can
  /// write becomes the first or last of them.
  ///
  /// - Parameter days: days since 1970-01-01T00:00Z; not a number traps.
  public func text(_ days: Double) -> String {
    let ticksPerDay =
      style.hasTime ? (style.hasSeconds ? 86_400 * power(fractionDigits) : 1_440) : 1
    // Two digits tell the years from 1969 to 2068.
    let range =
      order == .none
      ? 0...0
      : style.yearDigits == 2 ? -365...36_159 : CalendarDay.range
    let local = days + Double(WrittenDate.offset(zone) ?? 0) / 1_440
    let bounded = min(max(local, Double(range.lowerBound)), Double(range.upperBound + 1))
    // Microseconds of three million days lie below 2⁵⁸.
    var ticks = Int((bounded * Double(ticksPerDay)).rounded())
    ticks = min(
      max(ticks, range.lowerBound * ticksPerDay), (range.upperBound + 1) * ticksPerDay - 1)
    let day = ticks >= 0 ? ticks / ticksPerDay : -((ticksPerDay - 1 - ticks) / ticksPerDay)
    var text = order == .none ? "" : dateText(CalendarDay(number: day))
    if style.hasTime {
      if style.timeSeparator != 0 {
        text.unicodeScalars.append(Unicode.Scalar(style.timeSeparator))
      }
      text += timeText(ticks - day * ticksPerDay, ticksPerDay)
    }
    return text + zone
  }

  private func dateText(_ date: CalendarDay) -> String {
    let year = style.yearDigits == 2 ? padded(date.year % 100, 2) : padded(date.year, 4)
    return joined(
      year, month: short(date.month, isPadded), day: short(date.day, isPadded))
  }

  // The parts of a date, or of its pattern, in the format's order.
  private func joined(_ year: String, month: String, day: String) -> String {
    let parts: [String] =
      switch order {
      case .year: style.hasDay ? [year, month, day] : [year, month]
      case .day: [day, month, year]
      case .month: [month, day, year]
      case .none: []
      }
    let separator = style.separator == 0 ? "" : String(Unicode.Scalar(style.separator))
    return parts.joined(separator: separator)
  }

  private func timeText(_ ticks: Int, _ ticksPerDay: Int) -> String {
    let perSecond = style.hasSeconds ? ticksPerDay / 86_400 : 1
    let seconds = style.hasSeconds ? ticks / perSecond : ticks * 60
    let hour = seconds / 3_600
    let shown = style.isTwelveHour ? (hour + 11) % 12 + 1 : hour
    var text = short(shown, hourIsPadded) + ":" + padded(seconds / 60 % 60, 2)
    if style.hasSeconds {
      text += ":" + padded(seconds % 60, 2)
      if fractionDigits > 0 {
        text += (fractionHasComma ? "," : ".") + padded(ticks % perSecond, fractionDigits)
      }
    }
    return style.isTwelveHour ? text + (hour < 12 ? " AM" : " PM") : text
  }

  private func short(_ number: Int, _ isPadded: Bool) -> String {
    isPadded ? padded(number, 2) : "\(number)"
  }

  private func padded(_ number: Int, _ digits: Int) -> String {
    let text = "\(number)"
    return String(repeating: "0", count: max(0, digits - text.count)) + text
  }

  private func power(_ digits: Int) -> Int { (0..<digits).reduce(1) { product, _ in product * 10 } }
}

extension DateFormat {
  /// The pattern by which a format is known.
  public var pattern: String {
    var text = joined(
      style.yearDigits == 2 ? "yy" : "yyyy", month: isPadded ? "MM" : "M",
      day: isPadded ? "dd" : "d")
    guard style.hasTime else { return text }
    if style.timeSeparator != 0 { text.unicodeScalars.append(Unicode.Scalar(style.timeSeparator)) }
    let hour = style.isTwelveHour ? "h" : "H"
    text += (hourIsPadded ? hour + hour : hour) + ":mm" + (style.hasSeconds ? ":ss" : "")
    if fractionDigits > 0 {
      text += (fractionHasComma ? "," : ".") + String(repeating: "S", count: fractionDigits)
    }
    return text + (style.isTwelveHour ? " a" : "") + zone
  }

  // The words of strptime, which users of Python know, and those of a pattern.
  private static let directives = [
    ("%Y", "yyyy"), ("%y", "yy"), ("%m", "MM"), ("%d", "dd"), ("%H", "HH"), ("%I", "hh"),
    ("%M", "mm"), ("%S", "ss"), ("%f", "SSSSSS"), ("%p", "a"), ("%z", "+00:00"),
  ]

  /// The format of a pattern, also in the words of `strptime` (`%d/%m/%Y`); nil for what is none.
  public init?(pattern: String) {
    guard pattern.utf8.count <= 64 else { return nil }
    let words = Self.directives.reduce(pattern) { text, word in
      text.split(separator: word.0, omittingEmptySubsequences: false).joined(separator: word.1)
    }
    // The last of these days is told from its month: the pattern is understood by writing it with numbers.
    let fields = [
      ("yyyy", "2013"), ("yy", "13"), ("MM", "10"), ("M", "10"), ("dd", "25"), ("d", "25"),
      ("HH", "11"), ("H", "11"), ("hh", "11"), ("h", "11"), ("mm", "12"), ("ss", "14"),
    ]
    var (example, rest) = ("", words[...])
    var (fraction, isTwelveHour) = (0, false)
    while let first = rest.first {
      if let (field, digits) = fields.first(where: { rest.hasPrefix($0.0) }) {
        isTwelveHour = isTwelveHour || first == "h"
        example += digits
        rest = rest.dropFirst(field.count)
      } else if first == "S" {
        fraction += 1
        example += "5"
        rest = rest.dropFirst()
      } else if first == "a" {
        example += "AM"
        rest = rest.dropFirst()
      } else {
        guard !first.isNumber || example.contains(":") else { return nil }
        example.append(first)
        rest = rest.dropFirst()
      }
    }
    let isCompact = example.hasPrefix("20131025")
    guard let written = WrittenDate(Array(example.utf8)[...], isCompact: isCompact),
      let order = Order.allCases.first(where: { written.orders & $0.bit != 0 }),
      written.style.isTwelveHour == isTwelveHour, written.fractionDigits == fraction, fraction <= 6
    else { return nil }
    self.init(style: written.style, order: order)
    fractionDigits = fraction
    fractionHasComma = written.fractionHasComma
    isPadded = order == .none || words.contains("MM")
    hourIsPadded = !style.hasTime || words.contains("HH") || words.contains("hh")
    zone = written.zone
    guard self.pattern == words else { return nil }
  }
}
