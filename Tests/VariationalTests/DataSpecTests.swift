import Foundation
import Testing

@testable import Variational

@Suite struct DataSpecTests {
  @Test func jsonIsReadAndWritten() throws {
    func decode(_ text: String) throws -> DataSpec {
      try JSONDecoder().decode(DataSpec.self, from: Data(text.utf8))
    }
    let image = DataSpec(height: 28, width: 20, channels: 1, padding: 2)
    #expect(
      try decode(#"{"height": 28, "width": 20, "channels": 1, "padding": 2}"#) == image)
    #expect(try decode(#"{"channels": 5}"#) == DataSpec(height: 1, width: 1, channels: 5))
    let again = try JSONDecoder().decode(DataSpec.self, from: try JSONEncoder().encode(image))
    #expect(again == image)
    var photographs = DataSpec(height: 64, width: 48, channels: 3)
    photographs.images = ImagePreparation(resize: true, recolor: false)
    #expect(
      try decode(#"{"height": 64, "width": 48, "channels": 3, "images": {"resize": true}}"#)
        == photographs)
    #expect(
      try JSONDecoder().decode(DataSpec.self, from: try JSONEncoder().encode(photographs))
        == photographs)
    #expect(throws: DecodingError.self) {
      try decode(#"{"channels": 3, "images": {"crop": true}}"#)
    }
    #expect(throws: DecodingError.self) { try decode("{}") }
    #expect(throws: DecodingError.self) { try decode(#"{"channels": 1.5}"#) }
    #expect(throws: DecodingError.self) { try decode(#"{"channels": 1, "depth": 3}"#) }
  }

  @Test func paddingIsOnEverySide() {
    let spec = DataSpec(height: 28, width: 20, channels: 3, padding: 2)
    #expect(spec.stored == Shape(height: 28, width: 20, channels: 3))
    #expect(spec.padded == Shape(height: 32, width: 24, channels: 3))
  }

  @Test(arguments: [0, 1, 3])
  func withoutPaddingIsTheInverseOfGather(padding: Int) throws {
    let spec = DataSpec(height: 4, width: 5, channels: 2, padding: padding)
    let example = (0..<spec.stored.count).map(Float.init)
    // Padded by its definition: pixel (y, x) of the padded image is stored pixel (y − p, x − p).
    var padded = [Float](repeating: -1, count: spec.padded.count)
    for y in 0..<4 {
      for x in 0..<5 {
        for c in 0..<2 {
          padded[((y + padding) * spec.padded.width + x + padding) * 2 + c] =
            example[(y * 5 + x) * 2 + c]
        }
      }
    }
    #expect(spec.withoutPadding(padded[...]) == example)
    // A slice that does not begin at zero.
    #expect(spec.withoutPadding(([7, 7] + padded)[2...]) == example)
  }
}
