// How many times as long as its bare matrix products a training step takes, on a machine that is busy
// with other things.
//
// - One thread, and that thread's processor time: what the machine gives to others does not count.
// - Every step lies between two runs of sgemm, whose mean is its measure: a slow spell (a lower clock,
//   a neighbour in the cache) meets both.
// - The median of these ratios; the smallest median of some attempts, since disturbances only add.

import Foundation
import Measurement
import Variational

/// Measures one workload, in attempts.
struct StepRatio {
  private let workload: Workload
  private let sgemm: SquareProducts
  private let floor: Double  // multiples of one run of sgemm that the step's products take
  private let pairs: Int

  /// Prepares the workload; a first step is taken.
  ///
  /// - Parameter seconds: about how long an attempt takes when the machine is idle
  init(_ name: String, seconds: Double) throws {
    let workload = try Workload(name, threads: 1)
    try workload.train()
    let step = try processorTime { try workload.train() }
    self.workload = workload
    sgemm = SquareProducts(seconds: step / 4)
    let operations = workload.model.spec.stepOperations(batchSize: workload.batchSize)
    floor = operations / sgemm.operations
    pairs = max(9, Int(seconds / (step * 1.25)))
  }

  /// The median, over pairs, of a step's time through that of its products at sgemm's rate beside it.
  func attempt() throws -> Double {
    var ratios: [Double] = []
    var before = processorTime { sgemm.run() }
    for _ in 0..<pairs {
      let step = try processorTime { try workload.train() }
      let after = processorTime { sgemm.run() }
      ratios.append(step / (floor * (before + after) / 2))
      before = after
    }
    return ratios.sorted()[ratios.count / 2]
  }
}

/// Products of square matrices, as many as take a given time: sgemm at its best rate.
private final class SquareProducts {
  private static let size = 512
  private let a = Matrix<Float>(rows: size, columns: size, repeating: 0.5)
  private let b = Matrix<Float>(rows: size, columns: size, repeating: 0.25)
  private var c = Matrix<Float>(rows: size, columns: size)
  private var count = 1

  /// Floating-point operations in one run.
  var operations: Double { 2 * Double(count) * pow(Double(SquareProducts.size), 3) }

  init(seconds: Double) {
    run()
    let one = (0..<5).map { _ in processorTime { run() } }.min()!
    count = max(1, Int(seconds / one))
  }

  func run() {
    // A [size×size] · B [size×size] → C, overwritten
    for _ in 0..<count { c.accumulateProduct(of: a, by: b, keeping: 0) }
  }
}

/// Seconds that the calling thread spends on a processor in `body`.
private func processorTime(_ body: () throws -> Void) rethrows -> Double {
  func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
  let start = now()
  try body()
  return now() - start
}
