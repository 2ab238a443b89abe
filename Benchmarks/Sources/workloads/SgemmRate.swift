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

  private func window(size: Int, seconds: Double) -> Double {
    let total = RateSum()
    let running = DispatchGroup()
    for _ in 0..<threads {
      running.enter()
      Thread {
        total.add(SgemmRate.rate(size: size, seconds: seconds))
        running.leave()
      }.start()
    }
    running.wait()
    return total.value
  }

  /// Floating-point operations a second of the calling thread.
  private static func rate(size: Int, seconds: Double) -> Double {
    let a = Matrix<Float>(rows: size, columns: size, repeating: 0.5)
    let b = Matrix<Float>(rows: size, columns: size, repeating: 0.25)
    var c = Matrix<Float>(rows: size, columns: size)
    c.accumulateProduct(of: a, by: b, keeping: 0)
    let clock = ContinuousClock()
    let start = clock.now
    var products = 0
    var elapsed = 0.0
    while elapsed < seconds {
      // A [size×size] · B [size×size] → C, overwritten
      c.accumulateProduct(of: a, by: b, keeping: 0)
      products += 1
      elapsed = start.duration(to: clock.now) / .seconds(1)
    }
    return 2 * Double(size) * Double(size) * Double(size) * Double(products) / elapsed
  }
}

/// A sum that several threads add to.
private final class RateSum: Sendable {
  private let sum = Mutex(0.0)
  func add(_ rate: Double) { sum.withLock { $0 += rate } }
  var value: Double { sum.withLock { $0 } }
}
