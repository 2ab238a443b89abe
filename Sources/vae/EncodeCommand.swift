import ArgumentParser
import Formats
import Variational

/// `vae encode`
struct EncodeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "encode",
    abstract: "Writes the posterior of every example.",
    discussion: "An .npy file gets the means [N, L]; an .npz file gets mean and log_variance.")

  @OptionGroup var model: ModelArgument
  @OptionGroup var data: DataOptions
  @OptionGroup var threads: ThreadOptions

  @Option(name: .long, help: "The part of a published data set: train or test.")
  var split: String = "test"

  @Option(name: .shortAndLong, help: "The file to write: .npy or .npz.")
  var output: String

  func validate() throws {
    _ = try OutputKind.of(output, allowed: [.npy, .npz])
    if DataSet.Part(rawValue: split) == nil {
      throw ValidationError("--split \(split) should be train or test.")
    }
  }

  mutating func run() throws {
    let kind = try OutputKind.of(output, allowed: [.npy, .npz])
    let model = try model.load(threads: threads.threads)
    let data = try self.data.source.load(DataSet.Part(rawValue: split) ?? .test)
    let encodings = try model.encode(data)
    let means = NPYArray(
      encodings.means.elements, shape: [encodings.means.rows, encodings.means.columns])
    if kind == .npy {
      try NPY.write(means, to: output)
    } else {
      var entries = [(name: "mean", array: means)]
      if let logVariances = encodings.logVariances {
        entries.append(
          (
            name: "log_variance",
            array: NPYArray(
              logVariances.elements, shape: [logVariances.rows, logVariances.columns])
          ))
      }
      try NPZ.write(entries, to: output)
    }
    Console.error("\(data.count) encodings of \(model.spec.latents) latents in \(output)")
  }
}
