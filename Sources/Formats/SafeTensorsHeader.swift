/// The rules of a safetensors header.
enum SafeTensorsHeader {
  /// The format's bound on the header, in bytes.
  static let largestLength = 100_000_000

  /// The key of the free text, which no tensor may have.
  static let metadataKey = "__metadata__"

  /// The format's names of the element types that this module knows.
  static let codes: [(code: String, elementType: ElementType)] = [
    ("F64", .float64), ("F32", .float32), ("F16", .float16), ("BF16", .bfloat16),
    ("I64", .int64), ("I32", .int32), ("I16", .int16), ("I8", .int8),
    ("U64", .uint64), ("U32", .uint32), ("U16", .uint16), ("U8", .uint8), ("BOOL", .bool),
  ]

  /// Reads and checks the header of a file.
  ///
  /// - Returns: the free text, and tensors in the order of their bytes, which cover the file from
  ///   the header to the end without holes or overlaps.
  static func parse(
    _ bytes: [UInt8], file: String
  ) throws(FormatError) -> ([String: String], [SafeTensors.Tensor]) {
    var cursor = ByteCursor(bytes, file: file)
    let length = try cursor.integer(UInt64.self, "the header's length")
    guard length <= UInt64(largestLength) else {
      throw FormatError(
        file: file, offset: 0,
        reason: "the header's length is \(length), above the format's bound of 100 MB")
    }
    let range = try cursor.advance(by: length, "the header")
    guard let first = bytes[range].first, first == UInt8(ascii: "{") else {
      throw FormatError(
        file: file, offset: range.lowerBound, reason: "the header does not begin with {")
    }
    var scanner = JSONScanner(bytes, in: range, file: file)
    var metadata: [String: String] = [:]
    var tensors: [SafeTensors.Tensor] = []
    try scanner.object("the header") { (scanner, key) throws(FormatError) in
      if key == metadataKey {
        try scanner.object("the metadata") { (scanner, key) throws(FormatError) in
          metadata[key] = try scanner.string("the metadata's \(quoted(key))")
        }
      } else {
        let buffer = range.upperBound..<bytes.count
        tensors.append(try tensor(named: key, in: buffer, &scanner))
      }
    }
    try scanner.finish()
    let ordered = try contiguous(tensors, in: range.upperBound..<bytes.count, file: file)
    return (metadata, ordered)
  }

  /// Reads one tensor's entry.
  ///
  /// - Parameter buffer: where the file keeps the tensors' bytes.
  private static func tensor(
    named name: String, in buffer: Range<Int>, _ scanner: inout JSONScanner
  ) throws(FormatError) -> SafeTensors.Tensor {
    let what = "the tensor \(quoted(name))"
    var elementType: ElementType?
    var shape: [Int]?
    var offsets: [Int]?
    try scanner.object(what) { (scanner, key) throws(FormatError) in
      switch key {
      case "dtype":
        let code = try scanner.string("the dtype of \(what)")
        guard let known = codes.first(where: { $0.code == code }) else {
          throw scanner.failure("\(what) has the unknown dtype \(quoted(code))")
        }
        elementType = known.elementType
      case "shape": shape = try scanner.naturalNumbers("the shape of \(what)")
      case "data_offsets":
        offsets = try scanner.naturalNumbers("the data_offsets of \(what)")
      default: throw scanner.failure("\(what) has the unknown key \(quoted(key))")
      }
    }
    guard let elementType else { throw scanner.failure("\(what) has no dtype") }
    guard let shape else { throw scanner.failure("\(what) has no shape") }
    guard let offsets else { throw scanner.failure("\(what) has no data_offsets") }
    guard offsets.count == 2 else {
      throw scanner.failure("\(what) has \(offsets.count) data_offsets instead of 2")
    }
    guard offsets[0] <= offsets[1] else {
      throw scanner.failure("\(what) ends at \(offsets[1]), before its begin at \(offsets[0])")
    }
    guard let size = elementType.byteCount(ofShape: shape) else {
      throw scanner.failure("\(what) has a shape whose size exceeds 64 bits")
    }
    guard size == offsets[1] - offsets[0] else {
      throw scanner.failure(
        "\(what) needs \(size) bytes by its shape and has \(offsets[1] - offsets[0])")
    }
    guard offsets[1] <= buffer.count else {
      throw scanner.failure(
        "\(what) ends at byte \(offsets[1]) of the data, which has only \(buffer.count)")
    }
    let start = buffer.lowerBound
    return SafeTensors.Tensor(
      name: name, elementType: elementType, shape: shape,
      range: start + offsets[0]..<start + offsets[1])
  }

  /// Puts the tensors in the order of their bytes, and checks that they cover the buffer.
  private static func contiguous(
    _ tensors: [SafeTensors.Tensor], in buffer: Range<Int>, file: String
  ) throws(FormatError) -> [SafeTensors.Tensor] {
    let ordered = tensors.sorted { first, second in
      (first.range.lowerBound, first.range.upperBound)
        < (second.range.lowerBound, second.range.upperBound)
    }
    var end = buffer.lowerBound
    for tensor in ordered {
      let start = tensor.range.lowerBound
      guard start == end else {
        let reason =
          start < end
          ? "the tensor \(quoted(tensor.name)) overlaps another"
          : "\(start - end) unused bytes precede the tensor \(quoted(tensor.name))"
        throw FormatError(file: file, offset: min(start, end), reason: reason)
      }
      end = tensor.range.upperBound
    }
    guard end == buffer.upperBound else {
      throw FormatError(
        file: file, offset: end,
        reason: "\(buffer.upperBound - end) bytes follow the last tensor")
    }
    return ordered
  }
}
