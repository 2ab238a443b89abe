import ArgumentParser
import Formats
import Kernels
import Networks
import Variational

/// `vae interpolate`
struct InterpolateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "interpolate",
    abstract: "Decodes the way from one example, or one latent, to another.",
    discussion: """
      --from and --to may be given several times: each pair is a row. Examples are represented by their \
      posterior's mean; a picture shows the examples themselves at both ends of a row. A conditional model is told --class, or the \
      class of --from.
      """)

  @OptionGroup var model: ModelArgument
  @OptionGroup var data: OptionalDataOptions
  @OptionGroup var threads: ThreadOptions
  @OptionGroup var told: ClassOption

  @Option(
    name: .long, parsing: .unconditionalSingleValue,
    help: "The number of the example to begin with, from 0.")
  var from: [Int] = []

  @Option(
    name: .long, parsing: .unconditionalSingleValue,
    help: "The number of the example to end with, from 0.")
  var to: [Int] = []

  @Option(name: .long, help: "An .npy file of two latents, [2, L], instead of --data.")
  var latents: String?

  @Option(
    name: .long,
    help: "\(LatentPath.allCases.map(\.rawValue).joined(separator: " or ")); linear unless given.")
  var method = LatentPath.linear.rawValue

  @Option(name: .long, parsing: .unconditional, help: "Points on the way, both ends included.")
  var steps = 10

  @Option(name: .shortAndLong, help: "The file to write: .png, .npy or .csv.")
  var output: String

  func validate() throws {
    _ = try OutputKind.of(output, allowed: LatentSheet.kinds)
    let names = LatentPath.allCases.map(\.rawValue)
    if !names.contains(method) {
      throw ValidationError(unknownName(method, what: "method", valid: names) + ".")
    }
    if steps < 2 || steps > 100_000 {
      throw ValidationError("--steps \(steps) should lie between 2 and 100000.")
    }
    if (data.data == nil) == (latents == nil) {
      throw ValidationError("Give either --data with --from and --to, or --latents.")
    }
    if latents != nil && !(from.isEmpty && to.isEmpty) {
      throw ValidationError("--from and --to go with --data; --latents has two rows itself.")
    }
    if data.data != nil && (from.isEmpty || from.count != to.count) {
      throw ValidationError(
        "--data takes as many --from as --to, at least one; got \(from.count) and \(to.count).")
    }
  }

  mutating func run() throws {
    let kind = try OutputKind.of(output, allowed: LatentSheet.kinds)
    try FileUses.check(
      reading: model.uses + data.uses + FileUses.Use.optional("--latents", latents),
      writing: [FileUses.Use("--output", output)])
    let model = try model.load(threads: threads.threads)
    var ends = Matrix<Float>(rows: 0, columns: 0)
    var (before, after): (Matrix<Float>?, Matrix<Float>?)
    var examples: DataSet?
    var places: [(name: String, values: [String])] = []
    let asked = try told.label(in: model)
    if let latents {
      ends = try readLatents(latents, for: model)
      guard ends.rows == 2 else {
        throw FormatError(file: latents, reason: "holds \(ends.rows) latents; a way has two ends")
      }
    } else if let data = try data.load(for: model) {
      let first = try data.examples(from, option: "--from")
      let last = try data.examples(to, option: "--to")
      let (a, b) = (try model.encode(first).means, try model.encode(last).means)
      ends = Matrix((0..<a.rows).flatMap { [a.row($0), b.row($0)] })
      (before, after) = (try model.examples(first), try model.examples(last))
      examples = first
      places =
        first.placeColumns(steps: steps, prefix: "from_")
        + last.placeColumns(steps: steps, prefix: "to_")
      // An array's examples have no other name than the index that they were asked for by.
      places.removeAll { $0.name.hasSuffix("_index") }
    }
    let classes = model.classes(
      asked: asked, of: examples, rows: ends.rows / 2, steps: steps)
    try write(ends, before, after, classes, places, model, kind)
  }

  private func write(
    _ ends: Matrix<Float>, _ before: Matrix<Float>?, _ after: Matrix<Float>?,
    _ classes: [Int]?, _ places: [(name: String, values: [String])], _ model: Model,
    _ kind: OutputKind
  ) throws {
    let path = LatentPath(rawValue: method) ?? .linear
    try DecodedOutput(model: model, path: output, kind: kind).requireMemory(ends.rows / 2 * steps)
    var points: [Float] = []
    for row in 0..<ends.rows / 2 {
      points += try path.points(
        from: ends.row(2 * row), to: ends.row(2 * row + 1), steps: steps
      ).elements
    }
    let rows = ends.rows / 2
    let columns: [(name: String, values: [String])] = [
      ("path", (0..<rows * steps).map { "\($0 / steps)" }),
      ("position", (0..<rows * steps).map { "\(Double($0 % steps) / Double(steps - 1))" }),
    ]
    let sheet = LatentSheet(
      model: model, path: output, kind: kind,
      latents: Matrix(rows: rows * steps, columns: ends.columns, points), steps: steps,
      labels: columns + places, classes: classes, before: before, after: after)
    try sheet.write()
    Console.error("\(rows) × \(steps) points of a \(method) path in \(output)")
  }
}
