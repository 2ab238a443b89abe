/// How a CSV file is read.
public struct TableReading: Sendable, Hashable {
  /// What stands between fields, one ASCII character; nil for what divides the first row most often.
  public var delimiter: UInt8?
  /// Whether the first row holds the columns' names; nil to look at it.
  public var hasHeader: Bool?
  /// What to do with some columns instead of what their cells suggest.
  public var changes = SchemaChanges()
  /// A model's schema, which its data is read by; nil to make one from the cells.
  public var schema: TableSchema?
  /// Whether `changes` and `label` say what columns are that `schema` leaves to them: a label, keys, what is ignored.
  var addsColumns = false
  /// Whether columns that `changes` names may be absent, as they may in a file beside the one that they are about.
  public var allowsAbsent = false
  /// What happens when a row cannot be read.
  public var onError = RowErrorPolicy.stop
  /// The name of a column that holds each row's class, whatever a model's schema says of it; a file without such a
  /// column is read as if none were asked for.
  public var label: String?

  /// Everything found out from the file.
  public init() {}

  /// Whether a column's cells are kept as they are written: those of keys are.
  func isKey(_ name: String) -> Bool {
    let known = schema?.columns.first { $0.name == name }
    let wish = schema == nil || known == nil ? changes.wish(about: name) : changes.columns[name]
    return (wish?.kind ?? known?.kind) == .key
  }

  /// What counts as a missing cell.
  var missing: MissingMarks {
    MissingMarks((schema?.missing ?? changes.missing).map(Set.init))
  }
}

/// The cells that hold no value.
struct MissingMarks: Sendable {
  // Besides the empty cell: exactly these if they are given, else the usual ones in any case.
  private let given: Set<String>?

  /// What stands for a missing value in most files, in lower case.
  static let usual: Set<String> = ["na", "n/a", "#n/a", "nan", "null", "?"]

  init(_ given: Set<String>?) { self.given = given }

  /// Whether a number can be a mark.
  var canBeNumbers: Bool { given != nil }

  func contains(_ cell: ArraySlice<UInt8>) -> Bool {
    if cell.isEmpty { return true }
    if let given { return given.contains(String(decoding: cell, as: UTF8.self)) }
    guard cell.count <= 4 else { return false }
    return MissingMarks.usual.contains(String(decoding: cell, as: UTF8.self).lowercased())
  }
}
