#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Why a system call failed: its `errno`.
struct SystemError: Error {
  let code: Int32
}

/// An open file, closed when its owner goes away.
struct FileDescriptor: ~Copyable {
  private let number: Int32

  /// Opens `path`; a path with a NUL byte is refused, for C would read only the part before it.
  init(path: String, flags: Int32, mode: UInt32 = 0) throws(SystemError) {
    guard !path.utf8.contains(0) else { throw SystemError(code: EINVAL) }
    while true {
      let number = open(path, flags | O_CLOEXEC, mode_t(mode))
      if number >= 0 {
        self.number = number
        return
      }
      guard errno == EINTR else { throw SystemError(code: errno) }
    }
  }

  private init(number: Int32) { self.number = number }

  deinit {
    _ = close(number)
  }

  /// A second descriptor of the same open file.
  func duplicate() throws(SystemError) -> FileDescriptor {
    let number = fcntl(self.number, F_DUPFD_CLOEXEC, 0)
    guard number >= 0 else { throw SystemError(code: errno) }
    return FileDescriptor(number: number)
  }

  /// Reads from a place in the file until the buffer is full, the file ends or the system fails, and returns the
  /// bytes read. The descriptor's own position stays.
  func fill(_ buffer: UnsafeMutableRawBufferPointer, from start: Int) -> Int {
    var filled = 0
    while filled < buffer.count {
      let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
      let count = pread(
        number, rest.baseAddress, min(rest.count, largestTransfer), off_t(start + filled))
      if count > 0 {
        filled += count
      } else if count == 0 || errno != EINTR {
        break
      }
    }
    return filled
  }

  /// Tells the system how the file will be read.
  func expect(_ access: MappedFile.Access) {
    #if os(Linux)
      let advice =
        switch access {
        case .sequential: POSIX_FADV_SEQUENTIAL
        case .scattered: POSIX_FADV_RANDOM
        case .repeated: POSIX_FADV_NORMAL
        }
      _ = posix_fadvise(number, 0, 0, advice)
      if access == .repeated { _ = posix_fadvise(number, 0, 0, POSIX_FADV_WILLNEED) }
    #else
      _ = fcntl(number, F_RDAHEAD, access == .scattered ? 0 : 1)
    #endif
  }

  /// What the file is and how long it is.
  func status() throws(SystemError) -> stat {
    var status = stat()
    guard fstat(number, &status) == 0 else { throw SystemError(code: errno) }
    return status
  }

  /// Reads until the buffer is full or the file ends, and returns the bytes read.
  func fill(_ buffer: UnsafeMutableRawBufferPointer) throws(SystemError) -> Int {
    var filled = 0
    while filled < buffer.count {
      let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
      let count = read(number, rest.baseAddress, min(rest.count, largestTransfer))
      if count > 0 {
        filled += count
      } else if count == 0 {
        break
      } else if errno != EINTR {
        throw SystemError(code: errno)
      }
    }
    return filled
  }

  /// Writes all of the buffer.
  func put(_ buffer: UnsafeRawBufferPointer) throws(SystemError) {
    var written = 0
    while written < buffer.count {
      let rest = UnsafeRawBufferPointer(rebasing: buffer[written...])
      let count = write(number, rest.baseAddress, min(rest.count, largestTransfer))
      if count >= 0 {
        written += count
      } else if errno != EINTR {
        throw SystemError(code: errno)
      }
    }
  }

  /// Takes the file for this process alone until it is closed, without waiting.
  ///
  /// - Returns: false if another process has it, or if the file system knows no locks.
  func lock() -> Bool { flock(number, LOCK_EX | LOCK_NB) == 0 }

  /// The same, told apart: nil where the file system knows no locks.
  func tryLock() -> Bool? { lock() ? true : errno == EWOULDBLOCK ? false : nil }

  /// Gives back what ``lock()`` took.
  func unlock() { _ = flock(number, LOCK_UN) }

  /// Waits until what was written is on the disk.
  func synchronize() throws(SystemError) {
    while fsync(number) != 0 {
      guard errno == EINTR else { throw SystemError(code: errno) }
    }
  }
}

/// One system call moves at most this much: both Linux and Darwin refuse or cut 2 GiB and more.
private let largestTransfer = 1 << 30

/// What kind of thing a path names.
enum FileKind {
  case regular, folder, other

  init(_ status: stat) {
    switch status.st_mode & S_IFMT {
    case S_IFREG: self = .regular
    case S_IFDIR: self = .folder
    default: self = .other
    }
  }

  /// The kind of what `path` names, links followed; nil if nothing is there.
  init?(path: String) throws(SystemError) {
    var status = stat()
    guard stat(path, &status) == 0 else {
      guard errno == ENOENT else { throw SystemError(code: errno) }
      return nil
    }
    self.init(status)
  }
}

/// Whether the system would give this much memory now.
///
/// Swift's own allocation ends the program when it fails; sizes that come from a file ask here
/// first. The mapping is not touched, so asking costs a microsecond. Systems that promise more than
/// they have are not believed beyond the memory of the machine.
func memoryIsAvailable(_ bytes: Int) -> Bool {
  guard bytes > 1 << 24 || hasMemoryLimit else { return true }
  let (memory, overflow) = sysconf(Int32(_SC_PHYS_PAGES))
    .multipliedReportingOverflow(by: sysconf(Int32(_SC_PAGESIZE)))
  guard !overflow, bytes <= memory else { return false }
  // Under a limit of the process's own something is made of the bytes beside them, and of others too small to
  // be asked for.
  let bytes = hasMemoryLimit ? 2 * bytes + (32 << 20) : bytes
  let mapping = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
  guard let mapping, mapping != MAP_FAILED else { return false }
  munmap(mapping, bytes)
  return true
}

/// Whether the process has a limit of its own on its address space (`ulimit -v`).
private let hasMemoryLimit: Bool = {
  var limit = rlimit()
  #if os(Linux)
    let status = getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
  #else
    let status = getrlimit(RLIMIT_AS, &limit)
  #endif
  // RLIM_INFINITY is a macro that Swift does not see: the largest number on Linux, 2⁶³ − 1 on Darwin.
  return status == 0 && limit.rlim_cur < 1 << 62
}()
