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

  func validate() throws {
    if let imageSize, ImageSize(imageSize) == nil {
      throw ValidationError(
        "--image-size \(imageSize) should be a side such as 64, or a height and a width such as 48x64, "
          + "from 1 to \(ImageSize.largestSide).")
    }
    try requireName("--color", color, ImageColors.allCases.map(\.rawValue))
    try requireName("--on-error", onError, ImageErrorPolicy.allCases.map(\.rawValue))
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
      ("--memory-limit", memoryLimit.map { "\($0)" }),
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
    if files.onError != nil && !source.isFolder && !source.isTable {
      throw ValidationError(
        "--on-error goes with a folder of images or a CSV file, which \(data) is not.")
    }
    self.init()
    table = try tables.reading()
    images = files.images
    onError = files.onError.flatMap { RowErrorPolicy(rawValue: $0) } ?? .stop
    if let model { images = images.completed(by: model) }
    memoryLimit = files.memoryLimit.map { $0 << 20 }
  }
}
