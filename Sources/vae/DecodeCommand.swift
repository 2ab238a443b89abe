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
    try writing { try AtomicFile.check(output) }
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
    let array = try NPY.read(latents)
    let width = model.spec.latents
    guard array.shape.count == 2, array.shape[1] == width, array.shape[0] > 0 else {
      throw FormatError(
        file: latents,
        reason:
          "an array of shape \(array.shape) is not latents of this model; it takes [N, \(width)]")
    }
    let values = array.floats()
    if let bad = values.firstIndex(where: { !$0.isFinite }) {
      throw FormatError(
        file: latents, reason: "row \(bad / width), column \(bad % width) is \(values[bad])")
    }
    if result.kind == .png { try result.requireImages(array.shape[0]) }
    try result.requireMemory(array.shape[0])
    let rows = array.shape[0]
    try result.write(
      model.decode(
        Matrix(rows: rows, columns: width, values),
        classes: label.map { Array(repeating: $0, count: rows) }))
    Console.error("\(array.shape[0]) decoded examples in \(output)")
  }
}
