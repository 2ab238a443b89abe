import Testing

@testable import Pictures

@Suite struct DecimalNumberTests {
  @Test(arguments: [
    (0, 0, "0"), (0, 3, "0"), (0, -2, "0.00"), (12, 3, "12000"), (3, -1, "0.3"), (-5, -3, "−0.005"),
    (125, -2, "1.25"), (-7, 0, "−7"), (10, -1, "1.0"),
  ])
  func plainTextHasExactDigits(coefficient: Int, exponent: Int, text: String) {
    #expect(DecimalNumber(coefficient, exponent: exponent).plainText == text)
  }

  @Test func valueIsTheNearestDouble() {
    #expect(DecimalNumber(3, exponent: -1).value == 0.3)
    #expect(DecimalNumber(-123, exponent: 20).value == -1.23e22)
  }

  @Test func leadingExponentFollowsTheFirstDigit() {
    #expect(DecimalNumber(120).leadingExponent == 2)
    #expect(DecimalNumber(-5, exponent: -1).leadingExponent == -1)
  }
}
