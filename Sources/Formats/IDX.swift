/// An array that came from, or goes to, an IDX file.
public typealias IDXArray = NumericArray

/// Reads and writes IDX, the format of the MNIST data sets, plain or inside gzip.
///
/// Two zero bytes, a type code, the number of dimensions, the dimensions as 32-bit integers, then
/// the elements in row-major order. Every number has its highest byte first.
///
/// - SeeAlso: LeCun, Cortes and Burges, *The MNIST database of handwritten digits*, "File formats".
public enum IDX {
  /// Reads a file.
  ///
  /// Gzip is recognised by its first two bytes, 1f 8b. The header's promise bounds what is
  /// decompressed, and a promise that the file is too short to keep is refused before anything is
  /// allocated.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - ceiling: the most bytes of elements to accept.
  /// - Returns: an array of type `uint8`, `int8`, `int16`, `int32`, `float32` or `float64` with one
  ///   or more dimensions, none of them 0, in the host's byte order.
  /// - Throws: ``FormatError`` if the file cannot be read or breaks a rule of the format; for a
  ///   gzip file, offsets count decompressed bytes.
  /// - Complexity: O(size of file and elements).
  public static func read(_ path: String, ceiling: Int = 4 << 30) throws(FormatError) -> IDXArray {
    try decode(try FileBytes.read(path), file: path, ceiling: ceiling)
  }

  /// Reads an array from the bytes of a file; see ``read(_:ceiling:)``.
  ///
  /// - Parameters:
  ///   - bytes: the file's content.
  ///   - file: the name to use in errors.
  ///   - ceiling: the most bytes of elements to accept.
  public static func decode(
    _ bytes: [UInt8], file: String, ceiling: Int = 4 << 30
  ) throws(FormatError) -> IDXArray {
    guard !bytes.isEmpty else { throw FormatError(file: file, reason: "the file is empty") }
    let isGzip = InflateStream.isGzip(bytes[...])
    guard isGzip || !file.hasSuffix(".gz") else {
      throw FormatError(
        file: file, offset: 0,
        reason: "the name ends in .gz, but the file does not begin with gzip's 1f 8b")
    }
    var stream = try InflateStream(bytes, packing: isGzip ? .gzip : .stored, file: file)
    let (elementType, shape) = try header(&stream, file: file)
    var elements = try elements(
      of: elementType, shape: shape, from: &stream, file: file, ceiling: ceiling)
    if hostIsLittleEndian { swapByteOrder(&elements, width: elementType.byteCount) }
    return IDXArray(elementType: elementType, shape: shape, bytes: elements)
  }

  static func header(
    _ stream: inout InflateStream, file: String
  ) throws(FormatError) -> (ElementType, shape: [Int]) {
    let magic = try stream.take(4)
    guard magic.count == 4 else {
      throw FormatError(
        file: file, offset: magic.count, reason: "the file ends inside the 4 bytes of the header")
    }
    guard magic[0] == 0, magic[1] == 0 else {
      throw FormatError(
        file: file, offset: 0, reason: "this is not IDX, which begins with two zero bytes")
    }
    guard let elementType = codes.first(where: { $0.code == magic[2] })?.elementType else {
      throw FormatError(
        file: file, offset: 2,
        reason: "the type code \(magic[2]) is none of 8, 9, 11, 12, 13 and 14")
    }
    let rank = Int(magic[3])
    guard rank > 0 else {
      throw FormatError(file: file, offset: 3, reason: "the header declares no dimensions")
    }
    let extents = try stream.take(4 * rank)
    guard extents.count == 4 * rank else {
      throw FormatError(
        file: file, offset: 4 + extents.count,
        reason: "the file ends inside the header, which declares \(rank) dimensions")
    }
    let shape = (0..<rank).map { dimension in
      extents[4 * dimension..<4 * dimension + 4].reduce(0) { $0 << 8 | Int($1) }
    }
    if let dimension = shape.firstIndex(of: 0) {
      throw FormatError(
        file: file, offset: 4 + 4 * dimension,
        reason: "dimension \(dimension + 1) of \(rank) is 0, so the file holds nothing")
    }
    return (elementType, shape)
  }

  private static func elements(
    of elementType: ElementType, shape: [Int], from stream: inout InflateStream, file: String,
    ceiling: Int
  ) throws(FormatError) -> [UInt8] {
    let start = stream.produced
    let width = elementType.byteCount == 1 ? "" : " × \(elementType.byteCount)"
    let promise = "the header promises \(shapeText(shape))\(width) bytes but"
    guard let count = elementType.byteCount(ofShape: shape), count <= ceiling else {
      throw FormatError(
        file: file, offset: start, reason: "\(promise) at most \(ceiling) are accepted")
    }
    guard count <= stream.largestRemainder else {
      let rest = stream.largestRemainder
      throw FormatError(file: file, offset: start, reason: "\(promise) at most \(rest) can follow")
    }
    let elements = try stream.take(count)
    guard elements.count == count else {
      throw FormatError(
        file: file, offset: start, reason: "\(promise) \(elements.count) follow")
    }
    guard try stream.isAtEnd() else {
      throw FormatError(file: file, offset: start + count, reason: "\(promise) more follow")
    }
    return elements
  }

  /// Writes a file.
  ///
  /// - Parameters:
  ///   - array: one of the element types that ``read(_:ceiling:)`` returns, with 1 to 255
  ///     dimensions, none of them 0.
  ///   - path: the file to make or replace.
  ///   - compressed: whether to wrap the file in gzip.
  /// - Throws: ``FormatError`` if IDX cannot hold the array or the file cannot be written.
  /// - Complexity: O(elements).
  public static func write(
    _ array: IDXArray, to path: String, compressed: Bool = false
  ) throws(FormatError) {
    guard let code = codes.first(where: { $0.elementType == array.elementType })?.code else {
      throw FormatError(file: path, reason: "IDX cannot hold elements of type \(array.elementType)")
    }
    guard 1...255 ~= array.shape.count,
      array.shape.allSatisfy({ $0 > 0 && UInt32(exactly: $0) != nil })
    else {
      throw FormatError(file: path, reason: "IDX cannot hold the shape \(array.shape)")
    }
    var header: [UInt8] = [0, 0, code, UInt8(array.shape.count)]
    for extent in array.shape { header.append(bigEndian: UInt32(extent)) }
    var elements = array.bytes
    if hostIsLittleEndian { swapByteOrder(&elements, width: array.elementType.byteCount) }
    let pieces = [header, elements]
    try AtomicFile.write(
      compressed ? [Deflate.pack(pieces, as: .gzip, level: 6)] : pieces, to: path)
  }

  private static let codes: [(code: UInt8, elementType: ElementType)] = [
    (0x08, .uint8), (0x09, .int8), (0x0b, .int16), (0x0c, .int32), (0x0d, .float32),
    (0x0e, .float64),
  ]
}
