import AllocationCounter
import Measurement

/// Heap blocks asked for in training steps, by all threads of the process.
enum Allocations {
  static var areCounted: Bool { allocation_count_is_supported() == 1 }

  /// The blocks of `steps` training steps at the workload's own batch size, its first ones left out.
  static func count(_ name: String, threads: Int, steps: Int) throws -> Int {
    let workload = try Workload(name, threads: threads)
    for _ in 0..<2 { try workload.train() }
    let before = allocation_count()
    for _ in 0..<steps { try workload.train() }
    return Int(allocation_count() - before)
  }
}
