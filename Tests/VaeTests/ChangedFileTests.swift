import Formats
import Foundation
import Testing

extension CommandTests {
  /// A data file that is cut short while a command reads it: a sentence that names it, never a signal.
  @Suite struct ChangedFileTests {}
}

extension CommandTests.ChangedFileTests {
  /// Starts a command on a file that stays on the disk, cuts the file short while the command stands still, and
  /// returns how it ended.
  private func cut(
    _ arguments: [String], _ data: String, to length: off_t, after microseconds: UInt32
  ) throws -> (status: Int32, error: String) {
    let pipe = Pipe()
    let process = Command.process(arguments, errorInto: pipe)
    try process.run()
    try pipe.fileHandleForWriting.close()
    usleep(microseconds)
    // The process does not go on until the file is short, wherever it is by then.
    kill(process.processIdentifier, SIGSTOP)
    try #require(truncate(data, length) == 0)
    kill(process.processIdentifier, SIGCONT)
    let text = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    #expect(process.terminationReason == .exit, "\(arguments[0])")
    return (process.terminationStatus, String(decoding: text, as: UTF8.self))
  }

  /// Whatever the moment, the end is one of three: the file was changed, its header promises more than follows, or the
  /// command was done with it.
  @Test(arguments: ["inspect", "train", "encode", "score", "evaluate", "reconstruct"])
  func aFileCutShortIsTold(command: String) throws {
    try withTemporaryFolder { folder in
      let data = "\(folder)/x.npy"
      let array = SampleFiles.images(20_000, height: 12, width: 12)
      let floats = NumericArray(array.floats().map { $0 / 255 }, shape: array.shape)
      let options = ["--data", data, "--memory-limit", "0"]
      let arguments =
        switch command {
        case "inspect": ["inspect", data, "--memory-limit", "0"]
        case "train":
          ["train", "--config", SampleFiles.configFile, "--output", "\(folder)/run"] + options
        case "encode", "reconstruct":
          [command, SampleFiles.modelFolder, "--output", "\(folder)/y.npy"] + options
        default: [command, SampleFiles.modelFolder] + options
        }
      var generator = SeededGenerator(state: 3)
      for length: off_t in [0, 100, 4_096, 5_000_000] {
        for _ in 0..<3 {
          try? FileManager.default.removeItem(atPath: "\(folder)/run")
          try NPY.write(floats, to: data)
          let (status, error) = try cut(
            arguments, data, to: length, after: .random(in: 0..<60_000, using: &generator))
          #expect([0, 65].contains(status), "\(command), \(length): \(status) \(error)")
          if status == 65 {
            #expect(error.contains(data), "\(error)")
            let words = ["was changed while", "promises", "too short", "empty", "bytes", "format"]
            #expect(words.contains(where: error.contains), "\(error)")
            #expect(!error.contains("far too large") && !error.contains("nan"), "\(error)")
          }
          expectNoSwift(error)
        }
      }
    }
  }
}
