/// One record of a CSV file: its fields as they stand after quotes are undone.
///
/// A reader fills the same row again and again, so a file's rows cost no allocation each.
public struct CSVRow: Sendable {
  /// The line of the file on which the record begins, from 1.
  public internal(set) var line = 1
  /// What sets a row with more or fewer fields than the first apart; nil for all others.
  public internal(set) var misfit: String?
  /// All fields, one after the other.
  var bytes: [UInt8] = []
  /// Where each field ends in `bytes`.
  var ends: [Int] = []

  init() {}

  /// The number of fields.
  public var count: Int { ends.count }

  /// The bytes of a field, UTF-8 if the file is; an index beyond `count` traps.
  public subscript(field: Int) -> ArraySlice<UInt8> {
    bytes[(field == 0 ? 0 : ends[field - 1])..<ends[field]]
  }

  /// A field as text; nil where it is not UTF-8.
  public func text(_ field: Int) -> String? { String(validating: self[field], as: UTF8.self) }

  mutating func begin(line: Int) {
    self.line = line
    misfit = nil
    bytes.removeAll(keepingCapacity: true)
    ends.removeAll(keepingCapacity: true)
  }
}
