// What a column's cells say about how its numbers and dates are written.

import Formats

/// Counts of the ways in which a column's cells can be read, whatever their order.
struct NotationEvidence: Sendable {
  /// Cells by the readings that their digits allow.
  private(set) var numbers: [UInt8: Int] = [:]
  /// Cells by the sign of currency or share that they carry, and how it is written.
  private(set) var units: [String: Unit] = [:]
  /// Dates by what they have in common.
  private(set) var dates: [DateFormat.Style: Dates] = [:]
  /// Cells with marks between digits or signs around them, which a decimal point alone does not explain.
  private(set) var written = 0
  /// Cells below zero in parentheses, and those with the minus of typography.
  private(set) var parentheses = 0
  private(set) var minuses = 0
  private(set) var signFollowsPrefix = false
  /// The first space or apostrophe between groups of digits.
  private(set) var grouping = ""
  /// Cells that are neither numbers nor dates.
  private(set) var misfits = 0

  private var wholes = 0
  private var points = 0
  private var groups = 0

  private static let mostKinds = 16
  private static let mostMisfits = 64

  /// A currency or percent sign as it was written first.
  struct Unit: Sendable {
    var prefix: String
    var suffix: String
    var count: Int
  }

  /// Dates of one style.
  struct Dates: Sendable {
    var count = 0
    /// Cells by the orders under which the calendar has them.
    var orders: [UInt8: Int] = [:]
    var fractionDigits = 0
    var fractionHasComma = false
    var isShort = false
    var hourIsShort = false
    /// The zones; more than one are written as the first.
    var zone: String?
    var zonesDiffer = false
  }

  /// Whether a further text can still change what the column is.
  var isOpen: Bool { misfits < Self.mostMisfits || misfits < fits }

  private var fits: Int {
    written + wholes + points + groups + dates.values.reduce(0) { $0 + $1.count }
  }

  /// Takes a number that a decimal point explains.
  mutating func add(_ number: DecimalNumber) {
    if !number.hasPoint {
      wholes += 1
    } else if number.decimals == 3 && DigitReadings(of: number) != .point {
      groups += 1
    } else {
      points += 1
    }
  }

  /// Takes any other cell.
  mutating func add(_ cell: ArraySlice<UInt8>, _ reading: ColumnReading) {
    if reading.findsDates, let date = WrittenDate(cell) {
      add(date)
    } else if reading.findsNumbers, let number = DecimalNumber(commaIn: cell) {
      written += 1
      numbers[DigitReadings(of: number, hasComma: true).bits, default: 0] += 1
    } else if reading.findsNumbers, let number = WrittenNumber(cell) {
      add(number)
    } else {
      misfits += 1
    }
  }

  /// Takes eight digits that may be a date.
  mutating func addCompact(_ cell: ArraySlice<UInt8>) {
    if let date = WrittenDate(cell, isCompact: true) { add(date) }
  }

  private mutating func add(_ date: WrittenDate) {
    guard dates[date.style] != nil || dates.count < Self.mostKinds else {
      misfits += 1
      return
    }
    var entry = dates[date.style] ?? Dates()
    entry.count += 1
    entry.orders[date.orders, default: 0] += 1
    entry.fractionDigits = max(entry.fractionDigits, date.fractionDigits)
    entry.fractionHasComma = entry.fractionHasComma || date.fractionHasComma
    entry.isShort = entry.isShort || date.isShort
    entry.hourIsShort = entry.hourIsShort || date.hourIsShort
    entry.zonesDiffer = entry.zonesDiffer || entry.zone.map { $0 != date.zone } ?? false
    entry.zone = entry.zone ?? date.zone
    dates[date.style] = entry
  }

  private mutating func add(_ number: WrittenNumber) {
    let unit = number.unit
    guard unit.isEmpty || units[unit] != nil || units.count < Self.mostKinds else {
      misfits += 1
      return
    }
    written += 1
    numbers[number.readings.bits, default: 0] += 1
    if !unit.isEmpty {
      units[unit, default: Unit(prefix: number.prefix, suffix: number.suffix, count: 0)].count += 1
    }
    if number.negative == .parentheses { parentheses += 1 }
    if number.negative == .minus { minuses += 1 }
    signFollowsPrefix = signFollowsPrefix || number.signFollowsPrefix
    if grouping.isEmpty { grouping = number.grouping }
  }

  /// All cells that are numbers.
  var numberCount: Int { written + wholes + points + groups }

  /// Whether a number has a mark between its digits.
  var hasMarks: Bool { points + groups > 0 || numbers.keys.contains { $0 != 0xFF } }

  /// How many cells a reading explains.
  func count(of reading: DigitReading) -> Int {
    func count(_ readings: DigitReadings, _ cells: Int) -> Int {
      readings.contains(reading) ? cells : 0
    }
    let group = DigitReading(hasComma: true, grouping: .mark)
    return wholes + count(.point, points + groups) + (reading == group ? groups : 0)
      + numbers.reduce(0) { $0 + count(DigitReadings(bits: $1.key), $1.value) }
  }
}
