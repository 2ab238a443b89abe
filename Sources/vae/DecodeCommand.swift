import ArgumentParser
import Formats
import Kernels
import Variational

/// `vae decode`
struct DecodeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "decode", abstract: "Decodes latents: the mean of the likelihood for each row.")

  @OptionGroup var model: ModelArgument
  @OptionGroup var threads: ThreadOptions

  @Option(
    name: .long, help: "An .npy file of latents, [N, L].",
    completion: .file(extensions: ["npy"]))
  var latents: String

  @OptionGroup var chosen: ClassOption

  @Option(
    name: .shortAndLong,
    help: "The file to write: .npy, .png for a grid of images, or .csv for rows of a table.",
    completion: .file())
  var output: String

  func validate() throws { _ = try OutputKind.of(output, allowed: [.npy, .png, .csv]) }

  mutating func run() throws {
    try FileUses.check(
      reading: model.uses + [FileUses.Use("--latents", latents)],
      writing: [FileUses.Use("--output", output)])
    let model = try model.load(threads: threads.threads)
    let label = try chosen.label(in: model)
    if let condition = model.spec.condition, label == nil {
      throw ValidationError(
        "The model \"\(model.spec.name)\" is told one of \(condition.classes) classes: --class says which."
      )
    }
    let result = DecodedOutput(
      model: model, path: output, kind: try OutputKind.of(output, allowed: [.npy, .png, .csv]))
    if result.kind == .csv { try result.requireTable() }
    let z = try readLatents(latents, for: model)
    if result.kind == .png { try result.requireImages(z.rows) }
    try result.requireMemory(z.rows)
    let classes = label.map { Array(repeating: $0, count: z.rows) }
    try result.write(model.decode(z, classes: classes), classes: classes)
    Console.error("\(z.rows) decoded examples in \(output)")
  }
}
