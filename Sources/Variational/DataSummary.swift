// What was understood of data: what `vae inspect` shows.

import Formats
import Foundation
import Networks
internal import Wording

/// Examples in numbers: shape, range, classes, and the columns of a table.
public struct DataSummary: Sendable, Encodable {
  /// What the data is: "table", "images" or "rows".
  public let kind: String
  /// The file, folder or set.
  public let name: String
  /// The number of examples.
  public let examples: Int
  /// One example: [height, width, channels], or [numbers].
  public let shape: [Int]
  /// Whether values came as bytes, which stand for x/255.
  public let isBytes: Bool
  /// The smallest and largest value as a model sees it; nil if there is none.
  public let range: [Double]?
  /// The mean of all values.
  public let mean: Double?
  /// Values that are missing: cells of modelled columns in a table.
  public let missing: Int
  /// How many examples each class has, by its name or number; nil without classes.
  public let classes: [String: Int]?
  /// The columns of a table.
  public let columns: [ColumnSummary]?

  private enum CodingKeys: String, CodingKey {
    case kind, name, examples, shape, range, mean, missing, classes, columns
    case isBytes = "is_bytes"
  }

  /// Looks at every value once.
  ///
  /// - Parameters:
  ///   - data: the examples
  ///   - table: their cells and schema, if they are a table
  public init(_ data: DataSet, table: (cells: Table, schema: TableSchema)? = nil) throws {
    kind = table != nil ? "table" : data.shape.isFlat ? "rows" : "images"
    name = data.name
    examples = data.count
    shape =
      data.shape.isFlat
      ? [data.shape.count] : [data.shape.height, data.shape.width, data.shape.channels]
    let facts = data.valueFacts
    try data.checkUnchanged()
    isBytes = facts.isBytes
    range = facts.count > 0 ? [facts.least, facts.largest] : nil
    mean = facts.count > 0 ? facts.sum / Double(facts.count) : nil
    classes = data.labels.map { labels in
      var counts: [String: Int] = [:]
      for label in labels { counts[data.className(label), default: 0] += 1 }
      return counts
    }
    let columns = try table.map { table in
      try table.schema.columns.compactMap { column in
        try table.cells.column(column.name).map { try ColumnSummary(column, $0) }
      }
    }
    self.columns = columns
    missing =
      columns?.reduce(0) { $0 + ($1.likelihood == nil ? 0 : $1.missing) } ?? facts.missing
  }
}

/// A column as it was understood.
public struct ColumnSummary: Sendable, Encodable {
  /// Its name.
  public let name: String
  /// What it holds.
  public let kind: TableSchema.Kind
  /// Its distribution; nil if no model sees it.
  public let likelihood: String?
  /// How its numbers or dates are written, where that is not plain digits.
  public let format: String?
  /// Whether its numbers are days since 1970-01-01T00:00Z.
  private let isDateTime: Bool
  private let shown: CellFormat?
  /// Why no model sees it.
  public let note: String?
  /// Missing cells; none in a column where the empty cell is a value.
  public let missing: Int
  /// Whether a model learns which cells are missing; nil if not.
  public let learnsMissing: Bool?
  /// The least and the largest number that the column can hold; nil for any.
  public let bounds: ColumnBounds?
  /// The smallest and the largest number, nil if there is none.
  public let least: Double?
  /// The largest number.
  public let largest: Double?
  /// Mean and deviation of the numbers.
  public let mean: Double?
  /// The deviation, in the column's unit.
  public let deviation: Double?
  /// The names of its values, nil for numbers.
  public let categories: [String]?

  private enum CodingKeys: String, CodingKey {
    case name, kind, likelihood, format, note, missing, bounds, mean, deviation, categories
    case learnsMissing = "missing_indicator"
    case least = "min"
    case largest = "max"
  }

  init(_ column: TableSchema.Column, _ cells: TableCells) throws {
    name = column.name
    kind = column.kind
    likelihood =
      column.isModelled
      ? column.likelihood ?? TableSchema.Column.likelihoods(of: column.kind).first : nil
    format = column.format?.name
    shown = column.isDateTime ? column.format : nil
    isDateTime = column.isDateTime
    note = column.note
    missing = column.hasEmptyCategory ? 0 : cells.missing
    learnsMissing = column.isModelled && column.learnsMissing ? true : nil
    bounds = column.hasBounds ? column.bounds : nil
    let profile = ColumnProfile(cells)
    let hasNumbers = profile.least <= profile.largest
    least = hasNumbers ? profile.least : nil
    largest = hasNumbers ? profile.largest : nil
    mean = hasNumbers && profile.mean.isFinite ? profile.mean : nil
    let deviation = profile.variance.squareRoot()
    self.deviation = hasNumbers && deviation.isFinite ? deviation : nil
    categories = column.categories.isEmpty ? nil : column.categories
  }
}

extension DataSummary {
  /// Names and values for a table of the whole.
  public var rows: [(String, String)] {
    var rows = [
      ("data", "\(name), \(kind)"), ("examples", "\(examples)"),
      ("shape", shape.map(String.init).joined(separator: "×")),
    ]
    if let range, let mean, columns == nil {
      rows.append(
        (
          "values",
          "\(ModelSummary.short(range[0])) to \(ModelSummary.short(range[1])), mean "
            + ModelSummary.short(mean) + (isBytes ? " (bytes, divided by 255)" : "")
        ))
    }
    if missing > 0 { rows.append(("missing values", "\(missing)")) }
    if let classes {
      let shown = classes.sorted { $0.key.compare($1.key, options: .numeric) == .orderedAscending }
        .prefix(20).map { "\($0.key) (\($0.value))" }.joined(separator: ", ")
      rows.append(("classes", shown + (classes.count > 20 ? ", …" : "")))
    }
    return rows
  }

  /// The columns of a table as lines of a text, the first of which is the heading; empty for other data.
  public var columnLines: [String] {
    guard let columns else { return [] }
    let heading = ["column", "kind", "likelihood", "missing", "min", "max", "mean", "values"]
    // A name or a category of any length would make every line as long.
    let cells = [heading] + columns.map { $0.cells.map { readable($0, limit: 200) } }
    let widths = heading.indices.map { place in cells.map { $0[place].count }.max() ?? 0 }
    return cells.map { row in
      let line = zip(row, widths).enumerated().map { place, cell in
        let space = String(repeating: " ", count: cell.1 - cell.0.count)
        return (3...6).contains(place) ? space + cell.0 : cell.0 + space
      }.joined(separator: "  ")
      return String(line.reversed().drop { $0 == " " }.reversed())
    }
  }
}

extension ColumnSummary {
  fileprivate var cells: [String] {
    func number(_ value: Double?) -> String {
      value.map { shown?.text($0, plain: "") ?? ModelSummary.short($0) } ?? ""
    }
    var values = note ?? format.map { "like \($0)" } ?? ""
    if let categories, kind != .ignore {
      let shown = categories.prefix(6).map {
        $0.isEmpty ? "(empty)" : $0.count > 20 ? $0.prefix(19) + "…" : $0[...]
      }
      values =
        shown.joined(separator: ", ") + (categories.count > 6 ? ", … (\(categories.count))" : "")
    }
    if learnsMissing != nil {
      values += (values.isEmpty ? "" : "; ") + "learns which are missing"
    }
    return [
      name, isDateTime ? TableSchema.Kind.dateTimeName : kind.rawValue, likelihood ?? "",
      "\(missing)", number(least), number(largest), number(mean), values,
    ]
  }
}
