/// A row of 64-bit numbers that workers fill side by side: one term an example.
///
/// `@unchecked Sendable`: as with `Arena`, workers write different elements.
package final class TermBuffer: @unchecked Sendable {
  /// The number of terms.
  package let count: Int
  private let base: UnsafeMutablePointer<Double>

  /// `count` terms, all zero.
  package init(count: Int) {
    precondition(count >= 0, "TermBuffer: a count of \(count) is negative")
    self.count = count
    base = .allocate(capacity: max(count, 1))
    base.initialize(repeating: 0, count: max(count, 1))
  }

  deinit { base.deallocate() }

  /// One term.
  package subscript(index: Int) -> Double {
    get {
      precondition(index >= 0 && index < count, "TermBuffer: index \(index) of \(count)")
      return base[index]
    }
    set {
      precondition(index >= 0 && index < count, "TermBuffer: index \(index) of \(count)")
      base[index] = newValue
    }
  }

  /// The sum of the first `count` terms, in order.
  package func sum(first count: Int) -> Double {
    precondition(count <= self.count, "TermBuffer.sum: \(count) of \(self.count) terms")
    var total = 0.0
    for index in 0..<count { total += base[index] }
    return total
  }

  /// Sets every term.
  package func fill(_ value: Double) { base.update(repeating: value, count: count) }
}
