import Foundation
import Testing

@testable import Pictures

@Suite struct PaletteTests {
  /// Severity 1.0 of Machado, Oliveira and Fernandes (2009), for linear red, green and blue.
  private static let visions: [(name: String, matrix: [[Double]])] = [
    ("full", [[1, 0, 0], [0, 1, 0], [0, 0, 1]]),
    (
      "protanopia",
      [
        [0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
      ]
    ),
    (
      "deuteranopia",
      [
        [0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
      ]
    ),
    (
      "tritanopia",
      [
        [1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
      ]
    ),
  ]

  /// CIELAB under D65 of a colour written #rrggbb, as an observer sees it.
  private func lab(_ color: String, seenThrough matrix: [[Double]]) throws -> [Double] {
    let code = try #require(Int(color.dropFirst(), radix: 16))
    let linear = [16, 8, 0].map { shift in
      let value = Double(code >> shift & 255) / 255
      return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
    }
    func product(_ matrix: [[Double]], _ vector: [Double]) -> [Double] {
      matrix.map { row in zip(row, vector).reduce(0) { $0 + $1.0 * $1.1 } }
    }
    let seen = product(matrix, linear).map { min(1, max(0, $0)) }
    let toXYZ = [
      [0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505],
    ]
    let f = zip(product(toXYZ, seen), [0.95047, 1, 1.08883]).map { value, white in
      let ratio = value / white
      return ratio > 0.008856 ? cbrt(ratio) : 7.787 * ratio + 16.0 / 116
    }
    return [116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])]
  }

  /// A distance of 2.3 is just noticeable side by side; dots apart on a page need about ten times
  /// that.
  @Test(arguments: 0..<4)
  func colorsStayApart(vision: Int) throws {
    let observer = PaletteTests.visions[vision]
    let colors = try Palette.colors.map { try lab($0, seenThrough: observer.matrix) }
    for (index, first) in colors.enumerated() {
      for second in colors[(index + 1)...] {
        let distance = zip(first, second).reduce(0) { $0 + pow($1.0 - $1.1, 2) }.squareRoot()
        #expect(distance > 26, "\(observer.name)")
      }
    }
  }

  @Test func colorsAreDarkerThanThePage() throws {
    for color in Palette.colors {
      #expect(try lab(color, seenThrough: PaletteTests.visions[0].matrix)[0] < 80)
    }
  }

  @Test func fiftyClassesLookDifferent() {
    let looks = (0..<50).map { Palette.color($0) + Marker(classIndex: $0).path }
    let strokes = (0..<50).map {
      Marker(classIndex: $0).attributes(color: "", diameter: 4).map(\.1).joined()
    }
    #expect(Set(zip(looks, strokes).map { $0 + $1 }).count == 50)
    #expect(Marker(classIndex: 9) == .round && Marker(classIndex: 10) == .square)
  }
}
