import Formats
import Foundation
import Testing

extension CommandTests {
  @Suite struct MissingValuesTests {}
}

extension CommandTests.MissingValuesTests {
  private func description(missing: Bool) -> String {
    """
    {"format": "variational-model", "format_version": 1, "name": "holes",
     "data": {"channels": 3, "missing": \(missing)}, "latent": {"dimensions": 1},
     "encoder": [{"type": "dense", "outputs": 2}], "decoder": [{"type": "dense", "outputs": 3}],
     "likelihood": {"type": "gaussian", "variance": "shared"},
     "training": {"batch_size": 8, "epochs": 2}}
    """
  }

  /// Forty rows of an array, every seventh value of them missing: trained with, gone on with and evaluated
  /// where the description says that values may be missing, refused by place where it does not.
  @Test func arraysWithHolesTrainWhereTheDescriptionAllowsThem() throws {
    try withTemporaryFolder { folder in
      let (data, run) = ("\(folder)/x.npy", "\(folder)/run")
      let values = (0..<120).map { $0 % 7 == 3 ? Float.nan : Float($0 % 5) - 2 }
      try NPY.write(NumericArray(values, shape: [40, 3]), to: data)
      let file = "\(folder)/spec.json"
      func train(missing: Bool) throws -> Outcome {
        try AtomicFile.write([Array(description(missing: missing).utf8)], to: file)
        return try Command.run([
          "train", "--data", data, "--config", file, "--output", run, "--threads", "1",
          "--no-pictures",
        ])
      }
      expectFailure(try train(missing: false), 65, data, "example 1, value 0")
      expectSuccess(try train(missing: true))
      expectSuccess(
        try Command.run([
          "train", "--data", data, "--resume", run, "--epochs", "3", "--no-pictures",
        ]))
      let outcome = try Command.run(["evaluate", run, "--data", data, "--json"])
      expectSuccess(outcome)
      #expect(try outcome.json()["examples"] as? Int == 40)
    }
  }
}
