import ArgumentParser
import Formats
import Kernels
import Variational

/// `vae traverse`
struct TraverseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "traverse", abstract: "Sweeps each latent while the others rest, a row a latent.",
    discussion: """
      The latent that is swept runs over the prior's mean and --range of its standard deviations to either \
      side. The most active latents come first: by their mean divergence over --data, or without data by how \
      much the decoded example changes. The rest is the prior's mean, or an example's code.
      """)

  @OptionGroup var model: ModelArgument
  @OptionGroup var data: OptionalDataOptions
  @OptionGroup var threads: ThreadOptions
  @OptionGroup var told: ClassOption

  @Option(
    name: .long, parsing: .unconditional,
    help: "The number of the example around which latents are swept, from 0.")
  var example: Int?

  @Option(
    name: .long, parsing: .unconditional,
    help: "How far to either side, in standard deviations of the prior.")
  var range = 3.0

  @Option(name: .long, parsing: .unconditional, help: "Steps of a sweep, both ends included.")
  var steps = 11

  @Option(
    name: .long, parsing: .unconditional,
    help: "How many latents, the most active ones; all unless given.")
  var count: Int?

  @Option(name: .shortAndLong, help: "The file to write: .png, .npy or .csv.")
  var output: String

  @Flag(name: .long, help: "Prints the latents and their activity as one JSON object.")
  var json = false

  func validate() throws {
    _ = try OutputKind.of(output, allowed: LatentSheet.kinds)
    if !(range > 0 && range <= 1000) {
      throw ValidationError("--range \(range) should be a positive number, at most 1000.")
    }
    if steps < 2 || steps > 100_000 {
      throw ValidationError("--steps \(steps) should lie between 2 and 100000.")
    }
    if let count, count < 1 {
      throw ValidationError("--count \(count) should be a positive number.")
    }
    if example != nil && data.data == nil {
      throw ValidationError("--example goes with --data, which holds it.")
    }
  }

  mutating func run() throws {
    let kind = try OutputKind.of(output, allowed: LatentSheet.kinds)
    try FileUses.check(reading: model.uses + data.uses, writing: [FileUses.Use("--output", output)])
    let model = try model.load(threads: threads.threads)
    let data = try data.load(for: model)
    let base = try example.flatMap { number in
      try data.map { try $0.examples([number], option: "--example") }
    }
    let asked = try told.label(in: model)
    let code = try base.map { try model.encode($0).means.row(0) }
    if !model.isVariational && data == nil {
      Console.error(
        "Warning: a plain autoencoder has no prior; latents are swept around 0, as if they were standard "
          + "normal. --data tells where they lie.")
    }
    let sweep = try model.traverse(
      data: data, around: code, range: range, steps: steps, count: count,
      class: asked ?? base?.labels?[0] ?? 0)
    let rows = sweep.dimensions.count * steps
    let sheet = LatentSheet(
      model: model, path: output, kind: kind, latents: sweep.latents, steps: steps,
      labels: [
        ("latent", (0..<rows).map { "\(sweep.dimensions[$0 / steps] + 1)" }),
        ("position", (0..<rows).map { "\(sweep.positions[$0 % steps])" }),
      ],
      classes: model.classes(
        asked: asked ?? base?.labels?[0], of: nil, rows: rows / steps, steps: steps))
    try sheet.write()
    Console.error("\(sweep.dimensions.count) latents in \(steps) steps each in \(output)")
    try print(sweep)
  }

  private struct Summary: Encodable {
    let latents: [Int]
    let activity: [Double]
    let measure: LatentTraversal.Measure
  }

  private func print(_ sweep: LatentTraversal) throws {
    if json {
      return try Console.outputJSON(
        Summary(
          latents: sweep.dimensions.map { $0 + 1 }, activity: sweep.activity,
          measure: sweep.measure))
    }
    let unit =
      switch sweep.measure {
      case .divergence: "nats of divergence"
      case .codeVariance: "variance of the code"
      case .decodedChange: "root mean square change of the decoded values"
      }
    try Console.outputRow("latent", unit)
    for (dimension, activity) in zip(sweep.dimensions, sweep.activity) {
      try Console.outputRow("\(dimension + 1)", Console.number(activity, decimals: 4))
    }
  }
}
