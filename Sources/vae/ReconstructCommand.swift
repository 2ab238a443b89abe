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

  @Option(name: .long, help: "The part of a published data set: train or test.")
  var split: String = "test"

  @Option(
    name: .long, parsing: .unconditional,
    help: "How many examples, from the first on; all for .npy, 40 for .png unless given.")
  var count: Int?

  @Option(name: .shortAndLong, help: "The file to write: .npy, or .png for pairs of images.")
  var output: String

  func validate() throws {
    _ = try OutputKind.of(output, allowed: [.npy, .png])
    if DataSet.Part(rawValue: split) == nil {
      throw ValidationError("--split \(split) should be train or test.")
    }
    if let count, count < 1 {
      throw ValidationError("--count \(count) should be a positive number.")
    }
  }

  mutating func run() throws {
    let model = try model.load(threads: threads.threads)
    let result = DecodedOutput(
      model: model, path: output, kind: try OutputKind.of(output, allowed: [.npy, .png]))
    var data = try self.data.source.load(DataSet.Part(rawValue: split) ?? .test)
    if result.kind == .png {
      try result.requireImages()
      try RunPictures.write(
        try RunPictures(model).reconstructions(of: data, count: count ?? 40), to: output)
      return
    }
    if let count { data = data.prefix(count) }
    try result.write(try model.reconstruct(data))
    Console.error("\(data.count) reconstructions in \(output)")
  }
}
