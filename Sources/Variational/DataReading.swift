/// How a file or folder is read, beyond what its format says.
public struct DataReading: Sendable, Hashable {
  /// Whether a NaN in an array is a missing value, and not an error.
  public var allowsMissing = false

  /// How a CSV file is read.
  public var table = TableReading()

  /// Everything as the format says.
  public init() {}
}
