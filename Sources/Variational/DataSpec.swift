public import Networks

/// What one example looks like and how stored numbers become the model's.
public struct DataSpec: Sendable, Hashable {
  /// Rows of pixels; 1 for a table.
  public var height: Int
  /// Pixels in a row; 1 for a table.
  public var width: Int
  /// Colour channels, or the columns of a table.
  public var channels: Int
  /// Zeros put around an image before the model sees it.
  public var padding: ImagePadding

  /// How values become zeros and ones before the model sees them.
  public var binarisation: Binarisation

  /// Whether values may be missing: a NaN is then a value that nobody knows, which the encoder sees as 0 and
  /// the likelihood leaves out.
  public var missing: Bool
  /// What was done to the images of a folder to give them this shape; nil if they had it.
  public var images: ImagePreparation?
  /// The classes that training took of its data; nil for all.
  public var classes: ClassSelection?

  /// The stored number that stands for 1, in images and arrays; nil for 255 in bytes and 1 in floats.
  public var fullScale: Double?

  /// A description; bytes are divided by 255, floats are taken as they are.
  public init(
    height: Int, width: Int, channels: Int, padding: Int = 0, binarisation: Binarisation = .none,
    missing: Bool = false
  ) {
    self.height = height
    self.width = width
    self.channels = channels
    self.padding = ImagePadding(padding)
    self.binarisation = binarisation
    self.missing = missing
  }

  /// One example as stored.
  public var stored: Shape { Shape(height: height, width: width, channels: channels) }

  /// One example as the model sees it.
  public var padded: Shape {
    Shape(
      height: padding.top + height + padding.bottom, width: padding.left + width + padding.right,
      channels: channels)
  }

  /// One example as stored; nil for sizes that no data has.
  package var validShape: Shape? { (try? validate()).map { stored } }

  func validate() throws(SpecError) {
    guard height >= 1, width >= 1, channels >= 1, height <= 1 << 16, width <= 1 << 16,
      channels <= 1 << 20
    else {
      throw SpecError(
        "data",
        "height \(height) and width \(width) should lie between 1 and \(1 << 16), "
          + "channels \(channels) between 1 and \(1 << 20)")
    }
    guard padding.sides.allSatisfy({ 0...ImagePadding.largest ~= $0 }) else {
      throw SpecError(
        "data", "padding \(padding) should lie between 0 and \(ImagePadding.largest)")
    }
    guard padding == 0 || height * width > 1 else {
      throw SpecError("data", "padding \(padding) is for images; flat data takes 0")
    }
    if let fullScale, !(fullScale > 0 && fullScale.isFinite) {
      throw SpecError("data", "full_scale \(fullScale) should be a number above 0")
    }
    guard !missing || (padding == 0 && binarisation == .none) else {
      throw SpecError(
        "data", "missing values go neither with padding nor with binarisation")
    }
  }
}

extension DataSpec: Codable {
  private enum Key: String, CodingKey, CaseIterable {
    case height, width, channels, padding, binarisation, missing, images, classes
    case fullScale = "full_scale"
  }

  /// Reads `{"height": 28, "width": 28, "channels": 1, "padding": 2,
  /// "binarisation": "dynamic", "missing": false}`; padding may also be `[top, bottom, left, right]`.
  public init(from decoder: any Decoder) throws {
    try decoder.rejectUnknownKeys(allowed: Key.allCases.map(\.rawValue))
    let values = try decoder.container(keyedBy: Key.self)
    height = try values.decodeIfPresent(Int.self, forKey: .height) ?? 1
    width = try values.decodeIfPresent(Int.self, forKey: .width) ?? 1
    channels = try values.decode(Int.self, forKey: .channels)
    padding = try values.decodeIfPresent(ImagePadding.self, forKey: .padding) ?? 0
    binarisation =
      try values.decodeIfPresent(Binarisation.self, forKey: .binarisation) ?? Binarisation.none
    missing = try values.decodeIfPresent(Bool.self, forKey: .missing) ?? false
    images = try values.decodeIfPresent(ImagePreparation.self, forKey: .images)
    classes = try values.decodeIfPresent(ClassSelection.self, forKey: .classes)
    fullScale = try values.decodeIfPresent(Double.self, forKey: .fullScale)
  }

  /// Writes what `init(from:)` reads; `missing`, `images`, `classes` and `full_scale` only where they say something.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    try values.encode(height, forKey: .height)
    try values.encode(width, forKey: .width)
    try values.encode(channels, forKey: .channels)
    try values.encode(padding, forKey: .padding)
    try values.encode(binarisation, forKey: .binarisation)
    if missing { try values.encode(missing, forKey: .missing) }
    try values.encodeIfPresent(images, forKey: .images)
    if classes?.isEmpty == false { try values.encodeIfPresent(classes, forKey: .classes) }
    try values.encodeIfPresent(fullScale, forKey: .fullScale)
  }
}
