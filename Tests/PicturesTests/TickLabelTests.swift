import Testing

@testable import Pictures

@Suite struct TickLabelTests {
  private func texts(_ ticks: [DecimalNumber]) -> [String] {
    TickLabel.labels(for: ticks).map { label in
      label.base + (label.exponent.map { "^" + $0 } ?? "")
    }
  }

  @Test func ordinaryNumbersArePlainWithEqualDecimals() {
    #expect(texts([0, 5, 10].map { DecimalNumber($0, exponent: -1) }) == ["0.0", "0.5", "1.0"])
    #expect(
      texts([-1, 0, 1].map { DecimalNumber($0, exponent: 5) }) == ["−100000", "0", "100000"])
  }

  @Test func longNumbersShareAPower() {
    #expect(
      texts([0, 5, 10, 15].map { DecimalNumber($0, exponent: 5) })
        == ["0", "0.5×10^6", "1.0×10^6", "1.5×10^6"])
    #expect(
      texts([5, 10].map { DecimalNumber($0, exponent: 6) }) == ["5×10^6", "10×10^6"])
    #expect(
      texts([-2, 0, 2].map { DecimalNumber($0, exponent: -7) }) == ["−2×10^−7", "0", "2×10^−7"])
  }

  @Test func longNumbersThatDifferInTheLastDigitStayPlain() {
    #expect(
      texts([DecimalNumber(1_000_000_001), DecimalNumber(1_000_000_002)])
        == ["1000000001", "1000000002"])
  }

  @Test func powersOfTenAreWrittenAsPowersOnceTheyAreLong() {
    #expect(texts((-2...1).map { DecimalNumber(1, exponent: $0) }) == ["0.01", "0.1", "1", "10"])
    #expect(
      texts([-6, -3, 0].map { DecimalNumber(1, exponent: $0) }) == ["10^−6", "10^−3", "10^0"])
  }

  @Test func geometricTicksHaveTheirOwnPowers() {
    let ticks = [DecimalNumber(5, exponent: 6), DecimalNumber(1, exponent: 7)]
    #expect(texts(ticks) == ["5×10^6", "1×10^7"])
  }

  @Test func noTicksHaveNoLabels() {
    #expect(TickLabel.labels(for: []).isEmpty)
  }
}
