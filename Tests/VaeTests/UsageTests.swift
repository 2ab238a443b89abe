import Foundation
import Testing

extension CommandTests {
  @Suite struct UsageTests {}
}

/// A command line that is refused, and what its sentence must name.
struct Refusal: Sendable, CustomTestStringConvertible {
  let arguments: [String]
  let words: [String]

  init(_ arguments: String, _ words: String...) {
    self.arguments = arguments.split(separator: " ").map {
      switch $0 {
      case "IMAGES": SampleFiles.imagesFile
      case "CONFIG": SampleFiles.configFile
      case "MODEL": SampleFiles.modelFolder
      case "EMPTY": ""
      default: String($0)
      }
    }
    self.words = words
  }

  var testDescription: String { arguments.joined(separator: " ") }
}

extension CommandTests.UsageTests {
  @Test(arguments: [
    Refusal("bogus", "bogus", "reconstruct"),
    Refusal("trian --data IMAGES", "trian", "did you mean \"train\""),
    Refusal(
      "train --data IMAGES --backend opnblas", "--backend opnblas", "did you mean \"openblas\""),
    Refusal("encode MODEL --data IMAGES --output z.npy --split tset", "did you mean \"test\""),
    Refusal("verify --data IMAGES --only gradient", "did you mean \"gradients\""),
    Refusal("train", "--data"),
    Refusal("train --data IMAGES --bogus", "--bogus"),
    Refusal("train --data EMPTY", "--data", "empty"),
    Refusal("train --data IMAGES --preset fasion", "fasion", "did you mean \"fashion\"", "dense"),
    Refusal("train --data IMAGES --objective elb", "elb", "did you mean \"elbo\"", "autoencoder"),
    Refusal("train --data IMAGES --likelihood laplac", "laplac", "did you mean \"laplace\""),
    Refusal("train --data IMAGES --likelihood poisson:3", "poisson", ":3"),
    Refusal("train --data IMAGES --likelihood categorical:a", "categorical:3,5"),
    Refusal("train --data IMAGES --likelihood poisson --resume MODEL", "--likelihood", "--resume"),
    Refusal("train --data IMAGES --objective iwea", "iwea", "did you mean \"iwae\"", "rae_gp"),
    Refusal("train --data IMAGES --prior vamp_prio", "did you mean \"vamp_prior\"", "mixture"),
    Refusal("train --data IMAGES --prior-components 3", "--prior-components", "--prior"),
    Refusal("train --data IMAGES --samples 0", "--samples 0", "between 1"),
    Refusal("train --data IMAGES --warm-up sigmoit", "did you mean \"sigmoid\"", "cyclical"),
    Refusal("train --data IMAGES --preset dense --config CONFIG", "--preset", "--config"),
    Refusal("train --data IMAGES --latents 3 --config CONFIG", "--latents", "--config"),
    Refusal("train --data IMAGES --latents 0", "--latents 0", "between 1 and 65536"),
    Refusal("train --data IMAGES --latents 65537", "--latents 65537", "between 1 and 65536"),
    Refusal("train --data IMAGES --batch-size 0", "--batch-size 0", "between 1"),
    Refusal("train --data IMAGES --batch-size -3", "--batch-size -3", "between 1"),
    Refusal("train --data IMAGES --batch-size 9999999", "--batch-size 9999999", "1048576"),
    Refusal("train --data IMAGES --batch-size 1e3", "1e3", "--batch-size"),
    Refusal("train --data IMAGES --epochs 0", "--epochs 0", "between 1 and 1000000"),
    Refusal("train --data IMAGES --epochs 99999999999999999999", "--epochs"),
    Refusal("train --data IMAGES --learning-rate -1", "--learning-rate -1", "positive"),
    Refusal("train --data IMAGES --learning-rate 0", "--learning-rate 0", "positive"),
    Refusal("train --data IMAGES --learning-rate nan", "--learning-rate nan", "positive"),
    Refusal("train --data IMAGES --learning-rate inf", "--learning-rate inf", "positive"),
    Refusal("train --data IMAGES --learning-rate 1e999", "--learning-rate"),
    Refusal("train --data IMAGES --clip-norm 0", "--clip-norm 0", "positive"),
    Refusal("train --data IMAGES --beta -1", "--beta -1", "at least 0"),
    Refusal("train --data IMAGES --beta nan", "--beta nan", "at least 0"),
    Refusal("train --data IMAGES --beta 2 --objective autoencoder", "--beta", "autoencoder"),
    Refusal("train --data IMAGES --warm-up-epochs inf", "--warm-up-epochs inf", "at least 0"),
    Refusal("train --data IMAGES --validation-fraction 1", "--validation-fraction 1", "[0, 1)"),
    Refusal("train --data IMAGES --validation-count -1", "--validation-count -1", "at least 0"),
    Refusal("train --data IMAGES --patience 3", "--patience", "--validation-fraction"),
    Refusal(
      "train --data IMAGES --patience 0 --validation-fraction 0.1", "--patience 0", "positive"),
    Refusal("train --data IMAGES --seed -1", "-1", "--seed"),
    Refusal("train --data IMAGES --threads 0", "--threads 0", "between 1 and 256"),
    Refusal("train --data IMAGES --threads 1000", "--threads 1000", "between 1 and 256"),
    Refusal("train --data IMAGES --output EMPTY", "--output", "empty"),
    Refusal("train --data IMAGES --data-directory /tmp", "--data-directory", "fashion-mnist"),
    Refusal("evaluate --data IMAGES", "model"),
    Refusal("evaluate EMPTY --data IMAGES", "empty"),
    Refusal(
      "evaluate MODEL --data IMAGES --split valid", "--split valid", "train, validation, test"),
    Refusal("evaluate MODEL --data IMAGES --importance-samples -1", "--importance-samples -1"),
    Refusal("evaluate MODEL --data IMAGES --importance-samples 9999999", "1000000"),
    Refusal("encode MODEL --data IMAGES --output x.png", "x.png", ".npy or .npz"),
    Refusal("encode MODEL --data IMAGES --output x", "--output x", ".npy or .npz"),
    Refusal("decode MODEL --latents z.npy --output x.txt", "x.txt", ".npy or .png or .csv"),
    Refusal("reconstruct MODEL --data IMAGES --output .", "--output .", ".npy or .png"),
    Refusal("reconstruct MODEL --data IMAGES --count 0 --output x.npy", "--count 0"),
    Refusal("sample MODEL --count 0 --output x.npy", "--count 0", "between 1"),
    Refusal("sample MODEL --count -5 --output x.npy", "--count -5", "between 1"),
    Refusal("sample MODEL --output x.npy", "--count"),
    Refusal(
      "sample MODEL --count 3 --prior mixtur --output x.npy", "mixtur", "did you mean \"mixture\""),
    Refusal("fit-prior MODEL --data IMAGES", "--kind"),
    Refusal("fit-prior MODEL --kind mixture", "--data"),
    Refusal(
      "fit-prior MODEL --data IMAGES --kind gausian", "gausian", "did you mean \"gaussian\""),
    Refusal(
      "fit-prior MODEL --data IMAGES --kind mixture --components 0", "--components 0", "auto"),
    Refusal(
      "fit-prior MODEL --data IMAGES --kind mixture --components many", "--components many", "4096"),
    Refusal(
      "fit-prior MODEL --data IMAGES --kind gaussian --components 3", "--components", "mixture"),
    Refusal("fit-prior MODEL --data IMAGES --kind two-stage --restarts 3", "--restarts", "mixture"),
    Refusal("fit-prior MODEL --data IMAGES --kind mixture --restarts 0", "--restarts 0", "10000"),
    Refusal("fit-prior MODEL --data IMAGES --kind mixture --epochs 3", "--epochs", "two-stage"),
    Refusal("fit-prior MODEL --data IMAGES --kind two-stage --epochs 0", "--epochs 0", "1000000"),
  ])
  func badUsageIsRefused(_ refusal: Refusal) throws {
    try withTemporaryFolder { folder in
      let outcome = try Command.run(refusal.arguments, in: folder)
      expectFailure(outcome, 64)
      for word in refusal.words {
        #expect(outcome.error.contains(word), "\(outcome.error)")
      }
      #expect(try contents(of: folder).isEmpty)
    }
  }

  @Test func aModelsNameMustNameAFolder() throws {
    try withTemporaryFolder { folder in
      for name in ["../escape", "", ".hidden", "a/b"] {
        try write(
          SampleFiles.description(("\"tiny\"", "\"\(name)\"")), to: "\(folder)/config.json")
        expectFailure(
          try Command.run(
            ["train", "--data", SampleFiles.imagesFile, "--config", "config.json"], in: folder),
          64, "\"\(name)\"", "--output")
      }
      #expect(try contents(of: folder).keys.sorted() == ["config.json"])
    }
  }

  /// Foundation's path functions trap on some of these.
  @Test(arguments: ["m", "m/", "./m", "é", "模型", "a b", "-m"])
  func aFolderMayHaveAnyName(_ name: String) throws {
    try withTemporaryFolder { folder in
      let outcome = try Command.run(
        [
          "train", "--data", SampleFiles.imagesFile, "--config", SampleFiles.configFile,
          "--output=\(name)", "--epochs", "1", "--no-pictures",
        ], in: folder)
      expectSuccess(outcome)
      expectSuccess(try Command.run(["info", "--", name], in: folder))
    }
  }
}
