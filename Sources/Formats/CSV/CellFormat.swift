/// How the numbers of a column are written, where that is not plain digits with a decimal point.
public enum CellFormat: Sendable, Hashable {
  /// Numbers with other marks, or signs around them.
  case number(NumberFormat)
  /// Dates and times, which are read as days since 1970-01-01T00:00Z.
  case date(DateFormat)

  /// Whether cells are dates or times.
  public var isDate: Bool {
    if case .date = self { return true }
    return false
  }

  /// A cell's number and the digits after its decimal mark (nil if it has an exponent); nil for a cell that is
  /// written otherwise.
  public func value(of cell: ArraySlice<UInt8>) -> (value: Double, decimals: Int?)? {
    switch self {
    case .number(let format): format.number(of: cell).map { ($0.value, $0.decimals) }
    case .date(let format): format.days(of: cell).map { ($0, 0) }
    }
  }

  /// A number as a cell.
  ///
  /// - Parameters:
  ///   - value: a finite number
  ///   - plain: the same with a decimal point, with the digits that it should have; dates have digits of their own
  public func text(_ value: Double, plain: String) -> String {
    switch self {
    case .number(let format): format.text(plain)
    case .date(let format): format.text(value)
    }
  }

  /// What a file of settings calls it: a number written so, as `1.234,5 €`, or a pattern, as `dd/MM/yyyy`.
  public var name: String {
    switch self {
    case .number(let format): format.example
    case .date(let format): format.pattern
    }
  }

  /// The format of a name; nil for what is none, or is a number that can be read in two ways, as `1,234`.
  public init?(name: String) {
    if let date = DateFormat(pattern: name) {
      self = .date(date)
    } else if let number = NumberFormat(example: name) {
      self = .number(number)
    } else {
      return nil
    }
  }
}

extension CellFormat {
  /// What a cell of the column should be, for a sentence.
  public var what: String {
    switch self {
    case .number(.plain): "a finite number"
    case .number: "a number written like \(name)"
    case .date: "a date or time written as \(name)"
    }
  }
}
