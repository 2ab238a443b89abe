extension SafeTensors {
  /// A tensor to be written.
  public struct Entry: Sendable {
    /// The name, unique within the file.
    public let name: String

    /// The type of every element.
    public let elementType: ElementType

    /// The extent of each dimension, slowest first.
    public let shape: [Int]

    private let elements: Elements

    private enum Elements {
      case floats([Float])
      case bytes([UInt8])
    }

    /// Takes single-precision numbers, without copying them.
    ///
    /// - Parameters:
    ///   - name: any text but `__metadata__`.
    ///   - floats: [product of `shape`], row-major; any other count traps.
    ///   - shape: the extent of each dimension.
    public init(name: String, floats: [Float], shape: [Int]) {
      precondition(
        shape.allSatisfy { $0 >= 0 }
          && ElementType.float32.byteCount(ofShape: shape) == 4 * floats.count,
        "SafeTensors.Entry: shape \(shape) does not describe \(floats.count) numbers")
      self.name = name
      self.elementType = .float32
      self.shape = shape
      elements = .floats(floats)
    }

    /// Takes numbers of any type.
    ///
    /// - Parameters:
    ///   - name: any text but `__metadata__`.
    ///   - array: the elements.
    public init(name: String, array: NumericArray) {
      self.name = name
      elementType = array.elementType
      shape = array.shape
      elements = .bytes(array.bytes)
    }

    var byteCount: Int {
      switch elements {
      case .floats(let floats): 4 * floats.count
      case .bytes(let bytes): bytes.count
      }
    }

    func append(to sink: borrowing FileSink) throws(FormatError) {
      switch elements {
      case .floats(let floats):
        guard hostIsLittleEndian else {
          return try sink.append(floats.map(\.bitPattern.littleEndian))
        }
        try sink.append(floats)
      case .bytes(var bytes):
        if !hostIsLittleEndian { swapByteOrder(&bytes, width: elementType.byteCount) }
        try sink.append(bytes)
      }
    }
  }

  /// Writes a file.
  ///
  /// The tensors' bytes follow in the given order, and the header is padded with spaces so that
  /// they begin at a multiple of 8. For every tensor to be aligned to its own element size, give
  /// the wide types first. The same input gives the same file, byte for byte.
  ///
  /// - Parameters:
  ///   - entries: the tensors, no two with one name.
  ///   - metadata: free text, written in the order of its keys; none if empty.
  ///   - path: the file to make or replace.
  /// - Throws: ``FormatError`` if a name is repeated or is `__metadata__`, if the header exceeds
  ///   the format's bound of 100 MB, or if the file cannot be written.
  /// - Complexity: O(bytes), no copy on a little-endian machine.
  public static func write(
    _ entries: [Entry], metadata: [String: String] = [:], to path: String
  ) throws(FormatError) {
    let header = try header(of: entries, metadata: metadata, file: path)
    try AtomicFile.write(to: path) { (sink) throws(FormatError) in
      try sink.append(header)
      for entry in entries { try entry.append(to: sink) }
    }
  }

  /// The header, with the length before it and the padding after it.
  static func header(
    of entries: [Entry], metadata: [String: String], file: String
  ) throws(FormatError) -> [UInt8] {
    var members: [String] = []
    if !metadata.isEmpty {
      let texts = metadata.sorted { $0.key < $1.key }.map { jsonString($0) + ":" + jsonString($1) }
      members.append(
        jsonString(SafeTensorsHeader.metadataKey) + ":{" + texts.joined(separator: ",") + "}")
    }
    var names: Set<String> = [SafeTensorsHeader.metadataKey]
    var begin = 0
    for entry in entries {
      guard names.insert(entry.name).inserted else {
        throw FormatError(
          file: file, reason: "the name \(quoted(entry.name)) is taken; a tensor needs its own")
      }
      guard
        let code = SafeTensorsHeader.codes.first(where: { $0.elementType == entry.elementType })
      else { preconditionFailure("SafeTensors.write: \(entry.elementType) has no code") }
      let shape = entry.shape.map(String.init).joined(separator: ",")
      let end = begin + entry.byteCount
      members.append(
        jsonString(entry.name) + ":{\"dtype\":\"\(code.code)\",\"shape\":[\(shape)],"
          + "\"data_offsets\":[\(begin),\(end)]}")
      begin = end
    }
    var text = [UInt8]("{\(members.joined(separator: ","))}".utf8)
    text += [UInt8](repeating: UInt8(ascii: " "), count: (8 - text.count % 8) % 8)
    guard text.count <= SafeTensorsHeader.largestLength else {
      throw FormatError(file: file, reason: "the header exceeds the format's bound of 100 MB")
    }
    var header: [UInt8] = []
    header.append(littleEndian: UInt64(text.count))
    return header + text
  }

  private static func jsonString(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case "\n": quoted += "\\n"
      case "\r": quoted += "\\r"
      case "\t": quoted += "\\t"
      case "\u{0}"..<"\u{20}":
        let digits = String(scalar.value, radix: 16)
        quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }
}
