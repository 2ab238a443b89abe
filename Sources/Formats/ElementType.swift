/// The kinds of number that files hold.
///
/// No format knows all of them: a reader maps its own codes to these, and a writer refuses those
/// that its format cannot say.
public enum ElementType: String, Sendable, CaseIterable {
  /// One byte, zero for false.
  case bool
  /// Unsigned integers of 8, 16, 32 and 64 bits.
  case uint8, uint16, uint32, uint64
  /// Two's complement integers of 8, 16, 32 and 64 bits.
  case int8, int16, int32, int64
  /// IEEE 754 half precision: 5 bits of exponent, 10 of fraction.
  case float16
  /// The upper half of a `float32`.
  case bfloat16
  /// IEEE 754 single and double precision.
  case float32, float64

  /// The bytes of one element.
  public var byteCount: Int {
    switch self {
    case .bool, .uint8, .int8: 1
    case .uint16, .int16, .float16, .bfloat16: 2
    case .uint32, .int32, .float32: 4
    case .uint64, .int64, .float64: 8
    }
  }

  /// Whether the elements are floating-point numbers.
  public var isFloatingPoint: Bool {
    switch self {
    case .float16, .bfloat16, .float32, .float64: true
    default: false
    }
  }

  /// The bytes of an array of this shape, or nil if an `Int` cannot hold the number.
  func byteCount(ofShape shape: [Int]) -> Int? {
    var total = byteCount
    for extent in shape {
      let (product, overflow) = total.multipliedReportingOverflow(by: extent)
      guard !overflow else { return nil }
      total = product
    }
    return total
  }
}

/// "60000 × 28 × 28", or "one" for the shape of a scalar.
func shapeText(_ shape: [Int]) -> String {
  guard !shape.isEmpty else { return "one" }
  // A file can name a thousand dimensions; a sentence cannot.
  let shown = shape.prefix(8).map(String.init).joined(separator: " × ")
  return shape.count > 8 ? shown + " × …" : shown
}
