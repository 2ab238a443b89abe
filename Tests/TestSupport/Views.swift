import Kernels

/// An arena filled with values, and its matrix view; the fixture keeps the memory alive.
package struct MatrixFixture {
  package let arena: Arena
  package let view: MatrixView

  package init(rows: Int, columns: Int, _ values: [Float]? = nil) {
    arena = Arena(count: rows * columns)
    if let values { arena.vector.assign(values) }
    view = arena.vector.matrix(rows: rows, columns: columns)
  }

  package var values: [Float] { arena.vector.array }
}

/// The unit roundoff of Float.
package let roundoff = 0.5 * Double(Float.ulpOfOne)

/// The largest |a − b|, and infinity where either is not a number.
package func largestDifference(_ a: [Float], _ b: [Float]) -> Double {
  precondition(a.count == b.count, "largestDifference: \(a.count) and \(b.count) values")
  return zip(a, b).reduce(0) { largest, pair in
    let difference = abs(Double(pair.0) - Double(pair.1))
    return difference.isNaN ? .infinity : max(largest, difference)
  }
}

/// The largest |a|.
package func largestMagnitude(_ a: [Float]) -> Double {
  a.reduce(0) { max($0, abs(Double($1))) }
}

/// Several vectors and the memory they lie in. A class: an array of arenas may be released after its last
/// use, while a view of one of them is still read.
package final class VectorFixture: Sendable {
  private let arenas: [Arena]

  package init(_ values: [[Float]]) {
    arenas = values.map { column in
      let arena = Arena(count: column.count)
      arena.vector.assign(column)
      return arena
    }
  }

  /// `vectors` of `count` zeros.
  package convenience init(vectors: Int, count: Int) {
    self.init(Array(repeating: [Float](repeating: 0, count: count), count: vectors))
  }

  package subscript(index: Int) -> VectorView { arenas[index].vector }
}
