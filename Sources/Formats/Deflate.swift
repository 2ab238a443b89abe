import CZlib

/// Compression, the other way from ``InflateStream``.
enum Deflate {
  /// Packs the pieces, one after another, into one stream.
  ///
  /// The result depends on the input and zlib's version alone: a gzip header carries no time.
  ///
  /// - Parameter packing: `.deflate`, `.gzip` or `.zlib`; `.stored` traps.
  /// - Complexity: O(bytes); allocates the worst case, little more than the input.
  static func pack(_ pieces: [[UInt8]], as packing: InflateStream.Packing, level: Int32) -> [UInt8]
  {
    precondition(packing != .stored, "Deflate.pack: stored bytes need no packing")
    let state = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    state.initialize(to: z_stream())
    defer {
      deflateEnd(state)
      state.deallocate()
    }
    let windowBits: Int32 = packing == .gzip ? 15 + 16 : packing == .zlib ? 15 : -15
    let status = deflateInit2_(
      state, level, Z_DEFLATED, windowBits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
      Int32(MemoryLayout<z_stream>.size))
    precondition(status == Z_OK, "Deflate.pack: zlib refuses level \(level) (status \(status))")
    let total = pieces.reduce(0) { $0 + $1.count }
    // Each flush between calls may cost a few bytes beyond zlib's own bound.
    let capacity = Int(deflateBound(state, UInt(total))) + 64
    return [UInt8](unsafeUninitializedCapacity: capacity) { output, filled in
      for piece in pieces { filled += feed(piece, state, output, filled, Z_NO_FLUSH) }
      filled += feed([], state, output, filled, Z_FINISH)
    }
  }

  /// Gives one piece to zlib and returns the bytes it wrote after the first `filled`.
  private static func feed(
    _ piece: [UInt8], _ state: UnsafeMutablePointer<z_stream>,
    _ output: UnsafeMutableBufferPointer<UInt8>, _ filled: Int, _ flush: Int32
  ) -> Int {
    var consumed = 0
    var written = 0
    piece.withUnsafeBufferPointer { input in
      var status = Z_OK
      repeat {
        let available = UInt32(clamping: piece.count - consumed)
        let room = UInt32(clamping: output.count - filled - written)
        let start = input.baseAddress.map { $0 + consumed }
        state.pointee.next_in = UnsafeMutablePointer(mutating: start)
        state.pointee.avail_in = available
        state.pointee.next_out = output.baseAddress.map { $0 + (filled + written) }
        state.pointee.avail_out = room
        status = deflate(state, flush)
        precondition(
          room > 0 && (status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR),
          "Deflate.pack: zlib's bound was too small (status \(status))")
        consumed += Int(available - state.pointee.avail_in)
        written += Int(room - state.pointee.avail_out)
      } while consumed < piece.count || (flush == Z_FINISH && status != Z_STREAM_END)
    }
    return written
  }
}
