import Formats
import Foundation
import Testing

struct FileBytesTests {
  @Test func readsEveryByte() throws {
    try withTemporaryFolder { folder in
      for count in [0, 1, 1_000_003] {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let path = "\(folder)/x"
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        #expect(try FileBytes.read(path) == bytes)
      }
    }
  }

  @Test func saysWhatTheSystemSays() throws {
    #expect(
      sentence { () throws(FormatError) in try FileBytes.read("no/such") }
        == "no/such: cannot be read: No such file or directory")
    #expect(
      sentence { () throws(FormatError) in try FileBytes.read("") }
        == ": cannot be read: No such file or directory")
    #expect(
      sentence { () throws(FormatError) in try FileBytes.read("a\0b") }
        == "a\\x00b: cannot be read: Invalid argument")
  }

  @Test func refusesAFolder() {
    #expect(
      sentence { () throws(FormatError) in try FileBytes.read("/") }
        == "/: is a folder, not a file")
  }

  @Test func refusesDevicesAndPipesAtOnce() throws {
    #expect(
      sentence { () throws(FormatError) in try FileBytes.read("/dev/zero") }
        == "/dev/zero: is a device, a pipe or a socket, not a file")
    try withTemporaryFolder { folder in
      let pipe = "\(folder)/pipe"
      try #require(mkfifo(pipe, 0o600) == 0)
      #expect(
        sentence { () throws(FormatError) in try FileBytes.read(pipe) }
          == "\(pipe): is a device, a pipe or a socket, not a file")
    }
  }

  @Test(.enabled(if: geteuid() != 0, "root reads everything"))
  func refusesAFileWithoutPermission() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/closed"
      try #require(FileManager.default.createFile(atPath: path, contents: Data([1])))
      try #require(chmod(path, 0) == 0)
      #expect(
        sentence { () throws(FormatError) in try FileBytes.read(path) }
          == "\(path): cannot be read: Permission denied")
    }
  }

  /// A file may claim any length without having it (a sparse file).
  @Test func refusesAFileBeyondMemory() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/sparse"
      try #require(FileManager.default.createFile(atPath: path, contents: nil))
      try #require(truncate(path, 1 << 43) == 0)
      #expect(
        sentence { () throws(FormatError) in try FileBytes.read(path) }
          == "\(path): its \(1 << 43) bytes do not fit in memory")
    }
  }
}
