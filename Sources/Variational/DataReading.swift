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

  /// The most bytes of examples that are held in memory; more stay in their file, or in a temporary one, and
  /// are read through the system's page cache. The numbers are the same bits.
  ///
  /// Nil for the usual: arrays from 256 MiB on stay in their files, images are held in memory if it has room.
  public var memoryLimit: Int?

  /// Everything as the format says.
  public init() {}
}
