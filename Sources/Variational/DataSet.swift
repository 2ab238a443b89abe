// Examples in memory or in a mapped file, as bytes where they came as bytes.

import Formats
import Kernels
public import Networks

/// A set of examples of one shape, with classes if they are known.
///
/// Images stay bytes, a quarter of the space of floats; a minibatch is converted as it is gathered. Bytes stand for x/255.
public struct DataSet: Sendable {
  enum Storage: Sendable {
    case bytes([UInt8])
    case floats([Float])
    case mapped(MappedArray)
  }

  /// What the set is called in messages.
  public let name: String
  /// The shape of one example.
  public let shape: Shape
  /// The number of examples.
  public let count: Int
  /// The class of each example, nil if unknown.
  public private(set) var labels: [Int]?
  /// Names of the classes, empty if unknown.
  public private(set) var classNames: [String]
  /// Whether a NaN among the values stands for a missing one.
  public let allowsMissing: Bool
  /// What reading it left out or did, a sentence each, for whoever gave the data.
  public internal(set) var notes: [String] = []
  /// The column of a table that gave the labels, if one did.
  public internal(set) var labelName: String?
  // Where each stored example comes from, and why it cannot be used if it cannot: by its place in the storage.
  var origins = RowOrigins()
  var failures: [Int: String] = [:]
  /// Where each class is first met, by its name, for errors.
  var classPlaces: [String: String] = [:]
  /// Why there are no labels, if reading the data has found out.
  var labelAbsence: String?
  /// What the files of images with 16 bits a sample held.
  var wideSamples = WideSamples()
  let storage: Storage
  // Which examples of the storage these are; nil for all.
  let selection: [Int]?

  /// Images or rows as bytes, one after the other.
  ///
  /// - Parameters:
  ///   - bytes: count × shape.count values that stand for x/255
  ///   - shape: one example
  ///   - labels: one class an example
  ///   - classNames: what the classes are called
  ///   - name: what the set is called in messages
  /// - Throws: `DataError` when the sizes don't fit.
  public init(
    bytes: [UInt8], shape: Shape, labels: [Int]? = nil, classNames: [String] = [],
    name: String = "data"
  ) throws(DataError) {
    try self.init(
      storage: .bytes(bytes), values: bytes.count, shape: shape, labels: labels,
      classNames: classNames, name: name)
  }

  /// Examples as floats, one after the other.
  ///
  /// - Parameters:
  ///   - floats: count × shape.count values
  ///   - shape: one example
  ///   - labels: one class an example
  ///   - classNames: what the classes are called
  ///   - name: what the set is called in messages
  ///   - allowsMissing: whether a NaN is a missing value, and not an error
  /// - Throws: `DataError` when the sizes don't fit or a value is not a finite number.
  public init(
    floats: [Float], shape: Shape, labels: [Int]? = nil, classNames: [String] = [],
    name: String = "data", allowsMissing: Bool = false
  ) throws(DataError) {
    if let bad = floats.firstIndex(where: { !($0.isFinite || allowsMissing && $0.isNaN) }) {
      throw DataError(
        name,
        "example \(bad / shape.count), value \(bad % shape.count) is \(floats[bad]); "
          + "every value should be a finite number")
    }
    try self.init(
      storage: .floats(floats), values: floats.count, shape: shape, labels: labels,
      classNames: classNames, name: name, allowsMissing: allowsMissing)
  }

  init(
    storage: Storage, values: Int, shape: Shape, labels: [Int]?, classNames: [String], name: String,
    allowsMissing: Bool = false
  ) throws(DataError) {
    guard values > 0 else { throw DataError(name, "there are no examples") }
    guard values % shape.count == 0 else {
      throw DataError(
        name, "\(values) values are not a whole number of examples of \(shape) = \(shape.count)")
    }
    let count = values / shape.count
    if let labels, labels.count != count {
      throw DataError(name, "\(labels.count) labels for \(count) examples")
    }
    if let bad = labels?.firstIndex(where: { $0 < 0 }), let label = labels?[bad] {
      throw DataError(
        name, "the label of example \(bad) is \(label); classes are counted from 0")
    }
    self.name = name
    self.shape = shape
    self.count = count
    self.labels = labels
    self.classNames = classNames
    self.allowsMissing = allowsMissing
    self.storage = storage
    selection = nil
  }

  private init(_ other: DataSet, selection: [Int]) {
    name = other.name
    shape = other.shape
    count = selection.count
    labels = other.labels.map { labels in selection.map { labels[$0] } }
    classNames = other.classNames
    allowsMissing = other.allowsMissing
    notes = other.notes
    labelName = other.labelName
    origins = other.origins
    failures = other.failures
    classPlaces = other.classPlaces
    labelAbsence = other.labelAbsence
    wideSamples = other.wideSamples
    storage = other.storage
    self.selection = other.selection.map { outer in selection.map { outer[$0] } } ?? selection
  }

  /// The same examples with other numbers and names of classes, [count].
  func numbered(_ labels: [Int], _ names: [String]) -> DataSet {
    var result = self
    (result.labels, result.classNames) = (labels, names)
    return result
  }

  /// Some of the examples, in the order given; the values are shared, not copied.
  public func subset(_ indices: [Int]) -> DataSet {
    precondition(
      indices.allSatisfy { $0 >= 0 && $0 < count },
      "DataSet.subset: an index lies outside 0 ..< \(count)")
    return DataSet(self, selection: indices)
  }

  /// The first `count` examples.
  public func prefix(_ count: Int) -> DataSet { subset(Array(0..<min(count, self.count))) }

  /// A random part of the set and the rest.
  ///
  /// - Parameters:
  ///   - fraction: the part that the second set gets, in [0, 1]; each set gets at least one example
  ///   - seed: the same seed gives the same parts
  /// - Throws: `DataError` when there is only one example.
  public func split(
    holdingOut fraction: Double, seed: UInt64
  ) throws(DataError) -> (rest: DataSet, heldOut: DataSet) {
    precondition(
      (0...1).contains(fraction), "DataSet.split: the fraction \(fraction) lies outside 0...1")
    guard count >= 2 else {
      throw DataError(name, "one example cannot be split into training and validation")
    }
    let order = RandomStream(seed: seed, purpose: .split).permutation(count: count)
    let held = min(max(1, Int((Double(count) * fraction).rounded())), count - 1)
    return (subset(order[held...].sorted()), subset(order[..<held].sorted()))
  }

  /// Converts one example to floats at the start of a row, without padding.
  func copyExample(_ index: Int, into row: VectorView) {
    let start = (selection?[index] ?? index) * shape.count
    copy(start, count: shape.count, into: row)
  }

  private func copy(_ start: Int, count: Int, into target: VectorView) {
    switch storage {
    case .bytes(let bytes):
      convertBytes(bytes[start..<start + count], into: target, dividedBy: 255)
    case .floats(let floats):
      target.copy(floats[start..<start + count])
    case .mapped(let array): array.copy(start, count: count, into: target)
    }
  }

  /// The last examples and the others, both in their order.
  ///
  /// - Parameter count: how many the second set gets
  /// - Throws: `DataError` unless both get one.
  public func split(
    holdingOutLast count: Int
  ) throws(DataError) -> (rest: DataSet, heldOut: DataSet) {
    guard count >= 1 && count < self.count else {
      throw DataError(
        name, "of its \(self.count) examples \(count) cannot be held out for validation")
    }
    let first = self.count - count
    return (subset(Array(0..<first)), subset(Array(first..<self.count)))
  }

  /// Gathers examples into a batch with zeros around each image.
  ///
  /// - Parameters:
  ///   - indices: which examples, as many as the batch has rows
  ///   - padding: rows and columns of zeros around each image
  ///   - draws: what makes zeros and ones of the values; nil leaves them
  ///   - batch: [n, padded height × padded width × channels], overwritten
  func gather(
    _ indices: ArraySlice<Int>, padding: ImagePadding, draws: BinaryDraws? = nil,
    into batch: MatrixView
  ) {
    let isReadable = changedFile == nil
    for (row, index) in indices.enumerated() {
      let target = batch.row(row)
      guard isReadable else {
        target.fill(.nan)
        continue
      }
      if padding == 0 {
        copyExample(index, into: target)
      } else {
        copyExample(index, padding: padding, into: target)
      }
      draws?.apply(to: target, index: selection?[index] ?? index)
    }
  }

  private func copyExample(_ index: Int, padding: ImagePadding, into target: VectorView) {
    let stored = shape.width * shape.channels
    let (left, right) = (padding.left * shape.channels, padding.right * shape.channels)
    let line = left + stored + right
    let start = (selection?[index] ?? index) * shape.count
    target.slice(0, count: padding.top * line).fill(0)
    for y in 0..<shape.height {
      let offset = (padding.top + y) * line
      target.slice(offset, count: left).fill(0)
      copy(start + y * stored, count: stored, into: target.slice(offset + left, count: stored))
      target.slice(offset + left + stored, count: right).fill(0)
    }
    let below = (padding.top + shape.height) * line
    target.slice(below, count: padding.bottom * line).fill(0)
  }

  /// Checks that a model can take this data.
  ///
  /// - Throws: `DataError` naming both shapes, or the value that the likelihood cannot take.
  public func check(against spec: ModelSpec) throws(DataError) {
    let wanted = spec.data.stored
    guard shape == wanted || (wanted.isFlat && shape.count == wanted.count) else {
      throw DataError(
        name, "its examples are \(shape), but the model \"\(spec.name)\" takes \(wanted)")
    }
    if allowsMissing && !spec.data.missing { try checkNothingMissing(for: spec) }
    if let condition = spec.condition { try checkLabels(for: condition) }
    if spec.data.binarisation != .none { try checkProbabilities() }
    try checkValues(for: spec.likelihood)
    try checkUnchanged()
  }
}
