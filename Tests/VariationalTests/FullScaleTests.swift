import Formats
import Foundation
import Networks
import Testing

@testable import Variational

@Suite struct FullScaleTests {
  private func reading(_ full: Double) -> DataReading {
    var reading = DataReading()
    reading.fullScale = full
    return reading
  }

  private func loaded(_ array: NumericArray, _ full: Double, limit: Int? = nil) throws -> [Float] {
    try withTemporaryFolder { folder in
      try NPY.write(array, to: "\(folder)/x.npy")
      var reading = reading(full)
      reading.memoryLimit = limit
      return DataSourceTests.values(try DataSource("\(folder)/x.npy").load(.train, reading))
    }
  }

  @Test func bytesBecomeTheNearestOf255Levels() throws {
    let mask = NumericArray([0, 1, 1, 0] as [UInt8], shape: [1, 2, 2])
    #expect(try loaded(mask, 1) == [0, 1, 1, 0])
    for full in [1, 7, 16, 100, 255] {
      let bytes = NumericArray((0...full).map { UInt8($0) }, shape: [1, full + 1])
      for (value, found) in try loaded(bytes, Double(full)).enumerated() {
        // Half a level, and the rounding of a float of up to 255.
        #expect(abs(255 * found - 255 * Float(value) / Float(full)) <= 0.5 + 255 * 0x1p-23)
      }
    }
  }

  @Test(arguments: [nil, 0])
  func otherArraysAreDividedAsFloats(limit: Int?) throws {
    let values: [Float] = [0, 1, 4095, -5]
    let expected = values.map { $0 / 4095 }
    #expect(
      try loaded(NumericArray(values, shape: [1, 2, 2]), 4095, limit: limit) == expected)
    #expect(
      try loaded(NumericArray(values.map { Int64($0) }, shape: [2, 2]), 4095, limit: limit)
        == expected)
  }

  @Test func valuesBeyondAreRefused() throws {
    #expect(
      sentence { try loaded(NumericArray([0, 9] as [UInt8], shape: [1, 2]), 4) }
        .hasSuffix(
          "holds 9, which is beyond the full scale of 4; --full-scale takes the stored number that "
            + "stands for 1"))
    #expect(
      sentence { try loaded(NumericArray([0, 4095.5] as [Float], shape: [1, 2]), 4095) }
        .contains("holds 4096, which is beyond"))
  }

  /// Files and their samples of Tests/FormatsTests/Fixtures/make_png_kinds.py: 0x1234, 0x1235, 0x1200.
  @Test func imagesOfSixteenBitsKeepTheLevelsOfTheirScale() throws {
    let kinds = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../FormatsTests/Fixtures/png_kinds.npz").standardized.path
    let file = try #require(NPZ.read(kinds).first { $0.name == "grey_16_near_key.png" }).array
    try withTemporaryFolder { folder in
      try AtomicFile.write([file.bytes], to: "\(folder)/a.png")
      let data = try DataSource(folder).load(.train, reading(8191))
      // 255 · 4661/8191 = 145.1, 255 · 4608/8191 = 143.5 (143.455); 4660 is the transparent key.
      #expect(DataSourceTests.values(data).map { ($0 * 255).rounded() } == [255, 145, 143])
      #expect(data.scaleNotices().isEmpty)
      #expect(
        sentence { try DataSource(folder).load(.train, reading(4095)) }
          .hasSuffix("a.png: a sample is 4660, beyond the full scale of 4095"))
    }
  }

  @Test func imagesOfEightBitsAreScaledAndBounded() throws {
    try withTemporaryFolder { folder in
      try PNG.write(
        PNGImage(width: 4, height: 1, channels: 1, pixels: [0, 1, 8, 16]), to: "\(folder)/a.png")
      let data = try DataSource(folder).load(.train, reading(16))
      #expect(DataSourceTests.values(data).map { ($0 * 255).rounded() } == [0, 16, 128, 255])
      #expect(
        sentence { try DataSource(folder).load(.train, reading(15)) }
          .hasSuffix("a sample is 16, beyond the full scale of 15"))
      #expect(
        sentence { try DataSource(folder).load(.train, reading(4095)) }
          .hasSuffix("its samples of 8 bits cannot reach the full scale of 4095"))
      // Half opaque, a sample of 16/16 is white over white.
      try PNG.write(
        PNGImage(width: 1, height: 1, channels: 4, pixels: [16, 8, 0, 128]), to: "\(folder)/a.png")
      #expect(
        DataSourceTests.values(try DataSource(folder).load(.train, reading(16)))
          .map { ($0 * 255).rounded() } == [255, 191, 127])
    }
  }

  @Test func theDescriptionKeepsIt() throws {
    var spec = DataSpec(height: 2, width: 2, channels: 1)
    #expect(!String(decoding: try JSONEncoder().encode(spec), as: UTF8.self).contains("full_scale"))
    spec.fullScale = 4095
    let again = try JSONDecoder().decode(DataSpec.self, from: try JSONEncoder().encode(spec))
    #expect(again == spec)
    for bad in [0, -1, Double.infinity, .nan] {
      spec.fullScale = bad
      #expect(
        sentence { try spec.validate() }.contains("full_scale \(bad) should be a number above 0"))
    }
  }
}
