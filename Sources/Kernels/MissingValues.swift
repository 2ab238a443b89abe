// Missing values: a NaN among numbers stands for a value that nobody knows.

import CVector

extension VectorView {
  /// Whether any element is NaN. One comparison an element.
  package var hasMissing: Bool { missingCount > 0 }

  /// The number of elements that are not NaN.
  package var observedCount: Int { count - missingCount }

  private var missingCount: Int {
    Int(
      sumLanes(self, self) { x, _ in
        Lanes(repeating: 0).replacing(with: 1, where: x .!= x)
      })
  }

  /// The elements of a range.
  package func slice(_ range: Range<Int>) -> VectorView {
    slice(range.lowerBound, count: range.count)
  }

  /// Calls `body` with the longest runs of numbers and of NaNs, in order.
  @inline(__always)
  package func forEachRun(_ body: (_ range: Range<Int>, _ isObserved: Bool) -> Void) {
    var first = 0
    while first < count {
      let isMissing = base[first].isNaN
      var end = first + 1
      while end < count && base[end].isNaN == isMissing { end += 1 }
      body(first..<end, !isMissing)
      first = end
    }
  }

  /// Overwrites the elements with another vector's, with 0 in the place of NaN.
  package func copyObserved(from other: VectorView) {
    mapLanes(other, into: self) { x in x.replacing(with: 0, where: x .!= x) }
  }
}

extension MatrixView {
  /// The number of elements that are not NaN.
  package var observedCount: Int {
    (0..<rows).reduce(0) { $0 + row($1).observedCount }
  }
}
