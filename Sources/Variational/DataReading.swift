public import Networks

/// How a file or folder is read, beyond what its format says.
public struct DataReading: Sendable, Hashable {
  /// Whether a NaN in an array is a missing value, and not an error.
  public var allowsMissing = false

  /// How a CSV file is read.
  public var table = TableReading()

  /// What happens when a row of a table, or an example of an array in memory, cannot be read.
  public var onError: RowErrorPolicy {
    get { table.onError }
    set { table.onError = newValue }
  }

  /// What is done to the images of a folder.
  public var images = ImageReading()

  /// Which classes are taken. Splits are those of all classes together; statistics and categories of a table are of
  /// the rows that are taken.
  public var classes = ClassSelection()

  /// When a model's own selection of classes holds where ``classes`` selects none.
  public var modelClasses = ModelClasses.inParts

  /// See ``modelClasses``.
  public enum ModelClasses: Sendable, Hashable {
    /// For a part of the training's data.
    case inParts
    /// Whatever is read.
    case always
    /// Never, for instance to score just those examples that the model has never seen.
    case never
  }

  /// The stored number of an image or array that stands for 1; nil for the largest that a byte or an image's
  /// samples can hold, and for other arrays as they are. A whole number for images.
  public var fullScale: Double?

  /// What the dimensions of an array of images are; nil for channels last, unless the array looks otherwise.
  public var layout: ArrayLayout?

  /// Whether an array that looks as if its channels came first is an error when no layout is given; it is a
  /// note of the data otherwise.
  public var refusesDoubtfulLayout = true

  /// The shape that a model takes, by which the layout of an array is told that fits in one only.
  public var expectedShape: Shape?

  /// The most bytes of examples that are held in memory; more stay in their file, or in a temporary one, and
  /// are read through the system's page cache. The numbers are the same bits.
  ///
  /// Nil for the usual: arrays from 256 MiB on stay in their files, images are held in memory if it has room.
  public var memoryLimit: Int?

  /// Everything as the format says.
  public init() {}
}

extension DataReading {
  /// Reads arrays and images as a model's own were, where nothing else is said.
  mutating func takeScale(of data: DataSpec) {
    expectedShape = expectedShape ?? data.stored
    fullScale = fullScale ?? data.fullScale
  }
}
