// Numbers as their column writes them.

import Formats

extension TableSchema.Column {
  /// A number as a cell.
  ///
  /// - Parameters:
  ///   - value: a finite number
  ///   - plain: the same with a decimal point and the digits it should have; nil for the fewest that tell it
  func written(_ value: Double, _ plain: String? = nil) -> String {
    let plain = plain ?? TableSchema.text(value)
    return format?.text(value, plain: plain) ?? plain
  }
}
