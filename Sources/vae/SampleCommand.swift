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
      classes in proportion to its training examples unless --class says which. A .csv file has each row's \
      class in the label's column, an .npz file in the array labels beside data; for others --labels-output \
      writes it, and a small picture's classes are told row by row.
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

  @OptionGroup var chosen: SampledClassOption

  @Option(name: .long, parsing: .unconditional, help: "The same seed gives the same examples.")
  var seed: UInt64 = 1

  @Option(
    name: .shortAndLong,
    help: "The file to write: .npy, .npz, .png for a grid of images, or .csv for rows of a table.",
    completion: .file())
  var output: String

  @Option(
    name: .long,
    help:
      "A file for the class of each sample of a conditional model: .csv for names, .npy for numbers.",
    completion: .file())
  var labelsOutput: String?

  private static let kinds: [OutputKind] = [.npy, .npz, .png, .csv]

  func validate() throws {
    _ = try OutputKind.of(output, allowed: Self.kinds)
    if let labelsOutput {
      _ = try OutputKind.of(
        labelsOutput, option: "--labels-output", allowed: ClassOutput.kinds)
      if labelsOutput == output {
        throw ValidationError("--labels-output and --output are the same file, \(output).")
      }
    }
    if !Self.priors.contains(prior) {
      throw ValidationError(unknownName(prior, what: "prior", valid: Self.priors) + ".")
    }
    if count < 1 || count > 10_000_000 {
      throw ValidationError("--count \(count) should lie between 1 and 10000000.")
    }
  }

  mutating func run() throws {
    try FileUses.check(
      reading: model.uses,
      writing: [FileUses.Use("--output", output)]
        + FileUses.Use.optional("--labels-output", labelsOutput))
    let folder = RunFolder(model.model)
    let model = try model.load(threads: threads.threads)
    let labels = try chosen.labels(in: model)
    if let labelsOutput, model.spec.condition == nil {
      throw ValidationError(
        "--labels-output \(labelsOutput): the model \"\(model.spec.name)\" is told no class.")
    }
    let fitted = try FittedPrior.Kind(rawValue: prior).map { try folder.loadPrior($0, for: model) }
    let result = DecodedOutput(
      model: model, path: output, kind: try OutputKind.of(output, allowed: Self.kinds))
    if result.kind == .csv { try result.requireTable() }
    if result.kind == .png { try result.requireImages(count) }
    try result.requireMemory(count)
    // A Wasserstein autoencoder's latents were held against that prior.
    if !model.isVariational && fitted == nil && model.spec.objective.kind.name != "wae" {
      Console.error(
        "Warning: a plain autoencoder has no prior; these are decoded standard normal numbers.")
    }
    if let condition = model.spec.condition, labels.isEmpty, condition.examples == nil {
      Console.error(
        "The model does not say how many training examples its classes had, so they are drawn uniformly."
      )
    }
    let classes = model.sampledClasses(count, among: labels, seed: seed)
    let told = ClassOutput(model: model, classes: classes)
    try result.write(
      examples(model, fitted, classes, drawingData: result.kind == .csv), classes: classes)
    if let labelsOutput { try told.write(to: labelsOutput) }
    Console.error("\(count) samples in \(output)")
    told.announce(result, labelsFile: labelsOutput)
  }

  // Rows of a table are drawn from the likelihood too: its mean would be no row that anybody has seen.
  private func examples(
    _ model: Model, _ fitted: FittedPrior?, _ classes: [Int]?, drawingData: Bool
  ) -> Matrix<Float> {
    guard fitted != nil || prior == "standard" else {
      return model.sample(count, classes: classes, seed: seed, drawingData: drawingData)
    }
    let latents =
      fitted?.sample(count: count, seed: seed) ?? model.standardNormalLatents(count, seed: seed)
    return drawingData
      ? model.draw(from: latents, classes: classes, seed: seed)
      : model.decode(latents, classes: classes)
  }
}
