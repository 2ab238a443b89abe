import Foundation
import Testing

@Suite struct VerifyTests {
  @Test func tooFewExamplesAreRefused() throws {
    let outcome = try Command.run(
      ["verify", "--data", SampleFiles.imagesFile, "--only", "divergence", "--quick", "--json"])
    expectFailure(outcome, 65, "too few")
  }

  @Test func aTableIsVerified() throws {
    try withTemporaryFolder { folder in
      let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../Scripts/correlated-table").path
      let made = try Command.shell("python3 '\(script)' table.npy 500", in: folder)
      try #require(made.status == 0, "\(made.error)")
      let outcome = try Command.run(
        [
          "verify", "--data", "table.npy", "--only", "divergence", "--only", "priors", "--quick",
          "--json",
        ], in: folder)
      expectSuccess(outcome)
      let report = try outcome.json()
      #expect(report["passed"] as? Bool == true)
      #expect((report["checks"] as? [[String: Any]] ?? []).count >= 20)
      #expect(outcome.error.contains("verifying priors"))
      let table = try Command.run(
        ["verify", "--data", "table.npy", "--only", "divergence", "--quick"], in: folder)
      expectSuccess(table)
      #expect(table.output.contains("5 of 5 checks passed"))
    }
  }

  @Test func anUnknownPartIsBadUsage() throws {
    expectFailure(try Command.run(["verify", "--only", "everything"]), 64, "--only everything")
  }
}
