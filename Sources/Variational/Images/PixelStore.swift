import Formats
import Kernels
import Networks

/// Where decoded images go, one after the other: memory, or a file without a name once they are too many.
struct PixelStore {
  private var pixels: [UInt8] = []
  private let scratch: ScratchFile?

  /// Room for `bytes`, in memory if that is no more than `limit` (nil: than what is free).
  ///
  /// - Throws: `FormatError` if a temporary file is needed and cannot be made.
  init(bytes: Double, limit: Int?) throws(FormatError) {
    let fits = limit.map { bytes <= Double($0) } ?? Memory.holds(floats: bytes / 4)
    scratch = try fits ? nil : ScratchFile()
    if fits { pixels.reserveCapacity(Int(bytes)) }
  }

  /// Adds an image.
  mutating func append(_ image: PixelImage) throws(FormatError) {
    if let scratch { try scratch.append(image.pixels) } else { pixels += image.pixels }
  }

  /// The images as a set.
  func dataSet(
    count: Int, shape: Shape, labels: [Int]?, classNames: [String], name: String
  ) throws -> DataSet {
    guard let scratch else {
      return try DataSet(
        bytes: pixels, shape: shape, labels: labels, classNames: classNames, name: name)
    }
    let file = try scratch.map()
    var set = try DataSet(
      mapped: MappedArray(
        bytes: file, shape: [count, shape.height, shape.width, shape.channels]),
      labels: labels, classNames: classNames, name: name)
    set.notes.append(
      "\(name): the images take \(Memory.text(floats: Double(file.count) / 4)) decoded, more than "
        + "memory should hold; they lie in \(scratch.path), which goes away by itself")
    return set
  }
}
