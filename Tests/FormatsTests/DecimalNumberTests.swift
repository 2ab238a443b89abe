import Testing

@testable import Formats

@Suite struct DecimalNumberTests {
  static func read(_ text: String) -> DecimalNumber? { DecimalNumber(Array(text.utf8)[...]) }

  @Test(arguments: [
    ("0", 0.0, 0), ("-0", -0.0, 0), ("+7", 7, 0), ("12.50", 12.5, 2), (".5", 0.5, 1), ("5.", 5, 0),
    ("0.1", 0.1, 1), ("9007199254740993", 9007199254740992, 0),
    ("0.30000000000000004", 0.30000000000000004, 17),
    ("123456789012345678901234567890", 1.2345678901234568e29, 0),
  ])
  func plainNumbersAreRead(_ text: String, _ value: Double, _ decimals: Int) {
    let number = Self.read(text)
    #expect(number?.value == value && number?.value.sign == value.sign, "\(text)")
    #expect(number?.decimals == decimals, "\(text)")
  }

  @Test(arguments: [
    ("1e3", 1000.0), ("1E-3", 1e-3), ("-2.5e+10", -2.5e10),
    ("4.9e-324", Double.leastNonzeroMagnitude), ("1e-400", 0),
    ("1.7976931348623157e308", 1.7976931348623157e308), ("0e999999999999999999999", 0),
  ])
  func exponentsAreRead(_ text: String, _ value: Double) {
    #expect(Self.read(text)?.value == value, "\(text)")
    #expect(Self.read(text)?.decimals == nil)
  }

  @Test(arguments: [
    "", "-", "+", ".", "e5", "1e", "1e+", "1,5", "1 000", " 1", "0x10", "nan", "inf", "-Infinity",
    "1e999", "1.2.3", "--1", "1-", "١", "1_000", "12a",
  ])
  func whatIsNoFiniteNumberIsNone(_ text: String) { #expect(Self.read(text) == nil, "\(text)") }

  @Test func zerosInFrontAreNoticed() {
    for text in ["007", "00", "-01", "00.5"] { #expect(Self.read(text)?.hasLeadingZero == true) }
    for text in ["0", "0.5", "-0.5", "10", ".05"] {
      #expect(Self.read(text)?.hasLeadingZero == false, "\(text)")
    }
  }

  // Swift's own conversion, which takes the slow way, is the reference; both round to nearest.
  @Test func valuesAreThoseOfTheStandardLibrary() {
    var generator = SeededGenerator(state: 5)
    for _ in 0..<20_000 {
      let digits = Int.random(in: 1...21, using: &generator)
      var text = (0..<digits).map { _ in "\(Int.random(in: 0...9, using: &generator))" }.joined()
      if Bool.random(using: &generator) {
        let place = Int.random(in: 0...digits, using: &generator)
        text.insert(".", at: text.index(text.startIndex, offsetBy: place))
      }
      if Bool.random(using: &generator) {
        text += "e\(Int.random(in: -30...30, using: &generator))"
      }
      #expect(Self.read(text)?.value == Double(text), "\(text)")
    }
  }

  @Test func everyNumberComesBackFromItsShortestText() {
    var generator = SeededGenerator(state: 6)
    for _ in 0..<20_000 {
      let value = Double(bitPattern: generator.next())
      guard value.isFinite else { continue }
      #expect(Self.read("\(value)")?.value.bitPattern == value.bitPattern)
      let small = Float(bitPattern: UInt32(truncatingIfNeeded: generator.next()))
      guard small.isFinite else { continue }
      #expect(Self.read("\(small)").map { Float($0.value) } == small)
    }
  }
}
