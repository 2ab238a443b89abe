import Foundation
import Testing

@testable import Formats

/// What a killed writer leaves, and who may take it away.
@Suite struct AbandonedFileTests {
  private func names(_ folder: String) throws -> Set<String> {
    Set(try FileManager.default.contentsOfDirectory(atPath: folder))
  }

  @Test func onlyTemporariesOfThisModuleAreRemoved() throws {
    try withTemporaryFolder { folder in
      let kept: Set = [
        "config.json", "x.partial", ".partial", ".UPPER.partial", ".a_b.partial", ".0123.partially",
        ".12345678901234.partial", ".hidden",
      ]
      for name in kept.union([".1y2p0ij32e8e7.partial", ".0.partial"]) {
        try AtomicFile.write([[1]], to: "\(folder)/\(name)")
      }
      // A folder and a link of such a name are not what a writer leaves.
      try FileManager.default.createDirectory(
        atPath: "\(folder)/.f.partial", withIntermediateDirectories: false)
      try FileManager.default.createSymbolicLink(
        atPath: "\(folder)/.l.partial", withDestinationPath: "config.json")
      AtomicFile.removeAbandoned(in: folder)
      #expect(try names(folder) == kept.union([".f.partial", ".l.partial"]))
      // A folder that is not there holds nothing to remove.
      AtomicFile.removeAbandoned(in: "\(folder)/missing")
    }
  }

  @Test func whatIsBeingWrittenStays() throws {
    try withTemporaryFolder { folder in
      try AtomicFile.write(to: "\(folder)/x") { (sink) throws(FormatError) in
        try sink.append([1, 2] as [UInt8])
        AtomicFile.removeAbandoned(in: folder)
        try sink.append([3] as [UInt8])
      }
      #expect(try FileBytes.read("\(folder)/x") == [1, 2, 3])
      #expect(try names(folder) == ["x"])
    }
  }

  @Test func everyTemporaryNameIsKnownAgain() throws {
    try withTemporaryFolder { folder in
      for _ in 0..<100 {
        try AtomicFile.write([[1]], to: "\(folder)/\(AtomicFile.temporaryName())")
      }
      #expect(try names(folder).count == 100)
      AtomicFile.removeAbandoned(in: folder)
      #expect(try names(folder).isEmpty)
    }
  }
}
