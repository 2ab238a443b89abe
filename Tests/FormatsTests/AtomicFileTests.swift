import Formats
import Foundation
import Testing

struct AtomicFileTests {
  @Test func writesThePiecesInOrder() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/x"
      try AtomicFile.write([[1, 2], [], [3]], to: path)
      #expect(try FileBytes.read(path) == [1, 2, 3])
      try AtomicFile.write(to: path) { (sink) throws(FormatError) in
        try sink.append([Float(1)])
        try sink.append([7] as [UInt8])
      }
      let one = withUnsafeBytes(of: Float(1)) { [UInt8]($0) }
      #expect(try FileBytes.read(path) == one + [7])
      #expect(try contents(of: folder) == ["x"])
    }
  }

  @Test func appliesTheModeAndTheMask() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/x"
      try AtomicFile.write([[1]], to: path, mode: 0o600)
      var status = stat()
      #expect(stat(path, &status) == 0)
      #expect(status.st_mode & 0o777 == 0o600)
    }
  }

  @Test func replacesWhatALinkLeadsTo() throws {
    try withTemporaryFolder { folder in
      try AtomicFile.write([[1]], to: "\(folder)/file")
      try #require(symlink("file", "\(folder)/link") == 0)
      try AtomicFile.write([[2]], to: "\(folder)/link")
      #expect(try FileBytes.read("\(folder)/file") == [2])
      var status = stat()
      #expect(lstat("\(folder)/link", &status) == 0)
      #expect(status.st_mode & S_IFMT == S_IFLNK)
    }
  }

  @Test func namesTheMissingFolder() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/runs/x.npy"
      #expect(
        sentence { () throws(FormatError) in try AtomicFile.write([[1]], to: path) }
          == "\(path): the folder \(folder)/runs does not exist; create it first")
      try AtomicFile.write([[1]], to: "\(folder)/file")
      let below = "\(folder)/file/x"
      #expect(
        sentence { () throws(FormatError) in try AtomicFile.write([[1]], to: below) }
          == "\(below): cannot be written: Not a directory")
    }
  }

  @Test func refusesAFolderAndAnEmptyPath() throws {
    try withTemporaryFolder { folder in
      #expect(
        sentence { () throws(FormatError) in try AtomicFile.write([[1]], to: folder) }
          == "\(folder): is a folder; give the name of a file in it")
      let remains = try contents(of: folder)
      #expect(remains.isEmpty)
    }
    #expect(
      sentence { () throws(FormatError) in try AtomicFile.write([[1]], to: "") }
        == "(empty path): give the name of the file to write")
  }

  /// A folder that goes away while a file is written is told as one that was never there.
  @Test func aFolderThatGoesAwayIsTold() throws {
    try withTemporaryFolder { folder in
      let inner = "\(folder)/inner"
      try FileManager.default.createDirectory(atPath: inner, withIntermediateDirectories: false)
      let path = "\(inner)/x"
      #expect(
        sentence { () throws(FormatError) in
          try AtomicFile.write(to: path) { (sink) throws(FormatError) in
            try sink.append([9] as [UInt8])
            rename(inner, "\(folder)/elsewhere")
          }
        } == "\(path): the folder \(inner) does not exist; create it first")
    }
  }

  @Test func aFailingBodyLeavesTheOldFile() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/x"
      try AtomicFile.write([[1, 2, 3]], to: path)
      let cause = FormatError(file: path, reason: "no more")
      #expect(throws: cause) {
        try AtomicFile.write(to: path) { (sink) throws(FormatError) in
          try sink.append([9] as [UInt8])
          throw cause
        }
      }
      #expect(try FileBytes.read(path) == [1, 2, 3])
      #expect(try contents(of: folder) == ["x"])
    }
  }

  @Test func aNameTooLongLeavesNothing() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/" + String(repeating: "n", count: 300)
      #expect(
        sentence { () throws(FormatError) in try AtomicFile.write([[1]], to: path) }
          == "\(path): cannot be written: File name too long")
      let remains = try contents(of: folder)
      #expect(remains.isEmpty)
    }
  }

  @Test(.enabled(if: geteuid() != 0, "root writes everywhere"))
  func refusesClosedFilesAndFolders() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/x"
      try AtomicFile.write([[1]], to: path)
      try #require(chmod(path, 0o400) == 0)
      #expect(
        sentence { () throws(FormatError) in try AtomicFile.write([[2]], to: path) }
          == "\(path): cannot be written: Permission denied")
      #expect(try FileBytes.read(path) == [1])
      try #require(chmod(folder, 0o500) == 0)
      defer { chmod(folder, 0o700) }
      let other = "\(folder)/y"
      #expect(
        sentence { () throws(FormatError) in try AtomicFile.write([[2]], to: other) }
          == "\(other): the folder \(folder) is closed to writing: Permission denied")
    }
  }

  /// A limit on the size of files stands in for a full disk: the write fails half-way. The limit
  /// holds for a whole process, so this is one of its own.
  @Test func aWriteThatFailsHalfWayLeavesTheOldFile() async {
    await #expect(processExitsWith: .success) {
      try AtomicFileTests.writeBeyondALimit()
    }
  }

  static func writeBeyondALimit() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/x"
      try AtomicFile.write([[1, 2, 3]], to: path)
      signal(SIGXFSZ, SIG_IGN)
      var limit = rlimit()
      #if canImport(Glibc)
        let resource = __rlimit_resource_t(RLIMIT_FSIZE.rawValue)
      #else
        let resource = RLIMIT_FSIZE
      #endif
      try #require(getrlimit(resource, &limit) == 0)
      limit.rlim_cur = 64 << 20
      try #require(setrlimit(resource, &limit) == 0)
      let piece = [UInt8](repeating: 0, count: 48 << 20)
      #expect(
        sentence { () throws(FormatError) in try AtomicFile.write([piece, piece], to: path) }
          == "\(path): cannot be written: File too large")
      #expect(try FileBytes.read(path) == [1, 2, 3])
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["x"])
    }
  }

  #if os(Linux)
    @Test func aFullDeviceIsAnErrorAndStaysADevice() throws {
      #expect(
        sentence { () throws(FormatError) in try AtomicFile.write([[1]], to: "/dev/full") }
          == "/dev/full: cannot be written: No space left on device")
      var status = stat()
      #expect(stat("/dev/full", &status) == 0)
      #expect(status.st_mode & S_IFMT == S_IFCHR)
    }
  #endif

  private func contents(of folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder)
  }
}
