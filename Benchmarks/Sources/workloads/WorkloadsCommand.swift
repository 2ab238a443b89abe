import ArgumentParser
import Foundation
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
      what the step's matrix products alone take at the best rate of sgemm in the same run.
      """)

  @Option(help: "One workload only: \(Workload.names.joined(separator: ", ")).")
  var workload: String?

  @Option(help: "Seconds for each workload.")
  var seconds = 25.0

  @Option(help: "Threads; one for each processor unless given.")
  var threads: Int?

  func validate() throws {
    if let workload, !Workload.names.contains(workload) {
      throw ValidationError(
        "\"\(workload)\" is not one of \(Workload.names.joined(separator: ", ")).")
    }
    guard seconds > 0 && seconds <= 3600 else {
      throw ValidationError("--seconds should lie between 0 and 3600.")
    }
    if let threads, threads < 1 || threads > 256 {
      throw ValidationError("--threads should lie between 1 and 256.")
    }
  }

  func run() throws {
    let machine = MachineSummary(threads: threads)
    tell(machine.line)
    var sgemm = SgemmRate(threads: machine.threads)
    sgemm.measure(rounds: 4)
    var results: [(Workload, WorkloadTimes)] = []
    for name in workload.map({ [$0] }) ?? Workload.names {
      tell("\(name) …")
      let workload = try Workload(name, threads: threads)
      results.append((workload, try WorkloadTimes(workload, seconds: seconds)))
      sgemm.measure(rounds: 2)
    }
    // The best rate is known at the end only, and is the same for all lines.
    for (workload, times) in results {
      print(line(workload, times, rate: sgemm.best, machine: machine))
    }
  }

  private func line(
    _ workload: Workload, _ times: WorkloadTimes, rate: Double, machine: MachineSummary
  ) -> String {
    let operations = workload.model.spec.stepOperations(batchSize: workload.batchSize)
    let fields: [(String, String)] = [
      ("workload", "\"\(workload.name)\""),
      ("batch", "\(workload.batchSize)"),
      ("train_ms", decimal(times.train)),
      ("encode_ms", decimal(times.encode)),
      ("decode_ms", decimal(times.decode)),
      ("decode1_ms", decimal(times.decodeOne)),
      ("floor_ms", decimal(operations / rate * 1e3)),
      ("step_gflop", decimal(operations / 1e9)),
      ("sgemm_gflops", decimal(rate / 1e9)),
      ("repetitions", "\(times.repetitions)"),
      ("threads", "\(machine.threads)"),
      ("kernels", "\"\(machine.kernels)\""),
      ("vector_instructions", "\"\(machine.vectorInstructions)\""),
    ]
    return "{" + fields.map { "\"\($0)\":\($1)" }.joined(separator: ",") + "}"
  }

  private func decimal(_ value: Double) -> String { String(format: "%.3f", value) }

  private func tell(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }
}
