import Formats
import Kernels
import Variational

/// Writes completed data.
struct ImputationOutput {
  let model: Model
  let path: String
  let kind: OutputKind
  /// How the data was read.
  let reading: TableReading

  /// Refuses what the file cannot hold, before anything is computed.
  func require(examples: Int, imputations: Int) throws {
    let output = DecodedOutput(model: model, path: path, kind: kind)
    if kind == .png { try output.requireImages(examples * (imputations + 2)) }
    if kind == .csv { try output.requireTable() }
    try output.requireMemory(examples * (imputations + 2))
  }

  func write(_ result: Imputation, _ data: DataSet) throws {
    let shape = DecodedOutput.shape(data.count, model.spec.data.stored)
    switch kind {
    case .npy:
      try writing { try NPY.write(NPYArray(result.means.elements, shape: shape), to: path) }
    case .npz:
      let draws = result.draws.flatMap(\.elements)
      let missing: [UInt8] = result.isMissing.map { $0 ? 1 : 0 }
      try writing {
        try NPZ.write(
          [
            (name: "mean", array: NPYArray(result.means.elements, shape: shape)),
            (
              name: "standard_deviation",
              array: NPYArray(result.deviations.elements, shape: shape)
            ),
            (name: "missing", array: NPYArray(missing, shape: shape)),
            (name: "imputations", array: NPYArray(draws, shape: [result.draws.count] + shape)),
          ], to: path)
      }
    case .csv: try writeTables(result, data)
    case .png:
      let sheets = result.draws.count + 2
      let grid = RunPictures(model).grid(of: images(result), columns: sheets)
      try writing { try RunPictures.write(grid, to: path) }
    }
  }

  // A file for each completed table: FILE-1.csv, FILE-2.csv, …, or FILE.csv if there is one only, all or none of them. Cells
  // of a CSV file that are there are copied from it.
  private func writeTables(_ result: Imputation, _ data: DataSet) throws {
    guard let table = model.spec.table else { return }
    var files: [(path: String, bytes: [UInt8])] = []
    for (path, draw) in zip(paths(result.draws.count), result.draws) {
      let bytes =
        try table.completedCSV(of: data, with: draw, isMissing: result.isMissing, reading)
        ?? table.csv(draw, isFilled: true)
      files.append((path, bytes))
    }
    let written = files
    try writing {
      try AtomicFile.together { () throws(FormatError) in
        for file in written { try AtomicFile.write([file.bytes], to: file.path) }
      }
    }
  }

  /// The files of so many completed tables.
  func paths(_ imputations: Int) -> [String] {
    Self.paths(path, kind: kind, imputations: imputations)
  }

  /// The same before there is a model.
  static func paths(_ path: String, kind: OutputKind, imputations: Int) -> [String] {
    if kind != .csv || imputations == 1 { return [path] }
    let stem = path.dropLast(4)
    return (1...imputations).map { "\(stem)-\($0)\(path.suffix(4))" }
  }

  // Each example as it was given, its missing pixels grey, then its mean, then its draws.
  private func images(_ result: Imputation) -> Matrix<Float> {
    let width = result.means.columns
    var given = result.means
    for index in result.isMissing.indices where result.isMissing[index] {
      given[index / width, index % width] = 0.5
    }
    let sheets = [given, result.means] + result.draws
    var images: [Float] = []
    for row in 0..<given.rows {
      for sheet in sheets { images += model.spec.data.withPadding(sheet.row(row)) }
    }
    return Matrix(
      rows: given.rows * sheets.count, columns: model.spec.data.padded.count, images)
  }
}
