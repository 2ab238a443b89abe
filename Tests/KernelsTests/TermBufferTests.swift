import Testing

@testable import Kernels

@Suite struct TermBufferTests {
  @Test func termsStartAtZeroAndKeepSixtyFourBits() {
    let terms = TermBuffer(count: 4)
    #expect(terms.count == 4 && terms.sum(first: 4) == 0)
    terms[0] = 0x1p52
    terms[1] = 1
    terms[2] = -0x1p52
    terms[3] = 0.5
    #expect(terms[1] == 1)
    #expect(terms.sum(first: 0) == 0)
    #expect(terms.sum(first: 3) == 1)
    #expect(terms.sum(first: 4) == 1.5)
    terms.fill(0.25)
    #expect(terms.sum(first: 4) == 1)
  }

  @Test func noTermsAreAllowed() {
    let terms = TermBuffer(count: 0)
    terms.fill(1)
    #expect(terms.sum(first: 0) == 0)
  }

  @Test func termsBeyondTheEndTrap() async {
    await #expect(processExitsWith: .failure) { TermBuffer(count: 2)[2] = 1 }
    await #expect(processExitsWith: .failure) { _ = TermBuffer(count: 2).sum(first: 3) }
    await #expect(processExitsWith: .failure) { _ = TermBuffer(count: -1) }
  }
}
