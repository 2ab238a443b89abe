// Loops over vectors, sixteen lanes a turn, the formula given as a closure.
//
// They are inlined into the caller together with the closure, so `mapLanes(x) { exp($0) }` compiles
// to one loop of vector instructions. A tail shorter than sixteen goes through a zero-padded copy.

import CVector

extension VectorView {
  /// Sixteen elements from `index` on.
  @inlinable @inline(__always)
  package func lanes(at index: Int) -> Lanes {
    UnsafeRawPointer(base + index).loadUnaligned(as: Lanes.self)
  }

  /// Overwrites sixteen elements from `index` on.
  @inlinable @inline(__always)
  package func setLanes(_ value: Lanes, at index: Int) {
    UnsafeMutableRawPointer(base + index).storeBytes(of: value, as: Lanes.self)
  }

  /// The `count` < 16 elements from `index` on; the other lanes are zero.
  @inlinable @inline(__always)
  package func partialLanes(at index: Int, count: Int) -> Lanes {
    var value = Lanes(repeating: 0)
    withUnsafeMutableBytes(of: &value) { bytes in
      bytes.copyMemory(
        from: UnsafeRawBufferPointer(
          start: base + index, count: count &* MemoryLayout<Float>.stride))
    }
    return value
  }

  /// Overwrites the `count` < 16 elements from `index` on.
  @inlinable @inline(__always)
  package func setPartialLanes(_ value: Lanes, at index: Int, count: Int) {
    withUnsafeBytes(of: value) { bytes in
      UnsafeMutableRawPointer(base + index).copyMemory(
        from: bytes.baseAddress!, byteCount: count &* MemoryLayout<Float>.stride)
    }
  }
}

/// y ← f(x), element by element; x and y may be the same vector.
@inlinable @inline(__always)
package func mapLanes(_ x: VectorView, into y: VectorView, _ f: (Lanes) -> Lanes) {
  precondition(x.count == y.count, "mapLanes: \(x.count) elements into \(y.count)")
  var index = 0
  while index &+ 16 <= x.count {
    y.setLanes(f(x.lanes(at: index)), at: index)
    index &+= 16
  }
  let rest = x.count &- index
  if rest > 0 {
    y.setPartialLanes(f(x.partialLanes(at: index, count: rest)), at: index, count: rest)
  }
}

/// y ← f(a, b), element by element; y may be a or b.
@inlinable @inline(__always)
package func mapLanes(
  _ a: VectorView, _ b: VectorView, into y: VectorView, _ f: (Lanes, Lanes) -> Lanes
) {
  precondition(
    a.count == b.count && a.count == y.count,
    "mapLanes: \(a.count) and \(b.count) elements into \(y.count)")
  var index = 0
  while index &+ 16 <= y.count {
    y.setLanes(f(a.lanes(at: index), b.lanes(at: index)), at: index)
    index &+= 16
  }
  let rest = y.count &- index
  if rest > 0 {
    let value = f(
      a.partialLanes(at: index, count: rest), b.partialLanes(at: index, count: rest))
    y.setPartialLanes(value, at: index, count: rest)
  }
}

/// y ← f(a, b, c), element by element; y may be any of them.
@inlinable @inline(__always)
package func mapLanes(
  _ a: VectorView, _ b: VectorView, _ c: VectorView, into y: VectorView,
  _ f: (Lanes, Lanes, Lanes) -> Lanes
) {
  precondition(
    a.count == b.count && a.count == y.count && c.count == y.count,
    "mapLanes: \(a.count), \(b.count) and \(c.count) elements into \(y.count)")
  var index = 0
  while index &+ 16 <= y.count {
    y.setLanes(f(a.lanes(at: index), b.lanes(at: index), c.lanes(at: index)), at: index)
    index &+= 16
  }
  let rest = y.count &- index
  if rest > 0 {
    let value = f(
      a.partialLanes(at: index, count: rest), b.partialLanes(at: index, count: rest),
      c.partialLanes(at: index, count: rest))
    y.setPartialLanes(value, at: index, count: rest)
  }
}

/// Σ f(aᵢ, bᵢ) while y ← g: the closure returns the term to add and the value to store.
///
/// Sixteen float sums run over at most 4,096 elements before they are added up in 64 bits, so the
/// rounding error does not grow with the length.
///
/// - Returns: the sum in 64 bits.
@inlinable @inline(__always)
package func sumLanes(
  _ a: VectorView, _ b: VectorView, into y: VectorView,
  _ f: (Lanes, Lanes) -> (term: Lanes, value: Lanes)
) -> Double {
  precondition(
    a.count == b.count && a.count == y.count,
    "sumLanes: \(a.count) and \(b.count) elements into \(y.count)")
  var total = 0.0
  var index = 0
  while index &+ 16 <= y.count {
    let end = min(index &+ 4096, y.count)
    var sum = Lanes(repeating: 0)
    while index &+ 16 <= end {
      let (term, value) = f(a.lanes(at: index), b.lanes(at: index))
      y.setLanes(value, at: index)
      sum += term
      index &+= 16
    }
    total += widenedSum(sum)
  }
  let rest = y.count &- index
  if rest > 0 {
    let (term, value) = f(
      a.partialLanes(at: index, count: rest), b.partialLanes(at: index, count: rest))
    y.setPartialLanes(value, at: index, count: rest)
    for lane in 0..<rest { total += Double(term[lane]) }
  }
  return total
}

/// Σ f(aᵢ, bᵢ) in 64 bits, with nothing stored.
@inlinable @inline(__always)
package func sumLanes(_ a: VectorView, _ b: VectorView, _ f: (Lanes, Lanes) -> Lanes) -> Double {
  precondition(a.count == b.count, "sumLanes: \(a.count) and \(b.count) elements")
  var total = 0.0
  var index = 0
  while index &+ 16 <= a.count {
    let end = min(index &+ 4096, a.count)
    var sum = Lanes(repeating: 0)
    while index &+ 16 <= end {
      sum += f(a.lanes(at: index), b.lanes(at: index))
      index &+= 16
    }
    total += widenedSum(sum)
  }
  let rest = a.count &- index
  if rest > 0 {
    let term = f(a.partialLanes(at: index, count: rest), b.partialLanes(at: index, count: rest))
    for lane in 0..<rest { total += Double(term[lane]) }
  }
  return total
}

/// The sum of the lanes in 64 bits.
@inlinable @inline(__always)
package func widenedSum(_ x: Lanes) -> Double {
  var total = 0.0
  for lane in 0..<16 { total += Double(x[lane]) }
  return total
}

extension VectorView {
  /// Every element times `factor`.
  package func scale(by factor: Float) {
    mapLanes(self, into: self) { $0 * factor }
  }

  /// Adds another vector.
  package func add(_ other: VectorView) {
    mapLanes(self, other, into: self) { $0 + $1 }
  }

  /// Adds `factor` times another vector.
  package func add(_ other: VectorView, times factor: Float) {
    mapLanes(self, other, into: self) { vector_fma($1, Lanes(repeating: factor), $0) }
  }

  /// Σ x² in 64 bits.
  package var sumOfSquares: Double { sumLanes(self, self) { $0 * $1 } }

  /// The largest element; −∞ where there is none.
  package var maximum: Float {
    var largest = -Float.infinity
    for index in 0..<count where base[index] > largest { largest = base[index] }
    return largest
  }

  /// Whether every element is a number. One addition an element: x − x is 0 or NaN.
  package var isFinite: Bool { sumLanes(self, self) { $0 - $1 } == 0 }
}

/// x ← bytes / divisor: how pixels become numbers. A division, not a product with the reciprocal, so
/// that 255/255 is 1 and every value is the nearest float.
package func convertBytes(_ bytes: ArraySlice<UInt8>, into x: VectorView, dividedBy divisor: Float)
{
  bytes.withUnsafeBytes { convertBytes($0, into: x, dividedBy: divisor) }
}

/// The same for bytes that are no array's: a mapped file's.
package func convertBytes(
  _ source: UnsafeRawBufferPointer, into x: VectorView, dividedBy divisor: Float
) {
  precondition(source.count == x.count, "convertBytes: \(source.count) bytes into \(x.count)")
  guard let start = source.baseAddress else { return }
  var index = 0
  while index &+ 16 <= x.count {
    let lanes = vector_from_byte((start + index).loadUnaligned(as: SIMD16<UInt8>.self))
    x.setLanes(lanes / divisor, at: index)
    index &+= 16
  }
  while index < x.count {
    x.base[index] = Float(source[index]) / divisor
    index &+= 1
  }
}

extension VectorView {
  /// The place of the first element that `body` says yes to; nil if there is none.
  package func firstIndex(where body: (Float) throws -> Bool) rethrows -> Int? {
    try buffer.firstIndex(where: body)
  }

  /// The elements, to be written by a reader of files.
  package var buffer: UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(start: base, count: count)
  }
}
