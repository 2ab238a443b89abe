import ArgumentParser
import Formats
import Kernels
import Variational

/// Decoded latents in rows and columns: one file for `interpolate`, `traverse` and `arithmetic`.
struct LatentSheet {
  let model: Model
  let path: String
  let kind: OutputKind
  /// z, [rows × steps, L], the steps of a row one after the other.
  let latents: Matrix<Float>
  /// Steps in a row.
  let steps: Int
  /// What the first columns of a CSV file say of each row of `latents`.
  let labels: [(name: String, values: [String])]
  /// The class that a conditional model is told for each row of `latents`; others take nil.
  var classes: [Int]?
  /// Images that stand before each row's steps, [rows, values], as `Model.examples` gives them.
  var before: Matrix<Float>?
  /// Images that stand behind them.
  var after: Matrix<Float>?

  /// The kinds of file.
  static let kinds: [OutputKind] = [.png, .npy, .csv]

  /// Decodes and writes.
  func write() throws {
    let output = DecodedOutput(model: model, path: path, kind: kind)
    let rows = latents.rows / steps
    if kind == .png { try output.requireImages(latents.rows + 2 * rows) }
    try output.requireMemory(latents.rows + 2 * rows)
    let decoded = model.decode(latents, classes: classes)
    try output.requireFinite(decoded)
    switch kind {
    case .png:
      let columns = steps + (before == nil ? 0 : 1) + (after == nil ? 0 : 1)
      var images: [Float] = []
      for row in 0..<rows {
        if let before { images += before.row(row) }
        images +=
          decoded.submatrix(
            rows: row * steps..<(row + 1) * steps, columns: 0..<decoded.columns
          ).elements
        if let after { images += after.row(row) }
      }
      let sheet = Matrix(rows: rows * columns, columns: decoded.columns, images)
      let grid = RunPictures(model).grid(of: sheet, columns: columns)
      try writing { try RunPictures.write(grid, to: path) }
    case .csv:
      let bytes = try csv(decoded)
      try writing { try AtomicFile.write([bytes], to: path) }
    case .npy, .npz: try output.write(decoded)
    }
  }

  // The labels, the latents z1 … zL, then a table's columns or the decoded values x1 … xD.
  private func csv(_ decoded: Matrix<Float>) throws -> [UInt8] {
    let spec = model.spec
    let table = spec.table
    let names =
      table?.writtenColumns.map(\.name) ?? (1...spec.data.stored.count).map { "x\($0)" }
    let cells = try table?.cells(decoded)
    var writer = CSVWriter()
    writer.append(labels.map(\.name) + (1...latents.columns).map { "z\($0)" } + names)
    for row in 0..<latents.rows {
      let values =
        cells?[row] ?? spec.data.withoutPadding(decoded.row(row)[...]).map { "\($0)" }
      writer.append(labels.map { $0.values[row] } + latents.row(row).map { "\($0)" } + values)
    }
    return writer.bytes
  }
}

extension DataSet {
  /// Some examples by their numbers; one that is not there is bad usage.
  func examples(_ numbers: [Int], option: String) throws -> DataSet {
    if let bad = numbers.first(where: { $0 < 0 || $0 >= count }) {
      throw ValidationError(
        "\(option) \(bad) should be an example of \(name), from 0 to \(count - 1).")
    }
    return subset(numbers)
  }

  /// Where the examples come from as columns of a sheet, each for all steps of its row.
  ///
  /// - Parameter prefix: what stands before the columns' names
  func placeColumns(steps: Int, prefix: String = "") -> [(name: String, values: [String])] {
    originColumns().map { origin in
      (prefix + origin.name, (0..<count * steps).map { origin[$0 / steps] })
    }
  }
}

extension Model {
  /// The class that a conditional model is told for each step of each row: one that is asked for, or that of the
  /// row's example, or 0; nil for other models.
  func classes(asked: Int?, of examples: DataSet?, rows: Int, steps: Int) -> [Int]? {
    guard spec.condition != nil else { return nil }
    let labels = (0..<rows).map { asked ?? examples?.labels?[$0] ?? 0 }
    return labels.flatMap { Array(repeating: $0, count: steps) }
  }
}

/// Reads latents of a model from an .npy file.
func readLatents(_ path: String, for model: Model) throws -> Matrix<Float> {
  let array = try NPY.read(path)
  let width = model.spec.latents
  guard array.shape.count == 2, array.shape[1] == width, array.shape[0] > 0 else {
    throw FormatError(
      file: path,
      reason:
        "an array of shape \(array.shape) is not latents of this model; it takes [N, \(width)]")
  }
  let values = array.floats()
  if let bad = values.firstIndex(where: { !$0.isFinite }) {
    throw FormatError(
      file: path, reason: "row \(bad / width), column \(bad % width) is \(values[bad])")
  }
  return Matrix(rows: array.shape[0], columns: width, values)
}
