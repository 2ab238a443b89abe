import ArgumentParser
import Formats
import Variational

/// `vae encode`
struct EncodeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "encode",
    abstract: "Writes every example's posterior over the latents.",
    discussion:
      """
      An .npy file gets the means [N, L]; an .npz file gets the arrays mean and log_variance; \
      a .csv file gets the columns z1, z2, … of means. In front of them, and as further arrays of an .npz file, \
      stands where each example comes from: line (of a CSV file) and its keys, file (of a folder of images), or \
      index (of an array, where only a part of it is encoded).
      """)

  @OptionGroup var model: ModelArgument
  @OptionGroup var data: DataOptions
  @OptionGroup var threads: ThreadOptions

  @OptionGroup var part: PartOptions

  @Option(
    name: .shortAndLong, help: "The file to write: .npy, .npz or .csv.", completion: .file())
  var output: String

  func validate() throws { _ = try OutputKind.of(output, allowed: [.npy, .npz, .csv]) }

  mutating func run() throws {
    let kind = try OutputKind.of(output, allowed: [.npy, .npz, .csv])
    try FileUses.check(reading: model.uses + data.uses, writing: [FileUses.Use("--output", output)])
    let model = try model.load(threads: threads.threads)
    let data = try self.data.load(part.chosen, for: model)
    let encodings = try model.encode(data)
    let means = NPYArray(
      encodings.means.elements, shape: [encodings.means.rows, encodings.means.columns])
    if kind == .csv {
      let origins = data.originColumns(besides: (1...model.spec.latents).map { "z\($0)" })
      try writing { try AtomicFile.write([encodings.csv(origins)], to: output) }
    } else if kind == .npy {
      try writing { try NPY.write(means, to: output) }
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
      var texts: [(name: String, texts: [String])] = []
      for origin in data.originColumns(besides: ["mean", "log_variance"]) {
        switch origin.values {
        case .numbers(let numbers):
          entries.append((name: origin.name, array: NPYArray(numbers.map { Int64($0) })))
        case .texts(let names): texts.append((name: origin.name, texts: names))
        }
      }
      try writing { try NPZ.write(entries, texts: texts, to: output) }
    }
    Console.error("\(data.count) encodings of \(model.spec.latents) latents in \(output)")
  }
}
