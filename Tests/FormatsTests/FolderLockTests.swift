import Foundation
import Testing

@testable import Formats

@Suite struct FolderLockTests {
  @Test func aFolderHasOneWriterAtATime() throws {
    try withTemporaryFolder { folder in
      let lock = try FolderLock(folder)
      for path in [folder, "\(folder)/", "\(folder)/../\((folder as NSString).lastPathComponent)"] {
        #expect(
          sentence { () throws(FormatError) in try FolderLock(path).path }
            == "\(path): another process is writing into this folder; wait until it has ended, or give "
            + "another folder")
      }
      lock.unlock()
      let next = try FolderLock(folder)
      next.unlock()
    }
  }

  @Test func theLockEndsWithItsOwner() throws {
    try withTemporaryFolder { folder in
      var lock: FolderLock? = try FolderLock(folder)
      #expect(throws: FormatError.self) { try FolderLock(folder) }
      lock = nil
      #expect(lock == nil)
      try FolderLock(folder).unlock()
    }
  }

  @Test func itLeavesNoFileAndOtherFoldersFree() throws {
    try withTemporaryFolder { folder in
      let inner = "\(folder)/inner"
      try FileManager.default.createDirectory(atPath: inner, withIntermediateDirectories: false)
      let lock = try FolderLock(folder)
      defer { lock.unlock() }
      try FolderLock(inner).unlock()
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["inner"])
    }
  }

  @Test func aFolderThatIsNotThereIsNotLocked() throws {
    try withTemporaryFolder { folder in
      let (first, second) = (try FolderLock("\(folder)/no"), try FolderLock("\(folder)/no"))
      try first.check()
      second.unlock()
    }
  }

  @Test func anotherFolderInItsPlaceIsNoticed() throws {
    try withTemporaryFolder { folder in
      let (place, elsewhere) = ("\(folder)/run", "\(folder)/elsewhere")
      try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: false)
      let lock = try FolderLock(place)
      try lock.check()
      try FileManager.default.moveItem(atPath: place, toPath: elsewhere)
      // Nothing there: whoever writes is told so by the system.
      try lock.check()
      try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: false)
      #expect(
        sentence { () throws(FormatError) in try lock.check() }
          == "\(place): another folder has taken the place of the one that was being written")
      try FolderLock(place).unlock()
      // It was moved, not given up.
      #expect(throws: FormatError.self) { try FolderLock(elsewhere) }
      lock.unlock()
    }
  }
}
