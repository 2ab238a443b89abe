// How each column of a file writes its numbers and dates, decided from all cells of all columns.

import Formats

/// The reading of every column, once its cells have been seen.
struct NotationPlan {
  /// How each column's cells are read.
  private(set) var columns: [ColumnReading]
  /// What a person should know of cells that can be read in two ways.
  private(set) var notes: [String] = []
  /// Whether a column is to be read otherwise than it was.
  private(set) var isChanged = false

  private let cells: [TableCells]
  private let delimiter: UInt8
  private let option: Bool?
  // What columns whose decimal mark is beyond doubt say about the file; nil if they say nothing, or differ.
  private var fileHasComma: Bool?
  // The same of days and months, by what stands between them.
  private var fileOrders: [UInt8: Set<DateFormat.Order>] = [:]

  /// - Parameters:
  ///   - cells: the columns as they were read at first
  ///   - delimiter: what stands between the file's fields
  ///   - option: whether numbers have a decimal comma where cells leave it open; nil for what the file says
  init(_ cells: [TableCells], delimiter: UInt8, hasDecimalComma option: Bool?) {
    self.cells = cells
    self.delimiter = delimiter
    self.option = option
    columns = cells.map(\.reading)
    collectVotes()
    for index in cells.indices {
      decide(index)
      // A mark is a number only where the column holds numbers.
      let isText = columns[index].format == nil && cells[index].textCount > 0
      if isText && cells[index].missingAsNumbers > 0 {
        columns[index].marksAreNumbers = false
        isChanged = true
      }
    }
  }

  private func present(_ index: Int) -> Int { cells[index].count - cells[index].missing }

  private mutating func collectVotes() {
    var decimals: Set<Bool> = []
    for index in cells.indices {
      let readings = self.readings(index)
      let marks = Set(readings.map(\.hasComma))
      if marks.count == 1, cells[index].evidence.hasMarks { decimals.formUnion(marks) }
      if let (style, orders) = dateOrders(index), orders.count == 1 {
        fileOrders[style.separator, default: []].formUnion(orders.filter { $0 != .year })
      }
    }
    fileHasComma = decimals.count == 1 ? decimals.first : nil
  }

  private mutating func decide(_ index: Int) {
    let reading = cells[index].reading
    guard reading.format == nil, reading.findsNumbers || reading.findsDates else { return }
    let format: CellFormat?
    if let (style, orders) = dateOrders(index) {
      format = .date(date(index, style, orders))
    } else {
      format = number(index).map(CellFormat.number)
    }
    if let format {
      columns[index].format = format
      isChanged = true
    }
  }

  // MARK: Numbers

  // The readings that explain most cells of a column, and more than half of them; those without groups first.
  private func readings(_ index: Int) -> [DigitReading] {
    let evidence = cells[index].evidence
    let counts = DigitReading.all.map(evidence.count(of:))
    guard let most = counts.max(), most > 0, most * 2 > present(index) else { return [] }
    return zip(DigitReading.all, counts).filter { $0.1 == most }.map { $0.0 }
  }

  private mutating func number(_ index: Int) -> NumberFormat? {
    let (evidence, reading) = (cells[index].evidence, cells[index].reading)
    let readings = self.readings(index)
    var usual: NumberFormat?
    if case .number(let format) = reading.usual { usual = format }
    guard !readings.isEmpty else { return usual?.isShare == true ? usual : nil }
    let hasComma = decidesForComma(index, readings, usual)
    guard let chosen = readings.first(where: { $0.hasComma == hasComma }) ?? readings.first else {
      return nil
    }
    var format = NumberFormat(reading: chosen)
    format.grouping = chosen.divider ?? evidence.grouping
    let unit = evidence.units.sorted { ($0.value.count, $1.key) > ($1.value.count, $0.key) }.first
    if let unit, unit.value.count * 2 > present(index) {
      (format.prefix, format.suffix) = (unit.value.prefix, unit.value.suffix)
      format.signFollowsPrefix = evidence.signFollowsPrefix && !format.prefix.isEmpty
    }
    if evidence.parentheses > 0 {
      format.negative = .parentheses
    } else if evidence.minuses > 0 {
      format.negative = .minus
    }
    // A hundredth is another number: a model's column has the sign or has not.
    if reading.isKnown && format.isShare != (usual?.isShare ?? false) { return usual }
    // What a decimal point explains needs no format.
    let isPlain = evidence.written == 0 && chosen == NumberFormat.plain.reading
    return isPlain || evidence.written == 0 && !evidence.hasMarks ? nil : format
  }

  // Which mark begins the fraction, by the column's own cells if they tell.
  private mutating func decidesForComma(
    _ index: Int, _ readings: [DigitReading], _ usual: NumberFormat?
  ) -> Bool {
    let point = readings.first { !$0.hasComma }
    let comma = readings.first { $0.hasComma }
    guard let point, let comma else { return comma != nil }
    let known = option ?? usual.map(\.reading.hasComma) ?? fileHasComma
    // Digits alone, or in groups that neither mark divides.
    if point.grouping == comma.grouping { return known ?? false }
    let name = cells[index].name
    if point.grouping == .none {
      // 1.500: fifteen hundred only where commas are known to begin fractions.
      guard known == true else { return false }
      if option == nil && usual == nil {
        notes.append(
          "Column \"\(name)\": points are read as dividing thousands, for other columns have decimal "
            + "commas; --decimal . says otherwise.")
      }
      return true
    }
    // 1,500: by the file, or by what divides its fields.
    if let known { return known }
    if cells[index].reading.isKnown { return false }
    let isComma = delimiter == UInt8(ascii: ";")
    notes.append(
      "Column \"\(name)\": commas are read as "
        + (isComma ? "beginning fractions" : "dividing thousands")
        + ", which no cell contradicts; --decimal \(isComma ? "." : ",") says otherwise.")
    return isComma
  }

  // MARK: Dates

  // The style of most dates, if more than half of the cells are such, and the orders that explain most of them.
  private func dateOrders(_ index: Int) -> (DateFormat.Style, [DateFormat.Order])? {
    let evidence = cells[index].evidence
    let total = evidence.dates.values.reduce(0) { $0 + $1.count }
    guard total > 0, total >= evidence.numberCount else { return nil }
    guard
      let (style, dates) = evidence.dates.max(by: {
        ($0.value.count, "\($0.key)") < ($1.value.count, "\($1.key)")
      })
    else { return nil }
    let counts = DateFormat.Order.allCases.map { order in
      dates.orders.reduce(0) { $0 + ($1.key & (1 << order.rawValue) != 0 ? $1.value : 0) }
    }
    guard let most = counts.max(), most * 2 > present(index) else { return nil }
    return (style, zip(DateFormat.Order.allCases, counts).filter { $0.1 == most }.map { $0.0 })
  }

  private mutating func date(
    _ index: Int, _ style: DateFormat.Style, _ orders: [DateFormat.Order]
  ) -> DateFormat {
    var order = orders[0]
    if orders.count > 1 {
      var usual: DateFormat.Order?
      if case .date(let format) = cells[index].reading.usual { usual = format.order }
      let others = fileOrders[style.separator] ?? []
      if let usual, orders.contains(usual) {
        order = usual
      } else if let other = others.first, others.count == 1, orders.contains(other) {
        order = other
      } else {
        // Points are written where the day comes first; otherwise as pandas reads.
        order = style.separator == UInt8(ascii: ".") ? .day : .month
      }
    }
    var format = DateFormat(style: style, order: order)
    if let dates = cells[index].evidence.dates[style] {
      format.fractionDigits = min(dates.fractionDigits, 6)
      format.fractionHasComma = dates.fractionHasComma
      format.isPadded = !dates.isShort
      format.hourIsPadded = !dates.hourIsShort
      format.zone = dates.zonesDiffer ? "Z" : dates.zone ?? ""
    }
    let isSettled = cells[index].reading.usual != nil || fileOrders[style.separator]?.count == 1
    if orders.count > 1 && !isSettled && style.separator != UInt8(ascii: ".") {
      var other = format
      other.order = order == .day ? .month : .day
      notes.append(
        "Column \"\(cells[index].name)\": dates are read as \(format.pattern), which no cell contradicts; "
          + "\"format\": \"\(other.pattern)\" in a --schema file says otherwise.")
    }
    return format
  }
}
