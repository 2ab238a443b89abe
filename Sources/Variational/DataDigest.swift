// What a run was trained on, in a few numbers, so that it goes on with the same.

import Kernels

/// What tells a data set from others.
///
/// Names of files are not part of it: data may be moved, packed, or read from the disk where they were in memory.
public struct DataDigest: Sendable, Hashable, Codable {
  /// The number of examples.
  public var examples: Int
  /// Height, width and channels of one.
  public var shape: [Int]
  /// The names of the classes, in their order; empty if unknown.
  public var classes: [String]
  /// A hash of the values, sixteen hexadecimal digits.
  public var values: String
  /// A hash of the examples' classes; nil if unknown.
  public var labels: String?

  /// The first thing in which data differ from those of another digest, as "it has 3 examples, not 4"; nil if in nothing.
  ///
  /// - Parameter other: what they should be
  func difference(from other: DataDigest) -> String? {
    func shown(_ shape: [Int]) -> String { shape.map(String.init).joined(separator: "×") }
    func shown(_ name: String) -> String {
      "\"\(name.prefix(60))\(name.count > 60 ? "…" : "")\""
    }
    if examples != other.examples { return "\(examples) examples, not \(other.examples)" }
    if shape != other.shape {
      return "examples of \(shown(shape)), not \(shown(other.shape))"
    }
    if classes.count != other.classes.count {
      return "names of \(classes.count) classes, not of \(other.classes.count)"
    }
    if let place = classes.indices.first(where: { classes[$0] != other.classes[$0] }) {
      return "a class \(place) called \(shown(classes[place])), not \(shown(other.classes[place]))"
    }
    if (labels == nil) != (other.labels == nil) {
      return labels == nil
        ? "no classes, which the others had" : "classes, which the others had not"
    }
    if values != other.values { return "other values" }
    return labels == other.labels ? nil : "other classes of the same examples"
  }
}

extension DataSet {
  /// Data of more bytes are known by some of their examples.
  private static let fullyHashed = 1 << 28
  private static let sampledExamples = 4096

  /// The data in a few numbers.
  ///
  /// - Complexity: O(values), some gigabytes a second; of more than 256 MiB, as bytes or floats, 4096 examples that
  ///   lie evenly from the first to the last are looked at.
  public var digest: DataDigest {
    var hash = ContentHash()
    // [values] of an example that is read from its file.
    var size = 0
    if case .mapped = storage { size = shape.count }
    let row = Arena(count: size)
    for index in hashedExamples { add(index, row, to: &hash) }
    let classes = labels.map { labels in
      var hash = ContentHash()
      hash.add(labels[...])
      return hash.digits
    }
    return DataDigest(
      examples: count, shape: [shape.height, shape.width, shape.channels], classes: classNames,
      values: hash.digits, labels: classes)
  }

  private var holdsBytes: Bool {
    switch storage {
    case .bytes: true
    case .floats: false
    case .mapped(let array): array.elementType == .uint8
    }
  }

  private var hashedExamples: [Int] {
    let size = shape.count * (holdsBytes ? 1 : MemoryLayout<Float>.stride)
    let (bytes, overflow) = size.multipliedReportingOverflow(by: count)
    let samples = DataSet.sampledExamples
    guard overflow || bytes > DataSet.fullyHashed, count > samples else { return Array(0..<count) }
    return (0..<samples).map {
      Int((Double($0) * Double(count - 1) / Double(samples - 1)).rounded())
    }
  }

  // Bytes as they are, other numbers as the floats that a model sees, wherever they lie.
  private func add(_ index: Int, _ row: Arena, to hash: inout ContentHash) {
    let start = (selection?[index] ?? index) * shape.count
    switch storage {
    case .bytes(let bytes): hash.add(bytes[start..<start + shape.count])
    case .floats(let floats): hash.add(floats[start..<start + shape.count])
    case .mapped(let array) where array.elementType == .uint8:
      // A file that no longer has them is refused by the check that every reader of data ends with.
      if let bytes = array.bytes(start, at: row.vector.buffer) { hash.add(bytes) }
    case .mapped:
      copyExample(index, into: row.vector)
      hash.add(row.vector)
    }
  }
}

/// The data of a run by what they are for.
struct RunData: Sendable, Hashable, Codable {
  /// What the weights are trained on.
  var training: DataDigest
  /// What the best epoch is chosen by.
  var validation: DataDigest?
  /// What is evaluated after every epoch but chooses nothing.
  var watched: DataDigest?

  /// What is not as it was, as a sentence about the data; nil if all is.
  func difference(from saved: RunData) -> String? {
    if let difference = training.difference(from: saved.training) {
      return "the training data have \(difference)"
    }
    for (name, mine, other) in [
      ("validation", validation, saved.validation), ("test", watched, saved.watched),
    ] {
      switch (mine, other) {
      case (nil, nil): continue
      case (nil, _?): return "there are no \(name) data, which the run had"
      case (_?, nil): return "there are \(name) data, which the run had not"
      case (let mine?, let other?):
        if let difference = mine.difference(from: other) {
          return "the \(name) data have \(difference)"
        }
      }
    }
    return nil
  }
}
