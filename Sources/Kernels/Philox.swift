// Philox4x32-10, the counter-based generator of Salmon, Moraes, Dror and Shaw, "Parallel random
// numbers: as easy as 1, 2, 3" (SC 2011). Ten rounds turn a counter of four words and a key of two
// into four random words; there is no state, so any element of a stream can be drawn by itself.

import CVector

/// The four 32-bit words of a counter or of a result.
package typealias PhiloxWords = (UInt32, UInt32, UInt32, UInt32)

private let multiplier0: UInt32 = 0xD251_1F53
private let multiplier1: UInt32 = 0xCD9E_8D57
private let keyIncrement0: UInt32 = 0x9E37_79B9
private let keyIncrement1: UInt32 = 0xBB67_AE85

/// The random words that belong to a counter and a key.
package func philox(counter: PhiloxWords, key: (UInt32, UInt32)) -> PhiloxWords {
  var (c0, c1, c2, c3) = counter
  var (k0, k1) = key
  for _ in 0..<10 {
    let p0 = UInt64(multiplier0) * UInt64(c0)
    let p1 = UInt64(multiplier1) * UInt64(c2)
    (c0, c1, c2, c3) = (
      UInt32(truncatingIfNeeded: p1 >> 32) ^ c1 ^ k0, UInt32(truncatingIfNeeded: p1),
      UInt32(truncatingIfNeeded: p0 >> 32) ^ c3 ^ k1, UInt32(truncatingIfNeeded: p0)
    )
    k0 &+= keyIncrement0
    k1 &+= keyIncrement1
  }
  return (c0, c1, c2, c3)
}

/// Sixteen counters at once; lane i of the results belongs to lane i of the counters.
func philox(
  _ counter0: SIMD16<UInt32>, _ counter1: SIMD16<UInt32>, _ counter2: SIMD16<UInt32>,
  _ counter3: SIMD16<UInt32>, key: (UInt32, UInt32)
) -> (SIMD16<UInt32>, SIMD16<UInt32>, SIMD16<UInt32>, SIMD16<UInt32>) {
  var (c0, c1, c2, c3) = (counter0, counter1, counter2, counter3)
  var (k0, k1) = key
  for _ in 0..<10 {
    let high0 = vector_multiply_high(c0, multiplier0)
    let high1 = vector_multiply_high(c2, multiplier1)
    let low0 = c0 &* multiplier0
    let low1 = c2 &* multiplier1
    (c0, c1, c2, c3) = (high1 ^ c1 ^ k0, low1, high0 ^ c3 ^ k1, low0)
    k0 &+= keyIncrement0
    k1 &+= keyIncrement1
  }
  return (c0, c1, c2, c3)
}
