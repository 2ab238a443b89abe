import ArgumentParser
import Formats
import Variational

/// Tells which class each sample of a conditional model is of.
struct ClassOutput {
  let model: Model
  /// One class a sample; nil for a model that is told none.
  let classes: [Int]?

  /// The kinds of file that hold classes alone.
  static let kinds: [OutputKind] = [.csv, .npy]

  /// The classes as numbers of the training data, [N]; nil without any.
  static func numbers(_ classes: [Int]?, of model: Model) -> NPYArray? {
    guard let condition = model.spec.condition, let classes else { return nil }
    let numbers = (0..<condition.classes).map { Int64(condition.number(of: $0)) }
    return NPYArray(classes.map { numbers[$0] }, shape: [classes.count])
  }

  /// Writes a line a sample with its number, from 0, and its class's name, or an array of classes' numbers.
  func write(to path: String) throws {
    guard let condition = model.spec.condition, let classes else {
      throw ValidationError(
        "--labels-output \(path): the model \"\(model.spec.name)\" is told no class.")
    }
    if try OutputKind.of(path, option: "--labels-output", allowed: Self.kinds) == .npy {
      guard let numbers = Self.numbers(classes, of: model) else { return }
      return try writing { try NPY.write(numbers, to: path) }
    }
    var writer = CSVWriter()
    writer.append(["example", "class"])
    for (row, label) in classes.enumerated() {
      writer.append(["\(row)", condition.name(of: label)])
    }
    try writing { try AtomicFile.write([writer.bytes], to: path) }
  }

  /// Says how many samples each class has, and where it can be read of which class each is.
  func announce(_ output: DecodedOutput, labelsFile: String?) {
    guard let condition = model.spec.condition, let classes else { return }
    var counts: [Int: Int] = [:]
    for label in classes { counts[label, default: 0] += 1 }
    let list = counts.sorted { $0.key < $1.key }.prefix(20)
      .map { "\(condition.name(of: $0.key)) (\($0.value))" }.joined(separator: ", ")
    Console.error("Classes: \(list)\(counts.count > 20 ? ", …" : "")")
    guard counts.count > 1, labelsFile == nil else { return }
    if output.kind == .png && classes.count <= 100 {
      let columns = RunPictures(model).columns(of: classes.count)
      for start in stride(from: 0, to: classes.count, by: columns) {
        let row = classes[start..<min(start + columns, classes.count)].map(condition.name)
        Console.error("Row \(start / columns + 1): \(row.joined(separator: ", "))")
      }
    } else if output.kind == .png || output.kind == .npy {
      Console.error(
        "\(output.path) does not say which sample is of which class; --labels-output FILE.csv does, and "
          + "so does an .npz file.")
    }
  }
}
