import ArgumentParser
import Measurement
import Variational

/// `workloads`: the three models, one JSON line each.
@main
struct WorkloadsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "workloads",
    abstract: "Times training, encoding and decoding of the three workloads.",
    discussion: """
      Prints one JSON object a line: medians in milliseconds over repetitions in turn, and as floor_ms \
      what the step's matrix products alone take at the best rate of sgemm in the same run. \
      naive_train_ms is the training step with plain loops instead of OpenBLAS.
      """)

  @Option(help: "One workload only: \(Workload.names.joined(separator: ", ")).")
  var workload: String?

  @Option(help: "Seconds for the four calls of each workload.")
  var seconds = 25.0

  @Option(help: "The most repetitions of each call, whatever the seconds.")
  var repetitions: Int?

  @Option(help: "Seconds for the training step with plain loops, at least two steps; 0 for none.")
  var naiveSeconds = 12.0

  @Option(help: "Threads; one for each processor unless given.")
  var threads: Int?

  @Flag(help: "Only says which OpenBLAS and vector instructions would be measured.")
  var describe = false

  func validate() throws {
    if let workload, !Workload.names.contains(workload) {
      throw ValidationError(
        "\"\(workload)\" is not one of \(Workload.names.joined(separator: ", ")).")
    }
    guard seconds > 0 && seconds <= 3600 else {
      throw ValidationError("--seconds should lie between 0 and 3600.")
    }
    guard naiveSeconds >= 0 && naiveSeconds <= 3600 else {
      throw ValidationError("--naive-seconds should lie between 0 and 3600.")
    }
    if let repetitions, repetitions < 1 {
      throw ValidationError("--repetitions should be at least 1.")
    }
    if let threads, threads < 1 || threads > 256 {
      throw ValidationError("--threads should lie between 1 and 256.")
    }
  }

  func run() throws {
    let machine = MachineSummary(threads: threads)
    if describe {
      print(
        "\(machine.openBLAS), kernels \(machine.kernels); "
          + "own loops \(machine.vectorInstructions); \(machine.threads) threads")
      return
    }
    tell(machine.line)
    var sgemm = SgemmRate(threads: machine.threads)
    sgemm.measure(rounds: 4)
    var results: [Result] = []
    for name in workload.map({ [$0] }) ?? Workload.names {
      tell("\(name) …")
      let workload = try Workload(name, threads: threads)
      let times = try WorkloadTimes(
        workload, seconds: seconds, atMost: repetitions ?? .max)
      sgemm.measure(rounds: 2)
      results.append(Result(workload: workload, times: times, naive: try naiveStep(name)))
    }
    // The best rate is known at the end only, and is the same for all lines.
    for result in results { result.line(rate: sgemm.best, machine: machine).print() }
  }

  /// Milliseconds of a training step with plain loops; nil if nobody asks.
  private func naiveStep(_ name: String) throws -> Double? {
    if naiveSeconds == 0 { return nil }
    let workload = try Workload(name, threads: threads, backend: .naive)
    return try medianMilliseconds(seconds: naiveSeconds, atLeast: 2, workload.train)
  }
}

/// What one workload's line says.
private struct Result {
  let workload: Workload
  let times: WorkloadTimes
  let naive: Double?

  func line(rate: Double, machine: MachineSummary) -> JSONLine {
    let operations = workload.model.spec.stepOperations(batchSize: workload.batchSize)
    var line = JSONLine()
    line.add("workload", workload.name)
    line.add("batch", workload.batchSize)
    line.add("train_ms", times.train)
    line.add("floor_ms", operations / rate * 1e3)
    line.add("encode_ms", times.encode)
    line.add("decode_ms", times.decode)
    line.add("decode1_ms", times.decodeOne)
    if let naive { line.add("naive_train_ms", naive) }
    line.add("step_gflop", operations / 1e9)
    line.add("sgemm_gflops", rate / 1e9)
    line.add("repetitions", times.repetitions)
    line.add(machine)
    return line
  }
}
