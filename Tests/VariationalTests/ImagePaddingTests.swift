import Formats
import Foundation
import Kernels
import TestSupport
import Testing

@testable import Variational

@Suite struct ImagePaddingTests {
  static let uneven = ImagePadding(top: 1, bottom: 3, left: 2, right: 0)

  @Test func oneNumberOrFourAreReadAndWritten() throws {
    func decode(_ text: String) throws -> DataSpec {
      try JSONDecoder().decode(DataSpec.self, from: Data(text.utf8))
    }
    func encode(_ padding: ImagePadding) throws -> String {
      String(decoding: try JSONEncoder().encode([padding]), as: UTF8.self)
    }
    let spec = try decode(#"{"height": 4, "width": 5, "channels": 2, "padding": [1, 3, 2, 0]}"#)
    #expect(spec.padding == Self.uneven)
    #expect(spec.padded == Shape(height: 8, width: 7, channels: 2))
    #expect(try encode(Self.uneven) == "[[1,3,2,0]]")
    // Equal sides are one number, as they always were.
    #expect(try encode(2) == "[2]")
    #expect(
      try decode(#"{"height": 4, "width": 5, "channels": 2, "padding": [2, 2, 2, 2]}"#).padding == 2
    )
    for text in ["[1, 2]", "[1, 2, 3, 4, 5]", "1.5", "\"same\"", "[1, 2, 3, 0.5]", "{}"] {
      #expect(
        sentence { try decode(#"{"height": 4, "width": 5, "channels": 2, "padding": \#(text)}"#) }
          .contains("padding should be a whole number, or four: [top, bottom, left, right]"))
    }
  }

  @Test func everySideIsChecked() {
    for sides in [[-1, 0, 0, 0], [0, 4097, 0, 0], [0, 0, .max, .max], [0, 0, 0, -1]] {
      var spec = DataSpec(height: 4, width: 4, channels: 1)
      spec.padding = ImagePadding(
        top: sides[0], bottom: sides[1], left: sides[2], right: sides[3])
      #expect(
        sentence { try spec.validate() }
          == "data: padding \(sides) should lie between 0 and 4096")
    }
    var flat = DataSpec(height: 1, width: 1, channels: 3)
    flat.padding = ImagePadding(top: 0, bottom: 1, left: 0, right: 0)
    #expect(
      sentence { try flat.validate() }
        == "data: padding [0, 1, 0, 0] is for images; flat data takes 0")
  }

  @Test(arguments: [8, 16])
  func theLeastThatMakesMultiplesIsSharedBetweenBothEnds(multiple: Int) {
    for side in 1...100 {
      let padding = ImagePadding(height: side, width: 3 * side, toMultiplesOf: multiple)
      for (length, before, after) in [
        (side, padding.top, padding.bottom), (3 * side, padding.left, padding.right),
      ] {
        #expect((before + length + after) % multiple == 0)
        #expect(before + after < multiple && (0...1).contains(after - before))
      }
    }
  }

  @Test(arguments: [false, true])
  func gatheringPadsEachSideByItself(asFloats: Bool) throws {
    let shape = Shape(height: 4, width: 5, channels: 2)
    let data = asFloats ? try randomFloats(3, shape) : try randomBytes(3, shape)
    let values = DataSourceTests.values(data)
    let padding = Self.uneven
    let (height, width) = (8, 7)
    // Whatever was in the batch before is overwritten.
    let batch = MatrixFixture(
      rows: 2, columns: height * width * 2,
      [Float](repeating: .nan, count: 2 * height * width * 2))
    data.gather([2, 0], padding: padding, into: batch.view)
    var spec = DataSpec(height: 4, width: 5, channels: 2)
    spec.padding = padding
    for (row, example) in [2, 0].enumerated() {
      for y in 0..<height {
        for x in 0..<width {
          for c in 0..<2 {
            let (sy, sx) = (y - padding.top, x - padding.left)
            let isInside = (0..<4).contains(sy) && (0..<5).contains(sx)
            let expected = isInside ? values[example * 40 + (sy * 5 + sx) * 2 + c] : 0
            #expect(batch.view[row, (y * width + x) * 2 + c] == expected)
          }
        }
      }
      // Taking it off, and putting it on again.
      let example = Array(values[example * 40..<(example + 1) * 40])
      let padded = batch.view.row(row).array
      #expect(spec.withoutPadding(padded[...]) == example)
      #expect(spec.withPadding(example) == padded)
    }
  }

  @Test func anUnevenlyPaddedModelIsExportedAndGoesThroughItsFolder() throws {
    let shape = Shape(height: 11, width: 6, channels: 1)
    let spec = ModelSpec.fashion(for: shape)
    #expect(spec.data.padding == ImagePadding(top: 2, bottom: 3, left: 1, right: 1))
    let again = try JSONDecoder().decode(ModelSpec.self, from: Data(spec.json()))
    #expect(again == spec)
    try ONNXExportTests().check(
      try Model(spec, threads: 1), randomBytes(2, shape))
  }
}
