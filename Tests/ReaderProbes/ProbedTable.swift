// What `vae` does with a table and with a schema file.

import Formats
import Foundation
import Variational

enum ProbedTable {
  /// Reads a table, finds out what its columns are, and makes examples and a description of them.
  static func read(_ path: String, _ changes: SchemaChanges = SchemaChanges()) throws {
    var reading = TableReading()
    reading.changes = changes
    let table = try Table.read(path, reading)
    let schema = try TableSchema(inferredFrom: table, changes: changes)
    let data = try schema.dataSet(from: table)
    let spec = try ModelSpec.table(schema)
    try data.check(against: spec)
    // The whole path of `--data` too, which goes by the file's content.
    _ = try DataSource.file(path).load(.train)
  }

  /// Reads a schema file and reads a small table by it.
  static func read(schema path: String) throws {
    let changes = try SchemaChanges.read(path)
    let table = (path as NSString).deletingLastPathComponent + "/people.csv"
    try Data(tables[0].utf8).write(to: URL(fileURLWithPath: table))
    try read(table, changes)
  }

  /// The description of the first table.
  static func description() throws -> ModelSpec {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent(
      "vae-table-\(UUID().uuidString).csv"
    ).path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Data(tables[0].utf8).write(to: URL(fileURLWithPath: path))
    return try ModelSpec.table(TableSchema(inferredFrom: try Table.read(path)))
  }

  /// Every kind of column, a missing cell, quotes, other delimiters and line ends.
  static let tables = [
    """
    id,name,height,smokes,visits,grade
    7,Ann,1.5,yes,0,low
    8,"Bo, the ""tall""\u{201D}",1.92,no,3,high
    9,Cy,,no,17,low
    10,Di,1.7,yes,2,middle
    11,Ed,1.71,no,1,high
    12,Fay,1.65,yes,9,low

    """,
    "a;b\r\n1;2.5\r\n-3;NA\r\n4e-3;1\r\n",
    "\u{FEFF}1\t2\t3\n4\t5\t6\n7\t\t9",
    """
    sep=;
    price;share;day;time;wet
    1.234,50 €;12,5 %;31.01.2024;10:15;TRUE
    0,99 €;3,0 %;01.12.1999;23:59;true
    (17,00 €);100,0 %;15.06.2010;00:00;False

    """,
  ]

  static let schemas = [
    #"{"columns": {"id": "ignore", "height": {"kind": "real", "likelihood": "student_t_per_dimension"}, "grade": {"kind": "categorical", "categories": ["low", "middle", "high"]}}}"#,
    #"{"missing": ["NA", "17"], "columns": {"*": "categorical", "visits": {"kind": "count", "likelihood": "poisson"}, "name": "label"}}"#,
    #"{"missing": {"only": ["-"]}, "columns": {"height": {"format": "1234.5", "missing": ["1.5"]}, "visits": "real"}}"#,
  ]
}
