/// Numbers of one type in row-major order that stay in their file and are read as they are wanted: a ``NumericArray`` for data that memory
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

  /// Some of the elements' bytes, at the end of a buffer of as many floats, from where they can be converted in
  /// place, front to back: whatever is written over has been read.
  ///
  /// - Parameter first: of elements of four bytes at most.
  /// - Returns: nil if the file no longer has them.
  package func bytes(
    _ first: Int, at target: UnsafeMutableBufferPointer<Float>
  ) -> UnsafeRawBufferPointer? {
    let size = elementType.byteCount
    precondition(size <= 4, "MappedArray.bytes: elements of \(elementType)")
    let all = UnsafeMutableRawBufferPointer(target)
    let tail = UnsafeMutableRawBufferPointer(rebasing: all[(all.count - target.count * size)...])
    return file.read(start + first * size, into: tail) ? UnsafeRawBufferPointer(tail) : nil
  }

  /// Converts the elements from `first` on into as many floats as `target` has room for; NaN for all of them if
  /// the file no longer has them.
  ///
  /// - Complexity: O(elements), no allocation.
  package func copy(_ first: Int, into target: UnsafeMutableBufferPointer<Float>) {
    guard let floats = target.baseAddress, !target.isEmpty else { return }
    let isRead = elementType.byteCount == 8 ? copyWide(first, target) : copyNarrow(first, target)
    if !isRead { floats.update(repeating: .nan, count: target.count) }
  }

  private func copyNarrow(_ first: Int, _ buffer: UnsafeMutableBufferPointer<Float>) -> Bool {
    guard let target = buffer.baseAddress, let source = bytes(first, at: buffer)?.baseAddress
    else { return false }
    let count = buffer.count
    switch elementType {
    case .uint8: convert(source, count, target, isSwapped) { (word: UInt8) in Float(word) }
    case .uint16: convert(source, count, target, isSwapped) { (word: UInt16) in Float(word) }
    case .uint32: convert(source, count, target, isSwapped) { (word: UInt32) in Float(word) }
    case .int8: convert(source, count, target, isSwapped) { (word: Int8) in Float(word) }
    case .int16: convert(source, count, target, isSwapped) { (word: Int16) in Float(word) }
    case .int32: convert(source, count, target, isSwapped) { (word: Int32) in Float(word) }
    case .float32 where !isSwapped: break  // they lie where they belong
    case .float32:
      convert(source, count, target, isSwapped) { (word: UInt32) in Float(bitPattern: word) }
    case .uint64, .int64, .float64, .bool, .float16, .bfloat16:
      preconditionFailure("MappedArray.copy: elements of \(elementType)")
    }
    return true
  }

  // Elements of eight bytes have no room beside one another: half of those that are left are read into the
  // place of all of them and converted there, until one is left.
  private func copyWide(_ first: Int, _ buffer: UnsafeMutableBufferPointer<Float>) -> Bool {
    guard let base = buffer.baseAddress else { return false }
    var done = 0
    while done < buffer.count {
      let rest = buffer.count - done
      let place = start + 8 * (first + done)
      let target = base + done
      if rest == 1 {
        var word: UInt64 = 0
        guard withUnsafeMutableBytes(of: &word, { file.read(place, into: $0) }) else {
          return false
        }
        withUnsafePointer(to: word) { convertWide(UnsafeRawPointer($0), 1, target) }
        return true
      }
      let part = rest / 2
      let bytes = UnsafeMutableRawBufferPointer(start: target, count: 8 * part)
      guard file.read(place, into: bytes), let source = bytes.baseAddress else { return false }
      convertWide(source, part, target)
      done += part
    }
    return true
  }

  private func convertWide(
    _ source: UnsafeRawPointer, _ count: Int, _ target: UnsafeMutablePointer<Float>
  ) {
    switch elementType {
    case .uint64: convert(source, count, target, isSwapped) { (word: UInt64) in Float(word) }
    case .int64: convert(source, count, target, isSwapped) { (word: Int64) in Float(word) }
    default:
      convert(source, count, target, isSwapped) { (word: UInt64) in
        Float(Double(bitPattern: word))
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
