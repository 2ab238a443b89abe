import Testing

@testable import Networks

/// Expected numbers by hand from TensorFlow's formulas: `same` gives ⌈n/s⌉ with
/// max((out − 1)·s + reach − n, 0) zeros, the smaller half before; `valid` gives ⌈(n − reach + 1)/s⌉; both
/// with reach = (k − 1)·d + 1. Transposed `same` gives n·s and crops max(reach − s, 0), the smaller
/// half before; `valid` gives (n − 1)·s + reach.
@Suite struct ConvolutionSizesTests {
  struct Row: Sendable, CustomTestStringConvertible {
    let size, kernel, stride, dilation: Int
    let padding: Padding
    let isTransposed: Bool
    var extra = 0
    let output, before: Int
    var testDescription: String {
      "\(size), kernel \(kernel), stride \(stride), dilation \(dilation), \(padding), \(isTransposed)"
    }
  }

  static func row(
    _ n: Int, k: Int, s: Int, d: Int = 1, _ padding: Padding, _ output: Int, _ before: Int,
    transposed: Bool = false, extra: Int = 0
  ) -> Row {
    Row(
      size: n, kernel: k, stride: s, dilation: d, padding: padding, isTransposed: transposed,
      extra: extra, output: output, before: before)
  }

  static let sides = Padding.explicit(top: 2, bottom: 1, left: 2, right: 1)

  static let rows: [Row] = [
    row(32, k: 3, s: 2, .same, 16, 0),  // 15·2 + 3 − 32 = 1: none before, one after
    row(28, k: 3, s: 2, .same, 14, 0),
    row(7, k: 3, s: 2, .same, 4, 1),  // 3·2 + 3 − 7 = 2
    row(5, k: 3, s: 1, .same, 5, 1),
    row(5, k: 4, s: 1, .same, 5, 1),  // 4 + 4 − 5 = 3: one before, two after
    row(5, k: 1, s: 2, .same, 3, 0),
    row(6, k: 1, s: 4, .same, 2, 0),  // 1·4 + 1 − 6 < 0
    row(5, k: 3, s: 1, d: 2, .same, 5, 2),  // reach 5
    row(9, k: 5, s: 3, .same, 3, 1),  // 2·3 + 5 − 9 = 2
    row(1, k: 5, s: 1, .same, 1, 2),
    row(2, k: 5, s: 3, .same, 1, 1),  // 5 − 2 = 3
    row(32, k: 3, s: 2, .valid, 15, 0),
    row(5, k: 3, s: 1, .valid, 3, 0),
    row(5, k: 5, s: 3, .valid, 1, 0),
    row(10, k: 3, s: 2, d: 3, .valid, 2, 0),  // reach 7: ⌈4/2⌉
    row(5, k: 3, s: 2, sides, 3, 2),  // ⌊(5 + 3 − 3)/2⌋ + 1
    row(4, k: 7, s: 1, sides, 1, 2),
    row(16, k: 3, s: 2, .same, 32, 0, transposed: true),  // 3 − 2 = 1
    row(7, k: 3, s: 1, .same, 7, 1, transposed: true),
    row(4, k: 4, s: 2, .same, 8, 1, transposed: true),
    row(4, k: 2, s: 3, .same, 12, 0, transposed: true),
    row(4, k: 5, s: 2, .same, 8, 1, transposed: true),  // 5 − 2 = 3
    row(4, k: 3, s: 2, d: 2, .same, 8, 1, transposed: true),  // reach 5
    row(4, k: 3, s: 2, .same, 9, 0, transposed: true, extra: 1),
    row(4, k: 3, s: 2, .valid, 9, 0, transposed: true),  // 3·2 + 3
    row(4, k: 2, s: 3, .valid, 11, 0, transposed: true),
    row(4, k: 3, s: 2, sides, 6, 2, transposed: true),  // 9 − 3
    row(4, k: 3, s: 2, sides, 7, 2, transposed: true, extra: 1),
  ]

  @Test(arguments: rows)
  func sizesMatchTensorFlow(_ row: Row) throws {
    // The row's sizes stand vertically, then horizontally; the other direction is a 1 × 1 pass.
    for isVertical in [true, false] {
      func pair(_ value: Int, _ other: Int) -> [Int] {
        isVertical ? [value, other] : [other, value]
      }
      var padding = row.padding
      if case .explicit(let top, let bottom, let left, let right) = padding {
        padding =
          isVertical
          ? .explicit(top: top, bottom: bottom, left: 0, right: 0)
          : .explicit(top: 0, bottom: 0, left: left, right: right)
      }
      let spec = ConvolutionSpec(
        filters: 4, kernel: pair(row.kernel, 1), stride: pair(row.stride, 1), padding: padding,
        dilation: pair(row.dilation, 1), outputPadding: pair(row.extra, 0))
      let sizes = try ConvolutionSizes(
        spec,
        input: Shape(
          height: isVertical ? row.size : 11, width: isVertical ? 11 : row.size, channels: 2),
        isTransposed: row.isTransposed, place: "here")
      #expect(
        sizes.output
          == Shape(
            height: isVertical ? row.output : 11, width: isVertical ? 11 : row.output, channels: 4))
      #expect((isVertical ? sizes.top : sizes.left) == row.before)
      #expect((isVertical ? sizes.left : sizes.top) == 0)
    }
  }
}
