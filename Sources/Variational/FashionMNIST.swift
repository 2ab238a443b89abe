import Formats
import Foundation
import Networks

extension DataSet {
  /// The parts of a published data set.
  public enum Part: String, Sendable, CaseIterable {
    case train
    case test
  }

  /// Where Debian's package dataset-fashion-mnist puts its files.
  public static let fashionMNISTDirectory = "/usr/share/datasets/fashion-mnist"

  /// Fashion-MNIST: 28×28 grey images of garments in ten classes, 60,000 to train and 10,000 to test.
  ///
  /// - Parameters:
  ///   - part: the images to train with, or those to test with
  ///   - directory: a folder with the four gzipped (or plain) IDX files under their usual names
  /// - Throws: `FormatError` or `DataError`.
  /// - SeeAlso: Xiao, Rasul and Vollgraf (2017), "Fashion-MNIST".
  public static func fashionMNIST(
    _ part: Part, directory: String = fashionMNISTDirectory
  ) throws -> DataSet {
    let prefix = part == .train ? "train" : "t10k"
    func path(_ name: String) throws(DataError) -> String {
      let plain = "\(directory)/\(prefix)-\(name)"
      for candidate in ["\(plain).gz", plain]
      where FileManager.default.fileExists(atPath: candidate) {
        return candidate
      }
      throw DataError(
        "\(plain).gz",
        "there is no such file; Debian's package dataset-fashion-mnist installs it, "
          + "and --data-directory names another folder")
    }
    let imagesPath = try path("images-idx3-ubyte")
    let images = try DataSet(
      idx: try IDX.read(imagesPath), path: imagesPath,
      labels: try readLabels(path("labels-idx1-ubyte")),
      classNames: [
        "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag",
        "Ankle boot",
      ], name: "fashion-mnist (\(part.rawValue))")
    return images
  }

  private static func readLabels(_ path: String) throws -> [Int] {
    let array = try IDX.read(path)
    guard array.elementType == .uint8, array.shape.count == 1 else {
      throw DataError(
        path, "labels should be a vector of bytes, not \(array.elementType) \(array.shape)")
    }
    return array.bytes.map(Int.init)
  }

  /// A set from an array that a file held: [n, height, width], [n, height, width, channels] or
  /// [n, features].
  init(
    idx array: NumericArray, path: String, labels: [Int]? = nil, classNames: [String] = [],
    name: String? = nil, allowsMissing: Bool = false, onError: RowErrorPolicy = .stop
  ) throws(DataError) {
    let shape = try DataSet.exampleShape(of: array.shape, path: path)
    if array.elementType == .uint8 {
      try self.init(
        bytes: array.bytes, shape: shape, labels: labels, classNames: classNames,
        name: name ?? path)
    } else if onError != .stop {
      try self.init(
        marking: array.floats(), shape: shape, labels: labels, classNames: classNames,
        name: name ?? path, allowsMissing: allowsMissing)
    } else {
      try self.init(
        floats: array.floats(), shape: shape, labels: labels, classNames: classNames,
        name: name ?? path, allowsMissing: allowsMissing)
    }
  }

  /// A set from an array that a file held, in the layout that the reading says or the model's shape tells, over the
  /// reading's full scale.
  init(
    array: NumericArray, path: String, labels: [Int]? = nil, _ reading: DataReading
  ) throws(DataError) {
    let (layout, doubt) = try reading.layout(of: array.shape, path: path)
    var array = layout == .nchw && array.shape.count == 4 ? array.withChannelsLast() : array
    if let full = reading.fullScale { array = try array.scaled(toFullScale: full, path: path) }
    try self.init(
      idx: array, path: path, labels: labels, allowsMissing: reading.allowsMissing,
      onError: reading.onError)
    if let doubt { notes.append(doubt) }
  }

  /// One example of an array that a file holds.
  static func exampleShape(of sizes: [Int], path: String) throws(DataError) -> Shape {
    guard sizes.count >= 1, sizes.allSatisfy({ $0 > 0 }) else {
      throw DataError(path, "the array's shape \(sizes) holds no examples")
    }
    switch sizes.count {
    case 2: return Shape(features: sizes[1])
    case 3: return Shape(height: sizes[1], width: sizes[2], channels: 1)
    case 4: return Shape(height: sizes[1], width: sizes[2], channels: sizes[3])
    default:
      throw DataError(
        path,
        "an array of \(sizes.count) dimensions \(sizes) is not data; it should be [examples, features], "
          + "[examples, height, width] or [examples, height, width, channels]")
    }
  }
}
