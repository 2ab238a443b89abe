/// Numbers of one type in row-major order: what the array formats read and write.
public struct NumericArray: Equatable, Sendable {
  /// The type of every element.
  public let elementType: ElementType

  /// The extent of each dimension, slowest first; empty for a scalar.
  public let shape: [Int]

  /// The elements in row-major order and in the host's byte order: [count × element size].
  public let bytes: [UInt8]

  /// The number of elements.
  public var count: Int { bytes.count / elementType.byteCount }

  /// Takes bytes that are already in row-major order and in the host's byte order.
  ///
  /// - Parameters:
  ///   - elementType: the type of one element
  ///   - shape: the sizes, slowest first
  ///   - bytes: [product of `shape` × element size]; any other count traps.
  /// - Complexity: O(1), no copy.
  public init(elementType: ElementType, shape: [Int], bytes: [UInt8]) {
    precondition(
      shape.allSatisfy { $0 >= 0 } && elementType.byteCount(ofShape: shape) == bytes.count,
      "NumericArray: shape \(shape) of \(elementType) does not describe \(bytes.count) bytes")
    self.elementType = elementType
    self.shape = shape
    self.bytes = bytes
  }

  /// Copies numbers of type `float32`.
  ///
  /// - Parameters:
  ///   - values: the elements in row-major order.
  ///   - shape: their extents, the number of values if nil; any other product traps.
  /// - Complexity: O(count).
  public init(_ values: [Float], shape: [Int]? = nil) {
    self.init(copying: values, .float32, shape)
  }

  /// Copies numbers of type `float64`; see ``init(_:shape:)-([Float],_)``.
  public init(_ values: [Double], shape: [Int]? = nil) {
    self.init(copying: values, .float64, shape)
  }

  /// Copies numbers of type `int64`; see ``init(_:shape:)-([Float],_)``.
  public init(_ values: [Int64], shape: [Int]? = nil) {
    self.init(copying: values, .int64, shape)
  }

  /// Takes numbers of type `uint8`; see ``init(_:shape:)-([Float],_)``.
  public init(_ values: [UInt8], shape: [Int]? = nil) {
    self.init(elementType: .uint8, shape: shape ?? [values.count], bytes: values)
  }

  private init<Value: BitwiseCopyable>(
    copying values: [Value], _ elementType: ElementType, _ shape: [Int]?
  ) {
    self.init(
      elementType: elementType, shape: shape ?? [values.count],
      bytes: values.withUnsafeBytes { [UInt8]($0) })
  }

  /// The elements as single-precision numbers, rounded to nearest where they have more digits.
  ///
  /// A bool is 0 or 1; integers keep their value (bytes stay 0 to 255).
  ///
  /// - Returns: [count], row-major.
  /// - Complexity: O(count), one pass.
  public func floats() -> [Float] {
    bytes.withUnsafeBytes { elementType.floats(from: $0) }
  }
}

extension ElementType {
  /// Converts packed numbers of this type, in the host's byte order.
  func floats(from bytes: UnsafeRawBufferPointer) -> [Float] {
    switch self {
    case .bool: convert(bytes, UInt8.self) { $0 == 0 ? 0 : 1 }
    case .uint8: convert(bytes, UInt8.self) { Float($0) }
    case .uint16: convert(bytes, UInt16.self) { Float($0) }
    case .uint32: convert(bytes, UInt32.self) { Float($0) }
    case .uint64: convert(bytes, UInt64.self) { Float($0) }
    case .int8: convert(bytes, Int8.self) { Float($0) }
    case .int16: convert(bytes, Int16.self) { Float($0) }
    case .int32: convert(bytes, Int32.self) { Float($0) }
    case .int64: convert(bytes, Int64.self) { Float($0) }
    case .float16: convert(bytes, UInt16.self) { float(fromHalf: $0) }
    case .bfloat16: convert(bytes, UInt16.self) { Float(bitPattern: UInt32($0) << 16) }
    case .float32: convert(bytes, Float.self) { $0 }
    case .float64: convert(bytes, Double.self) { Float($0) }
    }
  }
}

@inline(__always)
private func convert<Source: BitwiseCopyable>(
  _ bytes: UnsafeRawBufferPointer, _ type: Source.Type, _ number: (Source) -> Float
) -> [Float] {
  let size = MemoryLayout<Source>.size
  let count = bytes.count / size
  guard count > 0, let source = bytes.baseAddress else { return [] }
  return [Float](unsafeUninitializedCapacity: count) { buffer, filled in
    guard let target = buffer.baseAddress else { return }
    // Bare pointers: no index is checked in the loop.
    for index in 0..<count {
      target[index] = number(source.loadUnaligned(fromByteOffset: index &* size, as: type))
    }
    filled = count
  }
}

/// The value of a half-precision number, exactly.
///
/// `Float16` would do this, but Swift has no such type on Intel Macs.
private func float(fromHalf bits: UInt16) -> Float {
  let sign = UInt32(bits & 0x8000) << 16
  let exponent = UInt32(bits >> 10 & 0x1f)
  let fraction = UInt32(bits & 0x3ff)
  switch exponent {
  case 0:  // zero and subnormals: fraction × 2⁻²⁴
    let magnitude = Float(fraction) * 0x1p-24
    return Float(bitPattern: magnitude.bitPattern | sign)
  case 0x1f:  // infinity and not-a-number
    return Float(bitPattern: sign | 0x7f80_0000 | fraction << 13)
  default:  // the bias moves from 15 to 127
    return Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
  }
}
