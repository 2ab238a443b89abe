import Formats
import Foundation
import Testing

extension CommandTests {
  @Suite struct ImputeTests {}
}

extension CommandTests.ImputeTests {
  private func impute(_ arguments: String...) throws -> Outcome {
    try Command.run(
      [
        "impute", SampleFiles.modelFolder, "--data", SampleFiles.imagesFile, "--threads", "1",
        "--burn-in", "3", "--spacing", "2",
      ] + arguments)
  }

  // The lower half of a 12×12 image.
  private func writeMask(_ path: String) throws {
    try NPY.write(
      NumericArray((0..<144).map { UInt8($0 >= 72 ? 1 : 0) }, shape: [12, 12]), to: path)
  }

  @Test func halvesOfImagesAreDrawn() throws {
    try withTemporaryFolder { folder in
      let (mask, npz, png) = ("\(folder)/m.npy", "\(folder)/x.npz", "\(folder)/x.png")
      try writeMask(mask)
      let outcome = try impute(
        "--mask", mask, "--imputations", "2", "--output", npz, "--json")
      expectSuccess(outcome)
      #expect(try outcome.json()["missing"] as? Int == 64 * 72)
      let acceptance = try #require(try outcome.json()["acceptance"] as? Double)
      #expect(acceptance >= 0 && acceptance <= 1)
      let arrays = try NPZ.read(npz)
      #expect(arrays.map(\.name) == ["mean", "standard_deviation", "missing", "imputations"])
      #expect(arrays[3].array.shape == [2, 64, 12, 12])
      // The upper halves are the images'.
      let images = SampleFiles.images(64, height: 12, width: 12).bytes
      let draws = arrays[3].array.floats()
      for index in stride(from: 0, to: 64 * 144, by: 7) where index % 144 < 72 {
        let given = Float(images[index]) / 255
        #expect(abs(draws[index] - given) < 1e-6)
      }
      let picture = try impute(
        "--mask", mask, "--imputations", "3", "--count", "2", "--method", "pseudo-gibbs",
        "--output", png)
      expectSuccess(picture)
      let image = try PNG.read(png)
      #expect(image.width == 252)
      #expect(image.height == 102)
      expectSuccess(
        try impute("--mask", mask, "--imputations", "1", "--output", "\(folder)/x.npy"))
      #expect(try NPY.read("\(folder)/x.npy").shape == [64, 12, 12])
    }
  }

  @Test func masksThatDoNotFitAreRefused() throws {
    try withTemporaryFolder { folder in
      let mask = "\(folder)/m.npy"
      try NPY.write(NumericArray([UInt8](repeating: 1, count: 10)), to: mask)
      expectFailure(
        try impute("--mask", mask, "--output", "\(folder)/x.npy"), 65, mask, "[10]", "12×12")
      expectFailure(
        try impute("--output", "\(folder)/x.csv"), 65, "x.csv", "not trained with a CSV")
    }
  }

  @Test(arguments: [
    Refusal("impute MODEL --data IMAGES --output x.txt", "x.txt", ".npz"),
    Refusal(
      "impute MODEL --data IMAGES --output x.npz --method gibs", "unknown method", "pseudo-gibbs"),
    Refusal("impute MODEL --data IMAGES --output x.npz --imputations 0", "--imputations 0"),
    Refusal("impute MODEL --data IMAGES --output x.npz --burn-in -1", "--burn-in -1"),
    Refusal(
      "impute MODEL --data IMAGES --output x.npz --spacing 20000", "100200 rounds", "60000"),
    Refusal("impute MODEL --data IMAGES --output x.npz --count 0", "--count 0"),
  ])
  func badUsageIsToldInOneSentence(_ refusal: Refusal) throws {
    let outcome = try Command.run(refusal.arguments)
    #expect(outcome.status == 64)
    for word in refusal.words { #expect(outcome.error.contains(word), "\(outcome.error)") }
  }
}
