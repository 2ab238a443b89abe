import Foundation
import Testing

extension CommandTests {
  /// Every objective and prior by its name, through the command.
  @Suite struct ObjectiveOptionsTests {
    static let names = [
      "elbo", "elbo_sampled", "iwae", "dreg", "miwae", "piwae", "ciwae", "free_bits", "capacity",
      "beta_tc_mws", "beta_tc_mss", "dip_i", "dip_ii", "info_vae", "wae", "rae_l2", "rae_gp",
    ]

    @Test(arguments: names)
    func everyObjectiveTrainsAndSamples(_ name: String) throws {
      try withTemporaryFolder { folder in
        let outcome = try Command.run([
          "train", "--data", SampleFiles.imagesFile, "--preset", "dense", "--latents", "3",
          "--objective", name, "--epochs", "1", "--no-pictures", "--json", "--output",
          "\(folder)/run",
        ])
        expectSuccess(outcome)
        #expect((try outcome.json()["loss"] as? Double)?.isFinite == true)
        let data = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/run/config.json"))
        let config = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        #expect((config["objective"] as? [String: Any])?["type"] as? String == name)
        expectSuccess(
          try Command.run([
            "train", "--data", SampleFiles.imagesFile, "--epochs", "2", "--no-pictures",
            "--resume", "\(folder)/run",
          ]))
        expectSuccess(
          try Command.run([
            "sample", "\(folder)/run", "--count", "2", "--output", "\(folder)/s.npy",
          ]))
        expectSuccess(try Command.run(["info", "\(folder)/run"]))
      }
    }

    @Test(arguments: ["mixture", "vamp_prior"])
    func everyPriorTrainsEvaluatesAndSamples(_ name: String) throws {
      try withTemporaryFolder { folder in
        expectSuccess(
          try Command.run([
            "train", "--data", SampleFiles.imagesFile, "--latents", "3", "--prior", name,
            "--prior-components", "7", "--samples", "2", "--warm-up", "cyclical",
            "--warm-up-epochs", "1", "--epochs", "1", "--no-pictures", "--output", "\(folder)/run",
          ]))
        let outcome = try Command.run([
          "evaluate", "\(folder)/run", "--data", SampleFiles.imagesFile, "--importance-samples",
          "3", "--json",
        ])
        expectSuccess(outcome)
        #expect((try outcome.json()["log_likelihood"] as? Double)?.isFinite == true)
        expectSuccess(
          try Command.run([
            "sample", "\(folder)/run", "--count", "2", "--output", "\(folder)/s.npy",
          ]))
        let info = try Command.run(["info", "\(folder)/run"])
        #expect(info.output.contains("\(name), 7 components"))
      }
    }

    @Test func helpListsTheNames() throws {
      let help = try Command.run(["train", "--help"]).output
        .split(whereSeparator: \.isWhitespace).joined(separator: " ")
      for name in Self.names + ["standard_normal", "mixture", "vamp_prior"] {
        #expect(help.contains(name))
      }
    }
  }
}
