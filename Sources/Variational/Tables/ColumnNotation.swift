// How a column's numbers are written: with its decimals, and no more digits than it has.

import Formats
import Foundation

extension TableSchema.Column {
  /// Takes decimals and significant digits from the cells.
  ///
  /// Counts, and categories that are numbers, keep the decimals that all cells have ("3.0", as programs write whole
  /// numbers in a column with missing cells). A real column whose cells differ in decimals, or have exponents, gets
  /// the most significant digits of a cell besides.
  mutating func takeNotation(of cells: TableCells) {
    // A date has digits of its own.
    guard !isDateTime else { return }
    let isUniform = cells.decimals != nil && cells.decimals == cells.fewestDecimals
    guard isModelled else { return }
    guard hasBounds && kind != .count else {
      if isUniform, let digits = cells.decimals, (1...17).contains(digits) { decimals = digits }
      return
    }
    decimals = cells.decimals.flatMap { $0 <= 17 ? $0 : nil }
    if let decimals, isUniform && decimals <= 9 { return }
    digits = TableSchema.Column.significantDigits(cells.numbers)
    // A model's float tells seven digits or eight: more of them in a fraction would be noise.
    if cells.decimals.map({ $0 > 9 }) ?? true { digits = min(digits ?? 9, 9) }
  }

  // The most digits that the shortest text of a number has, without zeros at its ends.
  private static func significantDigits(_ numbers: [Double]) -> Int? {
    var most = 0
    for number in numbers where number.isFinite && most < 17 {
      most = max(most, digits(of: number))
    }
    return most > 0 ? most : nil
  }

  private static func digits(of number: Double) -> Int {
    let digits = number.description.utf8.prefix { $0 != UInt8(ascii: "e") }
      .filter { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
    let first = digits.firstIndex { $0 != UInt8(ascii: "0") } ?? digits.endIndex
    let last = digits.lastIndex { $0 != UInt8(ascii: "0") } ?? first
    return max(1, last - first + 1)
  }

  /// A number of the column as a cell: within the bounds, with the column's decimals and digits.
  func text(of number: Double) -> String {
    guard number.isFinite else { return "" }
    let value = bounds?.clamped(number) ?? number
    return written(value, isDateTime ? "" : pointText(value))
  }

  // The number with a decimal point.
  private func pointText(_ value: Double) -> String {
    guard decimals != nil || digits != nil else { return TableSchema.text(Double(Float(value))) }
    let text = rounded(value)
    guard let bounds, let back = Double(text), !bounds.contains(back) else { return text }
    return inside(bounds, value, isBelow: back < bounds.lower ?? -.infinity)
  }

  private func rounded(_ value: Double) -> String {
    guard let digits else { return fixedPoint(value, decimals: decimals ?? 0) }
    let short = Double(String(format: "%.\(digits - 1)e", value)) ?? value
    guard let decimals else { return TableSchema.text(short) }
    // More decimals than the digits reach would be those of the binary number.
    let leading = short == 0 ? 0 : Int(log10(abs(short)).rounded(.down))
    let text = fixedPoint(short, decimals: min(decimals, max(0, digits - 1 - leading)))
    guard decimals > 0, text.contains(".") else { return text }
    // Cells that differ in decimals have no zeros at their end.
    let kept = text.reversed().drop { $0 == "0" }.drop { $0 == "." }
    let shortened = String(kept.reversed())
    return shortened == "-0" ? "0" : shortened
  }

  // Rounded towards the inside, or the bound itself where no number of so few decimals lies inside.
  private func inside(_ bounds: ColumnBounds, _ value: Double, isBelow: Bool) -> String {
    if let decimals {
      let step = Foundation.pow(10, -Double(decimals))
      let text = fixedPoint(isBelow ? value + step : value - step, decimals: decimals)
      if let back = Double(text), bounds.contains(back) { return text }
    }
    return TableSchema.text((isBelow ? bounds.lower : bounds.upper) ?? value)
  }

  /// A category's name as the column writes it: a number with the column's decimals.
  func text(ofCategory index: Int) -> String {
    let name = categories[index]
    guard let decimals, let number = CellReader.number(Array(name.utf8)[...], format) else {
      return name
    }
    return written(number, fixedPoint(number, decimals: decimals))
  }

  /// A count as the column writes it: a whole number from 0 within the bounds.
  func text(ofCount number: Double) -> String {
    var whole = max(0, number).rounded()
    if let lower = bounds?.lower { whole = max(whole, lower.rounded(.up)) }
    if let upper = bounds?.upper { whole = min(whole, upper.rounded(.down)) }
    return written(whole, decimals.map { fixedPoint(whole, decimals: $0) })
  }
}

/// A number with so many digits after the point, as every locale of a program writes it.
func fixedPoint(_ value: Double, decimals: Int) -> String {
  let scale = (0..<decimals).reduce(1.0) { product, _ in product * 10 }
  let scaled = (abs(value) * scale).rounded()
  // Beyond 2⁵³ there are no digits after the point to round; beyond 10²¹ nobody writes all zeros.
  guard scaled < 0x1p53 else {
    return abs(value) < 1e21
      ? String(format: "%.\(decimals)f", value) : TableSchema.text(value)
  }
  let whole = UInt64(scaled)
  var digits = String(whole)
  if decimals > 0 {
    if digits.count <= decimals {
      digits = String(repeating: "0", count: decimals + 1 - digits.count) + digits
    }
    digits.insert(".", at: digits.index(digits.endIndex, offsetBy: -decimals))
  }
  return value < 0 && whole > 0 ? "-" + digits : digits
}
