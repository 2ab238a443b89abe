#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A file without a name, for data that memory should not hold: it is gone when the process ends, however it
/// ends.
public final class ScratchFile {
  /// What the file is called in errors.
  public let path: String
  private let descriptor: FileDescriptor

  /// Where scratch files go unless told otherwise: `TMPDIR`, or else /var/tmp, which is on a disk where /tmp
  /// may be in memory.
  public static var usualFolder: String {
    guard let folder = getenv("TMPDIR").map({ String(cString: $0) }), !folder.isEmpty else {
      return "/var/tmp"
    }
    return folder
  }

  /// Makes a file and takes its name away.
  ///
  /// - Throws: ``FormatError`` if the folder is missing or cannot be written to.
  public init(in folder: String = usualFolder) throws(FormatError) {
    path = "a temporary file in \(folder)"
    descriptor = try translatingErrors(path, "cannot be made") {
      () throws(SystemError) -> FileDescriptor in
      let number = UInt64.random(in: 0 ... .max)
      let name = "\(folder)/variational-\(getpid())-\(String(number, radix: 16))"
      let descriptor = try FileDescriptor(
        path: name, flags: O_RDWR | O_CREAT | O_EXCL, mode: 0o600)
      guard unlink(name) == 0 else { throw SystemError(code: errno) }
      return descriptor
    }
  }

  /// Adds bytes to the end.
  ///
  /// - Throws: ``FormatError`` if the disk is full or broken.
  public func append(_ bytes: [UInt8]) throws(FormatError) {
    var failure: SystemError?
    bytes.withUnsafeBytes { buffer in
      do throws(SystemError) { try descriptor.put(buffer) } catch { failure = error }
    }
    if let failure {
      throw FormatError(file: path, attempt: "cannot be written", code: failure.code)
    }
  }

  /// The bytes so far, mapped; the mapping outlives this object.
  ///
  /// - Throws: ``FormatError`` if nothing was written or the system refuses.
  public func map() throws(FormatError) -> MappedFile {
    let second = try translatingErrors(path, "cannot be mapped") { () throws(SystemError) in
      try descriptor.duplicate()
    }
    return try MappedFile(second, path: path, isOurs: true)
  }
}
