/// Reads and writes NPZ, NumPy's format for several named arrays: a zip file of NPY files.
///
/// - SeeAlso: NumPy's documentation, `numpy.savez` and `numpy.lib.format`.
public enum NPZ {
  /// Reads every array of a file.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - ceiling: the most bytes that all arrays together may unpack to.
  /// - Returns: names without `.npy`, in the file's order, and arrays as ``NPY/read(_:)`` gives.
  /// - Throws: ``FormatError`` if the file cannot be read, if the zip file is damaged, encrypted,
  ///   packed with anything but deflate or unpacks to more than it says or than `ceiling`, or if an
  ///   entry is not an array that ``NPY`` reads. Offsets count the file's bytes, or the unpacked
  ///   entry's where the reason names one.
  /// - Complexity: O(size of file and arrays).
  public static func read(
    _ path: String, ceiling: Int = 4 << 30
  ) throws(FormatError) -> [(name: String, array: NPYArray)] {
    try decode(try FileBytes.read(path), file: path, ceiling: ceiling)
  }

  /// Reads every array from the bytes of a file; see ``read(_:ceiling:)``.
  ///
  /// - Parameters:
  ///   - bytes: the file's content.
  ///   - file: the name to use in errors.
  ///   - ceiling: the most bytes that all arrays together may unpack to.
  public static func decode(
    _ bytes: [UInt8], file: String, ceiling: Int = 4 << 30
  ) throws(FormatError) -> [(name: String, array: NPYArray)] {
    let archive = try ZipArchive(bytes, file: file, ceiling: ceiling)
    var arrays: [(name: String, array: NPYArray)] = []
    for entry in archive.entries {
      guard entry.name.hasSuffix(suffix) else {
        throw FormatError(
          file: file, reason: "the entry \(quoted(entry.name)) is not an array: no .npy at its end")
      }
      do throws(FormatError) {
        let array = try NPY.decode(try archive.contents(of: entry), file: file)
        arrays.append((String(entry.name.dropLast(suffix.count)), array))
      } catch {
        throw FormatError(
          file: file, offset: error.offset, reason: "in \(quoted(entry.name)), \(error.reason)")
      }
    }
    return arrays
  }

  /// Writes a file that `numpy.load` reads.
  ///
  /// - Parameters:
  ///   - arrays: names, no two alike, and arrays that ``NPY/write(_:to:)`` takes.
  ///   - texts: names, no two alike either, and vectors of texts, which NumPy reads as type `<U`.
  ///   - path: the file to make or replace.
  ///   - compressed: whether to deflate the arrays.
  /// - Throws: ``FormatError`` if a name is empty, too long or repeated, if NPY cannot hold an
  ///   array, or if the file cannot be written.
  /// - Complexity: O(elements), no copy where nothing is compressed.
  public static func write(
    _ arrays: [(name: String, array: NPYArray)], texts: [(name: String, texts: [String])] = [],
    to path: String, compressed: Bool = false
  ) throws(FormatError) {
    try AtomicFile.write(
      try encode(arrays, texts, file: path, compressed: compressed, writer: ZipWriter()), to: path)
  }

  /// The bytes of a file, in pieces.
  static func encode(
    _ arrays: [(name: String, array: NPYArray)], _ texts: [(name: String, texts: [String])] = [],
    file: String, compressed: Bool, writer: ZipWriter
  ) throws(FormatError) -> [[UInt8]] {
    var writer = writer
    var names: Set<String> = []
    func add(
      _ name: String, _ pieces: () throws(FormatError) -> [[UInt8]]
    ) throws(FormatError) {
      let entry = name + suffix
      guard !name.isEmpty, entry.utf8.count <= Int(UInt16.max) else {
        throw FormatError(
          file: file, reason: "NPZ cannot hold an array with the name \(quoted(name))")
      }
      guard names.insert(name).inserted else {
        throw FormatError(file: file, reason: "two arrays have the name \(quoted(name))")
      }
      writer.add(entry, try pieces(), compressed: compressed)
    }
    for (name, array) in arrays {
      try add(name) { () throws(FormatError) in try NPY.encode(array, file: file) }
    }
    for (name, texts) in texts { try add(name) { NPY.encode(texts: texts) } }
    writer.finish()
    return writer.pieces
  }

  private static let suffix = ".npy"
}
