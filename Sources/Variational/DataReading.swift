/// How a file or folder is read, beyond what its format says.
public struct DataReading: Sendable, Hashable {
  /// Everything as the format says.
  public init() {}
}
