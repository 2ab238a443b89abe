import Formats
import Foundation
import Testing

extension CommandTests {
  /// A model whose weights are finite and far too large: no command writes infinities for numbers.
  @Suite struct FiniteOutputTests {}
}

extension CommandTests.FiniteOutputTests {
  @Test func noFileHoldsAnInfinity() throws {
    try withTemporaryFolder { folder in
      let model = try SampleFiles.copyModel(to: folder)
      let path = "\(model)/model.safetensors"
      let weights = try SafeTensors.read(path)
      let entries = try weights.tensors.map { tensor in
        let values = try weights.floats(tensor.name)
        // The last layer of the encoder and of the decoder: products beyond the largest float.
        let isLast = tensor.name.hasPrefix("encoder.4") || tensor.name.hasPrefix("decoder.2")
        return SafeTensors.Entry(
          name: tensor.name, floats: isLast ? values.map { $0 < 0 ? -3e38 : 3e38 } : values,
          shape: tensor.shape)
      }
      try SafeTensors.write(entries, metadata: weights.metadata, to: path)
      let data = ["--data", SampleFiles.imagesFile]
      let before = try contents(of: folder)
      for ending in ["npy", "npz", "csv"] {
        let outcome = try Command.run(
          ["encode", model, "--output", "\(folder)/z.\(ending)"] + data)
        expectFailure(outcome, 65, "far too large")
      }
      for arguments in [
        ["evaluate", model, "--per-example", "\(folder)/e.csv"],
        ["evaluate", model, "--per-example", "\(folder)/e.npy", "--importance-samples", "3"],
        ["fit-prior", model, "--kind", "gaussian"], ["fit-prior", model, "--kind", "mixture"],
        ["traverse", model, "--output", "\(folder)/t.npy"],
        ["impute", model, "--output", "\(folder)/i.npz", "--burn-in", "1", "--imputations", "1"],
      ] {
        let outcome = try Command.run(arguments + data)
        #expect(outcome.status != 0 || arguments[0] == "impute", "\(arguments): \(outcome.error)")
        expectNoSwift(outcome.error)
      }
      let after = try contents(of: folder)
      // Nothing was missing, so that what impute writes is the data.
      #expect(after.filter { $0.key != "i.npz" } == before)
    }
  }
}
