#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Whole files in memory.
public enum FileBytes {
  /// Reads a regular file.
  ///
  /// A folder, a device or a pipe is refused (a pipe would block for ever, a device may have no
  /// end).
  ///
  /// - Parameter path: the file; the path is repeated as it is in errors.
  /// - Returns: [file size] bytes.
  /// - Throws: ``FormatError`` if the file is missing, unreadable, not a regular file, or larger
  ///   than memory.
  /// - Complexity: O(size), one allocation and no copy.
  public static func read(_ path: String) throws(FormatError) -> [UInt8] {
    let descriptor = try open(path)
    let status = try translatingErrors(path, attempt) { () throws(SystemError) in
      try descriptor.status()
    }
    let size = Int(status.st_size)
    guard memoryIsAvailable(size) else {
      throw FormatError(file: path, reason: "its \(size) bytes do not fit in memory")
    }
    var failure: SystemError?
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      do throws(SystemError) {
        count = try descriptor.fill(UnsafeMutableRawBufferPointer(buffer))
      } catch {
        failure = error
      }
    }
    if let failure { throw FormatError(file: path, attempt: attempt, code: failure.code) }
    return bytes
  }

  private static let attempt = "cannot be read"

  /// The first bytes of a regular file, all of a shorter one.
  ///
  /// - Throws: ``FormatError`` as ``read(_:)`` does.
  public static func prefix(_ count: Int, of path: String) throws(FormatError) -> [UInt8] {
    try open(path).piece(count, path)
  }

  /// Opens a regular file for reading, and nothing else.
  static func open(_ path: String) throws(FormatError) -> FileDescriptor {
    // Non-blocking, so that opening a pipe returns and the check below can refuse it.
    let descriptor = try translatingErrors(path, attempt) { () throws(SystemError) in
      try FileDescriptor(path: path, flags: O_RDONLY | O_NONBLOCK)
    }
    let status = try translatingErrors(path, attempt) { () throws(SystemError) in
      try descriptor.status()
    }
    switch FileKind(status) {
    case .regular: return descriptor
    case .folder: throw FormatError(file: path, reason: "is a folder, not a file")
    case .other:
      throw FormatError(file: path, reason: "is a device, a pipe or a socket, not a file")
    }
  }
}

extension FileDescriptor {
  /// The next bytes of the file, fewer than `count` at its end.
  func piece(_ count: Int, _ path: String) throws(FormatError) -> [UInt8] {
    var failure: SystemError?
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      do throws(SystemError) {
        filled = try fill(UnsafeMutableRawBufferPointer(buffer))
      } catch {
        failure = error
      }
    }
    if let failure { throw FormatError(file: path, attempt: "cannot be read", code: failure.code) }
    return bytes
  }
}
