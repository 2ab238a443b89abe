// One cell as a number, a class or an error with its line.

import Formats
import Networks

/// Reads a column's cells by what the schema says of it.
struct CellReader {
  private let column: TableSchema.Column
  private let table: Table
  private let cells: TableCells
  private let failures: RowFailures?
  // Where each text of the cells stands among the categories.
  private let classesOfTexts: [Int?]
  private let classesOfNumbers: [Double: Int]
  // The empty cell, where it is a category.
  private let classOfMissing: Int?

  /// - Parameter failures: collects what is wrong with cells, which then count as missing; nil to throw
  init(
    _ column: TableSchema.Column, _ table: Table, _ cells: TableCells,
    _ failures: RowFailures? = nil
  ) {
    self.failures = failures
    self.column = column
    self.table = table
    self.cells = cells
    var places: [String: Int] = [:]
    var numbers: [Double: Int] = [:]
    for (index, name) in column.categories.enumerated() {
      places[name] = index
      // 1 and 1.0 are the same category; 01 is a code, and another one.
      if let number = DecimalNumber(Array(name.utf8)[...]), !number.hasLeadingZero {
        numbers[number.value] = index
      }
    }
    classesOfNumbers = numbers
    classOfMissing = places[TableSchema.emptyCategory]
    classesOfTexts = cells.texts.map { places[$0] }
  }

  /// A row's number; nil if its cell is missing.
  ///
  /// - Throws: `FormatError` with line and column for anything else.
  func number(_ row: Int) throws(FormatError) -> Double? {
    let number = cells.numbers[row]
    if !number.isNaN { return number }
    guard case .text(let text) = cells[row] else { return nil }
    // Codes like 007 are texts until somebody wants them as numbers.
    if let number = DecimalNumber(Array(text.utf8)[...]) { return number.value }
    return try refuse(
      row,
      "\"\(text.prefix(40))\" is not a finite number, which a \(column.kind.rawValue) column takes")
  }

  /// A row's whole number from 0; nil if its cell is missing.
  ///
  /// - Throws: `FormatError` with line and column for anything else.
  func count(_ row: Int) throws(FormatError) -> Double? {
    guard let number = try number(row) else { return nil }
    guard number >= 0 && number == number.rounded() && number <= 0x1p24 else {
      return try refuse(
        row,
        "\(TableSchema.text(number)) is not a whole number from 0 to \(1 << 24), which a count column "
          + "takes")
    }
    return number
  }

  /// The index of a row's category; nil if its cell is missing, unless the empty cell is a category.
  ///
  /// - Throws: `FormatError` with line, column and the known categories for another one.
  func category(_ row: Int) throws(FormatError) -> Int? {
    let number = cells.numbers[row]
    if !number.isNaN {
      if let index = classesOfNumbers[number] { return index }
      return try unknown(row, TableSchema.text(number))
    }
    guard cells.isText(row) else { return classOfMissing }
    if let code = cells.textIndex(row), let index = classesOfTexts[code] { return index }
    guard case .text(let text) = cells[row] else { return nil }
    return try unknown(row, text)
  }

  private func unknown(_ row: Int, _ name: String) throws(FormatError) -> Int? {
    guard failures == nil else {
      return try refuse(row, "unknown category \"\(name.prefix(40))\"")
    }
    return try refuse(row, unknownName(name, what: "category", valid: column.categories))
  }

  /// What becomes of a cell that cannot be read: an error with line and column, or a note about its row and nil.
  func refuse<Value>(_ row: Int, _ reason: String) throws(FormatError) -> Value? {
    guard let failures else {
      throw table.failure(row: row, column: column.name, reason)
    }
    failures.add("column \"\(column.name)\": \(reason)", row: row)
    return nil
  }
}
