// Which files are tables.

import Formats
import Foundation

extension DataSource {
  /// The table of a CSV file; nil for other data.
  ///
  /// A file is CSV if its name ends in `.csv` or `.tsv`, gzipped or not, or if its content is text with a
  /// delimiter in the first line.
  ///
  /// - Throws: `FormatError`.
  public func table(_ reading: DataReading = DataReading()) throws(FormatError) -> Table? {
    guard case .file(let path) = self else { return nil }
    return try DataSource.isTable(path) ? try Table.read(path, reading.table) : nil
  }

  /// A CSV file as examples; nil for other data.
  static func readTable(_ path: String, _ reading: TableReading) throws -> DataSet? {
    guard try isTable(path) else { return nil }
    let table = try Table.read(path, reading)
    let schema =
      try reading.schema?.extended(for: table, reading)
      ?? TableSchema(inferredFrom: table, changes: reading.changes)
    return try schema.dataSet(from: table)
  }

  static func isTable(_ path: String) throws(FormatError) -> Bool {
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory),
      !isDirectory.boolValue
    else { return false }
    let name = path.lowercased()
    let endings = [".csv", ".tsv", ".csv.gz", ".tsv.gz"]
    if endings.contains(where: name.hasSuffix) { return true }
    return CSV.isLikely(try FileBytes.prefix(4096, of: path)[...])
  }
}
