import Formats
import Foundation
import Testing

@testable import Variational

@Suite struct RunFolderOwnershipTests {
  private let spec = ModelSpec.smallDense(training: TrainingSpec(batchSize: 8, epochs: 1))

  @Test func aRunsFilesAreItsOwn() throws {
    try withTemporaryFolder { path in
      let folder = RunFolder(path)
      #expect(!folder.isOfARun && folder.visibleFiles.isEmpty && folder.foreignFiles.isEmpty)
      _ = try FitTests.Task(spec).fit(folder).run()
      try AtomicFile.write([[1]], to: folder.file("samples.png"))
      #expect(folder.isOfARun && folder.foreignFiles.isEmpty)
      // A damaged description is still the run's.
      let bytes = try FileBytes.read(folder.file("config.json"))
      try AtomicFile.write([Array(bytes.dropLast(9))], to: folder.file("config.json"))
      #expect(folder.isOfARun && folder.foreignFiles.isEmpty)
    }
  }

  @Test func filesUnderTheNamesOfARunAreKnownByTheirContent() throws {
    try withTemporaryFolder { path in
      let folder = RunFolder(path)
      for name in RunFolder.replacedFiles {
        try AtomicFile.write([Array("mine".utf8)], to: folder.file(name))
      }
      #expect(!folder.isOfARun)
      #expect(folder.foreignFiles == RunFolder.replacedFiles)
      #expect(
        sentence { try FitTests.Task(spec).fit(folder).start() }
          .hasPrefix("\(path)/config.json: was not written by a training"))
      #expect(try FileBytes.read(folder.file("config.json")) == Array("mine".utf8))
      // Another program's weights and description.
      try SafeTensors.write(
        [SafeTensors.Entry(name: "a", floats: [1], shape: [1])], metadata: ["format": "pt"],
        to: folder.file("model.safetensors"))
      try AtomicFile.write([Array(#"{"model_type": "bert"}"#.utf8)], to: folder.file("config.json"))
      #expect(folder.foreignFiles == RunFolder.replacedFiles)
    }
  }

  /// A kill between two renamings of a start: no description yet.
  @Test func whatAKilledStartLeftIsReplaced() throws {
    try withTemporaryFolder { path in
      let folder = RunFolder(path)
      let task = try FitTests.Task(spec)
      _ = try task.fit(folder).run()
      for name in ["config.json", "metrics.jsonl", "model.safetensors"] {
        try folder.remove([name])
        #expect(folder.isOfARun && folder.foreignFiles.isEmpty)
      }
      try task.fit(folder).start()
      #expect(folder.hasModel)
      // Beside something else it is not so sure.
      try folder.remove(["config.json"])
      try AtomicFile.write([[1]], to: folder.file("thesis.txt"))
      #expect(!folder.isOfARun && folder.foreignFiles.isEmpty)
    }
  }
}
