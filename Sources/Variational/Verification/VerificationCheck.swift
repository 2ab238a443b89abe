/// One comparison of what the engine computed with what must come out.
public struct VerificationCheck: Sendable, Hashable {
  /// How the two numbers must lie.
  public enum Relation: String, Sendable, Hashable, Codable {
    /// |got − expected| ≤ tolerance
    case equal
    /// got ≤ expected + tolerance
    case atMost = "at_most"
    /// got ≥ expected − tolerance
    case atLeast = "at_least"
  }

  /// The part of the verification that it belongs to.
  public let part: Verification.Part
  /// A short name, unique within its part.
  public let name: String
  /// What was compared with what, in words.
  public let comparison: String
  /// The engine's number.
  public let got: Double
  /// The reference.
  public let expected: Double
  /// What the two may differ by, everything included.
  public let tolerance: Double
  /// The standard error in the tolerance; nil where nothing is random.
  public let standardError: Double?
  /// How the two numbers must lie.
  public let relation: Relation

  /// Standard errors that a random difference may have: normal numbers exceed five once in 1.7 million.
  public static let standardErrors = 5.0

  /// A comparison.
  ///
  /// - Parameters:
  ///   - part: what it belongs to
  ///   - name: what is checked
  ///   - comparison: what is compared with what, in words
  ///   - got: the engine's number
  ///   - expected: the exact one
  ///   - relation: how they should stand to each other
  ///   - allowance: what bias and rounding may add to five standard errors
  ///   - standardError: of a random difference; nil for none
  public init(
    _ part: Verification.Part, _ name: String, _ comparison: String, got: Double,
    expected: Double, relation: Relation = .equal, allowance: Double, standardError: Double? = nil
  ) {
    self.part = part
    self.name = name
    self.comparison = comparison
    self.got = got
    self.expected = expected
    self.relation = relation
    self.standardError = standardError
    tolerance = allowance + VerificationCheck.standardErrors * (standardError ?? 0)
  }

  /// A check that fails: something that the library knows and the verification doesn't.
  static func notCovered(_ part: Verification.Part, _ name: String, _ why: String) -> Self {
    VerificationCheck(
      part, name, "not covered: \(why)", got: .nan, expected: 0, allowance: 0)
  }

  /// Whether the two numbers lie as they must; never for a number that is none.
  public var passed: Bool {
    let difference = got - expected
    guard difference.isFinite && tolerance.isFinite else { return false }
    return switch relation {
    case .equal: abs(difference) <= tolerance
    case .atMost: difference <= tolerance
    case .atLeast: difference >= -tolerance
    }
  }
}

extension VerificationCheck: Encodable {
  private enum Key: String, CodingKey {
    case part, name, comparison, got, expected, tolerance, relation, passed
    case standardError = "standard_error"
  }

  /// Writes an object; a number that is none is null.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    try values.encode(part, forKey: .part)
    try values.encode(name, forKey: .name)
    try values.encode(comparison, forKey: .comparison)
    try values.encode(got.isFinite ? got : nil, forKey: .got)
    try values.encode(expected.isFinite ? expected : nil, forKey: .expected)
    try values.encode(tolerance.isFinite ? tolerance : nil, forKey: .tolerance)
    try values.encodeIfPresent(
      standardError.flatMap { $0.isFinite ? $0 : nil }, forKey: .standardError)
    try values.encode(relation, forKey: .relation)
    try values.encode(passed, forKey: .passed)
  }
}

/// All comparisons of a run.
public struct VerificationReport: Sendable, Hashable, Encodable {
  /// What the data set is called.
  public let data: String
  /// Examples that were used.
  public let examples: Int
  /// Values in an example.
  public let dimensions: Int
  /// The comparisons, part by part.
  public internal(set) var checks: [VerificationCheck]
  /// How long each part took, seconds, by the part's name.
  public internal(set) var seconds: [String: Double]
  /// Whether every comparison passed.
  public internal(set) var passed: Bool
}
