/// A date, a time or both as people write them, taken apart. Which number is the day and which the month is not decided
/// here: ``orders`` are all ways to read it.
public struct WrittenDate: Sendable {
  /// What does not depend on the order.
  public private(set) var style = DateFormat.Style()
  /// The orders, a bit for each, under which it is a day that the calendar has.
  public private(set) var orders: UInt8 = 0
  /// Digits of the seconds' fraction.
  public private(set) var fractionDigits = 0
  /// Whether the fraction begins with a comma.
  public private(set) var fractionHasComma = false
  /// Whether a day or a month below ten has no zero in front.
  public private(set) var isShort = false
  /// Whether an hour below ten has none.
  public private(set) var hourIsShort = false
  /// The text of the zone.
  public private(set) var zone = ""

  private var numbers: [Int] = []
  // The part of a day, with the zone taken off.
  private var time = 0.0
  private var rest: ArraySlice<UInt8>

  /// Takes a cell apart; nil for what is no date and no time.
  ///
  /// - Parameters:
  ///   - cell: its bytes without spaces around them
  ///   - isCompact: whether the date is eight digits, which otherwise are a number
  /// - Complexity: O(bytes), at most 48.
  public init?(_ cell: ArraySlice<UInt8>, isCompact: Bool = false) {
    rest = cell
    guard (4...48).contains(cell.count), let first = cell.first, first &- UInt8(ascii: "0") < 10
    else { return nil }
    if cell.prefix(3).contains(UInt8(ascii: ":")) {
      (style.yearDigits, style.hasDay) = (0, false)
      guard takeTime() else { return nil }
      orders = DateFormat.Order.none.bit
    } else {
      guard isCompact ? takeCompactDate() : takeDate() else { return nil }
      if !rest.isEmpty {
        guard takeTimeSeparator(), takeTime() else { return nil }
      }
      for order in [DateFormat.Order.year, .day, .month] where day(order) != nil {
        orders |= order.bit
      }
    }
    guard rest.isEmpty, orders != 0 else { return nil }
  }

  /// Days since 1970-01-01T00:00Z by an order; nil if it is none of ``orders``.
  func days(_ order: DateFormat.Order) -> Double? {
    guard orders & order.bit != 0 else { return nil }
    if order == .none { return time }
    return day(order).map { Double($0.number) + time }
  }

  /// A zone's distance from Greenwich in minutes; nil for a text that is none.
  static func offset(_ zone: String) -> Int? {
    let bytes = Array(zone.utf8)
    guard let sign = bytes.first else { return nil }
    if zone == "Z" { return 0 }
    guard sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") else { return nil }
    let digits = bytes.dropFirst().filter { $0 != UInt8(ascii: ":") }
    guard digits.count == 2 || digits.count == 4, digits.allSatisfy({ $0 &- 0x30 < 10 }) else {
      return nil
    }
    let values = digits.map { Int($0) - 0x30 }
    let hours = values[0] * 10 + values[1]
    let minutes = values.count == 4 ? values[2] * 10 + values[3] : 0
    guard hours < 24, minutes < 60 else { return nil }
    return (sign == UInt8(ascii: "-") ? -1 : 1) * (hours * 60 + minutes)
  }

  private func day(_ order: DateFormat.Order) -> CalendarDay? {
    guard style.hasDay else {
      return order == .year ? CalendarDay(year: numbers[0], month: numbers[1], day: 1) : nil
    }
    let isYearFirst = style.separator == 0 || yearIsFirst
    switch order {
    case .year:
      return isYearFirst
        ? CalendarDay(year: numbers[0], month: numbers[1], day: numbers[2]) : nil
    case .day:
      return isYearFirst ? nil : CalendarDay(year: numbers[2], month: numbers[1], day: numbers[0])
    case .month:
      return isYearFirst ? nil : CalendarDay(year: numbers[2], month: numbers[0], day: numbers[1])
    case .none: return nil
    }
  }

  private var yearIsFirst = false

  // MARK: Parts

  private mutating func takeNumber(_ lengths: ClosedRange<Int>) -> (value: Int, digits: Int)? {
    var (value, digits) = (0, 0)
    while let byte = rest.first, byte &- 0x30 < 10, digits < lengths.upperBound {
      value = value * 10 + Int(byte) - 0x30
      digits += 1
      rest = rest.dropFirst()
    }
    return lengths.contains(digits) ? (value, digits) : nil
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard rest.first == byte else { return false }
    rest = rest.dropFirst()
    return true
  }

  // 2024-01-31, 31.01.2024, 1/31/24, 2024-01.
  private mutating func takeDate() -> Bool {
    guard let first = takeNumber(1...4), first.digits != 3, let separator = rest.first,
      [UInt8(ascii: "-"), UInt8(ascii: "/"), UInt8(ascii: ".")].contains(separator)
    else { return false }
    rest = rest.dropFirst()
    style.separator = separator
    guard let second = takeNumber(1...2) else { return false }
    yearIsFirst = first.digits == 4
    guard take(separator) else {
      // A year and a month; with a point they would be a number.
      guard yearIsFirst, second.digits == 2, separator != UInt8(ascii: "."), rest.isEmpty else {
        return false
      }
      style.hasDay = false
      numbers = [first.value, second.value]
      return true
    }
    guard let third = takeNumber(yearIsFirst ? 1...2 : 2...4), third.digits != 3 else {
      return false
    }
    let short = yearIsFirst ? [second, third] : [first, second]
    isShort = short.contains { $0.digits == 1 }
    var year = third.value
    if !yearIsFirst && third.digits == 2 {
      style.yearDigits = 2
      // As POSIX has it: 69 to 99 are of the last century.
      year += year < 69 ? 2000 : 1900
    }
    numbers =
      yearIsFirst ? [first.value, second.value, third.value] : [first.value, second.value, year]
    return true
  }

  // 20240131
  private mutating func takeCompactDate() -> Bool {
    guard let year = takeNumber(4...4), let month = takeNumber(2...2), let day = takeNumber(2...2)
    else { return false }
    yearIsFirst = true
    numbers = [year.value, month.value, day.value]
    return true
  }

  private mutating func takeTimeSeparator() -> Bool {
    guard style.hasDay else { return false }
    if take(UInt8(ascii: "T")) || take(UInt8(ascii: "t")) {
      style.timeSeparator = UInt8(ascii: "T")
      return true
    }
    guard take(0x20) else { return false }
    while take(0x20) {}
    style.timeSeparator = 0x20
    return true
  }

  // 10:15, 10:15:30.5, 1:05 PM, with a zone behind.
  private mutating func takeTime() -> Bool {
    guard let hour = takeNumber(1...2), take(UInt8(ascii: ":")), let minute = takeNumber(2...2),
      hour.value < 24, minute.value < 60
    else { return false }
    style.hasTime = true
    hourIsShort = hour.digits == 1
    var seconds = 0.0
    if take(UInt8(ascii: ":")) {
      guard let whole = takeNumber(2...2), whole.value < 60 else { return false }
      style.hasSeconds = true
      seconds = Double(whole.value)
      guard takeFraction(&seconds) else { return false }
    }
    guard let hours = takeHalf(of: hour.value), takeZone() else { return false }
    let minutes = Double(hours * 60 + minute.value - (Self.offset(zone) ?? 0))
    time = (minutes * 60 + seconds) / 86_400
    return true
  }

  private mutating func takeFraction(_ seconds: inout Double) -> Bool {
    guard rest.first == UInt8(ascii: ".") || rest.first == UInt8(ascii: ",") else { return true }
    fractionHasComma = rest.first == UInt8(ascii: ",")
    rest = rest.dropFirst()
    guard let fraction = takeNumber(1...9) else { return false }
    fractionDigits = fraction.digits
    seconds +=
      Double(fraction.value) / (0..<fraction.digits).reduce(1.0) { product, _ in product * 10 }
    return true
  }

  // The hour of the day, by AM and PM if they follow.
  private mutating func takeHalf(of hour: Int) -> Int? {
    let word = rest.drop { $0 == 0x20 }.prefix(2).map { $0 & 0xDF }
    guard word == Array("AM".utf8) || word == Array("PM".utf8) else { return hour }
    guard (1...12).contains(hour) else { return nil }
    rest = rest.drop { $0 == 0x20 }.dropFirst(2)
    style.isTwelveHour = true
    return hour % 12 + (word[0] == UInt8(ascii: "P") ? 12 : 0)
  }

  private mutating func takeZone() -> Bool {
    guard !rest.isEmpty else { return true }
    let text = String(decoding: rest.drop { $0 == 0x20 }, as: UTF8.self)
    zone = ["UTC", "GMT", "z"].contains(text) ? "Z" : text
    guard Self.offset(zone) != nil else { return false }
    style.hasZone = true
    rest = []
    return true
  }
}
