/// What the system does not give: threads, or memory for matrix products.
public struct ResourceError: Error, Equatable, Sendable, CustomStringConvertible {
  /// What was asked for, why it was refused, and what would be less, in one sentence.
  public let description: String

  init(_ description: String) { self.description = description }
}
