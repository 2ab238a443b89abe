import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A file that stays on the disk and is read piece by piece, where a piece is wanted; the system keeps in memory
/// what it has room for.
///
/// Pieces are read by `pread`, not through the address space: a file that is cut short while it is in use, as
/// `cp` and `np.save` do, would end the process there (SIGBUS), and no question asked beforehand could rule that
/// out. Here the read comes back short, what lacks is zero, and ``isIntact`` is false from then on. A copy of
/// some kilobytes from the page cache costs less than the step that uses them by two orders of magnitude.
public final class MappedFile: Sendable {
  /// The path, as the caller gave it.
  public let path: String

  /// The bytes of the file when it was opened.
  public let count: Int

  private let descriptor: FileDescriptor
  // The last change; nil for a file that is ours alone.
  private let modified: FileTime?
  // Whether a read came back short.
  private let isTorn = Atomic<Bool>(false)

  /// Opens a file.
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
    let status: stat
    do throws(SystemError) {
      status = try descriptor.status()
    } catch {
      throw FormatError(file: path, attempt: "cannot be read", code: error.code)
    }
    guard status.st_size > 0 else { throw FormatError(file: path, reason: "the file is empty") }
    self.path = path
    count = Int(status.st_size)
    modified = isOurs ? nil : FileTime(status)
    self.descriptor = descriptor
  }

  /// Whether the file has the size and the time of change that it had when it was opened, and every read so far
  /// gave what was asked for.
  ///
  /// - Complexity: one system call, no allocation.
  public var isIntact: Bool {
    if isTorn.load(ordering: .relaxed) { return false }
    guard let status = try? descriptor.status(), Int(status.st_size) == count else {
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
  public func expect(_ access: Access) { descriptor.expect(access) }

  /// A copy of the first bytes, all of them if there are fewer than `count`.
  public func prefix(_ count: Int) -> [UInt8] {
    let size = min(max(count, 0), self.count)
    return [UInt8](unsafeUninitializedCapacity: size) { buffer, filled in
      read(
        0,
        into: UnsafeMutableRawBufferPointer(
          rebasing: UnsafeMutableRawBufferPointer(buffer)[..<size]))
      filled = size
    }
  }

  /// Copies bytes from the file.
  ///
  /// - Parameters:
  ///   - start: where they begin; all of them must lie inside the file as it was opened, anything else traps.
  ///   - target: overwritten; zeros where the file has become shorter or the disk fails.
  /// - Returns: whether all bytes came from the file; if not, the file is intact no more.
  /// - Complexity: one system call, no allocation.
  @discardableResult
  func read(_ start: Int, into target: UnsafeMutableRawBufferPointer) -> Bool {
    precondition(
      start >= 0 && start <= count - target.count,
      "MappedFile.read: \(start)+\(target.count) leaves the \(count) bytes")
    let filled = descriptor.fill(target, from: start)
    if filled == target.count { return true }
    target[filled...].initializeMemory(as: UInt8.self, repeating: 0)
    isTorn.store(true, ordering: .relaxed)
    return false
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
