/// How a file or folder is read, beyond what its format says.
public struct DataReading: Sendable, Hashable {
  /// How a CSV file is read.
  public var table = TableReading()

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
