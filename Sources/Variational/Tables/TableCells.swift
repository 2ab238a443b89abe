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
  /// Every row's number, [rows]; not a number where the cell is missing or a text.
  private(set) var numbers: [Double] = []
  /// The different texts, in the order they came.
  private(set) var texts: [String] = []
  /// Whether there are texts besides `texts`: too many, or too long.
  private(set) var hasFreeText = false
  /// How many cells are missing.
  private(set) var missing = 0
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

  init(name: String) { self.name = name }

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
    var result = TableCells(name: name)
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
  mutating func append(_ field: ArraySlice<UInt8>, missing marks: MissingMarks) -> Bool {
    let cell = field.trimmed
    if let number = DecimalNumber(cell), !number.hasLeadingZero,
      !(marks.canBeNumbers && marks.contains(cell))
    {
      append(number.value, code: TableCells.noText)
      if let digits = number.decimals {
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
      append(.nan, code: code(of: text))
      textCount += 1
    }
    return true
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
  /// Without the spaces and tabs around.
  var trimmed: ArraySlice<UInt8> {
    var slice = self
    while let first = slice.first, first == 0x20 || first == 0x09 { slice = slice.dropFirst() }
    while let last = slice.last, last == 0x20 || last == 0x09 { slice = slice.dropLast() }
    return slice
  }
}
