import Testing

@testable import gate

@Suite struct ComparisonTests {
  private func verdict(
    _ measured: Double, committed: Double?, tolerance: Double?
  ) -> Comparison.Verdict {
    Comparison(
      what: "", committed: committed, measured: measured, tolerance: tolerance, decimals: 0
    ).verdict
  }

  @Test func onlyMoreThanTheLimitIsWorse() {
    #expect(verdict(125, committed: 100, tolerance: 0.25) == .same)
    #expect(verdict(126, committed: 100, tolerance: 0.25) == .worse)
    #expect(verdict(76, committed: 100, tolerance: 0.25) == .same)
    #expect(verdict(74, committed: 100, tolerance: 0.25) == .better)
  }

  @Test func oneAllocationIsWorseThanNone() {
    #expect(verdict(0, committed: 0, tolerance: 0) == .same)
    #expect(verdict(1, committed: 0, tolerance: 0) == .worse)
  }

  @Test func whatIsNotCommittedOrNotToleratedIsNotCompared() {
    #expect(verdict(1, committed: nil, tolerance: 0.25) == .notCompared)
    #expect(verdict(1, committed: 1, tolerance: nil) == .notCompared)
  }

  @Test func numbersKeepTheirZerosAndGroups() {
    #expect(fixed(1_002_003, decimals: 0) == "1,002,003")
    #expect(fixed(1.05, decimals: 3) == "1.050")
    #expect(fixed(-0.04, decimals: 1, signed: true) == "+0.0")
    #expect(fixed(-12.34, decimals: 1, signed: true) == "-12.3")
  }
}
