// Whether a table's first row holds names, judged by the rows below it.

import Formats

/// What speaks for and against a first row of names.
///
/// A text over a column of numbers is a name, whatever the other fields are. Otherwise points are added and taken off:
/// texts that never come back in a column whose values come back, whole numbers over fractions, years, and numbers in
/// a row (0, 1, 2, …) speak for names; a value that comes back below and a number like those below speak for data.
struct HeaderEvidence {
  private let names: [Cell]
  private let columns: [Column]
  private let rows: Int

  /// Rows that are looked at.
  static let mostRows = 1_000
  /// Bytes and fields of them.
  static let mostBytes = 1 << 22

  private enum Cell: Equatable {
    case missing
    case number(Double, isDigits: Bool)
    case date
    case text
  }

  // A column below the first row.
  private struct Column {
    var present = 0
    var numbers: [Double] = []
    var dates = 0
    var different: Set<ArraySlice<UInt8>> = []
    var hasFirst = false  // the first row's text comes back

    var isNumeric: Bool { present > 0 && numbers.count * 10 >= present * 9 }
    var isDates: Bool { present > 0 && dates * 10 >= present * 9 }
    var isText: Bool { present > 0 && !isNumeric && !isDates }
    var least: Double { numbers.min() ?? 0 }
    var largest: Double { numbers.max() ?? 0 }
    var isFractions: Bool { numbers.count >= 3 && numbers.allSatisfy { $0 != $0.rounded() } }
    var areYears: Bool { numbers.contains(where: HeaderEvidence.isYear) }
    // 0, 1, 2, …: pandas' index.
    var isIndex: Bool {
      !numbers.isEmpty && numbers.count == present
        && numbers.enumerated().allSatisfy { $1 == Double($0) }
    }
  }

  /// - Parameters:
  ///   - first: the first row
  ///   - sample: the first of the rows below it
  ///   - marks: what counts as missing
  init(_ first: CSVRow, sample: ArraySlice<CSVRow>, marks: MissingMatcher) {
    func cell(_ field: ArraySlice<UInt8>) -> Cell {
      let bytes = field.trimmed
      if let number = DecimalNumber(bytes) {
        if marks.contains(number.value) { return .missing }
        return .number(number.value, isDigits: bytes.allSatisfy { $0 &- 0x30 < 10 })
      }
      if marks.contains(bytes) { return .missing }
      if let written = WrittenNumber(bytes),
        let reading = DigitReading.all.first(where: written.readings.contains),
        let number = written.number(reading)
      {
        return .number(number.value, isDigits: false)
      }
      return WrittenDate(bytes) != nil ? .date : .text
    }
    names = (0..<first.count).map { cell(first[$0]) }
    rows = sample.count
    columns = (0..<first.count).map { index in
      var column = Column()
      let name = Array(first[index].trimmed)[...]
      for row in sample {
        let bytes = row[index].trimmed
        let kind = cell(bytes)
        guard kind != .missing else { continue }
        column.present += 1
        if case .number(let number, _) = kind { column.numbers.append(number) }
        if kind == .date { column.dates += 1 }
        column.different.insert(Array(bytes)[...])
        column.hasFirst = column.hasFirst || bytes == name
      }
      return column
    }
  }

  private static func isYear(_ number: Double) -> Bool {
    number == number.rounded() && (1900...2100).contains(number)
  }

  /// Whether a name stands over a column of numbers or dates.
  var hasNameOverNumbers: Bool {
    zip(names, columns).contains { name, column in
      name == .text && (column.isNumeric || column.isDates) || name == .date && column.isNumeric
    }
  }

  /// Whether the first row holds names.
  ///
  /// - Parameter areDifferent: whether all its texts differ
  func isHeader(areDifferent: Bool) -> Bool {
    if hasNameOverNumbers { return true }
    let hasNumbers = names.contains { name in
      if case .number = name { return true }
      return false
    }
    let score = self.score
    if score != 0 { return score > 0 }
    // Texts only, and nothing to tell them by.
    return !hasNumbers && areDifferent
  }

  private var score: Double {
    var sum = sequenceScore ?? 0
    let isSequence = sequenceScore != nil
    for (index, (name, column)) in zip(names, columns).enumerated() {
      switch name {
      case .missing:
        // The nameless first column of pandas.
        if index == 0 && column.isIndex && rows >= 2 { sum += 2 }
      case .date: if column.isDates { sum -= 3 }
      case .text: sum += HeaderEvidence.score(ofTextOver: column)
      case .number(let number, let isDigits):
        if column.isText {
          sum += HeaderEvidence.score(ofTextOver: column)
        } else if !isSequence {
          // Nobody calls a column 5.1 or -3.
          sum += isDigits ? HeaderEvidence.score(of: number, over: column) : -3
        }
      }
    }
    return sum
  }

  private static func score(ofTextOver column: Column) -> Double {
    if column.hasFirst { return -2 }
    let (different, present) = (column.different.count, column.present)
    guard column.isText, different < present else { return 0 }
    // The more often each value comes back, the less likely one is to come in the first row alone.
    return different * 5 <= present ? 2.5 : different * 2 <= present ? 1.5 : 0.5
  }

  private static func score(of number: Double, over column: Column) -> Double {
    var score = 0.0
    if column.isFractions { score += 1 }
    if isYear(number) && !column.areYears && !column.numbers.isEmpty { score += 1 }
    let range = column.largest - column.least
    if column.numbers.count >= 5
      && (number < column.least - range || number > column.largest + range)
    {
      score += 0.5
    }
    return score > 0 ? score : -1.5
  }

  // Numbers in a row as names: 0, 1, 2, … or years; nil if they are none. What goes on below as it begins,
  // 0 1 2 and 3 4 5, is data.
  private var sequenceScore: Double? {
    var numbers: [(Double, Column)] = []
    for (name, column) in zip(names, columns) {
      guard case .number(let number, let isDigits) = name else { continue }
      guard isDigits else { return nil }
      numbers.append((number, column))
    }
    guard numbers.count >= 2,
      numbers.count >= names.count - 1 || HeaderEvidence.isYear(numbers[0].0)
    else { return nil }
    let values = numbers.map { $0.0 }
    guard zip(values, values.dropFirst()).allSatisfy({ $0 + 1 == $1 }) else { return nil }
    let areFractions = numbers.allSatisfy { $0.1.isFractions }
    let areYears = values.allSatisfy(HeaderEvidence.isYear)
    guard values[0] == 0 || areYears else { return nil }
    let goesOn = numbers.allSatisfy { value, column in
      let step = (column.numbers.first ?? value) - value
      let firstStep = (numbers[0].1.numbers.first ?? values[0]) - values[0]
      return step == firstStep && step != 0
    }
    if areYears { return numbers.contains { $0.1.areYears } || goesOn ? -1 : 2 }
    if areFractions { return 2 }
    return values.count >= 3 && !goesOn && rows >= 2 ? 1 : -1
  }
}
