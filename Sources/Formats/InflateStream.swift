import CZlib

/// Reads bytes front to back, decompressing them on the way.
///
/// Output goes only into buffers that the caller sized, so a small file cannot fill the memory.
struct InflateStream: ~Copyable {
  /// How the input is packed.
  enum Packing {
    case stored  // not at all
    case deflate  // RFC 1951, as in zip
    case gzip  // RFC 1952, one member or several
    case zlib  // RFC 1950, as in PNG; what follows the stream is ignored
  }

  /// No deflate stream grows by more: two bits can stand for 258 bytes.
  static let largestRatio = 1032

  private let input: [UInt8]
  private let packing: Packing
  private let file: String
  private var position: Int
  private let end: Int
  // zlib keeps the address of its state, so the state must not move.
  private let state: UnsafeMutablePointer<z_stream>
  private var isFinished = false

  /// The decompressed bytes so far.
  private(set) var produced = 0

  /// - Parameters:
  ///   - input: the file.
  ///   - range: the part of the file to read, within it; nil for all.
  init(
    _ input: [UInt8], in range: Range<Int>? = nil, packing: Packing, file: String
  ) throws(FormatError) {
    let range = range ?? 0..<input.count
    precondition(
      range.lowerBound >= 0 && range.upperBound <= input.count,
      "InflateStream: \(range) leaves the \(input.count) bytes")
    self.input = input
    self.packing = packing
    self.file = file
    position = range.lowerBound
    end = range.upperBound
    state = .allocate(capacity: 1)
    state.initialize(to: z_stream())
    guard packing != .stored else { return }
    // Negative bits: no wrapper. 16 more: the gzip wrapper.
    let windowBits: Int32 = packing == .gzip ? 15 + 16 : packing == .zlib ? 15 : -15
    let status = inflateInit2_(
      state, windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    guard status == Z_OK else {
      throw FormatError(file: file, reason: "zlib cannot start: out of memory")
    }
  }

  deinit {
    // Does nothing on a state that was never set up.
    inflateEnd(state)
    state.deallocate()
  }

  /// The most bytes that can still come: a bound on what a header may promise.
  var largestRemainder: Int {
    packing == .stored ? end - position : (end - position + 64) * InflateStream.largestRatio
  }

  /// Reads `count` bytes, fewer if the stream ends before.
  mutating func take(_ count: Int) throws(FormatError) -> [UInt8] {
    guard memoryIsAvailable(count) else {
      throw failure("\(count) bytes do not fit in memory")
    }
    var result: Result<Int, FormatError> = .success(0)
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      do throws(FormatError) {
        filled = try fill(UnsafeMutableRawBufferPointer(buffer))
      } catch {
        result = .failure(error)
      }
    }
    _ = try result.get()
    return bytes
  }

  /// Whether nothing follows. Only then are the stream's check sums known to be right.
  mutating func isAtEnd() throws(FormatError) -> Bool {
    try take(1).isEmpty
  }

  private mutating func fill(_ buffer: UnsafeMutableRawBufferPointer) throws(FormatError) -> Int {
    var filled = 0
    while filled < buffer.count && !isFinished {
      let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
      let count = packing == .stored ? copy(to: rest) : try inflateOnce(into: rest)
      filled += count
      produced += count
    }
    return filled
  }

  private mutating func copy(to buffer: UnsafeMutableRawBufferPointer) -> Int {
    let count = min(buffer.count, end - position)
    buffer.copyBytes(from: input[position..<position + count])
    position += count
    isFinished = position == end
    return count
  }

  /// One call of zlib's `inflate`; returns the bytes it wrote.
  private mutating func inflateOnce(
    into buffer: UnsafeMutableRawBufferPointer
  ) throws(FormatError) -> Int {
    let available = UInt32(clamping: end - position)
    let room = UInt32(clamping: buffer.count)
    let status = input.withUnsafeBytes { bytes in
      let start = bytes.baseAddress?.advanced(by: position).assumingMemoryBound(to: UInt8.self)
      state.pointee.next_in = UnsafeMutablePointer(mutating: start)
      state.pointee.avail_in = available
      state.pointee.next_out = buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
      state.pointee.avail_out = room
      return inflate(state, Z_NO_FLUSH)
    }
    position += Int(available - state.pointee.avail_in)
    let count = Int(room - state.pointee.avail_out)
    switch status {
    case Z_OK: break
    case Z_STREAM_END: try endMember(after: count)
    case Z_BUF_ERROR: throw failure("the compressed data ends early", after: count)
    case Z_MEM_ERROR: throw failure("zlib ran out of memory", after: count)
    default:
      let message = state.pointee.msg.map { String(cString: $0) } ?? "a dictionary is needed"
      throw failure("the compressed data is damaged (\(message))", after: count)
    }
    return count
  }

  /// After the last byte of a deflate stream: the end, another gzip member, or bytes too many.
  private mutating func endMember(after count: Int) throws(FormatError) {
    guard position < end && packing != .zlib else {
      isFinished = true
      return
    }
    guard packing == .gzip, InflateStream.isGzip(input[position..<end]) else {
      throw failure(
        "\(end - position) bytes that do not belong follow the compressed data",
        after: count)
    }
    inflateReset(state)
  }

  /// Whether the bytes begin with gzip's magic number, 1f 8b.
  static func isGzip(_ bytes: ArraySlice<UInt8>) -> Bool {
    bytes.starts(with: [0x1f, 0x8b])
  }

  private func failure(_ reason: String, after count: Int = 0) -> FormatError {
    FormatError(file: file, offset: produced + count, reason: reason)
  }
}
