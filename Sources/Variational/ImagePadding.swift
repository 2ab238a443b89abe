/// Zeros around an image: rows above and below it, columns to its left and right.
///
/// In JSON one number where all sides are alike, else `[top, bottom, left, right]`, the order in which a
/// convolution's padding is written.
public struct ImagePadding: Sendable, Hashable {
  /// Rows above the image.
  public var top: Int
  /// Rows below it.
  public var bottom: Int
  /// Columns to its left.
  public var left: Int
  /// Columns to its right.
  public var right: Int

  /// The most on one side.
  static let largest = 4096

  /// Zeros on each side.
  public init(top: Int, bottom: Int, left: Int, right: Int) {
    self.top = top
    self.bottom = bottom
    self.left = left
    self.right = right
  }

  /// The same on every side.
  public init(_ side: Int) { self.init(top: side, bottom: side, left: side, right: side) }

  /// The least that makes both sides of an image multiples of a number. Where an axis takes an odd number, the
  /// one more comes after the image.
  public init(height: Int, width: Int, toMultiplesOf multiple: Int) {
    func missing(_ side: Int) -> Int { (multiple - side % multiple) % multiple }
    let (rows, columns) = (missing(height), missing(width))
    self.init(
      top: rows / 2, bottom: rows - rows / 2, left: columns / 2, right: columns - columns / 2)
  }

  var sides: [Int] { [top, bottom, left, right] }

  /// Whether one number says it.
  public var isUniform: Bool { sides.allSatisfy { $0 == top } }
}

extension ImagePadding: ExpressibleByIntegerLiteral {
  /// The same on every side.
  public init(integerLiteral value: Int) { self.init(value) }
}

extension ImagePadding: CustomStringConvertible {
  /// "2", or "[2, 3, 2, 3]".
  public var description: String { isUniform ? "\(top)" : "\(sides)" }
}

extension ImagePadding: Codable {
  /// Reads `2` or `[top, bottom, left, right]`.
  public init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    if let side = try? value.decode(Int.self) {
      self.init(side)
      return
    }
    guard let sides = try? value.decode([Int].self), sides.count == 4 else {
      throw DecodingError.dataCorruptedError(
        in: value,
        debugDescription: "padding should be a whole number, or four: [top, bottom, left, right]")
    }
    self.init(top: sides[0], bottom: sides[1], left: sides[2], right: sides[3])
  }

  /// Writes what `init(from:)` reads.
  public func encode(to encoder: any Encoder) throws {
    var value = encoder.singleValueContainer()
    if isUniform { try value.encode(top) } else { try value.encode(sides) }
  }
}
