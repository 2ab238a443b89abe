import Formats
import Foundation
import Testing

extension CommandTests {
  /// Descriptors that are closed, readers that go away, and text that a terminal would obey.
  @Suite struct StreamTests {}
}

extension CommandTests.StreamTests {
  private func train(_ epochs: Int) -> String {
    """
    "$VAE" train --data '\(SampleFiles.imagesFile)' --config '\(SampleFiles.configFile)' \
    --epochs \(epochs) --no-pictures --threads 1
    """
  }

  /// What is opened first would get the closed stream's number, and progress would be written into it.
  @Test(arguments: ["2>&-", "<&- 2>&-", "<&- >/dev/null 2>&-"])
  func progressNeverLandsInAFile(redirection: String) throws {
    try withTemporaryFolder { folder in
      let outcome = try Command.shell(
        "\(train(3)) --tensorboard --output run \(redirection)", in: folder)
      #expect(outcome.status == 0)
      for (name, bytes) in try contents(of: folder) {
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(!text.contains("epoch 1/3"), "\(name)")
      }
    }
  }

  @Test func resultsForAClosedOutputAreLostAndToldSo() throws {
    try withTemporaryFolder { folder in
      let outcome = try Command.shell("\(train(2)) --output run <&- >&-", in: folder)
      #expect(outcome.status == 1)
      #expect(outcome.error.contains("standard output cannot be written"))
      // The run itself is whole.
      expectSuccess(try Command.run(["info", "run"], in: folder))
      let lines = try String(contentsOfFile: "\(folder)/run/metrics.jsonl", encoding: .utf8)
      #expect(lines.split(separator: "\n").count == 2)
    }
  }

  /// The reader goes away after the first line; all the epochs are trained.
  @Test func aTrainingGoesOnWhenNobodyReadsItsProgress() throws {
    try withTemporaryFolder { folder in
      let script = "( \(train(40)) --output run 2>&1 >/dev/null; echo $? >&3 ) 3>status | head -1"
      _ = try Command.shell(script, in: folder)
      #expect(try String(contentsOfFile: "\(folder)/status", encoding: .utf8) == "0\n")
      let lines = try String(contentsOfFile: "\(folder)/run/metrics.jsonl", encoding: .utf8)
      #expect(lines.split(separator: "\n").count == 40)
    }
  }

  @Test func numbersThatNobodyReadsEndQuietly() throws {
    try withTemporaryFolder { folder in
      // The reader is gone before the command begins.
      let script = """
        mkfifo pipe; exec 4<>pipe; exec 5>pipe; exec 4<&-
        "$VAE" info >&5; echo "status $?"
        """
      let outcome = try Command.shell(script, in: folder)
      #expect(outcome.output == "status 1\n" && outcome.error.isEmpty, "\(outcome)")
    }
  }

  /// The text of a table, of a path and of a description: nothing of it reaches the terminal as a command.
  @Test func nothingFromFilesIsObeyedByATerminal() throws {
    try withTemporaryFolder { folder in
      let evil = "\u{1B}]0;owned\u{07}\u{1B}[31mX\u{9B}2J\u{202E}\u{7F}"
      try write("a,b\n1,\(evil)\n2,Y\n3,\(evil)\n4,Y\n", to: "\(folder)/cells.csv")
      try write("a,\(evil)\n1,2\n3,5\n", to: "\(folder)/names.csv")
      try write("a,b\n1,2\n3,5,\(evil)\n", to: "\(folder)/ragged.csv")
      try write("{\"name\": \"x\", \"\(evil.dropFirst())\": 1}", to: "\(folder)/config.json")
      try write("no data", to: "\(folder)/\(evil).npy")
      for arguments in [
        ["inspect", "cells.csv"], ["inspect", "names.csv"], ["inspect", "ragged.csv"],
        ["inspect", "\(evil).npy"], ["inspect", "none\(evil).csv"], ["inspect", "--\(evil)"],
        [evil], ["train", "--data", "cells.csv", "--config", "config.json"],
        ["train", "--data", "cells.csv", "--preset", evil],
        ["train", "--data", "cells.csv", "--epochs", "1", "--threads", "1", "--output", "run"],
        ["info", "run"], ["inspect", "cells.csv", "--json"],
      ] {
        let outcome = try Command.run(arguments, in: folder)
        for scalar in (outcome.output + outcome.error).unicodeScalars
        where scalar != "\n" {
          let isObeyed =
            scalar.properties.generalCategory == .control || scalar == "\u{202E}"
          #expect(!isObeyed, "\(arguments): \(scalar.value)")
        }
      }
      let shown = try Command.run(["inspect", "cells.csv"], in: folder)
      // Long names are cut short.
      #expect(shown.output.contains("\\x1B]0;owned\\x07\\x1B[31mX\\x9B2J…"))
      // JSON is the same value.
      let columns = try #require(
        try Command.run(["inspect", "cells.csv", "--json"], in: folder).json()["columns"]
          as? [[String: Any]])
      #expect((columns[1]["categories"] as? [String])?.contains(evil) == true)
    }
  }

  /// A hundred thousand axes, twenty thousand arrays, a name of a megabyte.
  @Test func noSentenceIsLongerThanAPage() throws {
    try withTemporaryFolder { folder in
      let long = String(repeating: "n", count: 1_000_000)
      let axes =
        "{'descr':'<f4','fortran_order':False,'shape':(2,\(String(repeating: "1,", count: 100_000))8)}\n"
      let size = axes.utf8.count
      let start: [UInt8] =
        [0x93] + Array("NUMPY".utf8) + [2, 0] + (0..<4).map { UInt8(size >> (8 * $0) & 0xFF) }
      try write(
        start + Array(axes.utf8) + [UInt8](repeating: 0, count: 64), to: "\(folder)/axes.npy")
      let one = NumericArray([1, 2, 3, 4] as [Float], shape: [2, 2])
      try NPZ.write((0..<20_000).map { ("a\($0)", one) }, to: "\(folder)/arrays.npz")
      try write("{\"name\": \"x\", \"\(long)\": 1}", to: "\(folder)/config.json")
      try write(
        "{\"name\": \"x\", \"encoder\": [{\"type\": \"\(long)\"}]}", to: "\(folder)/layer.json")
      try write("a,\(long)\n1,2\n3,x\n", to: "\(folder)/column.csv")
      for arguments in [
        ["inspect", "axes.npy"], ["inspect", "arrays.npz"], ["inspect", "column.csv"],
        ["train", "--data", SampleFiles.rowsFile, "--config", "config.json"],
        ["train", "--data", SampleFiles.rowsFile, "--config", "layer.json"],
        ["train", "--data", SampleFiles.rowsFile, "--preset", String(long.prefix(100_000))],
        [String(long.prefix(100_000))],
      ] {
        let outcome = try Command.run(arguments, in: folder)
        let size = outcome.output.utf8.count + outcome.error.utf8.count
        #expect(size > 20 && size < 8_000, "\(arguments.map { $0.prefix(40) }): \(size)")
      }
      let told = try Command.run(["inspect", "axes.npy"], in: folder)
      #expect(told.error.contains("more characters)"))
    }
  }
}
