import Formats
import Foundation
import Testing
import Variational

extension CommandTests {
  /// `--likelihood` from training to drawing.
  @Suite struct LikelihoodCommandTests {}
}

extension CommandTests.LikelihoodCommandTests {
  /// Twelve columns of what a likelihood takes, in a file.
  static func data(for name: String, in folder: String) throws -> String {
    var generator = SeededGenerator(state: 9)
    var values: [Float] = []
    for _ in 0..<64 {
      switch name {
      case _ where name.hasPrefix("categorical"):
        for size in [5, 7] {
          let chosen = Int.random(in: 0..<size, using: &generator)
          values += (0..<size).map { $0 == chosen ? 1 : 0 }
        }
      case _ where name.contains("binomial") || name == "poisson":
        values += (0..<12).map { _ in Float(Int.random(in: 0...9, using: &generator)) }
      default: return SampleFiles.imagesFile
      }
    }
    try NPY.write(NumericArray(values, shape: [64, 12]), to: "\(folder)/table.npy")
    return "\(folder)/table.npy"
  }

  static let names =
    LikelihoodSpec.choiceNames.filter { $0 != "categorical" } + ["categorical:5,7"]

  @Test(arguments: names)
  func everyLikelihoodTrainsEvaluatesAndDecodes(_ name: String) throws {
    try withTemporaryFolder { folder in
      let data = try Self.data(for: name, in: folder)
      expectSuccess(
        try Command.run(
          [
            "train", "--data", data, "--likelihood", name, "--latents", "2", "--epochs", "1",
            "--output", "m",
          ], in: folder))
      expectSuccess(
        try Command.run(["train", "--data", data, "--resume", "m", "--epochs", "2"], in: folder))
      let evaluated = try Command.run(
        ["evaluate", "m", "--data", data, "--importance-samples", "5", "--json"], in: folder)
      expectSuccess(evaluated)
      let numbers = try evaluated.json()
      let bound = try #require(numbers["elbo"] as? Double)
      #expect(bound.isFinite)
      expectSuccess(try Command.run(["info", "m"], in: folder))
      expectSuccess(
        try Command.run(["sample", "m", "--count", "3", "--output", "s.npy"], in: folder))
      expectSuccess(
        try Command.run(["reconstruct", "m", "--data", data, "--output", "r.npy"], in: folder))
      expectSuccess(
        try Command.run(["encode", "m", "--data", data, "--output", "z.npy"], in: folder))
      expectSuccess(
        try Command.run(["decode", "m", "--latents", "z.npy", "--output", "d.npy"], in: folder))
      let (reconstructed, decoded) = (
        try NPY.read("\(folder)/r.npy"), try NPY.read("\(folder)/d.npy")
      )
      #expect(reconstructed.shape == (data == SampleFiles.imagesFile ? [64, 12, 12] : [64, 12]))
      #expect(reconstructed.floats() == decoded.floats())
    }
  }

  @Test func dataWithoutProbabilityIsRefusedByItsPlace() throws {
    try withTemporaryFolder { folder in
      for name in ["poisson", "categorical"] {
        expectFailure(
          try Command.run(
            ["train", "--data", SampleFiles.rowsFile, "--likelihood", name], in: folder),
          65, "example 0, value 0", name)
      }
      expectFailure(
        try Command.run(
          ["train", "--data", SampleFiles.rowsFile, "--likelihood", "categorical:4,5"], in: folder),
        65, "9 columns", "20 channels")
      #expect(try contents(of: folder).isEmpty)
    }
  }

  @Test func aReplacedWeightedMeanIsToldOf() throws {
    try withTemporaryFolder { folder in
      let outcome = try Command.run(
        [
          "train", "--data", SampleFiles.imagesFile, "--preset", "fashion", "--likelihood",
          "gaussian_optimal", "--epochs", "1", "--no-pictures", "--output", "m",
        ], in: folder)
      expectSuccess(outcome)
      #expect(outcome.error.contains("negative log-likelihood is used"))
    }
  }
}
