// What the numbers of columns tell: means, deviations, bounds.

import Formats

extension TableSchema {
  /// Takes mean, deviation and bounds of real columns and bounds of counts from the training rows.
  ///
  /// - Parameters:
  ///   - rows: the training rows; nil for all
  ///   - changes: bounds given instead, which every row of the table has to keep
  /// - Throws: `FormatError` for numbers too large for a mean, a number outside the bounds given, or what a column of
  ///   its kind has not.
  mutating func takeStatistics(
    of table: Table, _ rows: [Int]?, _ changes: SchemaChanges
  ) throws(FormatError) {
    for index in columns.indices {
      let name = columns[index].name
      let given = changes.wish(about: name).bounds
      guard columns[index].hasBounds, let cells = table.column(name) else {
        try check(changes.columns[name], of: columns[index], changes.source)
        continue
      }
      // Rows that are left out have no say.
      let failures = table.onError == .stop ? nil : RowFailures(table.misfits)
      let reader = CellReader(columns[index], table, cells, failures)
      var numbers: [Double] = []
      numbers.reserveCapacity(rows?.count ?? table.rowCount)
      for row in rows ?? Array(0..<table.rowCount) {
        if let number = try reader.number(row) { numbers.append(number) }
      }
      if let given {
        if let complaint = given.complaint {
          throw FormatError(file: changes.source, reason: "at columns.\(name): \(complaint)")
        }
        try check(given, columns[index], table, reader)
        columns[index].bounds = given.isOpen ? nil : given
      } else if let least = numbers.min(), let largest = numbers.max() {
        columns[index].bounds = ColumnBounds(lower: least, upper: largest)
      }
      if columns[index].kind != .count { try standardise(index, numbers, table.name) }
    }
  }

  // A column without any spread in the training rows is only moved.
  private mutating func standardise(
    _ index: Int, _ numbers: [Double], _ file: String
  ) throws(FormatError) {
    let statistics = ColumnStatistics(numbers)
    let (mean, deviation) = (statistics.mean, statistics.deviation)
    guard mean.isFinite && deviation.isFinite else {
      throw FormatError(
        file: file,
        reason:
          "column \"\(columns[index].name)\": its numbers are too large for a mean and a deviation")
    }
    columns[index].mean = mean
    // Rounding alone spreads equal numbers by 2⁻⁵² of their size.
    columns[index].deviation = deviation > abs(mean) * 0x1p-40 ? deviation : 1
    columns[index].clip = statistics.clip
  }

  // What a column without numbers was asked to have.
  private func check(
    _ wish: SchemaChanges.Column?, of column: Column, _ source: String
  ) throws(FormatError) {
    if wish?.bounds != nil {
      throw FormatError(
        file: source,
        reason: "at columns.\(column.name): bounds go with a real or a count column, but this one "
          + "is \(column.kind.rawValue)")
    }
    if wish?.learnsMissing == true && !column.isModelled {
      throw FormatError(
        file: source,
        reason: "at columns.\(column.name): a missing_indicator goes with a column that a model "
          + "sees, but this one is \(column.kind.rawValue)")
    }
  }

  private func check(
    _ bounds: ColumnBounds, _ column: Column, _ table: Table, _ reader: CellReader
  ) throws(FormatError) {
    for row in 0..<table.rowCount {
      guard let number = try reader.number(row), !bounds.contains(number) else { continue }
      throw table.failure(
        row: row, column: column.name, canBeLeftOut: false,
        "\(TableSchema.text(number)) lies outside the bounds \(bounds.words) that the schema gives it"
      )
    }
  }
}

extension TableSchema.Column {
  /// Whether it holds numbers that have a least and a largest.
  var hasBounds: Bool { isModelled && kind != .binary && kind != .categorical }
}
