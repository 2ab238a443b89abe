@preconcurrency import Benchmark
import Foundation
import Measurement
import Variational

let benchmarks: @Sendable () -> Void = {
  announceMachine()
  matrixProductBenchmarks()
  modelBenchmarks()
}

/// Says once a run, on stderr, which kernels are measured.
///
/// The harness starts this program once to list its benchmarks, then once for each benchmark, always
/// with the same arguments. Only the listing process ends without having set a benchmark up. Making the
/// summary also holds OpenBLAS to one thread, as in the engine.
private func announceMachine() {
  let isChild = CommandLine.arguments.contains("--input-fd")
  let machine = MachineSummary()
  if !isChild {
    FileHandle.standardError.write(Data((machine.line + "\n").utf8))
    return
  }
  atexit {
    if Benchmark.benchmarks.allSatisfy({ $0.setupState == nil }) {
      FileHandle.standardError.write(Data((MachineSummary().line + "\n").utf8))
    }
  }
}
