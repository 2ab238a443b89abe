import ArgumentParser
import Formats
import Kernels
import Networks
import Variational

/// `vae sample`
struct SampleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sample", abstract: "Decodes draws from the prior.",
    discussion: """
      --prior model is what the model was trained with, standard is N(0, 1) in every latent; gaussian, \
      mixture and two-stage are what vae fit-prior has fitted after training. A conditional model draws \
      classes uniformly unless --class says which.
      """)

  /// The names that `--prior` takes.
  static let priors = ["model", "standard"] + FittedPrior.Kind.allCases.map(\.rawValue)

  @OptionGroup var model: ModelArgument
  @OptionGroup var threads: ThreadOptions

  @Option(name: .long, parsing: .unconditional, help: "How many examples.")
  var count: Int

  @Option(
    name: .long,
    help: "Where latents are drawn from: \(priors.joined(separator: ", ")); model unless given.",
    completion: .list(priors))
  var prior = "model"

  @OptionGroup var chosen: ClassOption

  @Option(name: .long, parsing: .unconditional, help: "The same seed gives the same examples.")
  var seed: UInt64 = 1

  @Option(
    name: .shortAndLong,
    help: "The file to write: .npy, .png for a grid of images, or .csv for rows of a table.",
    completion: .file())
  var output: String

  func validate() throws {
    _ = try OutputKind.of(output, allowed: [.npy, .png, .csv])
    if !Self.priors.contains(prior) {
      throw ValidationError(unknownName(prior, what: "prior", valid: Self.priors) + ".")
    }
    if count < 1 || count > 10_000_000 {
      throw ValidationError("--count \(count) should lie between 1 and 10000000.")
    }
  }

  mutating func run() throws {
    try FileUses.check(reading: model.uses, writing: [FileUses.Use("--output", output)])
    let folder = RunFolder(model.model)
    let model = try model.load(threads: threads.threads)
    let label = try chosen.label(in: model)
    let fitted = try FittedPrior.Kind(rawValue: prior).map { try folder.loadPrior($0, for: model) }
    let result = DecodedOutput(
      model: model, path: output, kind: try OutputKind.of(output, allowed: [.npy, .png, .csv]))
    if result.kind == .csv { try result.requireTable() }
    if result.kind == .png { try result.requireImages(count) }
    try result.requireMemory(count)
    // A Wasserstein autoencoder's latents were held against that prior.
    if !model.isVariational && fitted == nil && model.spec.objective.kind.name != "wae" {
      Console.error(
        "Warning: a plain autoencoder has no prior; these are decoded standard normal numbers.")
    }
    if result.kind == .csv {
      try result.write(drawnRows(model, fitted, class: label))
    } else if let fitted {
      try result.write(model.sample(count, from: fitted, class: label, seed: seed))
    } else if prior == "standard" {
      try result.write(model.sampleFromStandardNormal(count, class: label, seed: seed))
    } else {
      try result.write(model.sample(count, class: label, seed: seed))
    }
    Console.error("\(count) samples in \(output)")
  }

  // Rows of a table are drawn from the likelihood too: its mean would be no row that anybody has seen.
  private func drawnRows(
    _ model: Model, _ fitted: FittedPrior?, class label: Int?
  ) -> Matrix<Float> {
    if let fitted {
      return model.draw(
        from: fitted.sample(count: count, seed: seed), class: label, seed: seed)
    }
    if prior == "standard" {
      return model.draw(
        from: model.standardNormalLatents(count, seed: seed), class: label, seed: seed)
    }
    return model.sample(count, class: label, seed: seed, drawingData: true)
  }
}
