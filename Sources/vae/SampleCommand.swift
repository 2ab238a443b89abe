import ArgumentParser
import Formats
import Variational

/// `vae sample`
struct SampleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sample", abstract: "Decodes draws from the prior.")

  @OptionGroup var model: ModelArgument
  @OptionGroup var threads: ThreadOptions

  @Option(name: .long, parsing: .unconditional, help: "How many examples.")
  var count: Int

  @Option(name: .long, parsing: .unconditional, help: "The same seed gives the same examples.")
  var seed: UInt64 = 1

  @Option(name: .shortAndLong, help: "The file to write: .npy, or .png for a grid of images.")
  var output: String

  func validate() throws {
    _ = try OutputKind.of(output, allowed: [.npy, .png])
    if count < 1 || count > 10_000_000 {
      throw ValidationError("--count \(count) should lie between 1 and 10000000.")
    }
  }

  mutating func run() throws {
    try writing { try AtomicFile.check(output) }
    let model = try model.load(threads: threads.threads)
    let result = DecodedOutput(
      model: model, path: output, kind: try OutputKind.of(output, allowed: [.npy, .png]))
    if result.kind == .png { try result.requireImages(count) }
    try result.requireMemory(count)
    // A Wasserstein autoencoder's latents were held against that prior.
    if !model.isVariational && model.spec.objective.kind.name != "wae" {
      Console.error(
        "Warning: a plain autoencoder has no prior; these are decoded standard normal numbers.")
    }
    try result.write(model.sample(count, seed: seed))
    Console.error("\(count) samples in \(output)")
  }
}
