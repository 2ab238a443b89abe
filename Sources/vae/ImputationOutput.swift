import Formats
import Kernels
import Variational

/// Writes completed data.
struct ImputationOutput {
  let model: Model
  let path: String
  let kind: OutputKind

  /// Refuses what the file cannot hold, before anything is computed.
  func require(examples: Int, imputations: Int) throws {
    let output = DecodedOutput(model: model, path: path, kind: kind)
    if kind == .png { try output.requireImages(examples * (imputations + 2)) }
    if kind == .csv {
      throw DataError(path, "the model is none of a table; write an .npz or .npy file instead")
    }
    try output.requireMemory(examples * (imputations + 2))
  }

  func write(_ result: Imputation, _ data: DataSet) throws {
    let shape = DecodedOutput.shape(data.count, model.spec.data.stored)
    switch kind {
    case .npy:
      try writing { try NPY.write(NPYArray(result.means.elements, shape: shape), to: path) }
    case .npz:
      let draws = result.draws.flatMap(\.elements)
      try writing {
        try NPZ.write(
          [
            (name: "mean", array: NPYArray(result.means.elements, shape: shape)),
            (
              name: "standard_deviation",
              array: NPYArray(result.deviations.elements, shape: shape)
            ),
            (name: "missing", array: NPYArray(result.isMissing.map { $0 ? 1 : 0 }, shape: shape)),
            (name: "imputations", array: NPYArray(draws, shape: [result.draws.count] + shape)),
          ], to: path)
      }
    case .csv: break
    case .png:
      let sheets = result.draws.count + 2
      let grid = RunPictures(model).grid(of: images(result), columns: sheets)
      try writing { try RunPictures.write(grid, to: path) }
    }
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
