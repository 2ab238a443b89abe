// Random numbers for samplers that reject: as many as one position takes.

import Foundation

/// The draws that belong to one position of a stream, one after the other, in 64 bits.
///
/// A rejecting sampler takes now two numbers, now eight. Each position has a sequence of its own, so what
/// one takes changes nothing for the others: the draw stays a function of seed, row and column.
///
/// The counter's words are (column, row, 2³¹ + draw, purpose and lane): the highest bit keeps the sequence
/// apart from every `fill` of the same stream.
package struct PositionalGenerator: Sendable {
  private let stream: RandomStream
  private let row: UInt32
  private let column: UInt32
  private var draw: UInt32 = 0

  /// The sequence of a position.
  package init(_ stream: RandomStream, row: Int, column: Int) {
    self.stream = stream
    self.row = UInt32(truncatingIfNeeded: row)
    self.column = UInt32(truncatingIfNeeded: column)
  }

  /// Uniform inside (0, 1): an odd multiple of 2⁻⁵³.
  package mutating func uniform() -> Double {
    let words = philox(
      counter: (column, row, 1 << 31 | draw, stream.tag), key: stream.key)
    draw &+= 1
    let bits = (UInt64(words.0) << 32 | UInt64(words.1)) >> 12
    return (Double(bits) + 0.5) * 0x1p-52
  }

  /// Standard normal, by Box and Muller's transform.
  package mutating func normal() -> Double {
    let radius = (-2 * Foundation.log(uniform())).squareRoot()
    return radius * Foundation.cos(2 * Double.pi * uniform())
  }
}
