import ArgumentParser
import Formats
import Variational

/// `vae reconstruct`
struct ReconstructCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reconstruct",
    abstract: "Encodes and decodes data, from the posterior's means.",
    discussion: "A .png file shows the first examples, originals over reconstructions.")

  @OptionGroup var model: ModelArgument
  @OptionGroup var data: DataOptions
  @OptionGroup var threads: ThreadOptions

  @OptionGroup var part: PartOptions

  @Option(
    name: .long, parsing: .unconditional,
    help: "How many examples, from the first on; all for .npy and .csv, 40 for .png unless given.")
  var count: Int?

  @Option(
    name: .shortAndLong,
    help: "The file to write: .npy, .png for pairs of images, or .csv for rows of a table.",
    completion: .file())
  var output: String

  func validate() throws {
    _ = try OutputKind.of(output, allowed: [.npy, .png, .csv])
    if let count, count < 1 {
      throw ValidationError("--count \(count) should be a positive number.")
    }
  }

  mutating func run() throws {
    try FileUses.check(reading: model.uses + data.uses, writing: [FileUses.Use("--output", output)])
    let model = try model.load(threads: threads.threads)
    let result = DecodedOutput(
      model: model, path: output, kind: try OutputKind.of(output, allowed: [.npy, .png, .csv]))
    if result.kind == .csv { try result.requireTable() }
    var data = try self.data.load(part.chosen, for: model)
    if let count = count ?? (result.kind == .png ? 40 : nil) { data = data.prefix(count) }
    if result.kind == .png {
      try result.requireImages(2 * data.count)
      let grid = try RunPictures(model).reconstructions(of: data, count: data.count)
      try writing { try RunPictures.write(grid, to: output) }
    } else {
      try result.requireMemory(data.count)
      try result.write(
        try model.reconstruct(data), classes: model.spec.condition == nil ? nil : data.labels)
    }
    Console.error("\(data.count) reconstructions in \(output)")
  }
}
