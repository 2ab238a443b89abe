internal import Wording

/// Data that cannot be used, with what was wrong and what would be right.
public struct DataError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The file, folder or set.
  public let source: String
  /// One sentence.
  public let reason: String

  /// A new error.
  public init(_ source: String, _ reason: String) {
    self.source = source
    self.reason = reason
  }

  /// `source: reason`, control characters spelt out, the middle of a very long reason left out.
  public var description: String {
    "\(readable(source, limit: WordingLimit.path)): \(readable(reason, keepsLines: true))"
  }
}
