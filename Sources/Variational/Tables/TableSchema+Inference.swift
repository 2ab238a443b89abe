// What columns are, decided from their cells: the rules of docs/TABLES.md.

import Formats
import Networks

extension TableSchema {
  /// The most categories that are taken for categories without being asked.
  static let mostCategories = ColumnProfile.mostListed
  /// Whole numbers with at most so many different values are taken for categories.
  static let fewNumbers = 5
  /// The largest number that is taken for a count.
  static let largestCount = 10_000.0

  /// Makes a schema from the cells of a table.
  ///
  /// Kinds and categories come from all rows, means and deviations from the training rows only.
  ///
  /// - Parameters:
  ///   - table: the cells
  ///   - changes: what to do with some columns instead
  ///   - rows: the training rows; nil for all
  /// - Throws: `FormatError` with line and column for a cell that does not fit its column's kind, or naming the
  ///   schema file's unknown column; `SpecError` when no column is left for a model.
  /// - Complexity: a few passes over the cells.
  public init(
    inferredFrom table: Table, changes: SchemaChanges = SchemaChanges(),
    statisticsFrom rows: [Int]? = nil
  ) throws {
    try changes.check(against: table)
    var columns: [Column] = []
    for cells in table.columns {
      let wish = changes.wish(about: cells.name)
      columns.append(try TableSchema.column(cells, wish, table))
    }
    self.init(columns: columns, missing: changes.missing, rows: table.rowCount)
    try takeStatistics(of: table, rows, changes)
    do { try validate() } catch {
      throw FormatError(
        file: changes.columns.isEmpty ? table.name : changes.source, reason: "\(error)")
    }
  }

  private static func column(
    _ cells: TableCells, _ wish: SchemaChanges.Column, _ table: Table
  ) throws(FormatError) -> Column {
    let profile = ColumnProfile(cells)
    var column: Column
    if let kind = wish.kind {
      column = Column(name: cells.name, kind: kind)
    } else if wish.categories != nil {
      column = Column(name: cells.name, kind: wish.categories?.count == 2 ? .binary : .categorical)
    } else {
      column = try inferred(cells, profile, table, isFlagWanted: wish.learnsMissing != false)
    }
    column.likelihood = wish.likelihood
    switch column.kind {
    case .binary, .categorical, .label:
      guard !cells.hasFreeText else {
        throw FormatError(
          file: table.name,
          reason: "column \"\(cells.name)\": a \(column.kind.rawValue) column has at most "
            + "\(TableCells.mostTexts) different values, each of at most \(TableCells.longestText) bytes"
        )
      }
      column.categories = wish.categories ?? categories(cells, profile, kind: column.kind)
      // One value or none: the empty cell is the other one.
      if wish.categories == nil && column.kind == .binary && column.categories.count == 1
        && cells.missing > 0
      {
        column.categories.insert(TableSchema.emptyCategory, at: 0)
      }
    case .real, .count, .ignore, .key: break
    }
    column.takeNotation(of: cells)
    column.takeIndicator(wish, cells)
    return column
  }

  // The kind that the cells suggest.
  private static func inferred(
    _ cells: TableCells, _ profile: ColumnProfile, _ table: Table, isFlagWanted: Bool
  ) throws(FormatError) -> Column {
    func ignored(_ note: String, constant: String? = nil) -> Column {
      var column = Column(name: cells.name, kind: .ignore)
      column.note = note
      column.constant = constant
      return column
    }
    func of(_ kind: Kind) -> Column { Column(name: cells.name, kind: kind) }

    guard profile.present > 0 else { return ignored("has no value in any row") }
    let different = (profile.numbers?.count).map { $0 + cells.texts.count }
    let isListed = different.map { $0 <= mostCategories } ?? false && !cells.hasFreeText
    if isListed && different == 1 {
      if cells.missing > 0 && isFlagWanted { return of(.binary) }
      return ignored(
        "has one value only", constant: categories(cells, profile, kind: .categorical)[0])
    }
    if isListed && different == 2 { return of(.binary) }
    if profile.texts > 0 {
      // A few values, each of which comes back; a table of a few rows is given the benefit of the doubt.
      if isListed, let different, different <= 10 || different * 2 <= profile.present {
        return of(.categorical)
      }
      guard profile.texts * 2 < profile.present else {
        return ignored("holds too many different texts for categories")
      }
      if table.onError == .stop { throw notANumber(cells, table) }
    }
    if profile.isSequence && profile.isWhole { return ignored("numbers the rows") }
    guard profile.isWhole && profile.least >= 0 else { return of(.real) }
    if let numbers = profile.numbers, numbers.count <= fewNumbers { return of(.categorical) }
    // A negative binomial's variance is at least its mean; numbers like years vary far less.
    let isCount = profile.largest <= largestCount && profile.variance >= profile.mean / 2
    return of(isCount ? .count : .real)
  }

  private static func notANumber(_ cells: TableCells, _ table: Table) -> FormatError {
    let row = (0..<cells.count).first(where: cells.isText) ?? 0
    var shown = "a text"
    if case .text(let text) = cells[row] { shown = "\"\(text.prefix(40))\"" }
    return table.failure(
      row: row, column: cells.name,
      "\(shown) is not a finite number, but most cells of the column are numbers; correct it, list it under "
        + "\"missing\" in a --schema file, or make the column \"categorical\" or \"ignore\" there")
  }

  // Numbers in their order, then texts in theirs: independent of the order of rows.
  static func categories(
    _ cells: TableCells, _ profile: ColumnProfile, kind: Kind
  ) -> [String] {
    var numbers = profile.numbers
    if numbers == nil {
      numbers = Array(Set(cells.numbers.filter { !$0.isNaN })).sorted()
    }
    return (numbers ?? []).prefix(TableCells.mostTexts + 1).map(text)
      + cells.texts.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// A number as a category's name or a cell: the fewest digits that tell it, whole ones without a point.
  public static func text(_ number: Double) -> String {
    number == number.rounded() && abs(number) < 1e15 ? "\(Int(number))" : "\(number)"
  }
}
