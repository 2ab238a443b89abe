internal import Wording

/// The shape of one example as the layers see it: height × width × channels, channels fastest.
///
/// A flat vector of n features is 1 × 1 × n.
public struct Shape: Sendable, Hashable, CustomStringConvertible {
  /// Rows of pixels.
  public let height: Int
  /// Pixels in a row.
  public let width: Int
  /// Values at a pixel, or features of a flat vector.
  public let channels: Int

  /// An image's shape; every size must be positive.
  public init(height: Int, width: Int, channels: Int) {
    precondition(
      height > 0 && width > 0 && channels > 0, "Shape: \(height)×\(width)×\(channels)")
    self.height = height
    self.width = width
    self.channels = channels
  }

  /// A flat vector's shape.
  public init(features: Int) { self.init(height: 1, width: 1, channels: features) }

  /// The number of pixels.
  public var pixels: Int { height * width }

  /// The number of values in one example.
  public var count: Int { height * width * channels }

  /// Whether there is one pixel only.
  public var isFlat: Bool { pixels == 1 }

  /// `784`, or `28×28×1`.
  public var description: String { isFlat ? "\(channels)" : "\(height)×\(width)×\(channels)" }
}

/// A model description that cannot be built, with the place in it.
public struct SpecError: Error, Equatable, Sendable, CustomStringConvertible {
  /// Where in the description: `encoder.3`, `likelihood`, `training.batch_size`.
  public let place: String
  /// What is wrong there and what would be right.
  public let reason: String

  /// A new error.
  public init(_ place: String, _ reason: String) {
    self.place = place
    self.reason = reason
  }

  /// One sentence, control characters spelt out, the middle of a very long reason left out.
  public var description: String { "\(readable(place)): \(readable(reason, keepsLines: true))" }
}
