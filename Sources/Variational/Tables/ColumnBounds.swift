/// The least and the largest number that a column can hold, or that something else lies between.
///
/// In JSON a list of two, `[0, null]`, with null where there is no end.
public struct ColumnBounds: Sendable, Hashable {
  /// The least number; nil if there is none.
  public var lower: Double?
  /// The largest number; nil if there is none.
  public var upper: Double?

  /// Bounds, open where none is given; a lower one above the upper one holds no number.
  public init(lower: Double? = nil, upper: Double? = nil) {
    self.lower = lower
    self.upper = upper
  }

  /// Whether neither end is bounded.
  public var isOpen: Bool { lower == nil && upper == nil }

  /// Whether a number lies between the bounds, or on one.
  public func contains(_ number: Double) -> Bool {
    number >= lower ?? -.infinity && number <= upper ?? .infinity
  }

  /// The nearest number that lies between the bounds.
  public func clamped(_ number: Double) -> Double {
    min(max(number, lower ?? -.infinity), upper ?? .infinity)
  }

  /// What is wrong with the bounds; nil if nothing is.
  var complaint: String? {
    guard lower?.isFinite ?? true, upper?.isFinite ?? true,
      lower ?? -.infinity <= upper ?? .infinity
    else {
      return "the bounds \(words) should be finite numbers, the lower one first"
    }
    return nil
  }

  /// "[0, null]"
  var words: String {
    func end(_ number: Double?) -> String { number.map { TableSchema.text($0) } ?? "null" }
    return "[\(end(lower)), \(end(upper))]"
  }
}

extension ColumnBounds: Codable {
  /// Reads a list of two numbers, either of which may be null.
  public init(from decoder: any Decoder) throws {
    var values = try decoder.unkeyedContainer()
    var ends: [Double?] = []
    while !values.isAtEnd {
      ends.append(try values.decodeNil() ? nil : try values.decode(Double.self))
    }
    guard ends.count == 2 else {
      throw DecodingError.dataCorrupted(
        DecodingError.Context(
          codingPath: decoder.codingPath,
          debugDescription: "bounds are a list of two, the least number and the largest, with null "
            + "where there is none; there are \(ends.count)"))
    }
    self.init(lower: ends[0], upper: ends[1])
  }

  /// Writes what `init(from:)` reads.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.unkeyedContainer()
    for end in [lower, upper] {
      if let end { try values.encode(end) } else { try values.encodeNil() }
    }
  }
}
