// Ways from one latent to another.

import Foundation
public import Kernels

/// How to go from one latent to another.
public enum LatentPath: String, Sendable, Hashable, CaseIterable {
  /// The straight line, z(t) = (1 − t)·a + t·b.
  case linear
  /// Around the origin: the direction turns evenly along the great circle, the length changes evenly.
  ///
  ///     z(t) = ((1 − t)|a| + t|b|) · (sin((1 − t)Ω)·â + sin(tΩ)·b̂) / sin Ω        Ω the angle between a and b
  ///
  /// In many dimensions a standard normal's mass lies near a sphere, and a straight line between two of its draws
  /// leaves it: half-way the length is some 0.7 of theirs.
  ///
  /// - SeeAlso: Shoemake (1985), "Animating rotation with quaternion curves"; White (2016), "Sampling generative
  ///   networks", section 2.1.
  case spherical

  /// Latents from one end to the other, both included.
  ///
  /// - Parameters:
  ///   - start: a, [L]
  ///   - end: b, [L]; another length traps
  ///   - steps: rows of the result, at least 2; fewer trap
  /// - Returns: [steps, L]; the first row is a and the last b, to the bit.
  /// - Throws: `DataError` when a spherical path's ends lie opposite one another, where there is no shortest one.
  public func points(
    from start: [Float], to end: [Float], steps: Int
  ) throws(DataError) -> Matrix<Float> {
    precondition(
      start.count == end.count && steps >= 2,
      "LatentPath.points: from \(start.count) to \(end.count) latents in \(steps) steps")
    let (a, b) = (start.map(Double.init), end.map(Double.init))
    let circle = self == .spherical ? GreatCircle(a, b) : nil
    if let circle, circle.isUndetermined {
      throw DataError(
        "spherical",
        "the two latents lie opposite one another, so that no way around the origin is the shortest; "
          + "take the linear path")
    }
    var result = Matrix<Float>(rows: steps, columns: start.count)
    for step in 0..<steps {
      let t = Double(step) / Double(steps - 1)
      let (wa, wb) = circle?.weights(t) ?? (1 - t, t)
      for index in a.indices { result[step, index] = Float(wa * a[index] + wb * b[index]) }
    }
    for index in a.indices {
      result[0, index] = start[index]
      result[steps - 1, index] = end[index]
    }
    return result
  }
}

/// The arc between two directions.
private struct GreatCircle {
  private let lengths: (Double, Double)
  private let angle: Double

  init(_ a: [Double], _ b: [Double]) {
    func length(_ vector: [Double]) -> Double {
      vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
    }
    let (la, lb) = (length(a), length(b))
    lengths = (la, lb)
    // Ω = 2 atan(|â − b̂| / |â + b̂|) is accurate at every angle, unlike the arc cosine (Kahan).
    let directions = zip(a, b).map { ($0 / max(la, 1e-300), $1 / max(lb, 1e-300)) }
    angle =
      la == 0 || lb == 0
      ? 0
      : 2 * atan2(length(directions.map { $0.0 - $0.1 }), length(directions.map { $0.0 + $0.1 }))
  }

  /// Opposite ends, to the precision of floats.
  var isUndetermined: Bool { Double.pi - angle < 1e-6 }

  /// The weights of a and b; those of the straight line where there is no arc.
  func weights(_ t: Double) -> (Double, Double) {
    if angle < 1e-6 { return (1 - t, t) }
    let length = (1 - t) * lengths.0 + t * lengths.1
    let scale = length / sin(angle)
    return (scale * sin((1 - t) * angle) / lengths.0, scale * sin(t * angle) / lengths.1)
  }
}

extension Model {
  /// Examples as the model sees them: padded, binarised if it binarises, [N, padded data values].
  ///
  /// - Throws: `DataError` when the data does not fit the model.
  public func examples(_ data: DataSet) throws(DataError) -> Matrix<Float> {
    try data.check(against: spec)
    let columns = spec.data.padded.count
    let arena = Arena(count: data.count * columns)
    gather(data, from: 0, into: arena.vector.matrix(rows: data.count, columns: columns))
    return Matrix(rows: data.count, columns: columns, arena.vector.array)
  }
}
