#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A file whose bytes are read where they lie on the disk: the system brings in the pages that are looked at
/// and drops them when memory is wanted for something else.
///
/// A file that becomes shorter while it is mapped would end the process at the next look beyond its new end
/// (SIGBUS). ``isIntact`` asks the system whether it still is what it was; whoever reads asks first. Between the
/// question and the look the file can still shrink: replace data files by renaming, and don't write into them.
///
/// `@unchecked Sendable`: nothing changes after `init`, and the mapping is only read.
public final class MappedFile: @unchecked Sendable {
  /// The path, as the caller gave it.
  public let path: String

  /// The bytes of the file.
  public var count: Int { bytes.count }

  private let bytes: UnsafeRawBufferPointer
  private let descriptor: FileDescriptor
  // The last change; nil for a file that is ours alone.
  private let modified: FileTime?

  /// Maps a file.
  ///
  /// - Throws: ``FormatError`` if the file is missing, unreadable, not a regular file, or empty.
  /// - Complexity: O(1); nothing is read.
  public convenience init(_ path: String) throws(FormatError) {
    try self.init(FileBytes.open(path), path: path, isOurs: false)
  }

  /// - Parameter isOurs: whether nobody else can reach the file.
  init(
    _ descriptor: consuming FileDescriptor, path: String, isOurs: Bool
  ) throws(FormatError) {
    let mapping: UnsafeRawBufferPointer
    let modified: FileTime
    do throws(SystemError) {
      let status = try descriptor.status()
      let size = Int(status.st_size)
      guard size > 0 else { throw SystemError(code: 0) }
      mapping = try descriptor.map(size)
      modified = FileTime(status)
    } catch {
      if error.code == 0 { throw FormatError(file: path, reason: "the file is empty") }
      throw FormatError(file: path, attempt: "cannot be mapped", code: error.code)
    }
    self.path = path
    self.bytes = mapping
    self.modified = isOurs ? nil : modified
    self.descriptor = descriptor
  }

  deinit { munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count) }

  /// Whether the file has the size and the time of change that it had when it was opened.
  ///
  /// - Complexity: one system call, no allocation.
  public var isIntact: Bool {
    guard let status = try? descriptor.status(), Int(status.st_size) == bytes.count else {
      return false
    }
    return modified.map { $0 == FileTime(status) } ?? true
  }

  /// How the bytes will be read.
  public enum Access: Sendable {
    /// From front to back: pages ahead are worth reading.
    case sequential
    /// Here and there in a file that memory cannot hold: pages ahead are not worth reading.
    case scattered
    /// Here and there in a file that memory can hold: all of it is worth reading.
    case repeated
  }

  /// Tells the system how the bytes will be read; results do not depend on it.
  public func expect(_ access: Access) {
    let advice =
      switch access {
      case .sequential: MADV_SEQUENTIAL
      case .scattered: MADV_RANDOM
      case .repeated: MADV_NORMAL
      }
    let base = UnsafeMutableRawPointer(mutating: bytes.baseAddress)
    _ = madvise(base, bytes.count, Int32(advice))
    if access == .repeated { _ = madvise(base, bytes.count, Int32(MADV_WILLNEED)) }
  }

  /// A copy of the first bytes, all of them if there are fewer than `count`.
  public func prefix(_ count: Int) -> [UInt8] { Array(bytes.prefix(count)) }

  /// Some of the bytes in place, for as long as `body` runs.
  @inline(__always)
  package func withBytes<Result>(
    _ start: Int, count: Int, _ body: (UnsafeRawBufferPointer) -> Result
  ) -> Result {
    precondition(
      start >= 0 && count >= 0 && start + count <= bytes.count,
      "MappedFile.withBytes: \(start)+\(count) leaves the \(bytes.count) bytes")
    return body(UnsafeRawBufferPointer(rebasing: bytes[start..<start + count]))
  }
}

/// When a file was last written to.
private struct FileTime: Equatable {
  let seconds: Int
  let nanoseconds: Int

  init(_ status: stat) {
    #if canImport(Darwin)
      let time = status.st_mtimespec
    #else
      let time = status.st_mtim
    #endif
    (seconds, nanoseconds) = (Int(time.tv_sec), Int(time.tv_nsec))
  }
}
