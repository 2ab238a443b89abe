// Missing cells that a model learns of: indicators beside a column, and columns of one value or none.

import Formats

extension TableSchema {
  /// The category of a missing cell in a column that holds one value or none.
  static let emptyCategory = ""
  /// The share of missing cells above which a model learns which they are without being asked.
  static let fewMissing = 0.01
}

extension TableSchema {
  /// A mask over the columns' numbers as one over all numbers of the rows, whose indicators it leaves alone.
  ///
  /// - Parameters:
  ///   - mask: [numbers without indicators], or so many for each example
  ///   - examples: how many examples there are
  /// - Returns: [examples × numbers]; nil for a mask of another size, or where there are no indicators
  public func wholeMask(_ mask: [Bool], examples: Int) -> [Bool]? {
    guard learnsMissing, let layout = try? TableLayout(self) else { return nil }
    let width = layout.valueWidth
    guard mask.count == width || mask.count == examples * width else { return nil }
    return (0..<examples).flatMap { example in
      let start = mask.count == width ? 0 : example * width
      return mask[start..<start + width]
        + Array(repeating: false, count: layout.indicators.count)
    }
  }
}

extension TableSchema.Column {
  /// Whether a missing cell is one of its categories.
  var hasEmptyCategory: Bool { isModelled && categories.contains(TableSchema.emptyCategory) }

  /// Decides whether a model learns which cells are missing: as the wish says, or where more than 1 % are.
  mutating func takeIndicator(_ wish: SchemaChanges.Column, _ cells: TableCells) {
    guard isModelled && !hasEmptyCategory else { return }
    let share = Double(cells.missing) / Double(max(cells.count, 1))
    learnsMissing = wish.learnsMissing ?? (share > TableSchema.fewMissing)
  }

  /// What a row of numbers says that the cell of the column holds; empty for a missing one.
  ///
  /// - Parameters:
  ///   - values: the column's own numbers
  ///   - missing: the indicator's number, likelier missing from a half on; nil where there is none
  func cell(_ values: ArraySlice<Float>, missing: Float?) -> String {
    if let missing, missing >= 0.5 { return "" }
    return cell(values)
  }
}
