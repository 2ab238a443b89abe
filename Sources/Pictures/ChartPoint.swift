/// A point in the coordinates of the data.
///
/// A point with a coordinate that is not finite is not drawn: in a line it is a gap, in a scatter
/// it is skipped. Magnitudes above 1e300 count as infinite, since ranges could not be formed from
/// them, and magnitudes below 1e-300 as zero.
public struct ChartPoint: Sendable, Hashable {
  /// The horizontal coordinate.
  public var x: Double
  /// The vertical coordinate.
  public var y: Double

  /// A point at (x, y).
  public init(x: Double, y: Double) {
    self.x = x
    self.y = y
  }

  /// The point as it is drawn, nil if it cannot be.
  var drawable: ChartPoint? {
    guard let x = ChartPoint.drawable(x), let y = ChartPoint.drawable(y) else { return nil }
    return ChartPoint(x: x, y: y)
  }

  private static func drawable(_ value: Double) -> Double? {
    // False for NaN as well.
    guard value.magnitude <= 1e300 else { return nil }
    return value.magnitude < 1e-300 ? 0 : value
  }
}
