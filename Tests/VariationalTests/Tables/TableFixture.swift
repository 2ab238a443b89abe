import Formats
import Foundation

@testable import Variational

/// Tables written as text.
enum TableFixture {
  /// Reads a text as a CSV file called `t.csv`.
  static func table(_ text: String, _ reading: TableReading = TableReading()) throws -> Table {
    try withTemporaryFolder { folder in
      let path = "\(folder)/t.csv"
      try AtomicFile.write([Array(text.utf8)], to: path)
      return try Table.read(path, reading)
    }
  }

  static func schema(
    _ text: String, _ changes: SchemaChanges = SchemaChanges(), statisticsFrom rows: [Int]? = nil
  ) throws -> TableSchema {
    try TableSchema(inferredFrom: try table(text), changes: changes, statisticsFrom: rows)
  }

  /// A table of one column beside a real one that keeps the schema from being empty.
  static func column(_ cells: [String]) throws -> TableSchema.Column {
    let lines = cells.enumerated().map { "\($1),\(Double($0) * 1.5 + 0.25)" }
    return try schema("c,other\n" + lines.joined(separator: "\n") + "\n").columns[0]
  }

  /// What is said after the file's name.
  static func complaint<Value>(_ body: () throws -> Value) -> String {
    do {
      return "accepted: \(try body())"
    } catch {
      let text = "\(error)"
      guard let end = text.range(of: "t.csv: ") else { return text }
      return String(text[end.upperBound...])
    }
  }

  /// A reproducible mixed table: size, colour, wet, eggs, with missing cells when asked.
  static func mixed(rows: Int, missing: Bool = false, seed: UInt64 = 3) -> String {
    var state = seed
    func uniform() -> Double {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(state >> 33) / Double(1 << 31)
    }
    var text = "size,colour,wet,eggs\n"
    for _ in 0..<rows {
      let hidden = uniform()
      var cells = [
        String(format: "%.2f", 20 + 10 * hidden + uniform()),
        hidden < 0.3 ? "red" : hidden < 0.7 ? "green, dark" : "blue",
        uniform() < hidden ? "yes" : "no", "\(Int(uniform() * hidden * 20))",
      ]
      if missing { for place in 0..<4 where uniform() < 0.1 { cells[place] = "NA" } }
      text += cells.map { $0.contains(",") ? "\"\($0)\"" : $0 }.joined(separator: ",") + "\n"
    }
    return text
  }
}
