import Foundation
import Testing

@testable import Formats

/// Numbers and dates as people write them; Fixtures/make_written.py has pandas read the same cells.
@Suite struct WrittenCellTests {
  struct Reference: Decodable {
    struct Numbers: Decodable, Sendable {
      let cells: [String]
      let format: String
      let values: [Double]
    }
    struct Dates: Decodable, Sendable {
      let cells: [String]
      let pattern: String
      let days: [Double]
    }
    let numbers: [Numbers]
    let dates: [Dates]
  }

  static func reference() throws -> Reference {
    try JSONDecoder().decode(
      Reference.self, from: Data(contentsOf: URL(fileURLWithPath: fixture("written.json"))))
  }

  private func bytes(_ text: String) -> ArraySlice<UInt8> { Array(text.utf8)[...] }

  @Test func numbersAreThoseOfPandas() throws {
    let cases = try Self.reference().numbers
    #expect(cases.count == 20)
    for numbers in cases {
      let format = try #require(NumberFormat(example: numbers.format), "\(numbers.format)")
      for (cell, value) in zip(numbers.cells, numbers.values) {
        #expect(format.number(of: bytes(cell))?.value == value, "\(cell) like \(numbers.format)")
      }
    }
  }

  @Test func datesAreThoseOfPandas() throws {
    let cases = try Self.reference().dates
    #expect(cases.count == 17)
    for dates in cases {
      let format = try #require(DateFormat(pattern: dates.pattern), "\(dates.pattern)")
      for (cell, days) in zip(dates.cells, dates.days) {
        let found = try #require(format.days(of: bytes(cell)), "\(cell) as \(dates.pattern)")
        // One rounding of a number of days below 2²⁰ in either program: 2 · 2⁻³⁴ of a day, below ten microseconds.
        #expect(abs(found - days) <= 0x1p-33, "\(cell) as \(dates.pattern): \(found), \(days)")
        #expect(format.text(found) == cell, "\(cell) as \(dates.pattern)")
      }
    }
  }

  @Test func aFormatComesBackFromItsName() throws {
    let reference = try Self.reference()
    for name in reference.numbers.map(\.format) + reference.dates.map(\.pattern) {
      #expect(CellFormat(name: name)?.name == name)
    }
    for name in ["HH:mm", "H:mm:ss", "h:mm a", "(1,234.5)", "$-1234.5", "d.M.yyyy HH:mm:ss.SSS"] {
      #expect(CellFormat(name: name)?.name == name)
    }
    // The words of strptime.
    #expect(CellFormat(name: "%d/%m/%Y %H:%M")?.name == "dd/MM/yyyy HH:mm")
    #expect(CellFormat(name: "%Y-%m-%dT%H:%M:%S.%f")?.name == "yyyy-MM-ddTHH:mm:ss.SSSSSS")
  }

  @Test(arguments: [
    "", "1,234", "abc", "yyyy", "dd/MM", "dd/MM/yyyy HH", "MM-yyyy-dd", "1.2.3", "yyyy-MM-dd ss",
    "%Q", "€", String(repeating: "y", count: 1_000),
  ])
  func whatIsNoFormatIsNone(_ name: String) { #expect(CellFormat(name: name) == nil, "\(name)") }

  @Test(arguments: [
    "", "-", "€", "12kg", "1,2,3", "1.2.3", "1,23,456", "12,34.5", "1 23", "1  234", "--5", "(-5)",
    "5 % %", "$5 €", "007", "01,5", "0,123,456", "1,5e", "e5", "1'23", "1 234'567", "12:30", "١٢",
    "1e5,5", "5,", "$", "( )",
  ])
  func whatIsNoNumberIsNone(_ text: String) {
    #expect(WrittenNumber(bytes(text)) == nil, "\(text)")
  }

  @Test(arguments: [
    "2024-02-30", "2023-02-29", "31/04/2024", "00/01/2024", "13/13/2024", "2024-1", "2024-13-01",
    "1/2", "2024-01-31T", "2024-01-31T25:00", "2024-01-31 10:60", "2024-01-31 10:15:60",
    "2024-01-31 13:05 PM", "2024-01-31 10:15+25:00", "2024-01-31 10:15 CET", "2024-01.31",
    "0000-01-01",
    "12345-01-01", "2024-01-31x", "1.234", "10.0.0.1", "12", "::", "1:5",
  ])
  func whatIsNoDateIsNone(_ text: String) { #expect(WrittenDate(bytes(text)) == nil, "\(text)") }

  @Test func marksThatCanBeReadInTwoWaysAreBoth() throws {
    func readings(_ text: String) -> [String] {
      guard let number = WrittenNumber(bytes(text)) else { return [] }
      return DigitReading.all.filter(number.readings.contains).compactMap {
        number.number($0).map { "\($0.value)" }
      }
    }
    #expect(Set(readings("1,234")) == ["1234.0", "1.234"])
    #expect(Set(readings("0,234")) == ["0.234"] && Set(readings("1234,567")) == ["1234.567"])
    #expect(readings("1,234,567") == ["1234567.0"] && readings("1.234,5") == ["1234.5"])
    #expect(Set(readings("1 234")) == ["1234.0"])
    #expect(WrittenDate(bytes("01/02/2024"))?.orders == 0b110)
    #expect(WrittenDate(bytes("13/02/2024"))?.orders == 0b010)
    #expect(WrittenDate(bytes("02/13/2024"))?.orders == 0b100)
    #expect(WrittenDate(bytes("2024-02-13"))?.orders == 0b001)
  }

  // The short way for digits with one comma gives what the long way gives.
  @Test func theShortWayIsTheLongWay() throws {
    var generator = SeededGenerator(state: 21)
    let comma = DigitReading(hasComma: true, grouping: .none)
    var compared = 0
    for _ in 0..<20_000 {
      let length = Int.random(in: 1...9, using: &generator)
      let text = (0..<length).map { _ in
        ["0", "1", "25", "999", ",", "-", "."].randomElement(using: &generator) ?? ""
      }.joined()
      guard let short = DecimalNumber(commaIn: bytes(text)) else { continue }
      let long = try #require(WrittenNumber(bytes(text)), "\(text)")
      #expect(long.number(comma) == short, "\(text)")
      #expect(long.readings == DigitReadings(of: short, hasComma: true), "\(text)")
      compared += 1
    }
    #expect(compared > 500)
  }

  @Test func aCurrencyMayBeLeftOutButNotAPercentSign() {
    func value(_ cell: String, _ format: String) -> Double? {
      CellFormat(name: format)?.value(of: bytes(cell))?.value
    }
    #expect(value("5", "$1,234.5") == 5 && value("€5", "$1,234.5") == nil)
    #expect(value("5", "1234.5%") == nil && value("5%", "1234.5%") == 5)
    #expect(value("5 €", "1234,5€") == 5 && value("5.5", "1234,5€") == nil)
  }

  @Test(arguments: [
    ("1.234,5 €", -1234567.891, "-1234567.89", "-1.234.567,89 €"),
    ("($1,234.5)", -1234.5, "-1234.50", "($1,234.50)"), ("$-1,234.5", -999.5, "-999.5", "$-999.5"),
    ("1 234,5", 1e17, "1e+17", "1e+17"), ("1,234.5", 0.5, "0.5", "0.5"),
    ("−1234,5", -0.25, "-0.25", "−0,25"), ("1'234.5", 1_000_000, "1000000", "1'000'000"),
  ])
  func numbersAreWrittenAsTheColumnHasThem(
    _ format: String, _ value: Double, _ plain: String, _ expected: String
  ) {
    #expect(CellFormat(name: format)?.text(value, plain: plain) == expected)
  }

  @Test func datesAreRoundedAndHeldInTheYearsThatCanBeWritten() throws {
    func text(_ pattern: String, _ days: Double) throws -> String {
      try #require(DateFormat(pattern: pattern)).text(days)
    }
    #expect(try text("yyyy-MM-dd", 0.4) == "1970-01-01" && text("yyyy-MM-dd", 0.6) == "1970-01-02")
    #expect(try text("yyyy-MM-dd", -0.6) == "1969-12-31")
    #expect(
      try text("yyyy-MM-dd", 1e300) == "9999-12-31" && text("yyyy-MM-dd", -1e300) == "0001-01-01")
    #expect(try text("dd.MM.yy", 1e9) == "31.12.68" && text("dd.MM.yy", -1e9) == "01.01.69")
    #expect(try text("HH:mm", 0.5) == "12:00" && text("HH:mm", 1.7) == "23:59")
    #expect(try text("HH:mm", -3) == "00:00" && text("h:mm a", 0) == "12:00 AM")
    #expect(try text("yyyy-MM-dd HH:mm", 1 - 1.0 / 5_760) == "1970-01-02 00:00")
    #expect(
      try text("yyyy-MM-ddTHH:mm:ss.SSSSSSZ", 1e300) == "9999-12-31T23:59:59.999999Z")
    #expect(try text("yyyy-MM-ddTHH:mm:ss+01:00", 0) == "1970-01-01T01:00:00+01:00")
  }

  @Test func everyDayOfTheCalendarComesBack() {
    var expected = CalendarDay.range.lowerBound
    for year in 1...9999 {
      for month in 1...12 {
        for day in [1, 28, 29, 30, 31] {
          guard let date = CalendarDay(year: year, month: month, day: day) else { continue }
          if day == 1 {
            #expect(date.number >= expected)
            expected = date.number
          }
          let back = CalendarDay(number: date.number)
          if back != date { Issue.record("\(date) \(back)") }
        }
      }
    }
    #expect(CalendarDay(year: 9999, month: 12, day: 31)?.number == CalendarDay.range.upperBound)
  }

  @Test func mutilatedCellsNeverTrap() {
    var generator = SeededGenerator(state: 12)
    let pieces = [
      "1", "23", "456", ".", ",", " ", "\u{A0}", "\u{202F}", "'", "€", "$", "%", "-", "\u{2212}",
      "+", "(",
      ")", "e", "/", ":", "T", "Z", "AM", "2024", "12", "31", "99999999999999999999",
    ]
    for _ in 0..<50_000 {
      let count = Int.random(in: 1...9, using: &generator)
      let text = (0..<count).map { _ in pieces.randomElement(using: &generator)! }.joined()
      if let number = WrittenNumber(bytes(text)) {
        for reading in DigitReading.all { _ = number.number(reading) }
      }
      if let date = WrittenDate(bytes(text)) {
        for order in DateFormat.Order.allCases where date.orders & (1 << order.rawValue) != 0 {
          let days = date.days(order) ?? 0
          _ = DateFormat(style: date.style, order: order).text(days)
        }
      }
      if let format = CellFormat(name: text) { #expect(CellFormat(name: format.name) == format) }
    }
  }
}
