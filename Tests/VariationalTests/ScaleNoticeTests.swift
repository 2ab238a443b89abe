import Formats
import Networks
import Testing

@testable import Variational

@Suite struct ScaleNoticeTests {
  private let shape = Shape(height: 8, width: 8, channels: 1)

  private func bytes(upTo largest: UInt8) throws -> DataSet {
    let values = (0..<128).map { UInt8($0 % (Int(largest) + 1)) }
    return try DataSet(bytes: values, shape: shape, name: "data")
  }

  private func floats(_ low: Float, _ high: Float, whole: Bool = false) throws -> DataSet {
    let values = (0..<128).map { index in
      let value = low + (high - low) * Float(index) / 127
      return whole ? value.rounded() : value
    }
    return try DataSet(floats: values, shape: shape, name: "data")
  }

  @Test func masksOfBytesZeroAndOneAreTold() throws {
    let notices = try bytes(upTo: 1).scaleNotices()
    #expect(
      notices == [
        "data: its bytes are 0 and 1 only, which a model sees as 0 and 0.0039, for bytes stand for x/255; for "
          + "a mask give --full-scale 1, or store 0 and 255 or booleans"
      ])
    #expect(try bytes(upTo: 1).scaleNotices(for: .fashion(for: shape)) == notices)
    // A part of the data is looked at by itself.
    #expect(try bytes(upTo: 1).subset([0]).scaleNotices() == notices)
  }

  @Test func bytesThatUseTheirRangeAreNot() throws {
    for largest: UInt8 in [0, 32, 100, 255] {
      #expect(try bytes(upTo: largest).scaleNotices().isEmpty)
    }
  }

  /// scikit-learn's digits, for one, have 17 levels.
  @Test(arguments: [2, 16, 31] as [UInt8])
  func bytesOfAFewBitsAreTold(largest: UInt8) throws {
    let notice = try #require(try bytes(upTo: largest).scaleNotices().first)
    #expect(notice.contains("its bytes reach only \(largest) of 255"))
    #expect(notice.hasSuffix("if \(largest) stands for 1, give --full-scale \(largest)"))
  }

  @Test func imagesOfZeroAndOneFloatsAreFine() throws {
    #expect(try floats(0, 1).scaleNotices().isEmpty)
    #expect(try floats(0, 1, whole: true).scaleNotices().isEmpty)
    #expect(try floats(0, 0).scaleNotices().isEmpty)
  }

  @Test(
    arguments: [
      (Float(0), Float(255), true, "divide by 255 or store them as bytes (uint8)", "255"),
      (0, 254.5, false, "divide by 255", "255"),
      (0, 1000, true, "divide by 1023 (10 bits)", "1023"),
      (0, 4095, true, "divide by 4095 (12 bits)", "4095"),
      (0, 40_000, true, "divide by 65535 (16 bits)", "65535"),
      (0, 70_000, true, "divide by 70000", "70000"),
      (0, 999.5, false, "divide by 999.5", "999.5"),
      (-1, 1, false, "use (x + 1)/2", nil),
      (-3, 7, false, "use (x + 3)/10", nil),
    ] as [(Float, Float, Bool, String, String?)])
  func imagesBeyondTheUnitAreToldHow(
    low: Float, high: Float, whole: Bool, remedy: String, option: String?
  ) throws {
    let data = try floats(low, high, whole: whole)
    let notice = try #require(data.scaleNotices().first)
    #expect(notice.hasPrefix("data: its values from "), "\(notice)")
    let ending = option.map { ", as --full-scale \($0) does" } ?? ""
    #expect(notice.hasSuffix("(faces) take 0 to 1: \(remedy)\(ending)"), "\(notice)")
    // A Bernoulli likelihood refuses them in the same words.
    let refusal = sentence { try data.check(against: .fashion(for: shape)) }
    #expect(refusal.contains("scale the data (\(remedy)), or use a Gaussian"), "\(refusal)")
  }

  @Test func decodersThatCannotReachTheValuesAreTold() throws {
    let wide = try floats(0, 255)
    let notice = try #require(wide.scaleNotices(for: .faces(for: shape)).first)
    #expect(notice.contains("its decoder ends in a sigmoid, whose outputs lie between 0 and 1"))
    #expect(try floats(0, 1).scaleNotices(for: .faces(for: shape)).isEmpty)
    // A decoder without bounds reaches anything.
    var spec = ModelSpec.faces(for: shape)
    spec.decoder.removeLast()
    #expect(wide.scaleNotices(for: spec).isEmpty)
    spec.decoder.append(.tanh)
    #expect(try floats(-1, 1).scaleNotices(for: spec).isEmpty)
    #expect(try floats(-2, 1).scaleNotices(for: spec).first?.contains("tanh") == true)
  }

  @Test func valuesDividedTwiceAreTold() throws {
    let notice = try #require(try floats(0, 1 / 255).scaleNotices().first)
    #expect(notice.contains("reach only 0.003922 of 1 (were they divided by 255 twice?)"))
    #expect(try floats(0, 0.02).scaleNotices(for: .fashion(for: shape)).count == 1)
    // Rows of a table of numbers may have any scale.
    let rows = try DataSet(
      floats: [0.001, 0.002], shape: Shape(features: 2), name: "rows")
    #expect(rows.scaleNotices().isEmpty)
  }

  @Test func missingValuesArePassedOver() throws {
    let data = try DataSet(
      floats: [.nan, 2, 0, 300] + [Float](repeating: 1, count: 60), shape: shape,
      allowsMissing: true)
    #expect(data.scaleNotices().first?.contains("its values from 0 to 300") == true)
  }

  @Test func imagesOfSixteenBitsAreToldWhatIsLeft() {
    var samples = WideSamples()
    samples.add(nil)
    #expect(samples.notice == nil)
    samples.add(4095)
    samples.add(17)
    #expect(
      samples.notice
        == "2 images have 16 bits a sample, which become the nearest of 8 (x/257), but the largest is 4095 of "
        + "65535 (12 bits): 17 levels are left; --full-scale 4095 keeps 256, an array of floats (NPY) all"
    )
    samples.add(65_535)
    #expect(
      samples.notice
        == "3 images have 16 bits a sample, which become the nearest of 8 (x/257)")
  }
}
