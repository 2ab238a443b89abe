/// An array that came from, or goes to, an NPY or NPZ file.
public typealias NPYArray = NumericArray

/// Reads and writes NPY, NumPy's format for one array.
///
/// Magic bytes, a version, a header's length, the header (a Python dictionary literal), then the
/// elements. Versions 1.0, 2.0 and 3.0 differ in the width of the length and the header's encoding.
///
/// - SeeAlso: NumPy's documentation, `numpy.lib.format`.
public enum NPY {
  /// Reads a file of plain numbers, either byte order, C or Fortran order.
  ///
  /// - Parameter path: the file.
  /// - Returns: the array, in C order and the host's byte order.
  /// - Throws: ``FormatError`` if the file cannot be read, breaks a rule of the format, or holds
  ///   anything but booleans, integers and real floating-point numbers.
  /// - Complexity: O(size); memory for one copy of the file, two if it is in Fortran order.
  public static func read(_ path: String) throws(FormatError) -> NPYArray {
    try decode(try FileBytes.read(path), file: path)
  }

  /// Reads an array from the bytes of a file; see ``read(_:)``.
  ///
  /// - Parameters:
  ///   - bytes: the file's content.
  ///   - file: the name to use in errors.
  public static func decode(
    _ bytes: consuming [UInt8], file: String
  ) throws(FormatError) -> NPYArray {
    let (header, start) = try header(of: bytes, file: file)
    let count = try checkSize(header, start: start, of: bytes.count, file: file)
    // In place where nobody else holds the bytes: the file is in memory once.
    bytes.removeSubrange(0..<start)
    if header.isLittleEndian != hostIsLittleEndian {
      swapByteOrder(&bytes, width: header.elementType.byteCount)
    }
    if header.isFortranOrder {
      guard memoryIsAvailable(count) else {
        throw FormatError(
          file: file, reason: "reordering its \(count) bytes needs as many again in memory")
      }
      bytes = rowMajor(bytes, shape: header.shape, width: header.elementType.byteCount)
    }
    return NPYArray(elementType: header.elementType, shape: header.shape, bytes: bytes)
  }

  /// Checks that the elements fill the rest of a file of `size` bytes, and returns how many bytes they are.
  static func checkSize(
    _ header: NPYHeader, start: Int, of size: Int, file: String
  ) throws(FormatError) -> Int {
    let follow = size - start
    let width = header.elementType.byteCount == 1 ? "" : " × \(header.elementType.byteCount)"
    let promise = "the header promises \(shapeText(header.shape))\(width) bytes but"
    guard let count = header.elementType.byteCount(ofShape: header.shape), count <= follow else {
      throw FormatError(file: file, offset: start, reason: "\(promise) \(follow) follow")
    }
    guard count == follow else {
      throw FormatError(
        file: file, offset: start + count, reason: "\(promise) \(follow) follow, too many")
    }
    return count
  }

  package static let magic: [UInt8] = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]

  static func header(
    of bytes: [UInt8], file: String
  ) throws(FormatError) -> (NPYHeader, dataStart: Int) {
    guard bytes.starts(with: magic) else {
      throw FormatError(
        file: file, offset: 0, reason: "this is not NPY, which begins with 93 4e 55 4d 50 59")
    }
    var cursor = ByteCursor(bytes, file: file)
    cursor.position = magic.count
    let major = try cursor.integer(UInt8.self, "the version")
    let minor = try cursor.integer(UInt8.self, "the version")
    guard 1...3 ~= major, minor == 0 else {
      throw FormatError(
        file: file, offset: magic.count,
        reason: "NPY version \(major).\(minor) is none of 1.0, 2.0 and 3.0")
    }
    let length =
      major == 1
      ? UInt64(try cursor.integer(UInt16.self, "the header's length"))
      : UInt64(try cursor.integer(UInt32.self, "the header's length"))
    let range = try cursor.advance(by: length, "the header")
    var parser = NPYHeaderParser([UInt8](bytes[range]), at: range.lowerBound, file: file)
    return (try parser.parse(), range.upperBound)
  }

  /// Reorders an array whose first index runs fastest into one whose last index does.
  ///
  /// - Parameter width: the bytes of an element: 1, 2, 4 or 8.
  private static func rowMajor(_ bytes: [UInt8], shape: [Int], width: Int) -> [UInt8] {
    // Extents of 1 move nothing; what is left of one dimension has only one order.
    let shape = shape.filter { $0 != 1 }
    guard shape.count > 1, !bytes.isEmpty else { return bytes }
    return switch width {
    case 1: transpose(bytes, shape, UInt8.self)
    case 2: transpose(bytes, shape, UInt16.self)
    case 4: transpose(bytes, shape, UInt32.self)
    default: transpose(bytes, shape, UInt64.self)
    }
  }

  @inline(__always)
  private static func transpose<Word: FixedWidthInteger & BitwiseCopyable>(
    _ bytes: [UInt8], _ shape: [Int], _ type: Word.Type
  ) -> [UInt8] {
    let size = MemoryLayout<Word>.size
    var strides: [Int] = []  // [rank], in elements of the Fortran-ordered source
    var count = 1
    for extent in shape {
      strides.append(count)
      count *= extent
    }
    let last = shape.count - 1
    return [UInt8](unsafeUninitializedCapacity: bytes.count) { target, filled in
      let target = UnsafeMutableRawBufferPointer(target)
      bytes.withUnsafeBytes { source in
        var index = [Int](repeating: 0, count: shape.count)
        var row = 0  // where this row begins in the source
        for start in stride(from: 0, to: count, by: shape[last]) {
          for column in 0..<shape[last] {
            let word = source.loadUnaligned(
              fromByteOffset: (row + column * strides[last]) * size, as: type)
            target.storeBytes(of: word, toByteOffset: (start + column) * size, as: type)
          }
          var dimension = last - 1
          while dimension >= 0 {
            index[dimension] += 1
            row += strides[dimension]
            guard index[dimension] == shape[dimension] else { break }
            row -= shape[dimension] * strides[dimension]
            index[dimension] = 0
            dimension -= 1
          }
        }
      }
      filled = bytes.count
    }
  }
}

extension NPY {
  /// Writes a file in C order, lowest byte first, that `numpy.load` reads.
  ///
  /// The version is 1.0, 2.0 where the shape is too long for that, and the data begin at a multiple
  /// of 64 bytes.
  ///
  /// - Parameters:
  ///   - array: any element type but `bfloat16`, which NumPy lacks.
  ///   - path: the file to make or replace.
  /// - Throws: ``FormatError`` if NPY cannot hold the array or the file cannot be written.
  /// - Complexity: O(elements), no copy on a little-endian machine.
  public static func write(_ array: NPYArray, to path: String) throws(FormatError) {
    try AtomicFile.write(try encode(array, file: path), to: path)
  }

  /// The bytes of a file, in pieces to be written one after another.
  static func encode(_ array: NPYArray, file: String) throws(FormatError) -> [[UInt8]] {
    guard let (code, _) = NPYHeader.codes.first(where: { $0.1 == array.elementType }) else {
      throw FormatError(file: file, reason: "NPY cannot hold elements of type \(array.elementType)")
    }
    let order = array.elementType.byteCount == 1 ? "|" : "<"
    var elements = array.bytes
    if !hostIsLittleEndian { swapByteOrder(&elements, width: array.elementType.byteCount) }
    return [header(type: order + code, shape: array.shape), elements]
  }

  /// What stands in front of the elements: magic bytes, version and description.
  ///
  /// - Parameter type: NumPy's code of the elements with their byte order
  static func header(type: String, shape: [Int]) -> [UInt8] {
    let extents = shape.map(String.init).joined(separator: ", ")
    let tuple = shape.count == 1 ? "(\(extents),)" : "(\(extents))"
    let literal = [UInt8](
      "{'descr': '\(type)', 'fortran_order': False, 'shape': \(tuple), }".utf8)
    // Magic, version, length, literal, spaces, line feed.
    let isShort = literal.count + 11 + 63 <= Int(UInt16.max)
    let prefix = magic.count + 2 + (isShort ? 2 : 4)
    let total = (prefix + literal.count + 1 + 63) / 64 * 64
    var header = magic + [isShort ? 1 : 2, 0]
    if isShort {
      header.append(littleEndian: UInt16(total - prefix))
    } else {
      header.append(littleEndian: UInt32(total - prefix))
    }
    header += literal
    header += [UInt8](repeating: UInt8(ascii: " "), count: total - 1 - header.count)
    header.append(UInt8(ascii: "\n"))
    return header
  }
}
