// A vector is an array: what BLAS's first level does to one.

extension Array where Element: BLASScalar {
  /// The inner product Σ xᵢ · yᵢ (BLAS `dot`), accumulated in the vector's own precision.
  ///
  /// - Parameter other: A vector of the same length; any other traps.
  public func dot(_ other: [Element]) -> Element {
    precondition(
      count == other.count, "Array.dot: left has \(count) elements, right has \(other.count)")
    return Element._routines.dot(count, self, 1, other, 1)
  }

  /// √(Σ xᵢ²), without overflow of the squares (BLAS `nrm2`).
  public var euclideanNorm: Element {
    Element._routines.nrm2(count, self, 1)
  }

  /// Adds a multiple of a vector, y ← y + α · x (BLAS `axpy`).
  ///
  /// ```swift
  /// weights.add(gradient, scaledBy: -learningRate)
  /// ```
  ///
  /// - Parameters:
  ///   - other: x, of the same length; any other traps.
  ///   - scale: α
  public mutating func add(_ other: [Element], scaledBy scale: Element) {
    precondition(
      count == other.count, "Array.add: left has \(count) elements, right has \(other.count)")
    Element._routines.axpy(count, scale, other, 1, &self, 1)
  }

  /// Multiplies every element, x ← α · x (BLAS `scal`).
  ///
  /// A scale of zero may clear NaNs and infinities, depending on OpenBLAS's version.
  public mutating func scale(by scale: Element) {
    Element._routines.scal(count, scale, &self, 1)
  }
}
