// The small JSON file of `--schema`: what to do with some columns instead of what their cells suggest.

import Formats
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
///         "price": {"bounds": [0, null], "missing_indicator": false},
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
  /// Cells that count as missing besides empty ones, instead of the usual marks; nil for those.
  public var missing: [String]?
  /// Where the wishes come from, for errors.
  public var source: String

  /// Wishes; none unless given.
  public init(
    columns: [String: Column] = [:], missing: [String]? = nil, source: String = "schema"
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
      missing: try values.decodeIfPresent([String].self, forKey: .missing))
  }
}

extension SchemaChanges.Column: Decodable {
  private enum Key: String, CodingKey, CaseIterable {
    case kind, categories, likelihood, bounds
    case learnsMissing = "missing_indicator"
  }

  /// Reads an object, or a kind alone.
  public init(from decoder: any Decoder) throws {
    if let values = try? decoder.singleValueContainer(), (try? values.decode(String.self)) != nil {
      self.init(kind: try values.decode(TableSchema.Kind.self))
      return
    }
    try decoder.rejectUnknownKeys(allowed: Key.allCases.map(\.rawValue))
    let values = try decoder.container(keyedBy: Key.self)
    self.init(
      kind: try values.decodeIfPresent(TableSchema.Kind.self, forKey: .kind),
      categories: try values.decodeIfPresent([String].self, forKey: .categories),
      likelihood: try values.decodeIfPresent(String.self, forKey: .likelihood),
      bounds: try values.decodeIfPresent(ColumnBounds.self, forKey: .bounds),
      learnsMissing: try values.decodeIfPresent(Bool.self, forKey: .learnsMissing))
  }
}
