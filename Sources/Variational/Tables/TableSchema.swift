/// What the columns of a table are, and how their cells become a model's numbers and back.
///
/// A model of a table keeps its schema in config.json, so that every later file is read by the same names,
/// categories, means and deviations. docs/TABLES.md says how columns are understood.
public struct TableSchema: Sendable, Hashable {
  /// What a column holds.
  public enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
    /// Measurements: standardised for the model, undone on output.
    case real
    /// One of two values.
    case binary
    /// One of several values, without order.
    case categorical
    /// A whole number from 0.
    case count
    /// Nothing that a model sees.
    case ignore
    /// The class of a row, which no model sees either.
    case label
    /// What a row is called, which no model sees: carried to tables of results as it is written.
    case key
  }

  /// One column.
  public struct Column: Sendable, Hashable {
    /// Its name in the header.
    public var name: String
    /// What it holds.
    public var kind: Kind
    /// The names of its values: two of a binary column, of which the second is 1; those of a categorical one or
    /// of a label.
    public var categories: [String] = []
    /// What is taken off a real value, in the column's unit.
    public var mean = 0.0
    /// What the rest is divided by, in the column's unit.
    public var deviation = 1.0
    /// Digits after the point on output; nil for as many as tell the number.
    public var decimals: Int?
    /// Significant digits on output where the cells differ in decimals or have exponents; nil for any.
    public var digits: Int?
    /// The numbers that it can hold, in its unit; nil for any.
    public var bounds: ColumnBounds?
    /// Where far outliers are cut off before a model sees them, in the column's unit; nil where there are none.
    public var clip: ColumnBounds?
    /// Whether a model also learns which of its cells are missing.
    public var learnsMissing = false
    /// The name of its distribution; nil for the kind's usual one.
    public var likelihood: String?
    /// The one value that an ignored column has in every row, written again on output.
    public var constant: String?
    /// Why it is ignored, if nobody asked for it.
    public var note: String?

    /// A column without categories, mean and deviation yet.
    public init(name: String, kind: Kind) {
      self.name = name
      self.kind = kind
    }

    /// Whether a model sees it.
    public var isModelled: Bool { kind != .ignore && kind != .label && kind != .key }

    /// How many of the model's numbers it takes: one, or one a category.
    var width: Int { kind == .categorical ? categories.count : isModelled ? 1 : 0 }
  }

  /// The columns in the file's order.
  public var columns: [Column]
  /// Cells that count as missing besides empty ones; nil for the usual marks.
  public var missing: [String]?
  /// The rows of the file it was made from; splits by seed belong to that many.
  public var rows: Int

  /// A schema from its parts, unchecked.
  public init(columns: [Column], missing: [String]? = nil, rows: Int) {
    self.columns = columns
    self.missing = missing
    self.rows = rows
  }

  /// The columns that a model sees, in the file's order.
  public var modelled: [Column] { columns.filter(\.isModelled) }

  /// Whether a model learns of some column which of its cells are missing.
  public var learnsMissing: Bool { columns.contains { $0.isModelled && $0.learnsMissing } }

  /// The column that holds each row's class, if there is one.
  public var label: Column? { columns.first { $0.kind == .label } }
}
