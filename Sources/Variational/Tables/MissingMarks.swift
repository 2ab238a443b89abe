// Which cells hold no value.

import Formats
import Networks

/// The marks of missing cells, besides the empty cell, which is always missing.
///
///     "missing": ["-999", "none"]              the usual marks, and these
///     "missing": {"only": ["-999"]}            these instead of the usual ones
///
/// Letters count in any case. A mark that is a number is also every other way to write it where the column holds
/// numbers: -999 is -999.0 and -9.99e2.
public struct MissingMarks: Sendable, Hashable, ExpressibleByArrayLiteral {
  /// What the words have to do with the usual marks.
  public enum Rule: String, Sendable, Hashable, CaseIterable {
    /// Beside them.
    case also
    /// Instead of them.
    case only
    /// Instead of them and to the letter, as models of version 0.1 have it.
    case exactly
  }

  /// What stands for a missing value in most files, in lower case.
  public static let usual: Set<String> = ["na", "n/a", "#n/a", "nan", "null", "?"]

  /// The marks.
  public var words: [String]
  /// What they have to do with the usual ones.
  public var rule: Rule

  /// Marks from their parts.
  public init(_ words: [String], rule: Rule = .also) {
    self.words = words
    self.rule = rule
  }

  /// Marks beside the usual ones.
  public init(arrayLiteral elements: String...) { self.init(elements) }
}

extension MissingMarks {
  private enum Key: String, CodingKey, CaseIterable { case also, only }

  /// Reads a list, which is `plain`, or an object with the list and its rule.
  init(from decoder: any Decoder, list plain: Rule) throws {
    if let values = try? decoder.singleValueContainer(),
      let list = try? values.decode([String].self)
    {
      self.init(list, rule: plain)
      return
    }
    try decoder.rejectUnknownKeys(allowed: Key.allCases.map(\.rawValue))
    let values = try decoder.container(keyedBy: Key.self)
    guard values.allKeys.count == 1, let key = values.allKeys.first else {
      throw DecodingError.dataCorrupted(
        DecodingError.Context(
          codingPath: decoder.codingPath,
          debugDescription:
            "should be a list of marks, or {\"only\": a list} to replace the usual ones"
        ))
    }
    self.init(try values.decode([String].self, forKey: key), rule: key == .only ? .only : .also)
  }
}

/// Marks as a schema file writes them: a list adds to the usual ones.
struct WishedMarks: Decodable {
  let marks: MissingMarks
  init(from decoder: any Decoder) throws { marks = try MissingMarks(from: decoder, list: .also) }
}

/// Marks as config.json writes them: a list, which version 0.1 wrote, replaces the usual ones to the letter.
struct KeptMarks: Codable {
  let marks: MissingMarks

  init(_ marks: MissingMarks) { self.marks = marks }

  init(from decoder: any Decoder) throws { marks = try MissingMarks(from: decoder, list: .exactly) }

  func encode(to encoder: any Encoder) throws {
    if marks.rule == .exactly { return try marks.words.encode(to: encoder) }
    try [marks.rule.rawValue: marks.words].encode(to: encoder)
  }
}

/// Marks ready for a column's cells.
struct MissingMatcher: Sendable {
  // In lower case unless the rule is `exactly`.
  private let words: Set<String>
  private let longest: Int
  private let isExact: Bool
  // The marks that are numbers, where the column holds numbers; empty elsewhere.
  private let numbers: Set<Double>

  /// - Parameters:
  ///   - marks: nil for the usual ones
  ///   - format: how the column writes numbers
  ///   - matchesNumbers: whether a number is a mark however it is written
  init(_ marks: MissingMarks?, format: CellFormat? = nil, matchesNumbers: Bool = true) {
    isExact = marks?.rule == .exactly
    let given = marks?.words ?? []
    canBeNumbers = !given.isEmpty
    var words = Set(
      isExact
        ? given
        : given.map { String(decoding: Array($0.utf8)[...].trimmed, as: UTF8.self).lowercased() })
    if marks == nil || marks?.rule == .also { words.formUnion(MissingMarks.usual) }
    self.words = words
    longest = words.map(\.utf8.count).max() ?? 0
    var numbers: Set<Double> = []
    if !isExact && matchesNumbers {
      for word in given.map({ Array($0.utf8)[...].trimmed }) {
        if let number = DecimalNumber(word) { numbers.insert(number.value) }
        if let number = format?.value(of: word) { numbers.insert(number.value) }
      }
    }
    self.numbers = numbers
  }

  /// Whether a number can be a mark.
  let canBeNumbers: Bool

  /// Whether a cell that is this number is missing only because a mark is the same number.
  func contains(_ number: Double) -> Bool { numbers.contains(number) }

  /// Whether a cell's text is missing.
  func contains(_ cell: ArraySlice<UInt8>) -> Bool {
    if cell.isEmpty { return true }
    // Lower case may be longer or shorter by some bytes outside ASCII.
    guard cell.count <= longest + 8 else { return false }
    let text = String(decoding: cell, as: UTF8.self)
    return words.contains(isExact ? text : text.lowercased())
  }
}
