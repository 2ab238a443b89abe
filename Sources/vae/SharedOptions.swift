import ArgumentParser
import Formats
import Foundation
import Kernels
import Networks
import Variational

/// `--data` and where to find it.
struct DataOptions: ParsableArguments {
  @Option(
    name: .long,
    help: "fashion-mnist, a CSV, IDX, NPY or NPZ file, or a folder of PNG and JPEG images.",
    completion: .file())
  var data: String

  @Option(
    name: .long, help: "Where the four IDX files of fashion-mnist are, if not at Debian's place.",
    completion: .directory)
  var dataDirectory: String?

  @OptionGroup var tables: TableOptions
  @OptionGroup var files: FileOptions
  @OptionGroup var classes: ClassOptions

  var source: DataSource { DataSource(data, directory: dataDirectory) }

  /// How the data is read, for a model what the options leave open as its own data was.
  func reading(for model: DataSpec? = nil) throws -> DataReading {
    var reading = try DataReading(tables, files, of: source, named: data, for: model)
    reading.classes = classes.selection
    return reading
  }

  /// The examples for a model: read by the schema of its table, and the part that `--split` asks for. What
  /// was left out is said on standard error.
  ///
  /// - Parameters:
  ///   - allowsMissing: whether arrays may hold NaN for missing values, whatever the model says
  ///   - marking: whether rows that cannot be read are marked unless `--on-error` says otherwise
  ///   - label: the column of a table that holds each row's class, if it has one of that name
  ///   - modelClasses: when the classes that training left out are left out here
  func load(
    _ part: DataSplit.Part?, for model: Model, allowsMissing: Bool = false, marking: Bool = false,
    label: String? = nil, modelClasses: DataReading.ModelClasses = .inParts
  ) throws -> DataSet {
    var reading = try reading(for: model.spec.data)
    reading.allowsMissing = allowsMissing
    reading.modelClasses = modelClasses
    reading.table.label = label
    if marking && files.onError == nil { reading.onError = .mark }
    let given = reading
    let set = try readingRows { try source.load(part, for: model.spec, given) }
    for note in set.notes + set.scaleNotices(for: model.spec) { Console.error(note) }
    return set
  }

  /// The options as they were given, for a command to repeat.
  var arguments: String {
    let folder = dataDirectory.map { " --data-directory \($0)" } ?? ""
    return "--data \(data)\(folder)\(tables.arguments)\(files.arguments)\(classes.arguments)"
  }

  func validate() throws {
    if data.isEmpty {
      throw ValidationError("--data is empty; it should name a data set, a file or a folder.")
    }
    if dataDirectory != nil && !source.hasParts {
      throw ValidationError("--data-directory goes with --data fashion-mnist, not with a file.")
    }
  }
}

/// `--split`
struct PartOptions: ParsableArguments {
  /// The names that `--split` takes.
  static let names = DataSplit.Part.allCases.map(\.rawValue)

  @Option(
    name: .long,
    help:
      "Which part of the training's data: train, validation or test. Unless given, all of a file, and the test part of fashion-mnist.",
    completion: .list(names))
  var split: String?

  /// The part that was asked for.
  var chosen: DataSplit.Part? { split.flatMap(DataSplit.Part.init(rawValue:)) }

  func validate() throws {
    if let split, chosen == nil {
      throw ValidationError(
        "--split \(split): " + unknownName(split, what: "split", valid: Self.names) + ".")
    }
  }
}

/// `--threads`
struct ThreadOptions: ParsableArguments {
  @Option(
    name: .long, parsing: .unconditional,
    help: "Threads that share the work, up to 256; one for each processor unless given.")
  var threads: Int?

  func validate() throws {
    if let threads, threads < 1 || threads > 256 {
      throw ValidationError("--threads \(threads) should lie between 1 and 256.")
    }
  }
}

/// `--backend`
struct BackendOptions: ParsableArguments {
  @Option(
    name: .customLong("backend"),
    help: "Who multiplies matrices: openblas, or naive or blocked loops to compare it with.",
    completion: .list(names))
  private var name: String = MatrixBackend.openBLAS.rawValue

  /// The names that `--backend` takes.
  static let names = MatrixBackend.allCases.map(\.rawValue)

  var backend: MatrixBackend { MatrixBackend(rawValue: name) ?? .openBLAS }

  func validate() throws {
    if !Self.names.contains(name) {
      throw ValidationError(
        "--backend \(name): " + unknownName(name, what: "backend", valid: Self.names) + ".")
    }
  }
}

/// The folder of a trained model.
struct ModelArgument: ParsableArguments {
  @Argument(help: "The folder of a trained model.", completion: .directory)
  var model: String

  func validate() throws {
    if model.isEmpty { throw ValidationError("The model's folder is an empty name.") }
  }

  func load(threads: Int?, backend: MatrixBackend = .openBLAS) throws -> Model {
    let loaded = try RunFolder(model).loadModel(threads: threads, backend: backend)
    for note in loaded.notes { Console.error(note) }
    return loaded
  }
}

/// An output file of one of several kinds, known by its ending.
enum OutputKind: String {
  case npy, npz, png, csv

  /// The kind of a path; a usage error names what is possible.
  static func of(
    _ path: String, option: String = "--output", allowed: [OutputKind]
  ) throws -> OutputKind {
    let name = path.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
    let ending = name.lastIndex(of: ".").map { name[$0...].dropFirst().lowercased() } ?? ""
    guard let kind = OutputKind(rawValue: ending), allowed.contains(kind) else {
      let list = allowed.map { ".\($0.rawValue)" }.joined(separator: " or ")
      throw ValidationError("\(option) \(path) should end in \(list).")
    }
    return kind
  }
}

/// Writes decoded examples as an array in the data's shape, or as a grid of images.
struct DecodedOutput {
  let model: Model
  let path: String
  let kind: OutputKind

  /// - Parameter classes: the class that a conditional model was told for each example; a table has it in the label's
  ///   column, an .npz file in the array `labels`.
  func write(_ decoded: Matrix<Float>, classes: [Int]? = nil) throws {
    try requireFinite(decoded)
    let examples = model.withinBounds(decoded)
    switch kind {
    case .png:
      let grid = RunPictures(model).grid(of: examples)
      try writing { try RunPictures.write(grid, to: path) }
    case .csv:
      let table = try requireTable()
      let labels = model.spec.condition.flatMap { condition in classes?.map(condition.name) }
      try writing { try AtomicFile.write([try table.csv(examples, labels: labels)], to: path) }
    case .npy, .npz:
      let spec = model.spec.data
      var values: [Float] = []
      values.reserveCapacity(examples.rows * spec.stored.count)
      for row in 0..<examples.rows {
        let start = row * examples.columns
        values += spec.withoutPadding(examples.elements[start..<start + examples.columns])
      }
      let array = NPYArray(values, shape: Self.shape(examples.rows, spec.stored))
      guard kind == .npz else { return try writing { try NPY.write(array, to: path) } }
      let labels = ClassOutput.numbers(classes, of: model).map { (name: "labels", array: $0) }
      try writing {
        try NPZ.write([(name: "data", array: array)] + [labels].compactMap { $0 }, to: path)
      }
    }
  }

  /// Refuses decoded examples that are no numbers.
  func requireFinite(_ examples: Matrix<Float>) throws {
    if let bad = examples.elements.firstIndex(where: { !$0.isFinite }) {
      throw DataError(
        path,
        "was not written: value \(bad % examples.columns) of example \(bad / examples.columns) is "
          + "\(examples.elements[bad]), so the model's weights or the latents are far too large")
    }
  }

  /// The shape of an array of examples.
  static func shape(_ rows: Int, _ shape: Shape) -> [Int] {
    if shape.isFlat { return [rows, shape.channels] }
    return shape.channels == 1
      ? [rows, shape.height, shape.width] : [rows, shape.height, shape.width, shape.channels]
  }

  /// Refuses rows of cells where the model is of no table.
  @discardableResult
  func requireTable() throws -> TableSchema {
    guard let table = model.spec.table else {
      throw DataError(
        path,
        "the model \"\(model.spec.name)\" was not trained with a CSV file, so there are no columns to "
          + "write; write an .npy file instead")
    }
    return table
  }

  /// Refuses what a picture cannot show, before anything is computed.
  func requireImages(_ count: Int) throws {
    guard RunPictures.canDraw(model.spec) else {
      throw DataError(
        path,
        "examples of \(model.spec.data.stored) are not images of one or three channels; "
          + "write an .npy file instead")
    }
    // Magnified small images take up to 68×68 pixels with their gap.
    let shape = model.spec.data.stored
    let pixels =
      Double(max(shape.height, 64) + 4) * Double(max(shape.width, 64) + 4) * Double(count)
    guard pixels <= Double(PNG.largestPixelCount) else {
      throw DataError(
        path, "\(count) images are too many for one picture; write an .npy file, or fewer of them")
    }
  }

  /// Refuses more examples than memory holds.
  func requireMemory(_ count: Int) throws {
    // Latents, decoded examples, the same without padding, and the bytes of the file.
    let spec = model.spec
    let floats =
      Double(count)
      * Double(4 * spec.latents + 2 * spec.data.padded.count + 3 * spec.data.stored.count)
    guard Memory.holds(floats: floats) else {
      throw OutputError(
        "\(path): \(count) examples take \(Memory.text(floats: floats)) of memory, more than is "
          + "free; ask for fewer")
    }
  }
}
