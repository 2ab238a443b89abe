extension CSV {
  /// What stands between the fields of a file, gzipped or not: what its first row is divided by most often.
  ///
  /// - Throws: ``FormatError`` for a file that cannot be read.
  /// - Complexity: O(1) for a plain file, one look at its beginning; memory for a packed one.
  public static func delimiter(ofFile path: String) throws(FormatError) -> UInt8 {
    let start = try FileBytes.prefix(1 << 18, of: path)
    guard InflateStream.isGzip(start[...]) else { return delimiter(of: start) }
    var stream = try InflateStream(try FileBytes.read(path), packing: .gzip, file: path)
    return delimiter(of: try stream.take(1 << 18))
  }
}
