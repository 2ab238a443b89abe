import Formats
import Testing

struct NumericArrayTests {
  @Test func keepsShapeAndBytes() {
    let array = NumericArray([1, 2, 3, 4, 5, 6] as [Float], shape: [2, 3])
    #expect(array.elementType == .float32)
    #expect(array.shape == [2, 3])
    #expect(array.count == 6)
    #expect(array.floats() == [1, 2, 3, 4, 5, 6])
    #expect(NumericArray([0.1] as [Double]).floats() == [0.1])
    #expect(NumericArray([Int64.min, -1]).floats() == [-0x1p63, -1])
    #expect(NumericArray([0, 255] as [UInt8], shape: [2, 1]).floats() == [0, 255])
    #expect(NumericArray([] as [Float], shape: [0, 7]).count == 0)
  }

  /// Every one of the 65,536 bit patterns, against its definition in Double: ±f·2⁻²⁴ below 2⁻¹⁴,
  /// and ±(1 + f/1024)·2^(e−15) above.
  @Test func halfPrecisionMatchesItsDefinition() {
    let patterns = (0...UInt16.max).map { $0 }
    let bytes = patterns.withUnsafeBytes { [UInt8]($0) }
    let array = NumericArray(elementType: .float16, shape: [patterns.count], bytes: bytes)
    for (pattern, value) in zip(patterns, array.floats()) {
      let fraction = Double(pattern & 0x3ff)
      var power = 1.0
      for _ in 0..<abs(Int(pattern >> 10 & 0x1f) - 15) { power *= 2 }
      let sign = pattern >> 15 == 0 ? 1.0 : -1.0
      switch pattern >> 10 & 0x1f {
      case 0: #expect(Double(value) == sign * fraction * 0x1p-24)
      case 0x1f where fraction == 0: #expect(Double(value) == sign * .infinity)
      case 0x1f: #expect(value.isNaN)
      case 1..<15: #expect(Double(value) == sign * (1 + fraction / 1024) / power)
      default: #expect(Double(value) == sign * (1 + fraction / 1024) * power)
      }
      #expect(value.sign == (sign > 0 ? .plus : .minus))
    }
  }
}
