import Testing

@testable import Formats

@Suite struct PixelImageTests {
  private func image(_ array: NumericArray) -> PixelImage {
    PixelImage(
      width: array.shape[1], height: array.shape[0], channels: array.shape[2], pixels: array.bytes)
  }

  @Test(arguments: 0..<10)
  func fittedImagesAreTheExactValuesRounded(_ number: Int) throws {
    let arrays = try NPZ.read(try fixture("fitted.npz"))
    func array(_ kind: String) -> NumericArray? {
      arrays.first { $0.name == "\(number)_\(kind)" }?.array
    }
    let source = image(try #require(array("source")))
    let exact = try #require(array("exact"))
    let fitted = source.fitted(height: exact.shape[0], width: exact.shape[1])
    #expect([fitted.height, fitted.width, fitted.channels] == exact.shape)
    // Rounded once: half a level, and the reference's own error, below 1e-9.
    for (value, wanted) in zip(fitted.pixels, exact.doubles()) {
      #expect(abs(Double(value) - wanted) <= 0.5 + 1e-9)
    }
    guard let pillow = array("pillow") else { return }
    // Pillow rounds after each axis.
    for (value, wanted) in zip(fitted.pixels, pillow.bytes) {
      #expect(abs(Int(value) - Int(wanted)) <= 1)
    }
  }

  @Test func shrinkingByTwoAveragesFourPixels() {
    let source = PixelImage(
      width: 4, height: 2, channels: 1, pixels: [0, 2, 100, 101, 4, 6, 102, 255])
    // 12/4 and 558/4 = 139.5, which rounds upwards.
    #expect(source.fitted(height: 1, width: 2).pixels == [3, 140])
  }

  @Test func growingInterpolatesBetweenCentres() {
    let source = PixelImage(width: 2, height: 1, channels: 1, pixels: [0, 100])
    // Centres at −1/4, 1/4, 3/4, 5/4 of the way from one pixel to the other.
    let grown = PixelImage(width: 2, height: 2, channels: 1, pixels: [0, 100, 0, 100])
    #expect(source.fitted(height: 1, width: 2) == source)
    #expect(
      grown.fitted(height: 4, width: 4).pixels
        == [0, 25, 75, 100, 0, 25, 75, 100, 0, 25, 75, 100, 0, 25, 75, 100])
  }

  @Test func imagesOfOneColourKeepIt() {
    for value: UInt8 in [0, 1, 127, 254, 255] {
      let source = PixelImage(
        width: 31, height: 17, channels: 3, pixels: [UInt8](repeating: value, count: 31 * 17 * 3))
      for (height, width) in [(1, 1), (5, 9), (16, 31), (40, 40), (17, 64)] {
        let pixels = source.fitted(height: height, width: width).pixels
        #expect(pixels == [UInt8](repeating: value, count: height * width * 3))
      }
    }
  }

  @Test func theLongerSideIsCutAlikeOnBothEnds() {
    let source = PixelImage(width: 7, height: 3, channels: 1, pixels: (0..<21).map { UInt8($0) })
    #expect(
      source.fitted(height: 3, width: 3).pixels == [2, 3, 4, 9, 10, 11, 16, 17, 18])
    let (rows, columns) = source.centredPart(height: 6, width: 2)
    #expect(rows == 0..<3 && columns == 3..<4)
    let (all, few) = source.centredPart(height: 1, width: 100)
    #expect(all == 1..<2 && few == 0..<7)
  }

  @Test func weightsAddUpAndLieInside() {
    for (source, target) in [(1, 1), (1, 9), (9, 1), (7, 5), (5, 7), (64, 63), (63, 64), (100, 3)] {
      let axis = AxisResampling(from: source, to: target)
      for i in 0..<target {
        let weights = axis.weights[axis.starts[i]..<axis.starts[i + 1]]
        #expect(weights.reduce(0, +) == axis.denominator && weights.allSatisfy { $0 > 0 })
        #expect(axis.firsts[i] >= 0 && axis.firsts[i] + weights.count <= source)
      }
    }
  }

  @Test func greyIsTheLumaOfBT601() {
    var pixels: [UInt8] = []
    for red in stride(from: 0, through: 255, by: 17) {
      for green in stride(from: 0, through: 255, by: 15) {
        for blue in stride(from: 0, through: 255, by: 51) {
          pixels += [UInt8(red), UInt8(green), UInt8(blue)]
        }
      }
    }
    let image = PixelImage(width: pixels.count / 3, height: 1, channels: 3, pixels: pixels)
    for (index, value) in image.grey().pixels.enumerated() {
      let luma =
        0.299 * Double(pixels[3 * index]) + 0.587 * Double(pixels[3 * index + 1])
        + 0.114 * Double(pixels[3 * index + 2])
      // Half a level for rounding; each factor is off by up to 2⁻¹⁷, of levels up to 255.
      #expect(abs(Double(value) - luma) <= 0.5 + 3 * 255 * 0x1p-17)
    }
    let grey = PixelImage(width: 256, height: 1, channels: 1, pixels: (0...255).map { UInt8($0) })
    #expect(grey.rgb().grey() == grey)
    #expect(grey.grey() == grey && image.rgb() == image)
  }
}
