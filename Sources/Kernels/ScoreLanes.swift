// One sweep over a row for densities that learn something themselves: the density's sum, the score of
// the decoder's output, and the score of what is learned, all from one evaluation of the formula.

import CVector

/// What belongs to the columns of a row: one number for all of them, or one for each.
@usableFromInline
package struct ColumnValues: Sendable {
  @usableFromInline let vector: VectorView?
  @usableFromInline let shared: Lanes

  /// One number for every column.
  @inlinable
  package init(shared value: Float) {
    vector = nil
    shared = Lanes(repeating: value)
  }

  /// A number for each column.
  @inlinable
  package init(each vector: VectorView) {
    self.vector = vector
    shared = Lanes(repeating: 0)
  }

  @inlinable @inline(__always)
  func lanes(at index: Int) -> Lanes { vector?.lanes(at: index) ?? shared }

  @inlinable @inline(__always)
  func partialLanes(at index: Int, count: Int) -> Lanes {
    vector?.partialLanes(at: index, count: count) ?? shared
  }
}

/// Σ f(xᵢ, oᵢ, pᵢ) while, if asked for, o ← score and `own` ← the score of p.
///
/// - Parameters:
///   - x: data, [D]
///   - output: o, [D]; overwritten by the score when `writing`
///   - parameter: p
///   - own: written when `writing`: [D] takes each column's, [1] their sum, [0] nothing
/// - Returns: the sum in 64 bits, rounded as that of `sumLanes`.
@inlinable @inline(__always)
package func sumScores(
  _ x: VectorView, _ output: VectorView, _ parameter: ColumnValues, writing: Bool, own: VectorView,
  _ f: (Lanes, Lanes, Lanes) -> (term: Lanes, score: Lanes, own: Lanes)
) -> Double {
  precondition(
    x.count == output.count && (own.count <= 1 || own.count == x.count),
    "sumScores: \(x.count) values, \(output.count) outputs, \(own.count) scores")
  let isEach = own.count > 1
  var (total, ownTotal) = (0.0, 0.0)
  var index = 0
  while index &+ 16 <= x.count {
    let end = min(index &+ 4096, x.count)
    var (sum, ownSum) = (Lanes(repeating: 0), Lanes(repeating: 0))
    while index &+ 16 <= end {
      let value = f(x.lanes(at: index), output.lanes(at: index), parameter.lanes(at: index))
      sum += value.term
      if writing {
        output.setLanes(value.score, at: index)
        if isEach { own.setLanes(value.own, at: index) } else { ownSum += value.own }
      }
      index &+= 16
    }
    total += widenedSum(sum)
    ownTotal += widenedSum(ownSum)
  }
  let rest = x.count &- index
  if rest > 0 {
    let value = f(
      x.partialLanes(at: index, count: rest), output.partialLanes(at: index, count: rest),
      parameter.partialLanes(at: index, count: rest))
    if writing {
      output.setPartialLanes(value.score, at: index, count: rest)
      if isEach { own.setPartialLanes(value.own, at: index, count: rest) }
    }
    for lane in 0..<rest {
      total += Double(value.term[lane])
      ownTotal += Double(value.own[lane])
    }
  }
  if writing && own.count == 1 { own[0] = Float(ownTotal) }
  return total
}

/// The same with two outputs a value, a and b, each of which gets its score; every column has its own p.
///
/// - Parameters:
///   - x: data, [D]
///   - first: a, [D]
///   - second: b, [D]
///   - parameter: p, [D]
///   - own: [D]
@inlinable @inline(__always)
package func sumScores(
  _ x: VectorView, _ first: VectorView, _ second: VectorView, _ parameter: VectorView,
  writing: Bool, own: VectorView,
  _ f: (Lanes, Lanes, Lanes, Lanes) -> (term: Lanes, first: Lanes, second: Lanes, own: Lanes)
) -> Double {
  precondition(
    x.count == first.count && x.count == second.count && x.count == parameter.count
      && (!writing || own.count == x.count),
    "sumScores: \(x.count) values, \(first.count) and \(second.count) outputs, "
      + "\(parameter.count) parameters, \(own.count) scores")
  var total = 0.0
  var index = 0
  while index < x.count {
    let count = min(16, x.count &- index)
    let isWhole = count == 16
    let value =
      isWhole
      ? f(
        x.lanes(at: index), first.lanes(at: index), second.lanes(at: index),
        parameter.lanes(at: index))
      : f(
        x.partialLanes(at: index, count: count), first.partialLanes(at: index, count: count),
        second.partialLanes(at: index, count: count),
        parameter.partialLanes(at: index, count: count))
    if isWhole {
      total += widenedSum(value.term)
    } else {
      for lane in 0..<count { total += Double(value.term[lane]) }
    }
    if writing {
      if isWhole {
        first.setLanes(value.first, at: index)
        second.setLanes(value.second, at: index)
        own.setLanes(value.own, at: index)
      } else {
        first.setPartialLanes(value.first, at: index, count: count)
        second.setPartialLanes(value.second, at: index, count: count)
        own.setPartialLanes(value.own, at: index, count: count)
      }
    }
    index &+= count
  }
  return total
}

/// y ← f(a, b, p), column by column; y may be a or b.
@inlinable @inline(__always)
package func mapLanes(
  _ a: VectorView, _ b: VectorView, _ parameter: ColumnValues, into y: VectorView,
  _ f: (Lanes, Lanes, Lanes) -> Lanes
) {
  precondition(
    a.count == b.count && a.count == y.count,
    "mapLanes: \(a.count) and \(b.count) elements into \(y.count)")
  var index = 0
  while index &+ 16 <= y.count {
    y.setLanes(f(a.lanes(at: index), b.lanes(at: index), parameter.lanes(at: index)), at: index)
    index &+= 16
  }
  let rest = y.count &- index
  if rest > 0 {
    let value = f(
      a.partialLanes(at: index, count: rest), b.partialLanes(at: index, count: rest),
      parameter.partialLanes(at: index, count: rest))
    y.setPartialLanes(value, at: index, count: rest)
  }
}
