/// A safetensors file in memory: named tensors and text about them.
///
/// Eight bytes of header length, a JSON header that gives each tensor's type, shape and place, then
/// the tensors' bytes, lowest byte of each number first. Every rule of the format is checked when
/// the file is read; after that, taking tensors out cannot fail for the file's sake.
///
/// - SeeAlso: https://github.com/huggingface/safetensors, "Format".
public struct SafeTensors: Sendable {
  /// One tensor's description.
  public struct Tensor: Equatable, Sendable {
    /// The name, unique within the file.
    public let name: String

    /// The type of every element.
    public let elementType: ElementType

    /// The extent of each dimension, slowest first; empty for a scalar, 0 allowed.
    public let shape: [Int]

    /// The tensor's place within the file.
    let range: Range<Int>
  }

  /// The free text of `__metadata__`; empty if there is none.
  public let metadata: [String: String]

  /// The tensors, in the order of their bytes.
  public let tensors: [Tensor]

  let file: String
  private let contents: [UInt8]
  private let indices: [String: Int]

  /// Reads a file.
  ///
  /// - Parameter path: the file.
  /// - Throws: ``FormatError`` if the file cannot be read or breaks a rule of the format.
  /// - Complexity: O(size), with the file once in memory.
  public static func read(_ path: String) throws(FormatError) -> SafeTensors {
    try decode(try FileBytes.read(path), file: path)
  }

  /// Reads tensors from the bytes of a file; see ``read(_:)``.
  ///
  /// - Parameters:
  ///   - bytes: the file's content.
  ///   - file: the name to use in errors.
  public static func decode(_ bytes: [UInt8], file: String) throws(FormatError) -> SafeTensors {
    let (metadata, tensors) = try SafeTensorsHeader.parse(bytes, file: file)
    return SafeTensors(metadata: metadata, tensors: tensors, file: file, contents: bytes)
  }

  private init(
    metadata: [String: String], tensors: [Tensor], file: String, contents: [UInt8]
  ) {
    self.metadata = metadata
    self.tensors = tensors
    self.file = file
    self.contents = contents
    var indices: [String: Int] = [:]
    for (index, tensor) in tensors.enumerated() { indices[tensor.name] = index }
    self.indices = indices
  }

  /// The same tensors under other names, one for each in their order, no two alike.
  func renamed(_ names: [String]) -> SafeTensors {
    let renamed = zip(tensors, names).map { tensor, name in
      Tensor(
        name: name, elementType: tensor.elementType, shape: tensor.shape, range: tensor.range)
    }
    return SafeTensors(metadata: metadata, tensors: renamed, file: file, contents: contents)
  }

  /// The description of the tensor with this name, or nil.
  ///
  /// - Complexity: O(1).
  public func tensor(_ name: String) -> Tensor? {
    indices[name].map { tensors[$0] }
  }

  /// The elements of a floating-point tensor, as single-precision numbers.
  ///
  /// - Returns: [product of the tensor's shape], row-major; `float64` is rounded to nearest, the
  ///   narrower types are exact.
  /// - Throws: ``FormatError`` if there is no such tensor or it does not hold `float16`,
  ///   `bfloat16`, `float32` or `float64`.
  /// - Complexity: O(count), one pass.
  public func floats(_ name: String) throws(FormatError) -> [Float] {
    let tensor = try existing(name)
    guard tensor.elementType.isFloatingPoint else {
      throw FormatError(
        file: file, offset: tensor.range.lowerBound,
        reason: "the tensor \(quoted(name)) holds \(tensor.elementType), not floating-point numbers"
      )
    }
    guard hostIsLittleEndian else { return try array(name).floats() }
    return contents.withUnsafeBytes { buffer in
      tensor.elementType.floats(from: UnsafeRawBufferPointer(rebasing: buffer[tensor.range]))
    }
  }

  /// The elements of a tensor of any type, in the host's byte order.
  ///
  /// - Throws: ``FormatError`` if there is no such tensor.
  /// - Complexity: O(bytes), one copy.
  public func array(_ name: String) throws(FormatError) -> NumericArray {
    let tensor = try existing(name)
    return NumericArray(
      elementType: tensor.elementType, shape: tensor.shape, bytes: try bytes(name))
  }

  /// The bytes of a tensor of any type, in the host's byte order.
  ///
  /// - Throws: ``FormatError`` if there is no such tensor.
  /// - Complexity: O(bytes), one copy.
  public func bytes(_ name: String) throws(FormatError) -> [UInt8] {
    let tensor = try existing(name)
    var bytes = [UInt8](contents[tensor.range])
    if !hostIsLittleEndian { swapByteOrder(&bytes, width: tensor.elementType.byteCount) }
    return bytes
  }

  private func existing(_ name: String) throws(FormatError) -> Tensor {
    guard let tensor = tensor(name) else {
      throw FormatError(file: file, reason: "there is no tensor \(quoted(name)) in the file")
    }
    return tensor
  }
}
