// The small JSON file of `--schema`: what to do with some columns instead of what their cells suggest.

public import Formats
import Foundation
import Networks

/// Wishes about some columns of a table.
///
///     {
///       "missing": ["-999", "none"],
///       "columns": {
///         "year": {"kind": "real", "likelihood": "student_t_per_dimension"},
///         "zip": "categorical",
///         "grade": {"kind": "categorical", "categories": ["low", "middle", "high"]},
///         "born": {"kind": "datetime", "format": "dd/MM/yyyy"},
///         "price": {"format": "1.234,5 €", "missing": ["0"], "bounds": [0, null]},
///         "id": "ignore",
///         "*": "real"
///       }
///     }
///
/// `*` is about every column that is not named.
public struct SchemaChanges: Sendable, Hashable {
  /// What is asked of one column; what is nil is found out.
  public struct Column: Sendable, Hashable {
    /// What it holds.
    public var kind: TableSchema.Kind?
    /// The names of its values, in the order wanted.
    public var categories: [String]?
    /// The name of its distribution.
    public var likelihood: String?
    /// How its numbers or dates are written.
    public var format: CellFormat?
    /// Cells that count as missing in this column.
    public var missing: MissingMarks?
    /// Whether its numbers are dates or times (`"kind": "datetime"`).
    public var isDateTime = false
    /// The numbers that it can hold, instead of those between the least and the largest of the training rows.
    public var bounds: ColumnBounds?
    /// Whether the model learns which of its cells are missing; nil for yes where more than 1 % are.
    public var learnsMissing: Bool?

    /// A wish.
    public init(
      kind: TableSchema.Kind? = nil, categories: [String]? = nil, likelihood: String? = nil,
      bounds: ColumnBounds? = nil, learnsMissing: Bool? = nil
    ) {
      self.bounds = bounds
      self.learnsMissing = learnsMissing
      self.kind = kind
      self.categories = categories
      self.likelihood = likelihood
    }
  }

  /// Wishes by the column's name.
  public var columns: [String: Column]
  /// Cells that count as missing besides empty ones; nil for the usual marks.
  public var missing: MissingMarks?
  /// Where the wishes come from, for errors.
  public var source: String

  /// Wishes; none unless given.
  public init(
    columns: [String: Column] = [:], missing: MissingMarks? = nil, source: String = "schema"
  ) {
    self.columns = columns
    self.missing = missing
    self.source = source
  }

  /// Reads a schema file.
  ///
  /// - Throws: `FormatError` that names the file, the place in it and the reason.
  public static func read(_ path: String) throws(FormatError) -> SchemaChanges {
    let bytes = try FileBytes.read(path)
    if bytes.isEmpty {
      throw FormatError(file: path, reason: "is empty; it should hold a schema as JSON")
    }
    do {
      var changes = try JSONDecoder().decode(SchemaChanges.self, from: Data(bytes))
      changes.source = path
      return changes
    } catch let error as DecodingError {
      throw FormatError(file: path, reason: ModelSpec.sentence(error, bytes))
    } catch {
      throw FormatError(file: path, reason: "\(error)")
    }
  }

  /// The wish about a column: its own, or the one about all others.
  func wish(about name: String) -> Column { columns[name] ?? columns["*"] ?? Column() }

  /// Checks the wishes against a table's columns.
  ///
  /// - Throws: `FormatError` that names an unknown column and the nearest.
  func check(against table: Table) throws(FormatError) {
    for name in columns.keys.sorted() where name != "*" && table.column(name) == nil {
      throw FormatError(
        file: source,
        reason: "at columns: "
          + unknownName(name, what: "column of \(table.name)", valid: table.columnNames))
    }
  }
}

extension SchemaChanges: Decodable {
  private enum Key: String, CodingKey, CaseIterable { case columns, missing }

  /// Reads the object above.
  public init(from decoder: any Decoder) throws {
    try decoder.rejectUnknownKeys(allowed: Key.allCases.map(\.rawValue))
    let values = try decoder.container(keyedBy: Key.self)
    self.init(
      columns: try values.decodeIfPresent([String: Column].self, forKey: .columns) ?? [:],
      missing: try values.decodeIfPresent(WishedMarks.self, forKey: .missing)?.marks)
  }
}

extension SchemaChanges.Column: Decodable {
  private enum Key: String, CodingKey, CaseIterable {
    case kind, categories, likelihood, bounds, format, missing
    case learnsMissing = "missing_indicator"
  }

  /// Reads an object, or a kind alone.
  public init(from decoder: any Decoder) throws {
    if let values = try? decoder.singleValueContainer(), (try? values.decode(String.self)) != nil {
      let wish = try values.decode(WishedKind.self)
      self.init(kind: wish.kind)
      isDateTime = wish.isDateTime
      return
    }
    try decoder.rejectUnknownKeys(allowed: Key.allCases.map(\.rawValue))
    let values = try decoder.container(keyedBy: Key.self)
    let wish = try values.decodeIfPresent(WishedKind.self, forKey: .kind)
    self.init(
      kind: wish?.kind,
      categories: try values.decodeIfPresent([String].self, forKey: .categories),
      likelihood: try values.decodeIfPresent(String.self, forKey: .likelihood),
      bounds: try values.decodeIfPresent(ColumnBounds.self, forKey: .bounds),
      learnsMissing: try values.decodeIfPresent(Bool.self, forKey: .learnsMissing))
    isDateTime = wish?.isDateTime ?? false
    format = try values.decodeIfPresent(String.self, forKey: .format).map {
      try CellFormat(name: $0, at: Key.format, in: values)
    }
    missing = try values.decodeIfPresent(WishedMarks.self, forKey: .missing)?.marks
    try checkFormat(values)
  }

  private func checkFormat(_ values: KeyedDecodingContainer<Key>) throws {
    func fail(_ reason: String) -> DecodingError {
      DecodingError.dataCorruptedError(forKey: Key.format, in: values, debugDescription: reason)
    }
    guard let format else { return }
    if isDateTime && !format.isDate {
      throw fail("a datetime column takes a pattern of dates, such as \"dd/MM/yyyy HH:mm\"")
    }
    if let kind, format.isDate ? kind != .real : ![.real, .count].contains(kind) {
      throw fail(
        format.isDate
          ? "a pattern of dates goes with the kind datetime, not with \(kind.rawValue)"
          : "a format goes with the kinds real, count and datetime, not with \(kind.rawValue)")
    }
  }
}

/// A kind as a schema file names it: `datetime` is a real that is written as a date.
private struct WishedKind: Decodable {
  let kind: TableSchema.Kind
  let isDateTime: Bool

  init(from decoder: any Decoder) throws {
    let values = try decoder.singleValueContainer()
    let name = try values.decode(String.self)
    isDateTime = name == TableSchema.Kind.dateTimeName
    guard let kind = isDateTime ? .real : TableSchema.Kind(rawValue: name) else {
      throw DecodingError.dataCorruptedError(
        in: values,
        debugDescription: unknownName(
          name, what: "kind of column",
          valid: TableSchema.Kind.allCases.map(\.rawValue) + [TableSchema.Kind.dateTimeName]))
    }
    self.kind = kind
  }
}

extension TableSchema.Kind {
  /// What a real column is called whose numbers are dates or times.
  static let dateTimeName = "datetime"
}
