// Scores as a file: a row an example.

import Formats
import Foundation

/// Named columns of numbers or words.
public struct ScoreTable: Sendable {
  /// One column.
  public enum Column: Sendable, Hashable {
    /// Real numbers, written in the fewest digits that give them back.
    case numbers([Double])
    /// Whole numbers.
    case whole([Int])
    /// Words, and the numbers that stand for them where only numbers can.
    case words([String], codes: [Int])
    /// Words that no array of numbers has room for.
    case texts([String])

    var count: Int {
      switch self {
      case .numbers(let values): values.count
      case .whole(let values): values.count
      case .words(let values, _), .texts(let values): values.count
      }
    }

    func text(_ row: Int) -> String {
      switch self {
      case .numbers(let values): "\(values[row])"
      case .whole(let values): "\(values[row])"
      case .words(let values, _), .texts(let values): values[row]
      }
    }

    var isText: Bool {
      if case .texts = self { true } else { false }
    }

    func number(_ row: Int) -> Double {
      switch self {
      case .numbers(let values): values[row]
      case .whole(let values): Double(values[row])
      case .words(_, let codes): Double(codes[row])
      case .texts: .nan
      }
    }
  }

  /// The columns with their names, in order.
  public private(set) var columns: [(name: String, column: Column)] = []

  /// A table without columns.
  public init() {}

  /// Adds a column at the right; all have as many rows.
  public mutating func add(_ name: String, _ column: Column) {
    precondition(
      columns.first.map { $0.column.count == column.count } ?? true,
      "ScoreTable.add: \(column.count) rows of \(name), \(columns.first?.column.count ?? 0) before")
    columns.append((name, column))
  }

  /// Adds columns that say which example each row is about: words, so that an array keeps its columns.
  public mutating func add(_ origins: [OriginColumn]) {
    for origin in origins {
      let texts: [String]
      switch origin.values {
      case .numbers(let numbers): texts = numbers.map { "\($0)" }
      case .texts(let names): texts = names
      }
      add(origin.name, .texts(texts))
    }
  }

  /// The number of rows.
  public var rows: Int { columns.first?.column.count ?? 0 }

  /// The table as CSV: a line of names, then a line an example that begins with its number.
  public var csv: [UInt8] {
    var writer = CSVWriter()
    writer.append(["example"] + columns.map(\.name))
    for row in 0..<rows { writer.append(["\(row)"] + columns.map { $0.column.text(row) }) }
    return writer.bytes
  }

  /// The columns that are not words alone as an array of 64-bit numbers, [N, columns].
  public var array: NPYArray {
    let numeric = columns.map(\.column).filter { !$0.isText }
    return NPYArray(
      (0..<rows).flatMap { row in numeric.map { $0.number(row) } }, shape: [rows, numeric.count])
  }

  /// Writes CSV or NPY, by the ending of the name.
  ///
  /// - Throws: `FormatError` when the file cannot be written.
  public func write(to path: String) throws(FormatError) {
    if path.lowercased().hasSuffix(".npy") {
      try NPY.write(array, to: path)
    } else {
      try AtomicFile.write([csv], to: path)
    }
  }
}
