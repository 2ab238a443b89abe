import Formats

/// The cells of one column as they were read: numbers, texts and missing ones.
struct TableCells: Sendable {
  /// One cell.
  enum Cell: Equatable {
    case missing
    case number(Double)
    case text(String)
  }

  /// Texts that are told apart; a column with more is free text.
  static let mostTexts = 4096
  /// Bytes of a text that can name a category.
  static let longestText = 256

  /// The column's name.
  let name: String
  /// How its cells are read.
  let reading: ColumnReading
  /// What they say about how its numbers and dates are written.
  private(set) var evidence = NotationEvidence()
  /// Every row's number, [rows]; not a number where the cell is missing or a text.
  private(set) var numbers: [Double] = []
  /// The different texts, in the order they came.
  private(set) var texts: [String] = []
  /// Whether there are texts besides `texts`: too many, or too long.
  private(set) var hasFreeText = false
  /// How many cells are missing.
  private(set) var missing = 0
  /// How many of them are so because they are the same number as a mark, in other digits.
  private(set) var missingAsNumbers = 0
  /// How many cells are texts.
  private(set) var textCount = 0
  /// The most digits after a point; nil once a number had an exponent.
  private(set) var decimals: Int? = 0
  /// The fewest digits after a point of a number without an exponent; nil before there is one.
  private(set) var fewestDecimals: Int?
  // Every row's text, [rows] or empty as long as there is none: an index into `texts`, or one of those below.
  private var codes: [Int32] = []
  private var places: [String: Int32] = [:]
  private static let noText: Int32 = -1
  private static let freeText: Int32 = -2

  init(name: String, reading: ColumnReading = ColumnReading()) {
    self.name = name
    self.reading = reading
  }

  /// How its numbers are written; nil for digits with a decimal point.
  var format: CellFormat? { reading.format }

  /// The number of rows.
  var count: Int { numbers.count }

  /// The cell of a row.
  subscript(row: Int) -> Cell {
    if !numbers[row].isNaN { return .number(numbers[row]) }
    let code = codes.isEmpty ? TableCells.noText : codes[row]
    switch code {
    case TableCells.noText: return .missing
    case TableCells.freeText: return .text("…")
    default: return .text(texts[Int(code)])
    }
  }

  /// Whether a row's cell is a text.
  func isText(_ row: Int) -> Bool { !codes.isEmpty && codes[row] != TableCells.noText }

  /// Where a row's text stands among `texts`; nil if it is no text or a free one.
  func textIndex(_ row: Int) -> Int? {
    codes.isEmpty || codes[row] < 0 ? nil : Int(codes[row])
  }

  /// Whether a row's cell is missing.
  func isMissing(_ row: Int) -> Bool { numbers[row].isNaN && !isText(row) }

  /// The cells of some rows, in the order given; `decimals` stay those of all.
  func subset(_ rows: [Int]) -> TableCells {
    var result = TableCells(name: name, reading: reading)
    (result.decimals, result.fewestDecimals) = (decimals, fewestDecimals)
    for row in rows {
      guard isText(row) else {
        result.append(numbers[row], code: TableCells.noText)
        if numbers[row].isNaN { result.missing += 1 }
        continue
      }
      if let index = textIndex(row) {
        result.append(.nan, code: result.code(of: texts[index]))
      } else {
        result.append(.nan, code: TableCells.freeText)
        result.hasFreeText = true
      }
      result.textCount += 1
    }
    return result
  }

  /// Adds the next row's cell, without the spaces around it.
  ///
  /// A number with a zero too many in front (00417) is a text: a code, whose zeros count.
  ///
  /// - Returns: false if the bytes are no UTF-8; nothing is added then.
  /// - Complexity: O(bytes); no memory beside the column's own for a number.
  mutating func append(_ field: ArraySlice<UInt8>, missing marks: MissingMatcher) -> Bool {
    let cell = field.trimmed
    if let (number, digits) = value(of: cell) {
      if marks.canBeNumbers {
        let isWord = marks.contains(cell)
        if isWord || marks.contains(number) {
          append(.nan, code: TableCells.noText)
          missing += 1
          if !isWord { missingAsNumbers += 1 }
          return true
        }
      }
      append(number, code: TableCells.noText)
      if let digits {
        decimals = decimals.map { max($0, digits) }
        fewestDecimals = min(fewestDecimals ?? digits, digits)
      } else {
        decimals = nil
      }
    } else if marks.contains(cell) {
      append(.nan, code: TableCells.noText)
      missing += 1
    } else {
      guard let text = String(validating: cell, as: UTF8.self) else { return false }
      if (reading.findsNumbers || reading.findsDates) && evidence.isOpen {
        evidence.add(cell, reading)
      }
      append(.nan, code: code(of: text))
      textCount += 1
    }
    return true
  }

  // The number of a cell, as the column writes them, and its digits after the point.
  private mutating func value(of cell: ArraySlice<UInt8>) -> (Double, Int?)? {
    if let format = reading.format {
      return format.value(of: cell).map { ($0.value, $0.decimals) }
    }
    guard let number = DecimalNumber(cell), !number.hasLeadingZero else { return nil }
    if reading.findsNumbers { evidence.add(number) }
    if reading.findsCompactDates { evidence.addCompact(cell) }
    return (number.value, number.decimals)
  }

  private mutating func append(_ number: Double, code: Int32) {
    if code != TableCells.noText && codes.isEmpty {
      codes = [Int32](repeating: TableCells.noText, count: numbers.count)
      codes.append(code)
    } else if !codes.isEmpty {
      codes.append(code)
    }
    numbers.append(number)
  }

  private mutating func code(of text: String) -> Int32 {
    if let place = places[text] { return place }
    guard texts.count < TableCells.mostTexts, text.utf8.count <= TableCells.longestText else {
      hasFreeText = true
      return TableCells.freeText
    }
    let place = Int32(texts.count)
    texts.append(text)
    places[text] = place
    return place
  }
}

extension ArraySlice<UInt8> {
  /// Without the spaces and tabs around, also the spaces that do not break (U+00A0, U+202F).
  var trimmed: ArraySlice<UInt8> {
    var slice = self
    while let first = slice.first {
      if first == 0x20 || first == 0x09 {
        slice = slice.dropFirst()
      } else if first >= 0xC2,
        let length = hardSpaces.first(where: { slice.starts(with: $0) })?.count
      {
        slice = slice.dropFirst(length)
      } else {
        break
      }
    }
    while let last = slice.last {
      if last == 0x20 || last == 0x09 {
        slice = slice.dropLast()
      } else if last == 0xA0 || last == 0xAF,
        let length = hardSpaces.first(where: { slice.suffix($0.count) == $0[...] })?.count
      {
        slice = slice.dropLast(length)
      } else {
        break
      }
    }
    return slice
  }
}

private let hardSpaces: [[UInt8]] = [[0xC2, 0xA0], [0xE2, 0x80, 0xAF]]
