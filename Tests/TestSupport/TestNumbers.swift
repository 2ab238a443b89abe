/// Reproducible numbers for tests: xorshift64* (Vigna, 2016), which shares nothing with the engine's
/// own generator.
package struct TestNumbers: RandomNumberGenerator {
  private var state: UInt64

  package init(seed: Int) {
    state = UInt64(truncatingIfNeeded: seed) &* 0x9E37_79B9_7F4A_7C15 | 1
    for _ in 0..<8 { _ = next() }
  }

  package mutating func next() -> UInt64 {
    state ^= state >> 12
    state ^= state << 25
    state ^= state >> 27
    return state &* 0x2545_F491_4F6C_DD1D
  }

  /// A multiple of 2⁻¹⁰ in [−1, 1]: exact in both precisions, and so are products of two of them.
  package mutating func float() -> Float { Float(Int(next() >> 11) % 1025) / 1024 * sign() }

  /// Either 1 or −1.
  package mutating func sign() -> Float { next() >> 63 == 0 ? 1 : -1 }

  /// Multiples of 2⁻¹⁰ in [−1, 1].
  package mutating func floats(_ count: Int) -> [Float] { (0..<count).map { _ in float() } }

  /// Ones and minus ones.
  package mutating func signs(_ count: Int) -> [Float] { (0..<count).map { _ in sign() } }

  /// A number of the range.
  package mutating func integer(_ range: ClosedRange<Int>) -> Int {
    range.lowerBound + Int(next() >> 33) % range.count
  }
}

/// n·u/(1 − n·u), the bound of n roundings in a row (Higham, *Accuracy and Stability*, section 3.1):
/// a float sum of k products is within `sumBound(k)` · Σ|terms| of the exact one, in any order.
package func sumBound(_ roundings: Int) -> Double {
  Double(roundings) * roundoff / (1 - Double(roundings) * roundoff)
}

/// Σ aᵢbᵢ in 64 bits.
package func innerProduct(_ a: [Float], _ b: [Float]) -> Double {
  precondition(a.count == b.count, "innerProduct: \(a.count) and \(b.count) values")
  return zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) }
}

/// √(Σ aᵢ²) in 64 bits.
package func norm(_ a: [Float]) -> Double { innerProduct(a, a).squareRoot() }
