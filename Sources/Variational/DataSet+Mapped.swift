// Examples that stay in their file: an array larger than a limit is mapped, checked in one pass from front to
// back, and then read where a minibatch needs it.

import Formats
import Foundation
import Kernels
import Networks

extension DataSet {
  /// Arrays of more bytes stay in their files, unless the reading says otherwise.
  static let usualMemoryLimit = 256 << 20

  /// A large NPY or IDX file, whose examples stay there; nil for small ones and for what cannot stay
  /// (compressed files, Fortran order, channels first, a full scale, other formats).
  ///
  /// - Throws: `FormatError` or `DataError`.
  /// - Complexity: one pass over the file if it holds floating-point numbers.
  init?(mapping path: String, _ reading: DataReading) throws {
    let place = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
    let size = (try? FileManager.default.attributesOfItem(atPath: place)[.size] as? Int) ?? 0
    // Read whole, a file is in memory as it is and as floats.
    let isLarge =
      size > reading.memoryLimit ?? DataSet.usualMemoryLimit
      || !Memory.holds(floats: 2 * Double(size) / 4)
    guard size > 0, isLarge else { return nil }
    let file = try MappedFile(path)
    let start = file.prefix(NPY.magic.count)
    let array: MappedArray?
    if start == NPY.magic {
      array = try NPY.map(file)
    } else if start.count >= 4 && start[0] == 0 && start[1] == 0 && start[2] >= 8 {
      array = try IDX.map(file)
    } else {
      array = nil
    }
    guard let array else { return nil }
    let (layout, doubt) = try reading.layout(of: array.shape, path: path)
    guard layout == .nhwc && reading.fullScale == nil else { return nil }
    try self.init(mapped: array, name: path)
    if let doubt { notes.append(doubt) }
    notes.append(
      "\(path): its \(Memory.text(floats: Double(size) / 4)) stay in the file and are read as "
        + "needed")
  }

  /// Examples of a mapped array: [n, height, width], [n, height, width, channels] or [n, features].
  init(
    mapped array: MappedArray, labels: [Int]? = nil, classNames: [String] = [], name: String
  ) throws(DataError) {
    let shape = try DataSet.exampleShape(of: array.shape, path: name)
    array.file.expect(.sequential)
    let unfit = array.firstUnfit
    // A value that is no number may be one that the file no longer has.
    guard array.file.isIntact else { throw DataError(changed: array.file.path) }
    if let (index, value) = unfit {
      throw DataError(
        name,
        "example \(index / shape.count), value \(index % shape.count) is \(value); "
          + "every value should be a finite number")
    }
    let fits = Memory.holds(floats: Double(array.file.count) / 4)
    array.file.expect(fits ? .repeated : .scattered)
    try self.init(
      storage: .mapped(array), values: array.count, shape: shape, labels: labels,
      classNames: classNames, name: name)
  }

  /// The file that the examples lie in, if it is no longer what it was when it was opened: whoever reads
  /// examples then gets NaN.
  var changedFile: String? {
    guard case .mapped(let array) = storage, !array.file.isIntact else { return nil }
    return array.file.path
  }

  /// Checks that what was read since the file was opened is what it held then.
  ///
  /// - Throws: `DataError` naming the file.
  func checkUnchanged() throws(DataError) {
    if let changedFile { throw DataError(changed: changedFile) }
  }
}

extension DataError {
  fileprivate init(changed file: String) {
    self.init(file, "the file was changed while it was in use")
  }
}

extension MappedArray {
  /// Converts elements as the engine sees them: bytes stand for x/255, other numbers for themselves.
  func copy(_ start: Int, count: Int, into target: VectorView) {
    let target = target.slice(0, count: count)
    guard elementType == .uint8 else { return copy(start, into: target.buffer) }
    if let bytes = bytes(start, at: target.buffer) {
      convertBytes(bytes, into: target, dividedBy: 255)
    } else {
      target.fill(.nan)
    }
  }

  /// The first element that is no finite number; nil if all are.
  fileprivate var firstUnfit: (index: Int, value: Float)? {
    // As floats, for a double can be too large for one. Integers of 64 bits never are.
    guard elementType == .float32 || elementType == .float64 else { return nil }
    let chunk = Arena(count: min(count, 1 << 16))
    var start = 0
    while start < count {
      let part = chunk.vector.slice(0, count: min(chunk.vector.count, count - start))
      copy(start, into: part.buffer)
      if !part.isFinite, let index = part.firstIndex(where: { !$0.isFinite }) {
        return (start + index, part[index])
      }
      start += part.count
      guard file.isIntact else { return nil }
    }
    return nil
  }
}
