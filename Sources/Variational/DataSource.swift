import Formats
import Foundation
internal import Wording

/// What `--data` names: a published set, a file, or a folder.
public enum DataSource: Sendable, Hashable {
  /// Fashion-MNIST in a folder of IDX files.
  case fashionMNIST(directory: String)
  /// A file of a format that is known by its content (CSV, IDX, NPY, NPZ), or a folder of PNG and JPEG images.
  case file(String)

  /// Interprets a name or path.
  public init(_ text: String, directory: String? = nil) {
    if text == "fashion-mnist" {
      self = .fashionMNIST(directory: directory ?? DataSet.fashionMNISTDirectory)
    } else {
      self = .file(text)
    }
  }

  /// Whether there is a test part beside the training part.
  public var hasParts: Bool {
    if case .fashionMNIST = self { return true }
    return false
  }

  /// Whether this is a folder, to which `DataReading.images` applies.
  public var isFolder: Bool {
    guard case .file(let path) = self else { return false }
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
      && isFolder.boolValue
  }

  /// Reads the data.
  ///
  /// - Parameters:
  ///   - part: which part of a published set; a file has one part only
  ///   - reading: how a file or folder is read
  /// - Throws: `FormatError` or `DataError`.
  public func load(_ part: DataSet.Part, _ reading: DataReading = DataReading()) throws -> DataSet {
    switch self {
    case .fashionMNIST(let directory):
      return try DataSet.fashionMNIST(part, directory: directory)
    case .file(let path):
      return try DataSource.read(path, reading)
    }
  }

  private static func read(_ path: String, _ reading: DataReading) throws -> DataSet {
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
      throw DataError(
        path,
        "there is no such file; --data takes \"fashion-mnist\" or a file in CSV, IDX, NPY or NPZ format"
      )
    }
    if isDirectory.boolValue { return try readFolder(path, reading) }
    if let table = try readTable(path, reading.table) { return table }
    if let large = try DataSet(mapping: path, reading) { return large }
    let bytes = try FileBytes.read(path)
    if bytes.starts(with: [0x93] + Array("NUMPY".utf8)) {
      return try DataSet(array: try NPY.decode(bytes, file: path), path: path, reading)
    }
    if bytes.starts(with: [0x50, 0x4B]) {
      return try fromNPZ(
        try NPZ.decode(bytes, file: path, ceiling: 4 << 30), path: path, reading)
    }
    let isGzip = bytes.starts(with: [0x1F, 0x8B])
    let isIDX = bytes.count >= 4 && bytes[0] == 0 && bytes[1] == 0 && bytes[2] >= 8
    if isGzip || isIDX || path.hasSuffix(".gz") {
      return try DataSet(
        array: try IDX.decode(bytes, file: path, ceiling: 4 << 30), path: path, reading)
    }
    if CSV.isLikelySpaced(bytes.prefix(4096)) {
      throw DataError(
        path,
        "its lines are not divided by \",\", \";\", tab or \"|\"; if its fields are divided by spaces, "
          + "--delimiter ' ' reads it as a table")
    }
    throw DataError(
      path,
      "this is neither CSV nor IDX (plain or gzipped) nor NPY nor NPZ: it begins with the bytes "
        + "\(Array(bytes.prefix(8)))")
  }

  // The images are the array called "data", "x" or "images", or the only one; "labels" or "y" are
  // classes.
  private static func fromNPZ(
    _ arrays: [(name: String, array: NumericArray)], path: String, _ reading: DataReading
  ) throws -> DataSet {
    func find(_ names: [String]) -> NumericArray? {
      for name in names {
        if let entry = arrays.first(where: { $0.name == name }) { return entry.array }
      }
      return nil
    }
    let labels = find(["labels", "y"])
    guard
      let data = find(["data", "images", "x"]) ?? (arrays.count == 1 ? arrays[0].array : nil)
    else {
      throw DataError(
        path,
        "holds the arrays [\(listed(arrays.map { "\"\($0.name)\"" }))]; the data should be called \"data\", \"images\" "
          + "or \"x\", or be the only one")
    }
    return try DataSet(
      array: data, path: path, labels: try labels.map { try classes($0, path) }, reading)
  }

  private static func classes(_ array: NumericArray, _ path: String) throws(DataError) -> [Int] {
    let values = array.floats()
    if let bad = values.firstIndex(where: { !($0 >= 0 && $0 < 65_536 && $0 == $0.rounded()) }) {
      throw DataError(
        path, "label \(bad) is \(values[bad]); labels should be whole numbers from 0 to 65535")
    }
    return values.map { Int($0) }
  }

  private static func readFolder(_ path: String, _ reading: DataReading) throws -> DataSet {
    for name in ["train-images-idx3-ubyte.gz", "train-images-idx3-ubyte"]
    where FileManager.default.fileExists(atPath: "\(path)/\(name)") {
      return try DataSet(
        array: try IDX.read("\(path)/\(name)"), path: "\(path)/\(name)", reading)
    }
    var images = try ImageFolder(path, reading)
    return try images.read()
  }
}
