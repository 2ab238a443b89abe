import Testing

@testable import Formats

@Suite struct NumericArrayDoublesTests {
  @Test func doublesKeepEveryBit() {
    let values = [0.1, -1e300, Double.leastNonzeroMagnitude, .infinity, 0x1.0000000000001p0]
    #expect(NumericArray(values).doubles() == values)
    #expect(NumericArray([Double]()).doubles().isEmpty)
  }

  @Test func otherTypesKeepTheirValues() {
    #expect(NumericArray([0.1, -2] as [Float]).doubles() == [Double(Float(0.1)), -2])
    #expect(NumericArray([0, 255] as [UInt8]).doubles() == [0, 255])
  }
}
