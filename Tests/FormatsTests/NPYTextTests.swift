import Foundation
import Testing

@testable import Formats

@Suite struct NPYTextTests {
  @Test func bytesAreThoseOfNumPy() throws {
    // Fixtures/make_text.py.
    let expected = try Data(contentsOf: URL(fileURLWithPath: try fixture("numpy_names.npy")))
    let pieces = NPY.encode(texts: ["a.png", "", "cats/é 猫.jpeg"])
    #expect(pieces.flatMap { $0 } == [UInt8](expected))
  }

  @Test func noTextsAndEmptyOnesTakeOneCodePoint() {
    for texts in [[], ["", ""]] {
      let header = String(decoding: NPY.encode(texts: texts)[0], as: UTF8.self)
      #expect(header.contains("'<U1'") && header.contains("(\(texts.count),)"))
    }
  }
}
