// Columns of a later file that a model's schema says nothing of: a label, keys, what is ignored.

import Formats
import Networks

extension TableSchema {
  /// The kinds that a column can have which no model sees.
  static let kindsBesideModel: [Kind] = [.label, .key, .ignore]

  /// This schema of a model for a file that is read, with the columns beside the model's that the reading tells of.
  ///
  /// - Throws: `FormatError` that names the column and what it is.
  func extended(for table: Table, _ reading: TableReading) throws(FormatError) -> TableSchema {
    guard reading.addsColumns else { return self }
    if !reading.allowsAbsent { try reading.changes.check(against: table, and: self) }
    return try adding(reading.changes, label: reading.label, for: table)
  }

  /// This schema of a model with what a schema file and a chosen label say of columns that no model sees.
  ///
  /// What the file says of the model's own columns must be what they are, so that the file of training can be given
  /// again. A new label takes the place of the old one, which is ignored then.
  ///
  /// - Parameters:
  ///   - changes: what is asked of columns
  ///   - chosen: the column that holds the label; one that the table does not have is no label
  ///   - table: the file that is read
  /// - Throws: `FormatError` that names the column and what it is.
  func adding(
    _ changes: SchemaChanges, label chosen: String?, for table: Table
  ) throws(FormatError) -> TableSchema {
    var result = self
    for name in changes.columns.keys.sorted() where name != "*" {
      guard let kind = changes.columns[name]?.kind else { continue }
      try result.set(name, to: kind, in: changes.source)
    }
    if let kind = changes.columns["*"]?.kind, Self.kindsBesideModel.contains(kind) {
      let known = Set(result.columns.map(\.name))
      for name in table.columnNames where !known.contains(name) {
        try result.set(name, to: kind, in: changes.source)
      }
    }
    if let wanted = changes.missing, wanted != missing {
      throw FormatError(
        file: changes.source,
        reason:
          "at missing: the model was trained with other marks for missing cells; leave \"missing\" out"
      )
    }
    if let chosen, table.column(chosen) != nil {
      try result.set(chosen, to: .label, in: table.name)
    }
    return result
  }

  private mutating func set(_ name: String, to kind: Kind, in source: String) throws(FormatError) {
    let place = columns.firstIndex { $0.name == name }
    if let place, columns[place].isModelled {
      guard columns[place].kind != kind else { return }
      throw FormatError(
        file: source,
        reason:
          "column \"\(name)\" is one of the model's (\(columns[place].kind.rawValue)); only a column that "
          + "it was trained without can be a label, a key or ignored")
    }
    guard Self.kindsBesideModel.contains(kind) else {
      throw FormatError(
        file: source,
        reason:
          "column \"\(name)\" is not one of the model's, so it can be a label, a key or ignored, not "
          + "\(kind.rawValue)")
    }
    if let place, columns[place].kind == kind { return }
    if kind == .label {
      for other in columns.indices where columns[other].kind == .label {
        columns[other].kind = .ignore
      }
    }
    if let place {
      columns[place].kind = kind
      columns[place].categories = []
      columns[place].note = nil
    } else {
      columns.append(Column(name: name, kind: kind))
    }
  }
}

extension SchemaChanges {
  /// Checks that the columns asked about are the model's or the table's.
  ///
  /// - Throws: `FormatError` that names an unknown column and the nearest.
  func check(against table: Table, and schema: TableSchema) throws(FormatError) {
    let known = Set(schema.columns.map(\.name))
    for name in columns.keys.sorted()
    where name != "*" && table.column(name) == nil && !known.contains(name) {
      throw FormatError(
        file: source,
        reason: "at columns: "
          + unknownName(name, what: "column of \(table.name)", valid: table.columnNames))
    }
  }
}
