import Foundation
import Testing

@testable import Formats

@Suite struct AtomicFileTogetherTests {
  private func names(_ folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
  }

  @Test func filesAppearTogether() throws {
    try withTemporaryFolder { folder in
      try AtomicFile.write([[9]], to: "\(folder)/b")
      try AtomicFile.together { () throws(FormatError) in
        try AtomicFile.write([[1]], to: "\(folder)/a")
        try AtomicFile.write([[2]], to: "\(folder)/b")
        // Under temporary names, which nobody else takes away.
        AtomicFile.removeAbandoned(in: folder)
        #expect((try? FileBytes.read("\(folder)/b")) == [9])
        #expect(!FileManager.default.fileExists(atPath: "\(folder)/a"))
      }
      #expect(try names(folder) == ["a", "b"])
      #expect(try FileBytes.read("\(folder)/a") == [1])
      #expect(try FileBytes.read("\(folder)/b") == [2])
    }
  }

  @Test func anErrorLeavesEverythingAsItWas() throws {
    try withTemporaryFolder { folder in
      try AtomicFile.write([[9]], to: "\(folder)/a")
      let failure = FormatError(file: "x", reason: "the disk is full")
      #expect(throws: failure) {
        try AtomicFile.together { () throws(FormatError) in
          try AtomicFile.write([[1]], to: "\(folder)/a")
          try AtomicFile.together { () throws(FormatError) in
            try AtomicFile.write([[1]], to: "\(folder)/b")
          }
          throw failure
        }
      }
      #expect(try names(folder) == ["a"])
      #expect(try FileBytes.read("\(folder)/a") == [9])
      // And the next file is written as ever.
      try AtomicFile.write([[3]], to: "\(folder)/c")
      #expect(try names(folder) == ["a", "c"])
    }
  }

  /// A folder takes the second name between the writing and the naming.
  @Test func aNameThatCannotBeGivenIsToldWithThoseThatWere() throws {
    try withTemporaryFolder { folder in
      let error = try #require(throws: FormatError.self) {
        try AtomicFile.together { () throws(FormatError) in
          for name in ["a", "b", "c"] { try AtomicFile.write([[1]], to: "\(folder)/\(name)") }
          mkdir("\(folder)/b", 0o777)
        }
      }
      #expect(error.file == "\(folder)/b")
      #expect(
        error.reason.hasSuffix(
          "; written already, of the files that belong together: \(folder)/a"), "\(error)")
      #expect(try names(folder) == ["a", "b"])
    }
  }

  @Test func moreFilesThanMayBeOpenAreNoError() throws {
    try withTemporaryFolder { folder in
      try AtomicFile.together { () throws(FormatError) in
        for index in 0..<1500 { try AtomicFile.write([[1]], to: "\(folder)/\(index)") }
      }
      #expect(try names(folder).count == 1500)
    }
  }
}
