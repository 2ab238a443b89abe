// The four calls that users wait for, on the three workloads.

import Benchmark
import Measurement

func modelBenchmarks() {
  let configuration = Benchmark.Configuration(
    metrics: [.wallClock], timeUnits: .microseconds, warmupIterations: 3, maxDuration: .seconds(3))
  for name in Workload.names {
    Benchmark("\(name) train, one step", configuration: configuration) { _, workload in
      try workload.train()
    } setup: {
      try Workload(name)
    }
    Benchmark("\(name) encode, one batch", configuration: configuration) { _, workload in
      try workload.encode()
    } setup: {
      try Workload(name)
    }
    Benchmark("\(name) decode, one batch", configuration: configuration) { _, workload in
      workload.decode()
    } setup: {
      try Workload(name)
    }
    Benchmark("\(name) decode, one latent", configuration: configuration) { _, workload in
      workload.decodeOne()
    } setup: {
      try Workload(name)
    }
  }
}
