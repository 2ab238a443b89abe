#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Writing whole files so that a reader finds the old file or the new one, never a part of one.
///
/// The bytes go to a temporary name in the same folder, reach the disk, take the final name in one
/// step, and the folder itself reaches the disk. Whatever fails before that step, the temporary is
/// removed and an older file under the name stays as it was. If the process is killed, the temporary stays:
/// ``removeAbandoned(in:)``.
///
/// A link is followed: the file it leads to is replaced, and the link stays. A device or a pipe
/// (`/dev/stdout`) is written in place, for there is nothing to rename.
public enum AtomicFile {
  /// Writes the pieces one after another, without joining them in memory.
  ///
  /// - Parameters:
  ///   - pieces: the file's content, in order.
  ///   - path: the file to make or replace; its folder must exist.
  ///   - mode: the permissions of the file, less the process's mask.
  /// - Throws: ``FormatError`` as ``write(to:mode:body:)`` does.
  /// - Complexity: O(bytes), no copy.
  public static func write(
    _ pieces: [[UInt8]], to path: String, mode: UInt32 = 0o666
  ) throws(FormatError) {
    try write(to: path, mode: mode) { (sink) throws(FormatError) in
      for piece in pieces { try sink.append(piece) }
    }
  }

  /// Checks that a file could be written, so that hours of work do not end at a misspelt folder.
  ///
  /// - Throws: ``FormatError`` if the folder is missing or closed to writing, or if the path is a
  ///   folder or a file closed to writing.
  public static func check(_ path: String) throws(FormatError) { _ = try Target(path) }

  /// Writes what `body` appends to the sink.
  ///
  /// - Parameters:
  ///   - path: the file to make or replace; its folder must exist.
  ///   - mode: the permissions of the file, less the process's mask.
  ///   - body: appends the content in order; what it throws removes the temporary and is passed on.
  /// - Throws: ``FormatError`` if the folder is missing or closed to writing, if the path is a
  ///   folder or a file closed to writing, if the disk is full, or if the system fails otherwise.
  /// - Complexity: O(bytes), no copy.
  public static func write(
    to path: String, mode: UInt32 = 0o666, body: (borrowing FileSink) throws(FormatError) -> Void
  ) throws(FormatError) {
    let target = try Target(path)
    guard target.isReplaceable else {
      let descriptor = try translatingErrors(path, cannotWrite) { () throws(SystemError) in
        try FileDescriptor(path: path, flags: O_WRONLY)
      }
      return try body(FileSink(descriptor: descriptor, path: path))
    }
    let file = try StagedFile(target, path: path, mode: mode, body: body)
    if let together = AtomicFile.group {
      together.add(file)
    } else {
      try file.takeName()
      try synchronizeFolder(target.folder, path: path)
    }
  }

  /// The new name is on the disk only when its folder is. Some file systems cannot sync a folder,
  /// and a folder may allow writing but not reading; neither takes the file away.
  static func synchronizeFolder(
    _ folder: String, path: String
  ) throws(FormatError) {
    do throws(SystemError) {
      let descriptor = try FileDescriptor(path: folder, flags: O_RDONLY | O_DIRECTORY)
      try descriptor.synchronize()
    } catch  where isMissing(error) {
      throw FormatError(file: path, reason: noFolder(folder))
    } catch  where ![EINVAL, ENOTSUP, EACCES].contains(error.code) {
      throw FormatError(
        file: path, attempt: "was written, but its folder could not be synced", code: error.code)
    } catch {}
  }
}

private let cannotWrite = "cannot be written"

private func noFolder(_ folder: String) -> String {
  "the folder \(folder) does not exist; create it first"
}

// A file that is made has no other reason to be missing than its folder.
private func isMissing(_ error: SystemError) -> Bool {
  error.code == ENOENT || error.code == ENOTDIR
}

/// Runs system calls on a file in a folder that was there a moment ago; if it went away since, the sentence is that
/// of a folder that never was.
private func tellingOfTheFolder<Result: ~Copyable>(
  _ folder: String, _ path: String, _ body: () throws(SystemError) -> Result
) throws(FormatError) -> Result {
  do throws(SystemError) { return try body() } catch { throw failure(error, in: folder, path) }
}

private func failure(_ error: SystemError, in folder: String, _ path: String) -> FormatError {
  isMissing(error)
    ? FormatError(file: path, reason: noFolder(folder))
    : FormatError(file: path, attempt: cannotWrite, code: error.code)
}

/// Where ``AtomicFile``'s body puts the bytes of the file.
public struct FileSink: ~Copyable {
  private let descriptor: FileDescriptor
  private let path: String

  init(descriptor: consuming FileDescriptor, path: String) {
    self.descriptor = descriptor
    self.path = path
  }

  /// Appends a buffer.
  ///
  /// - Throws: ``FormatError`` if the disk is full or the system fails otherwise.
  public func append(_ buffer: UnsafeRawBufferPointer) throws(FormatError) {
    try translatingErrors(path, cannotWrite) { () throws(SystemError) in
      try descriptor.put(buffer)
    }
  }

  /// Appends an array's storage, in the host's byte order.
  ///
  /// - Throws: ``FormatError`` if the disk is full or the system fails otherwise.
  public func append<Element: BitwiseCopyable>(_ elements: [Element]) throws(FormatError) {
    var failure: FormatError?
    elements.withUnsafeBytes { buffer in
      do throws(FormatError) {
        try append(buffer)
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
  }

  /// Brings what was appended to the disk and gives the open file back.
  fileprivate consuming func finish() throws(SystemError) -> FileDescriptor {
    try descriptor.synchronize()
    return descriptor
  }
}

/// A file that is whole and on the disk under a temporary name.
struct StagedFile: Sendable {
  /// The path, as the caller gave it.
  let path: String
  /// The folder of the final name.
  let folder: String
  private let temporary: String
  private let file: String
  // Open, and so locked, until it has its final name.
  private var open: OpenFile?

  /// Writes and syncs the temporary; leaves nothing behind if that fails.
  fileprivate init(
    _ target: Target, path: String, mode: UInt32,
    body: (borrowing FileSink) throws(FormatError) -> Void
  ) throws(FormatError) {
    let temporary = "\(target.folder)/\(AtomicFile.temporaryName())"
    let descriptor = try tellingOfTheFolder(target.folder, path) { () throws(SystemError) in
      try FileDescriptor(path: temporary, flags: O_WRONLY | O_CREAT | O_EXCL, mode: mode)
    }
    // Where the file system has no locks the temporary is merely not protected.
    _ = descriptor.lock()
    let sink = FileSink(descriptor: descriptor, path: path)
    do throws(FormatError) {
      try body(sink)
      do throws(SystemError) {
        open = OpenFile(try sink.finish())
      } catch {
        throw FormatError(file: path, attempt: cannotWrite, code: error.code)
      }
    } catch {
      unlink(temporary)
      throw error
    }
    (self.path, self.folder, self.temporary, file) = (path, target.folder, temporary, target.file)
  }

  /// Gives the file its final name; removes the temporary if that fails.
  func takeName() throws(FormatError) {
    guard rename(temporary, file) == 0 else {
      let error = SystemError(code: errno)
      discard()
      throw failure(error, in: folder, path)
    }
  }

  /// Removes the temporary.
  func discard() { unlink(temporary) }

  /// Closes the file, which is then no longer protected from ``AtomicFile/removeAbandoned(in:)``.
  mutating func close() { open = nil }
}

private final class OpenFile: Sendable {
  let descriptor: FileDescriptor

  init(_ descriptor: consuming FileDescriptor) { self.descriptor = descriptor }
}

/// The file a path leads to, checked before anything is written.
private struct Target {
  let file: String
  let folder: String
  let isReplaceable: Bool  // false for a device or a pipe

  init(_ path: String) throws(FormatError) {
    guard !path.isEmpty else {
      throw FormatError(file: "(empty path)", reason: "give the name of the file to write")
    }
    let kind = try translatingErrors(path, cannotWrite) { () throws(SystemError) in
      try FileKind(path: path)
    }
    if kind == .folder {
      throw FormatError(file: path, reason: "is a folder; give the name of a file in it")
    }
    isReplaceable = kind != .other
    let file = kind == .regular ? Target.followingLinks(path) : path
    let folder = Target.folder(of: file)
    self.file = file
    self.folder = folder
    guard isReplaceable else { return }
    // A rename would replace a write-protected file without asking.
    if kind == .regular, access(path, W_OK) != 0, errno != ENOENT {
      throw FormatError(file: path, attempt: cannotWrite, code: errno)
    }
    let folderKind = try translatingErrors(path, cannotWrite) { () throws(SystemError) in
      try FileKind(path: folder)
    }
    switch folderKind {
    case .folder: break
    case nil:
      throw FormatError(
        file: path, reason: noFolder(folder))
    default:
      throw FormatError(file: path, reason: "\(folder) is not a folder")
    }
    guard access(folder, W_OK | X_OK) == 0 else {
      if errno == ENOENT { throw FormatError(file: path, reason: noFolder(folder)) }
      throw FormatError(
        file: path, attempt: "the folder \(folder) is closed to writing", code: errno)
    }
  }

  private static func followingLinks(_ path: String) -> String {
    guard let resolved = realpath(path, nil) else { return path }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  private static func folder(of path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}
