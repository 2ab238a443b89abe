// The calls whose instructions are counted: the three workloads on one thread, small batches.

import CountedRegion
import Measurement

/// Some calls of one workload, run inside `counted_region`.
struct MicroStep: Sendable {
  /// What is counted.
  enum Call: String, Sendable {
    case train
    case encodeAndDecode = "encode and decode"
  }

  let workload: String
  /// Small, since a counted instruction takes some fifty times as long, yet several tiles of every
  /// convolution.
  let batchSize: Int
  let call: Call
  /// How many of them.
  let repetitions: Int

  /// The figure's name in the table and among the committed ones.
  var name: String { "\(workload) \(call.rawValue), batch of \(batchSize)" }

  /// In the order in which they are run and counted.
  static let all = [
    MicroStep(workload: "dense", batchSize: 32, call: .train, repetitions: 3),
    MicroStep(workload: "dense", batchSize: 32, call: .encodeAndDecode, repetitions: 3),
    MicroStep(workload: "fashion", batchSize: 8, call: .train, repetitions: 2),
    MicroStep(workload: "fashion", batchSize: 8, call: .encodeAndDecode, repetitions: 2),
    MicroStep(workload: "faces", batchSize: 4, call: .train, repetitions: 1),
    MicroStep(workload: "faces", batchSize: 4, call: .encodeAndDecode, repetitions: 1),
  ]

  /// Makes the calls once uncounted, so that buffers are there, then counted.
  func run() throws {
    var spec = try Workload.spec(workload)
    spec.training.batchSize = batchSize
    let run = Run(try Workload(spec, threads: 1), self)
    run.calls()
    counted_region(
      { Unmanaged<Run>.fromOpaque($0!).takeUnretainedValue().calls() },
      Unmanaged.passUnretained(run).toOpaque())
    if let error = run.error { throw error }
  }

  /// What passes through C as an opaque pointer.
  private final class Run {
    private let workload: Workload
    private let step: MicroStep
    private(set) var error: (any Error)?

    init(_ workload: Workload, _ step: MicroStep) {
      self.workload = workload
      self.step = step
    }

    func calls() {
      do {
        for _ in 0..<step.repetitions {
          switch step.call {
          case .train: try workload.train()
          case .encodeAndDecode:
            try workload.encode()
            workload.decode()
          }
        }
      } catch { self.error = error }
    }
  }
}
