import ArgumentParser
import Formats
import Foundation
import Kernels
import Variational

/// `--data` and where to find it.
struct DataOptions: ParsableArguments {
  @Option(
    name: .long, help: "fashion-mnist, an IDX, NPY or NPZ file, or a folder of PNG images.")
  var data: String

  @Option(name: .long, help: "The folder of Fashion-MNIST's four IDX files.")
  var dataDirectory: String?

  var source: DataSource { DataSource(data, directory: dataDirectory) }
}

/// `--threads`
struct ThreadOptions: ParsableArguments {
  @Option(
    name: .long, parsing: .unconditional,
    help: "Threads that share the work; one for each processor unless given.")
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
    name: .long,
    help: "Who multiplies matrices: openblas, or naive or blocked loops to compare it with.")
  var backend: MatrixBackend = .openBLAS
}

extension MatrixBackend: ExpressibleByArgument {}

/// The folder of a trained model.
struct ModelArgument: ParsableArguments {
  @Argument(help: "The folder of a trained model.")
  var model: String

  func load(threads: Int?, backend: MatrixBackend = .openBLAS) throws -> Model {
    try RunFolder(model).loadModel(threads: threads, backend: backend)
  }
}

/// An output file of one of several kinds, known by its ending.
enum OutputKind: String {
  case npy, npz, png

  /// The kind of a path; a usage error names what is possible.
  static func of(_ path: String, allowed: [OutputKind]) throws -> OutputKind {
    let ending = (path as NSString).pathExtension.lowercased()
    guard let kind = OutputKind(rawValue: ending), allowed.contains(kind) else {
      let list = allowed.map { ".\($0.rawValue)" }.joined(separator: " or ")
      throw ValidationError("--output \(path) should end in \(list).")
    }
    return kind
  }
}

/// Writes decoded examples as an array in the data's shape, or as a grid of images.
struct DecodedOutput {
  let model: Model
  let path: String
  let kind: OutputKind

  func write(_ examples: Matrix<Float>) throws {
    switch kind {
    case .png:
      try requireImages()
      try RunPictures.write(RunPictures(model).grid(of: examples), to: path)
    case .npy, .npz:
      let spec = model.spec.data
      var values: [Float] = []
      values.reserveCapacity(examples.rows * spec.stored.count)
      for row in 0..<examples.rows {
        let start = row * examples.columns
        values += spec.withoutPadding(examples.elements[start..<start + examples.columns])
      }
      try NPY.write(NPYArray(values, shape: shape(examples.rows)), to: path)
    }
  }

  private func shape(_ rows: Int) -> [Int] {
    let shape = model.spec.data.stored
    if shape.isFlat { return [rows, shape.channels] }
    return shape.channels == 1
      ? [rows, shape.height, shape.width] : [rows, shape.height, shape.width, shape.channels]
  }

  func requireImages() throws {
    guard RunPictures.canDraw(model.spec) else {
      throw DataError(
        path,
        "examples of \(model.spec.data.stored) are not images of one or three channels; "
          + "write an .npy file instead")
    }
  }
}
