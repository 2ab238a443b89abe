import ArgumentParser
import Networks
import Variational

/// How a folder of images or a large file is read.
struct FileOptions: ParsableArguments {
  @Option(
    name: .long,
    help: """
      The size that all images of a folder get, 64 for a square or 48x64 (height x width): resized until the \
      shorter side fits, the longer one cut.
      """)
  var imageSize: String?

  @Option(name: .long, help: "The channels that all images of a folder get: grey or rgb.")
  var color: String?

  @Option(
    name: .long,
    help: """
      What rows of a CSV file or images of a folder that cannot be read do: stop, or skip, which leaves them out \
      and names them.
      """)
  var onError: String?

  @Option(
    name: .long, parsing: .unconditional,
    help: """
      The most MiB of examples held in memory; more are read from the disk as needed. 256 for a file, what \
      is free for a folder of images unless given.
      """)
  var memoryLimit: Int?

  @Option(
    name: .long, parsing: .unconditional,
    help: """
      The stored number of an image or array that stands for 1: 1 for masks of 0 and 1, 4095 for 12 bits in \
      16. Unless given, 255 for bytes, 65535 for images of 16 bits, and other arrays as they are.
      """)
  var fullScale: Double?

  @Option(
    name: .long,
    help: """
      The dimensions of an array of images: nhwc (examples, height, width, channels) or nchw (examples, \
      channels, height, width); nhwc unless given, or whichever fits the model.
      """, completion: .list(ArrayLayout.allCases.map(\.rawValue)))
  var layout: String?

  func validate() throws {
    if let imageSize, ImageSize(imageSize) == nil {
      throw ValidationError(
        "--image-size \(imageSize) should be a side such as 64, or a height and a width such as 48x64, "
          + "from 1 to \(ImageSize.largestSide).")
    }
    try requireName("--color", color, ImageColors.allCases.map(\.rawValue))
    try requireName("--on-error", onError, ImageErrorPolicy.allCases.map(\.rawValue))
    try requireName("--layout", layout, ArrayLayout.allCases.map(\.rawValue))
    if let fullScale, !(fullScale > 0 && fullScale <= Double(Float.greatestFiniteMagnitude)) {
      throw ValidationError("--full-scale \(fullScale) should be a number above 0.")
    }
    if let memoryLimit, memoryLimit < 0 || memoryLimit > 1 << 40 {
      throw ValidationError("--memory-limit \(memoryLimit) should lie between 0 and \(1 << 40).")
    }
  }

  private func requireName(_ option: String, _ name: String?, _ valid: [String]) throws {
    guard let name, !valid.contains(name) else { return }
    throw ValidationError(unknownName(name, what: option, valid: valid) + ".")
  }

  /// What is asked for images.
  var images: ImageReading {
    var reading = ImageReading()
    reading.size = imageSize.flatMap { ImageSize($0) }
    reading.colors = color.flatMap { ImageColors(rawValue: $0) }
    reading.onError = onError.flatMap { ImageErrorPolicy(rawValue: $0) } ?? .stop
    return reading
  }

  /// The options as they were given, for a command to repeat.
  var arguments: String {
    let given: [(String, String?)] = [
      ("--image-size", imageSize), ("--color", color), ("--on-error", onError),
      ("--memory-limit", memoryLimit.map { "\($0)" }), ("--layout", layout),
      ("--full-scale", fullScale.map { "\($0)" }),
    ]
    return given.map { name, value in value.map { " \(name) \($0)" } ?? "" }.joined()
  }

  /// The name of an option that only a folder of images takes, if one was given.
  var imageOption: String? { imageSize != nil ? "--image-size" : color != nil ? "--color" : nil }
}

extension DataReading {
  /// How the options say that data is read and, where they leave it open, as a model's own data was.
  ///
  /// - Throws: a usage error for options that do not go with the data, `FormatError` for a schema file that is
  ///   none.
  init(
    _ tables: TableOptions, _ files: FileOptions, of source: DataSource, named data: String,
    for model: DataSpec? = nil
  ) throws {
    if let option = files.imageOption, !source.isFolder {
      throw ValidationError("\(option) goes with a folder of images, which \(data) is not.")
    }
    func isOther() throws -> Bool { try source.hasParts || source.isTable }
    if files.onError != nil, try !source.isFolder && !source.isTable {
      throw ValidationError(
        "--on-error goes with a folder of images or a CSV file, which \(data) is not.")
    }
    if files.layout != nil, try source.isFolder || isOther() {
      throw ValidationError("--layout goes with an NPY, NPZ or IDX file, which \(data) is not.")
    }
    if let fullScale = files.fullScale {
      if try isOther() {
        throw ValidationError(
          "--full-scale goes with images and with NPY, NPZ and IDX files, which \(data) is not.")
      }
      if source.isFolder && !(fullScale == fullScale.rounded() && 1...65_535 ~= fullScale) {
        throw ValidationError(
          "--full-scale \(fullScale) should be a whole number from 1 to 65535 for images.")
      }
    }
    self.init()
    layout = files.layout.flatMap { ArrayLayout(rawValue: $0) }
    expectedShape = model?.validShape
    fullScale = files.fullScale ?? model?.fullScale
    table = try tables.reading()
    images = files.images
    onError = files.onError.flatMap { RowErrorPolicy(rawValue: $0) } ?? .stop
    if let model { images = images.completed(by: model) }
    memoryLimit = files.memoryLimit.map { $0 << 20 }
  }
}
