import Foundation
import Testing

@testable import Variational

@Suite struct VerificationCheckTests {
  private func check(
    _ got: Double, _ relation: VerificationCheck.Relation = .equal, error: Double? = nil
  ) -> Bool {
    VerificationCheck(
      .linear, "n", "c", got: got, expected: 1, relation: relation, allowance: 0.125,
      standardError: error
    ).passed
  }

  @Test func theToleranceIsTheAllowanceAndFiveStandardErrors() {
    #expect(check(1.125) && check(0.875) && !check(1.126) && !check(0.874))
    #expect(check(1.625, error: 0.1) && !check(1.626, error: 0.1))
  }

  @Test func boundsLookAtOneSideOnly() {
    #expect(check(-5, .atMost) && check(1.125, .atMost) && !check(1.126, .atMost))
    #expect(check(5, .atLeast) && check(0.875, .atLeast) && !check(0.874, .atLeast))
  }

  @Test(arguments: [Double.nan, .infinity, -.infinity])
  func whatIsNoNumberFails(_ value: Double) {
    for relation in [VerificationCheck.Relation.equal, .atMost, .atLeast] {
      #expect(!check(value, relation))
    }
    #expect(!check(1, error: .nan) && !check(1, error: .infinity))
    #expect(!VerificationCheck.notCovered(.priors, "n", "new").passed)
  }

  @Test func jsonHasNullForWhatIsNoNumber() throws {
    let check = VerificationCheck.notCovered(.priors, "n", "new")
    let object = try #require(
      try JSONSerialization.jsonObject(with: JSONEncoder().encode(check)) as? [String: Any])
    #expect(object["got"] is NSNull)
    #expect(object["passed"] as? Bool == false && object["part"] as? String == "priors")
  }
}
