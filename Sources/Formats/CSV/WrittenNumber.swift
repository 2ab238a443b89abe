/// A number as people write it, taken apart: `−1.234,50 €`, `($1,234.50)`, `12,5 %`, `1 234.5`.
///
/// Which mark begins the fraction is not decided here: ``readings`` are all ways to read it.
public struct WrittenNumber: Sendable {
  /// The ways to read the marks between the digits.
  public private(set) var readings = DigitReadings.all
  /// A currency sign in front, with the space behind it.
  public private(set) var prefix = ""
  /// A currency or percent sign behind, with the space in front of it.
  public private(set) var suffix = ""
  /// How a number below zero is marked; nil for other numbers.
  public private(set) var negative: NumberFormat.Negative?
  /// Whether the sign stands behind the prefix.
  public private(set) var signFollowsPrefix = false
  /// The space or apostrophe that divides the groups of digits, if one does.
  public private(set) var grouping = ""
  /// Whether there is a comma or a point.
  public private(set) var hasMarks = false
  // Digits and marks, then an exponent.
  private var digits: ArraySlice<UInt8>

  /// The sign of currency or share, without spaces; empty if there is none.
  public var unit: String { (prefix.isEmpty ? suffix : prefix).trimmingSpaces }

  static let longest = 64
  static let spaces = [" ", "\u{A0}", "\u{202F}", "\u{2009}", "\u{2007}"]
  static let shares = ["%", "\u{2030}"]
  private static let spaceBytes = spaces.map { Array($0.utf8) }
  private static let shareBytes = shares.map { ($0, Array($0.utf8)) }
  private static let apostrophes = ["'", "\u{2019}"].map { Array($0.utf8) }
  private static let minuses: [(NumberFormat.Negative?, [UInt8])] = [
    (.hyphen, Array("-".utf8)), (.minus, Array("\u{2212}".utf8)), (nil, Array("+".utf8)),
  ]
  // Longer ones before those that they begin with.
  private static let currencies = [
    "US$", "R$", "A$", "C$", "$", "€", "£", "¥", "₹", "₽", "₩", "₺", "₪", "฿", "₫", "₴", "₦", "¢",
    "USD", "EUR", "GBP", "JPY", "CHF", "CAD", "AUD", "SEK", "NOK", "DKK", "PLN", "CZK", "INR",
    "CNY",
    "BRL", "MXN", "kr", "zł", "Kč", "Fr.",
  ].map { ($0, Array($0.utf8)) }

  /// Takes a cell apart; nil for what is no number in any way of writing.
  ///
  /// A zero too many in front (`007`) makes a code of it, which is no number.
  ///
  /// - Complexity: O(bytes), at most 64.
  public init?(_ cell: ArraySlice<UInt8>) {
    digits = cell
    guard cell.count <= Self.longest, cell.contains(where: { $0 &- UInt8(ascii: "0") < 10 }) else {
      return nil
    }
    _ = skipSpaces()
    _ = dropSpaces()
    if digits.first == UInt8(ascii: "("), digits.last == UInt8(ascii: ")") {
      digits = digits.dropFirst().dropLast()
      negative = .parentheses
      _ = skipSpaces()
      _ = dropSpaces()
    }
    guard takeFront(), takeBack(), takeDigits() else { return nil }
  }

  /// The number by one of the readings; nil for one that is none of them, or a number that is not finite.
  public func number(_ reading: DigitReading) -> DecimalNumber? {
    guard readings.contains(reading) else { return nil }
    var plain: [UInt8] = negative == nil ? [] : [UInt8(ascii: "-")]
    let mark = UInt8(ascii: reading.hasComma ? "," : ".")
    for byte in digits {
      if byte == mark {
        plain.append(UInt8(ascii: "."))
      } else if byte &- UInt8(ascii: "0") < 10 || byte | 0x20 == UInt8(ascii: "e")
        || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+")
      {
        plain.append(byte)
      }
    }
    return DecimalNumber(plain[...])
  }

  // MARK: Around the digits

  private mutating func skipSpaces() -> String {
    var text = ""
    while let place = Self.spaceBytes.firstIndex(where: { digits.starts(with: $0) }) {
      text += Self.spaces[place]
      digits = digits.dropFirst(Self.spaceBytes[place].count)
    }
    return text
  }

  private mutating func dropSpaces() -> String {
    var text = ""
    while let place = Self.spaceBytes.firstIndex(where: { digits.suffix($0.count) == $0[...] }) {
      text = Self.spaces[place] + text
      digits = digits.dropLast(Self.spaceBytes[place].count)
    }
    return text
  }

  // A sign and a currency, in any order, each at most once.
  private mutating func takeFront() -> Bool {
    var hasSign = negative != nil
    while true {
      if let (sign, bytes) = Self.minuses.first(where: { digits.starts(with: $0.1) }) {
        guard !hasSign else { return false }
        (hasSign, negative, signFollowsPrefix) = (true, sign, !prefix.isEmpty && sign != nil)
        digits = digits.dropFirst(bytes.count)
        _ = skipSpaces()
      } else if let (name, bytes) = Self.currencies.first(where: { digits.starts(with: $0.1) }) {
        guard prefix.isEmpty else { return false }
        digits = digits.dropFirst(bytes.count)
        prefix = name + skipSpaces()
      } else {
        return true
      }
    }
  }

  private mutating func takeBack() -> Bool {
    let signs = Self.shareBytes + Self.currencies
    guard let (name, bytes) = signs.first(where: { digits.suffix($0.1.count) == $0.1[...] }) else {
      return true
    }
    guard prefix.isEmpty else { return false }
    digits = digits.dropLast(bytes.count)
    suffix = dropSpaces() + name
    return true
  }

  // MARK: The digits

  // Finds the readings under which groups have three digits and there is one fraction at most.
  private mutating func takeDigits() -> Bool {
    var groups = [0]
    var kinds: [Mark] = []
    var rest = digits
    var hasExponent = false
    while let byte = rest.first {
      if byte &- UInt8(ascii: "0") < 10 {
        groups[groups.count - 1] += 1
        rest = rest.dropFirst()
      } else if let (mark, length) = Self.mark(rest) {
        kinds.append(mark)
        if mark == .space || mark == .apostrophe {
          let text = String(decoding: rest.prefix(length), as: UTF8.self)
          guard grouping.isEmpty || grouping == text else { return false }
          grouping = text
        }
        groups.append(0)
        rest = rest.dropFirst(length)
      } else if byte | 0x20 == UInt8(ascii: "e") && Self.isExponent(rest.dropFirst()) {
        hasExponent = true
        break
      } else {
        return false
      }
    }
    // `.5` is a fraction; a mark at the end is one of the sentence.
    guard let last = groups.last, last > 0 else { return false }
    hasMarks = kinds.contains { $0 == .point || $0 == .comma }
    var bits: UInt8 = 0
    for reading in DigitReading.all
    where fits(reading, groups, kinds) && !(hasExponent && reading.grouping != .none) {
      bits |= reading.bit
    }
    readings = DigitReadings(bits: bits)
    return bits != 0
  }

  private enum Mark { case point, comma, space, apostrophe }

  private static func mark(_ bytes: ArraySlice<UInt8>) -> (Mark, Int)? {
    if bytes.first == UInt8(ascii: ".") { return (.point, 1) }
    if bytes.first == UInt8(ascii: ",") { return (.comma, 1) }
    if let space = spaceBytes.first(where: { bytes.starts(with: $0) }) {
      return (.space, space.count)
    }
    if let sign = apostrophes.first(where: { bytes.starts(with: $0) }) {
      return (.apostrophe, sign.count)
    }
    return nil
  }

  private func fits(_ reading: DigitReading, _ groups: [Int], _ kinds: [Mark]) -> Bool {
    let fraction: Mark = reading.hasComma ? .comma : .point
    let divider: Mark? =
      switch reading.grouping {
      case .none: nil
      case .mark: reading.hasComma ? .point : .comma
      case .space: .space
      case .apostrophe: .apostrophe
      }
    let hasFraction = kinds.last == fraction
    let dividers = hasFraction ? kinds.dropLast() : kinds[...]
    let wholes = hasFraction ? groups.dropLast() : groups[...]
    let beginsWithZero = digits.first == UInt8(ascii: "0")
    guard !dividers.isEmpty else { return !beginsWithZero || wholes[0] <= 1 }
    return dividers.allSatisfy { $0 == divider } && (1...3).contains(wholes[0]) && !beginsWithZero
      && wholes.dropFirst().allSatisfy { $0 == 3 }
  }

  private static func isExponent(_ bytes: ArraySlice<UInt8>) -> Bool {
    var rest = bytes
    if rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+") {
      rest = rest.dropFirst()
    }
    return !rest.isEmpty && rest.allSatisfy { $0 &- UInt8(ascii: "0") < 10 }
  }
}
