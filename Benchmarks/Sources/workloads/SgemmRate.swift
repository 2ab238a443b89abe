import Foundation
import Synchronization
import Variational

/// The best rate of single-precision matrix products, all threads together.
///
/// BLAS runs on one thread a call, as in the engine, so every thread multiplies matrices of its own.
struct SgemmRate {
  let threads: Int
  /// Floating-point operations a second, the best of all windows so far.
  private(set) var best = 0.0

  init(threads: Int) { self.threads = threads }

  /// Measures each of a few square sizes in windows of 60 ms.
  mutating func measure(rounds: Int) {
    for _ in 0..<rounds {
      for size in [512, 768, 1024] { best = max(best, window(size: size, seconds: 0.06)) }
    }
  }

  // All threads' operations over the time from the first one's start to the last one's end: threads that
  // had to take turns, more of them than processors, count with the time that they waited.
  private func window(size: Int, seconds: Double) -> Double {
    let total = Work()
    let running = DispatchGroup()
    for _ in 0..<threads {
      running.enter()
      Thread {
        SgemmRate.multiply(size: size, seconds: seconds, addingTo: total)
        running.leave()
      }.start()
    }
    running.wait()
    return total.rate
  }

  private static func multiply(size: Int, seconds: Double, addingTo total: Work) {
    let a = Matrix<Float>(rows: size, columns: size, repeating: 0.5)
    let b = Matrix<Float>(rows: size, columns: size, repeating: 0.25)
    var c = Matrix<Float>(rows: size, columns: size)
    c.accumulateProduct(of: a, by: b, keeping: 0)
    let clock = ContinuousClock()
    let start = clock.now
    var now = start
    var products = 0
    while start.duration(to: now) / .seconds(1) < seconds {
      // A [size×size] · B [size×size] → C, overwritten
      c.accumulateProduct(of: a, by: b, keeping: 0)
      products += 1
      now = clock.now
    }
    let operations = 2 * Double(size) * Double(size) * Double(size) * Double(products)
    total.add(operations, from: start, to: now)
  }
}

/// What several threads have done, and the time that it took from the first to the last.
private final class Work: Sendable {
  private struct State {
    var operations = 0.0
    var start: ContinuousClock.Instant?
    var end: ContinuousClock.Instant?
  }
  private let state = Mutex(State())

  func add(
    _ operations: Double, from start: ContinuousClock.Instant, to end: ContinuousClock.Instant
  ) {
    state.withLock {
      $0.operations += operations
      $0.start = min($0.start ?? start, start)
      $0.end = max($0.end ?? end, end)
    }
  }

  /// Floating-point operations a second.
  var rate: Double {
    state.withLock {
      guard let start = $0.start, let end = $0.end else { return 0 }
      return $0.operations / (start.duration(to: end) / .seconds(1))
    }
  }
}
