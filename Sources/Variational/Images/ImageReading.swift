import Networks

/// What is done to the images of a folder.
public struct ImageReading: Sendable, Hashable {
  /// The height and width that all images get; nil leaves them, and then they must be of one size.
  ///
  /// The shorter side fits, the longer one is cut alike on both ends; areas are averaged where an image
  /// shrinks, and neighbours interpolated where it grows.
  public var size: ImageSize?

  /// The channels that all images get; nil leaves them, and then all must have the same.
  public var colors: ImageColors?

  /// What happens when an image cannot be used.
  public var onError = ImageErrorPolicy.stop

  /// How many threads decode; nil for one each processor. The result does not depend on it.
  public var threads: Int?

  /// Images as they are.
  public init() {}
}

/// The size of an image.
public struct ImageSize: Sendable, Hashable {
  /// Rows of pixels.
  public var height: Int
  /// Pixels in a row.
  public var width: Int

  /// The largest side that is accepted.
  public static let largestSide = 16_384

  /// A size.
  public init(height: Int, width: Int) {
    self.height = height
    self.width = width
  }

  /// Reads "64" (a square) or "48x64" (height, then width), sides of 1 to ``largestSide``; nil for anything
  /// else.
  public init?(_ text: String) {
    let sides = text.split(separator: "x", omittingEmptySubsequences: false).map { part in
      part.allSatisfy(\.isASCII) && part.allSatisfy(\.isNumber) ? Int(part) : nil
    }
    guard 1...2 ~= sides.count, let height = sides[0], let width = sides[sides.count - 1],
      1...ImageSize.largestSide ~= height, 1...ImageSize.largestSide ~= width
    else { return nil }
    self.init(height: height, width: width)
  }
}

/// The channels of an image.
public enum ImageColors: String, Sendable, Hashable, CaseIterable {
  /// One, the luma of ITU-R BT.601.
  case grey
  /// Red, green, blue.
  case rgb

  /// How many channels that is.
  public var channels: Int { self == .grey ? 1 : 3 }
}

/// What happens when an image of a folder cannot be used.
public enum ImageErrorPolicy: String, Sendable, Hashable, CaseIterable {
  /// All images are looked at, and an error names those that cannot be used.
  case stop
  /// They are left out, and the data's notes name them.
  case skip
}

/// What was done to the images that a model was trained on, so that others can be treated alike.
public struct ImagePreparation: Sendable, Hashable, Codable {
  /// Whether they were brought to the model's size.
  public var resize: Bool
  /// Whether they were brought to the model's channels.
  public var recolor: Bool

  /// A description.
  public init(resize: Bool, recolor: Bool) {
    self.resize = resize
    self.recolor = recolor
  }

  private enum Key: String, CodingKey, CaseIterable { case resize, recolor }

  /// Reads `{"resize": true, "recolor": false}`; what is left out is false.
  public init(from decoder: any Decoder) throws {
    try decoder.rejectUnknownKeys(allowed: Key.allCases.map(\.rawValue))
    let values = try decoder.container(keyedBy: Key.self)
    resize = try values.decodeIfPresent(Bool.self, forKey: .resize) ?? false
    recolor = try values.decodeIfPresent(Bool.self, forKey: .recolor) ?? false
  }
}

extension ImageReading {
  /// What a model should remember of this; nil if images are taken as they are.
  public var preparation: ImagePreparation? {
    size == nil && colors == nil
      ? nil : ImagePreparation(resize: size != nil, recolor: colors != nil)
  }

  /// This reading, with what it leaves open done as for the images that a model was trained on.
  public func completed(by data: DataSpec) -> ImageReading {
    guard let images = data.images else { return self }
    var result = self
    if images.resize && size == nil {
      result.size = ImageSize(height: data.height, width: data.width)
    }
    if images.recolor && colors == nil {
      result.colors = ImageColors.allCases.first { $0.channels == data.channels }
    }
    return result
  }
}
