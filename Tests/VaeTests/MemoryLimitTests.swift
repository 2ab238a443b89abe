import Formats
import Foundation
import Testing

#if os(Linux)
  extension CommandTests {
    /// Whatever a process may have, it ends, and with a sentence where it has too little.
    @Suite struct MemoryLimitTests {}
  }

  extension CommandTests.MemoryLimitTests {
    /// Runs a command under a limit on its address space; one that hangs is ended, which is status 137.
    private func run(_ arguments: String, mebibytes: Int, in folder: String? = nil) throws
      -> Outcome
    {
      try Command.shell(
        "ulimit -v $((\(mebibytes) * 1024)); exec timeout -s KILL 120 \"$VAE\" \(arguments)",
        in: folder)
    }

    private func expectAnEnd(_ outcome: Outcome, _ comment: Comment) {
      // 127: the limit is too small to load the libraries, as the system says.
      #expect([0, 1, 65, 127].contains(outcome.status), comment)
      #expect(outcome.status == 0 || !outcome.error.isEmpty, comment)
      expectNoSwift(outcome.error)
    }

    @Test(arguments: [100, 150, 175, 200, 250, 300, 400])
    func commandsThatMultiplyNothingNeedLittle(mebibytes: Int) throws {
      for command in ["info", "--help", "train --help"] {
        let outcome = try run(command, mebibytes: mebibytes)
        expectAnEnd(outcome, "\(command), \(mebibytes) MiB: \(outcome.status) \(outcome.error)")
        if mebibytes >= 200 { #expect(outcome.status == 0, "\(command): \(outcome.error)") }
      }
    }

    /// OpenBLAS takes 128 MiB for each thread that multiplies.
    @Test(arguments: [175, 225, 275, 325, 375, 450, 600, 800], [1, 2, 4])
    func aTrainingEndsWhateverItMayHave(mebibytes: Int, threads: Int) throws {
      try withTemporaryFolder { folder in
        let outcome = try run(
          "train --data '\(SampleFiles.imagesFile)' --config '\(SampleFiles.configFile)' --epochs 1 "
            + "--threads \(threads) --no-pictures --output run", mebibytes: mebibytes, in: folder)
        expectAnEnd(outcome, "\(mebibytes) MiB: \(outcome.status) \(outcome.error)")
        if mebibytes >= 450 && threads == 1 { #expect(outcome.status == 0, "\(outcome.error)") }
      }
    }

    @Test func threadsThatTheSystemDoesNotGiveAreTold() throws {
      try withTemporaryFolder { folder in
        let outcome = try run(
          "encode '\(SampleFiles.modelFolder)' --data '\(SampleFiles.imagesFile)' --threads 200 "
            + "--output x.npy", mebibytes: 1_000, in: folder)
        expectFailure(outcome, 1, "200 threads", "ulimit -v", "fewer threads")
        #expect(try contents(of: folder).isEmpty)
      }
    }

    /// Sweeps of all latents take the square of their number.
    @Test func aProductOfLatentsIsBoundedBeforeItTakesMemory() throws {
      try withTemporaryFolder { folder in
        expectSuccess(
          try Command.run(
            [
              "train", "--data", SampleFiles.rowsFile, "--latents", "4096", "--epochs", "1",
              "--no-pictures", "--output", "wide",
            ], in: folder))
        expectFailure(
          try run("traverse wide --output x.npy", mebibytes: 1_500, in: folder), 65,
          "4096 latents in 11 steps", "memory", "fewer latents")
        expectSuccess(
          try run("traverse wide --count 3 --output x.npy", mebibytes: 1_500, in: folder))
      }
    }
  }
#endif
