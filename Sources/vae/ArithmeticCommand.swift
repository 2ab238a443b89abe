import ArgumentParser
import Formats
import Kernels
import Variational

/// `vae arithmetic`
struct ArithmeticCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "arithmetic",
    abstract: "Adds what sets two groups of examples apart to other examples.",
    discussion: """
      The attribute vector is the mean code of one group less that of the other. A group is a class of the \
      data, by name or number, or a data file of its own. A picture shows each example itself, then its code \
      decoded with the vector added at each strength.
      """)

  @OptionGroup var model: ModelArgument
  @OptionGroup var data: DataOptions
  @OptionGroup var part: PartOptions
  @OptionGroup var threads: ThreadOptions
  @OptionGroup var told: ClassOption

  @Option(name: .long, help: "The class that has the attribute; may be given several times.")
  var plus: [String] = []

  @Option(
    name: .long,
    help: "The class that has it not, may be given several times; all other classes unless given.")
  var minus: [String] = []

  @Option(name: .long, help: "A data file of examples that have the attribute.")
  var plusData: String?

  @Option(name: .long, help: "A data file of examples that have it not.")
  var minusData: String?

  @Option(
    name: .long, parsing: .unconditionalSingleValue,
    help: """
      The number of an example of --data that the vector is added to, from 0; may be given several times. The \
      first eight without the attribute unless given.
      """)
  var to: [Int] = []

  @Option(name: .long, help: "What the vector is multiplied by, numbers with commas between.")
  var strengths = "0,0.5,1,1.5,2"

  @Option(name: .shortAndLong, help: "The file to write: .png, .npy or .csv.")
  var output: String

  func validate() throws {
    _ = try OutputKind.of(output, allowed: LatentSheet.kinds)
    _ = try multipliers()
    if plus.isEmpty == (plusData == nil) {
      throw ValidationError("Give either --plus, a class, or --plus-data, a file.")
    }
    if !minus.isEmpty && minusData != nil {
      throw ValidationError("--minus and --minus-data exclude each other.")
    }
    if plusData != nil && minus.isEmpty && minusData == nil {
      throw ValidationError("--plus-data goes with --minus-data or --minus.")
    }
    if (plus + minus + [plusData, minusData].compactMap { $0 }).contains("") {
      throw ValidationError("--plus and --minus take a name, not nothing.")
    }
  }

  private func multipliers() throws -> [Double] {
    try strengths.split(separator: ",", omittingEmptySubsequences: false).map { text in
      guard let value = Double(text), value.isFinite, abs(value) <= 1e6 else {
        throw ValidationError(
          "--strengths \(strengths) should be numbers with commas between, as in -1,0,1.")
      }
      return value
    }
  }

  mutating func run() throws {
    let kind = try OutputKind.of(output, allowed: LatentSheet.kinds)
    try FileUses.check(
      reading: model.uses + data.uses + FileUses.Use.optional("--plus-data", plusData)
        + FileUses.Use.optional("--minus-data", minusData),
      writing: [FileUses.Use("--output", output)])
    let model = try model.load(threads: threads.threads)
    let data = try self.data.load(part.chosen, for: model)
    let (with, without) = try groups(data, model)
    let vector = try model.attributeVector(plus: with, minus: without)
    let examples = try to.isEmpty ? without.prefix(8) : data.examples(to, option: "--to")
    let multipliers = try multipliers()
    let codes = try model.encode(examples).means
    let rows = examples.count * multipliers.count
    try DecodedOutput(model: model, path: output, kind: kind).requireMemory(rows)
    let classes = model.classes(
      asked: try told.label(in: model), of: examples, rows: examples.count,
      steps: multipliers.count)
    let columns: [(name: String, values: [String])] = [
      ("example", (0..<rows).map { "\($0 / multipliers.count)" }),
      ("strength", (0..<rows).map { "\(multipliers[$0 % multipliers.count])" }),
    ]
    let sheet = LatentSheet(
      model: model, path: output, kind: kind,
      latents: vector.added(to: codes, strengths: multipliers), steps: multipliers.count,
      labels: columns + examples.placeColumns(steps: multipliers.count), classes: classes,
      before: try model.examples(examples))
    try sheet.write()
    Console.error(
      "\(examples.count) examples at \(multipliers.count) strengths in \(output); the vector, from "
        + "\(vector.plus) and \(vector.minus) examples, is \(Console.number(vector.length)) long")
  }

  private func groups(_ data: DataSet, _ model: Model) throws -> (DataSet, DataSet) {
    func load(_ path: String) throws -> DataSet {
      var reading = try self.data.reading(for: model.spec.data)
      reading.classes = reading.classes.forOtherData
      let given = reading
      return try readingRows { try DataSource(path).load(nil, for: model.spec, given) }
    }
    let with = try plusData.map(load) ?? data.selectingClasses(only: plus)
    if let minusData { return (with, try load(minusData)) }
    return (
      with,
      try minus.isEmpty
        ? data.selectingClasses(excluding: plus) : data.selectingClasses(only: minus)
    )
  }
}
