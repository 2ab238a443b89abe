/// How a file or folder is read, beyond what its format says.
public struct DataReading: Sendable, Hashable {
  /// Whether a NaN in an array is a missing value, and not an error.
  public var allowsMissing = false

  /// Everything as the format says.
  public init() {}
}
