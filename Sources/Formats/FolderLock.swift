#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A folder taken for one writer.
///
///     let lock = try FolderLock("runs/garments")
///     defer { lock.unlock() }
///
/// The lock is the system's (`flock`) and on the folder itself: no file tells of it, and it ends with the
/// process, however that ends. It keeps out whoever asks for it, readers never. Where a file system knows no
/// locks, or the folder cannot be opened, nothing is locked and nothing refused.
public final class FolderLock: Sendable {
  /// The folder, as the caller gave it.
  public let path: String

  // Nil where nothing can be locked.
  private let folder: LockedFolder?

  /// Takes a folder.
  ///
  /// - Throws: ``FormatError`` if another process, or another lock of this one, has it.
  public init(_ path: String) throws(FormatError) {
    self.path = path
    while true {
      guard let folder = LockedFolder(path) else {
        self.folder = nil
        return
      }
      guard folder.descriptor.tryLock() != false else {
        throw FormatError(
          file: path,
          reason: "another process is writing into this folder; wait until it has ended, or give "
            + "another folder")
      }
      // Between opening and locking the folder may have been replaced by another one.
      if folder.isNamed(path) {
        self.folder = folder
        return
      }
    }
  }

  /// Checks that the path still leads to the folder that was locked, or to nothing.
  ///
  /// - Throws: ``FormatError`` if another folder has taken its place, for that one may be another writer's.
  public func check() throws(FormatError) {
    guard let folder, let place = Place(path), place != folder.place else { return }
    throw FormatError(
      file: path, reason: "another folder has taken the place of the one that was being written")
  }

  /// Gives the folder back.
  public func unlock() { folder?.descriptor.unlock() }
}

private final class LockedFolder: Sendable {
  let descriptor: FileDescriptor
  let place: Place

  init?(_ path: String) {
    do throws(SystemError) {
      let descriptor = try FileDescriptor(path: path, flags: O_RDONLY | O_DIRECTORY)
      place = Place(try descriptor.status())
      self.descriptor = descriptor
    } catch {
      return nil
    }
  }

  func isNamed(_ path: String) -> Bool { Place(path) == place }
}

/// What tells one folder of a machine from all others.
private struct Place: Equatable {
  let device: UInt64
  let number: UInt64

  init(_ status: stat) {
    device = UInt64(truncatingIfNeeded: status.st_dev)
    number = UInt64(truncatingIfNeeded: status.st_ino)
  }

  init?(_ path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    self.init(status)
  }
}
