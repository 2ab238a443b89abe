import Formats
import Foundation
import Testing

extension CommandTests {
  @Suite struct EvaluateTests {}
}

extension CommandTests.EvaluateTests {
  private func evaluate(_ arguments: String...) throws -> Outcome {
    try Command.run(
      ["evaluate", SampleFiles.modelFolder, "--data", SampleFiles.imagesFile] + arguments)
  }

  @Test func jsonHoldsEveryPart() throws {
    let outcome = try evaluate("--importance-samples", "20", "--full", "--json")
    expectSuccess(outcome)
    let object = try outcome.json()
    for key in [
      "examples", "loss", "reconstruction", "kl", "elbo", "log_likelihood",
      "log_likelihood_standard_error", "log_likelihood_sampling_error", "effective_sample_size",
      "largest_weight_share", "importance_curve", "latents", "aggregate_posterior",
      "reconstruction_fidelity", "smoothness", "samples", "warnings",
    ] {
      #expect(object[key] != nil, "\(key)")
    }
    #expect((object["importance_curve"] as? [Any])?.count == 6)
  }

  @Test func textHoldsTheSameNumbers() throws {
    let text = try evaluate("--importance-samples", "20", "--full")
    expectSuccess(text)
    #expect(text.error.isEmpty)
    for name in [
      "ELBO", "log-likelihood", "bound by samples", "active units", "KL(q(z) ‖ p(z))",
      "output change, z by 1", "samples: precision", "samples: MMD²",
    ] {
      #expect(text.output.contains(name), "\(name)")
    }
    let loss = try #require(try evaluate("--json").json()["loss"] as? Double)
    #expect(text.output.contains(String(format: "%.3f", loss)))
  }

  @Test func numbersOfEveryExampleAreWritten() throws {
    try withTemporaryFolder { folder in
      let (csv, npy) = ("\(folder)/x.csv", "\(folder)/x.npy")
      expectSuccess(try evaluate("--per-example", csv, "--importance-samples", "3"))
      let outcome = try evaluate("--per-example", npy, "--importance-samples", "3", "--json")
      expectSuccess(outcome)
      let lines = try String(contentsOfFile: csv, encoding: .utf8).split(separator: "\n")
      #expect(lines.count == 65)
      #expect(
        lines[0]
          == "example,elbo,reconstruction,kl,log_likelihood,effective_sample_size,largest_weight_share"
      )
      let array = try NPY.read(npy)
      #expect(array.shape == [64, 6] && array.elementType == .float64)
      let elbo = stride(from: 0, to: 64 * 6, by: 6).reduce(0.0) { $0 + Double(array.floats()[$1]) }
      // Floats of numbers below 200.
      #expect(abs(elbo / 64 - (try #require(try outcome.json()["elbo"] as? Double))) < 1e-4)
    }
  }

  @Test func theReportIsOnePage() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/report.html"
      expectSuccess(try evaluate("--report", path))
      let text = try String(contentsOfFile: path, encoding: .utf8)
      #expect(text.contains("tiny on ") && text.contains("data:image/png;base64,"))
      #expect(text.contains("samples: precision"))
    }
  }

  @Test func factorsAreScored() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/factors.npy"
      let factors = (0..<64).flatMap { [Int64($0 % 4), Int64($0 / 8)] }
      try NPY.write(NumericArray(factors, shape: [64, 2]), to: path)
      let outcome = try evaluate("--factors", path, "--json")
      expectSuccess(outcome)
      let scores = try #require(try outcome.json()["disentanglement"] as? [String: Any])
      for key in ["mig", "sap", "dci", "factor_vae"] { #expect(scores[key] is [String: Any]) }
      #expect(scores["factors"] as? Int == 2)
      #expect(try evaluate("--factors", path).output.contains("FactorVAE score"))

      try NPY.write(NumericArray([0, 1, 2] as [Int64]), to: path)
      expectFailure(try evaluate("--factors", path), 65, path, "3 rows", "64 examples")
      try NPY.write(NumericArray([Float](repeating: 0.5, count: 64)), to: path)
      expectFailure(try evaluate("--factors", path), 65, path, "0.5", "whole numbers")
      try NPY.write(NumericArray([Float](repeating: .nan, count: 64)), to: path)
      expectFailure(try evaluate("--factors", path), 65, path, "nan", "whole numbers")
      try NPY.write(NumericArray([Int64](repeating: 7, count: 64)), to: path)
      expectFailure(try evaluate("--factors", path), 65, path, "more than one value")
      expectFailure(try evaluate("--factors", "\(folder)/none.npy"), 65, "none.npy")
    }
  }

  @Test func outputsAreCheckedFirst() throws {
    expectFailure(try evaluate("--report", "x.txt"), 64, "--report x.txt", ".html")
    expectFailure(try evaluate("--per-example", "x.png"), 64, "x.png", ".csv or .npy")
    expectFailure(try evaluate("--factors", ""), 64, "--factors")
    try withTemporaryFolder { folder in
      expectFailure(
        try evaluate("--report", "\(folder)/none/x.html"), 65, "\(folder)/none", "does not exist")
    }
  }

  @Test func warningsAreTold() throws {
    try withTemporaryFolder { folder in
      // A beta of ten thousand leaves nothing of the code.
      let outcome = try Command.run([
        "train", "--data", SampleFiles.imagesFile, "--beta", "10000", "--latents", "2",
        "--epochs", "1", "--no-pictures", "--output", "\(folder)/run",
      ])
      expectSuccess(outcome)
      #expect(outcome.error.contains("Warning: "))
      let evaluation = try Command.run([
        "evaluate", "\(folder)/run", "--data", SampleFiles.imagesFile, "--json",
      ])
      let warnings = try #require(try evaluation.json()["warnings"] as? [[String: Any]])
      #expect(warnings.contains { $0["kind"] as? String == "beta_huge" })
    }
  }
}
