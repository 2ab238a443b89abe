/// How a file or folder is read, beyond what its format says.
public struct DataReading: Sendable, Hashable {
  /// How a CSV file is read.
  public var table = TableReading()

  /// Everything as the format says.
  public init() {}
}
