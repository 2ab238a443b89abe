/// Numbers of one type in row-major order that stay in their file: a ``NumericArray`` for data that memory
/// should not hold.
public struct MappedArray: Sendable {
  /// The file.
  public let file: MappedFile
  /// The type of every element.
  public let elementType: ElementType
  /// The extent of each dimension, slowest first.
  public let shape: [Int]

  // Where the elements begin, and whether their bytes stand in the other order than the host's.
  private let start: Int
  private let isSwapped: Bool

  /// The number of elements.
  public var count: Int { shape.reduce(1, *) }

  /// The types that are converted where they are read; the others are read whole.
  static let types: Set<ElementType> = [
    .uint8, .uint16, .uint32, .uint64, .int8, .int16, .int32, .int64, .float32, .float64,
  ]

  /// - Parameters: facts that somebody has checked against the file's size.
  init(
    _ file: MappedFile, _ elementType: ElementType, shape: [Int], start: Int, isSwapped: Bool
  ) {
    precondition(
      MappedArray.types.contains(elementType)
        && elementType.byteCount(ofShape: shape).map { $0 <= file.count - start } == true,
      "MappedArray: \(shape) of \(elementType) at \(start) leaves the \(file.count) bytes")
    self.file = file
    self.elementType = elementType
    self.shape = shape
    self.start = start
    self.isSwapped = isSwapped && elementType.byteCount > 1
  }

  /// A file that holds bytes and nothing else.
  package init(bytes file: MappedFile, shape: [Int]) {
    self.init(file, .uint8, shape: shape, start: 0, isSwapped: false)
  }

  /// Some of the elements as single-precision numbers, as ``NumericArray/floats()`` gives them.
  ///
  /// - Parameter range: within `0 ..< count`; traps otherwise.
  /// - Complexity: O(elements), pages that are not in memory are read.
  public func floats(in range: Range<Int>) -> [Float] {
    [Float](unsafeUninitializedCapacity: range.count) { buffer, filled in
      copy(range.lowerBound, into: UnsafeMutableBufferPointer(rebasing: buffer[..<range.count]))
      filled = range.count
    }
  }

  /// The bytes of some elements of type `uint8`, in place.
  @inline(__always)
  package func withBytes(_ first: Int, count: Int, _ body: (UnsafeRawBufferPointer) -> Void) {
    precondition(elementType == .uint8, "MappedArray.withBytes: elements of \(elementType)")
    file.withBytes(start + first, count: count, body)
  }

  /// Converts the elements from `first` on into as many floats as `target` has room for.
  package func copy(_ first: Int, into target: UnsafeMutableBufferPointer<Float>) {
    let size = elementType.byteCount
    file.withBytes(start + first * size, count: target.count * size) { bytes in
      guard let source = bytes.baseAddress, let target = target.baseAddress else { return }
      let count = bytes.count / size
      switch elementType {
      case .uint8: convert(source, count, target, isSwapped) { (word: UInt8) in Float(word) }
      case .uint16: convert(source, count, target, isSwapped) { (word: UInt16) in Float(word) }
      case .uint32: convert(source, count, target, isSwapped) { (word: UInt32) in Float(word) }
      case .uint64: convert(source, count, target, isSwapped) { (word: UInt64) in Float(word) }
      case .int8: convert(source, count, target, isSwapped) { (word: Int8) in Float(word) }
      case .int16: convert(source, count, target, isSwapped) { (word: Int16) in Float(word) }
      case .int32: convert(source, count, target, isSwapped) { (word: Int32) in Float(word) }
      case .int64: convert(source, count, target, isSwapped) { (word: Int64) in Float(word) }
      case .float32 where !isSwapped:
        UnsafeMutableRawPointer(target).copyMemory(from: source, byteCount: bytes.count)
      case .float32:
        convert(source, count, target, isSwapped) { (word: UInt32) in Float(bitPattern: word) }
      case .float64:
        convert(source, count, target, isSwapped) { (word: UInt64) in
          Float(Double(bitPattern: word))
        }
      case .bool, .float16, .bfloat16:
        preconditionFailure("MappedArray.copy: elements of \(elementType)")
      }
    }
  }
}

@inline(__always)
private func convert<Word: FixedWidthInteger & BitwiseCopyable>(
  _ source: UnsafeRawPointer, _ count: Int, _ target: UnsafeMutablePointer<Float>,
  _ isSwapped: Bool, _ number: (Word) -> Float
) {
  for index in 0..<count {
    let word = source.loadUnaligned(
      fromByteOffset: index &* MemoryLayout<Word>.size, as: Word.self)
    target[index] = number(isSwapped ? word.byteSwapped : word)
  }
}

extension NPY {
  /// The array of a mapped file, whose elements stay there.
  ///
  /// - Returns: nil for an array that has to be rearranged or converted as a whole: Fortran order, booleans,
  ///   half precision. ``read(_:)`` reads those.
  /// - Throws: ``FormatError`` as ``read(_:)`` does.
  /// - Complexity: O(1)
  public static func map(_ file: MappedFile) throws(FormatError) -> MappedArray? {
    // Headers of a megabyte are possible only by ill will.
    let (header, start) = try header(of: file.prefix(1 << 20), file: file.path)
    _ = try checkSize(header, start: start, of: file.count, file: file.path)
    let hasOneOrder = header.shape.count { $0 != 1 } <= 1
    guard !header.isFortranOrder || hasOneOrder, MappedArray.types.contains(header.elementType)
    else { return nil }
    return MappedArray(
      file, header.elementType, shape: header.shape, start: start,
      isSwapped: header.isLittleEndian != hostIsLittleEndian)
  }
}

extension IDX {
  /// The array of a mapped file without compression, whose elements stay there.
  ///
  /// - Throws: ``FormatError`` as ``read(_:ceiling:)`` does; compressed files are not IDX here.
  /// - Complexity: O(1)
  public static func map(_ file: MappedFile) throws(FormatError) -> MappedArray {
    // Four bytes and up to 255 dimensions of four.
    var stream = try InflateStream(file.prefix(1024), packing: .stored, file: file.path)
    let (elementType, shape) = try header(&stream, file: file.path)
    let (start, follow) = (stream.produced, file.count - stream.produced)
    let width = elementType.byteCount == 1 ? "" : " × \(elementType.byteCount)"
    guard let count = elementType.byteCount(ofShape: shape), count == follow else {
      throw FormatError(
        file: file.path, offset: start,
        reason: "the header promises \(shapeText(shape))\(width) bytes but \(follow) follow")
    }
    return MappedArray(
      file, elementType, shape: shape, start: start, isSwapped: hostIsLittleEndian)
  }
}
