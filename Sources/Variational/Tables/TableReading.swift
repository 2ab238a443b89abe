import Formats

/// How a CSV file is read.
public struct TableReading: Sendable, Hashable {
  /// What stands between fields, one ASCII character; nil for what divides the first rows evenly.
  public var delimiter: UInt8?
  /// Whether the first row holds the columns' names; nil to look at it.
  public var hasHeader: Bool?
  /// Whether numbers have a decimal comma where their cells leave it open; nil for what other columns say.
  public var hasDecimalComma: Bool?
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

  /// How the cells of a column are read at first.
  func column(_ name: String) -> ColumnReading {
    if name == label { return ColumnReading(marks: schema?.missing ?? changes.missing) }
    if let schema { return known(schema.columns.first { $0.name == name }, schema.missing) }
    let wish = changes.wish(about: name)
    let marks = wish.missing ?? changes.missing
    var column = ColumnReading(marks: marks)
    column.format = wish.format
    column.findsDates = wish.isDateTime || wish.kind == nil || wish.kind == .real
    column.findsCompactDates = wish.isDateTime
    column.findsNumbers =
      !wish.isDateTime && wish.kind.map { [.real, .count].contains($0) } ?? true
    if wish.format != nil || wish.kind == nil && wish.categories != nil {
      (column.findsNumbers, column.findsDates) = (false, false)
      column.findsCompactDates = false
    }
    return column
  }

  // By a model's column: a later file may write its numbers otherwise, but never its categories.
  private func known(_ column: TableSchema.Column?, _ marks: MissingMarks?) -> ColumnReading {
    var reading = ColumnReading(marks: column?.missing ?? marks)
    guard let column else { return reading }
    let isNumeric = column.kind == .real || column.kind == .count
    reading.usual = column.format
    reading.isKnown = true
    reading.findsDates = column.format?.isDate ?? false
    reading.findsNumbers = !reading.findsDates && (isNumeric || column.format != nil)
    if case .date(let format) = column.format, format.isCompact {
      reading.format = column.format
      reading.findsDates = false
    }
    return reading
  }
}

/// How a column's cells are read.
struct ColumnReading: Sendable {
  /// What counts as missing; nil for the usual marks.
  var marks: MissingMarks?
  /// How its numbers are written; nil for plain ones.
  var format: CellFormat?
  /// How the model's column writes them, which decides where the cells leave it open.
  var usual: CellFormat?
  /// Whether a model knows the column.
  var isKnown = false
  /// Whether another way of writing numbers is looked for.
  var findsNumbers = false
  /// Whether dates are looked for.
  var findsDates = false
  /// Whether eight digits may be a date.
  var findsCompactDates = false
  /// Whether a mark that is a number is the same number in other digits too.
  var marksAreNumbers = true

  init(marks: MissingMarks? = nil) { self.marks = marks }

  var matcher: MissingMatcher {
    MissingMatcher(marks, format: format, matchesNumbers: marksAreNumbers)
  }
}
