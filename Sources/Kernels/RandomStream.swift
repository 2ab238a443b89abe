// Random numbers as a function of where they are used: element (row, column) of draw number `step` in
// a stream. Nothing is advanced, so the numbers do not depend on threads, on the batch's size or on
// what was drawn before, and a resumed run draws what the unbroken run would have drawn.

import CVector

/// What a stream is for; streams with the same seed and different purposes are independent.
package enum RandomPurpose: UInt32, Sendable {
  case general = 0
  case initialisation = 1
  case shuffle = 2
  case latentNoise = 3
  case dropout = 4
  case evaluation = 5
  case sampling = 6
  case split = 7
  case binarisation = 8
}

/// A stream of random numbers addressed by position, on Philox4x32-10.
///
///     let stream = RandomStream(seed: 42)
///     let noise = stream.gaussian(count: 1_000)            // the same thousand every time
///     let more = stream.gaussian(count: 1_000, step: 1)    // a different thousand
///
/// The counter's words are (column / 4, row, step, purpose and lane); the key is the seed. Two
/// positions of one stream never share a counter.
///
/// - SeeAlso: Salmon et al. (2011), "Parallel random numbers: as easy as 1, 2, 3".
public struct RandomStream: Sendable, Equatable {
  /// The seed that the stream was made from.
  public let seed: UInt64
  let tag: UInt32

  /// A stream for general use.
  public init(seed: UInt64) {
    self.init(seed: seed, purpose: .general)
  }

  /// A stream for one purpose; `lane` tells apart streams of the same purpose (a layer's index).
  package init(seed: UInt64, purpose: RandomPurpose, lane: Int = 0) {
    precondition(lane >= 0 && lane < 1 << 24, "RandomStream: lane \(lane) is outside 0 ..< 2²⁴")
    self.seed = seed
    tag = purpose.rawValue << 24 | UInt32(lane)
  }

  /// A stream of the same seed and purpose for one of several parts that draw side by side.
  package func part(_ index: Int) -> RandomStream {
    RandomStream(seed: seed, tag: tag & 0xFF00_0000 | (tag &+ UInt32(index) &+ 1 << 16) & 0xFF_FFFF)
  }

  /// A stream for drawing again at positions whose first draw, or whose first few, were not taken.
  package func repeated(_ attempt: Int) -> RandomStream {
    // Odd multiples of 2⁶⁴/φ: the seeds of different attempts lie far apart.
    RandomStream(
      seed: seed ^ (UInt64(truncatingIfNeeded: attempt) &* 0x9E37_79B9_7F4A_7C15), tag: tag)
  }

  private init(seed: UInt64, tag: UInt32) {
    self.seed = seed
    self.tag = tag
  }

  @inline(__always)
  var key: (UInt32, UInt32) {
    (UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
  }

  /// Numbers from the uniform distribution on [0, 1), multiples of 2⁻²⁴.
  public func uniform(count: Int, step: Int = 0) -> [Float] {
    array(count: count) { fillUniform($0, step: step, firstRow: 0) }
  }

  /// Numbers from the standard normal distribution.
  public func gaussian(count: Int, step: Int = 0) -> [Float] {
    array(count: count) { fillGaussian($0, step: step, firstRow: 0) }
  }

  /// Zeros and ones; a one has the given probability (rounded to a multiple of 2⁻²⁴).
  public func bernoulli(probability: Float, count: Int, step: Int = 0) -> [Float] {
    precondition(
      probability >= 0 && probability <= 1,
      "RandomStream.bernoulli: \(probability) is not a probability")
    return array(count: count) {
      fillBernoulli($0, probability: probability, step: step, firstRow: 0)
    }
  }

  /// The numbers 0 ..< count in random order, every order equally likely.
  ///
  /// - Complexity: O(count); Fisher and Yates's shuffle in Durstenfeld's form.
  public func permutation(count: Int, step: Int = 0) -> [Int] {
    var order = Array(0..<count)
    shuffle(&order, step: step)
    return order
  }

  /// Puts the elements in random order, every order equally likely.
  public func shuffle<Element>(_ elements: inout [Element], step: Int = 0) {
    guard elements.count > 1 else { return }
    for index in stride(from: elements.count - 1, to: 0, by: -1) {
      let words = philox(
        counter: (UInt32(truncatingIfNeeded: index), 0, UInt32(truncatingIfNeeded: step), tag),
        key: key)
      // 64 random bits times the bound, upper half: bias below bound / 2⁶⁴.
      let bits = UInt64(words.0) << 32 | UInt64(words.1)
      let other = Int(bits.multipliedFullWidth(by: UInt64(index + 1)).high)
      elements.swapAt(index, other)
    }
  }

  private func array(count: Int, fill: (MatrixView) -> Void) -> [Float] {
    precondition(count >= 0, "RandomStream: a count of \(count) is negative")
    let arena = Arena(count: count)
    fill(arena.vector.matrix(rows: 1, columns: count))
    return arena.vector.array
  }

  /// Standard normal numbers at positions (firstRow + row, column) of draw `step`.
  ///
  /// Box and Muller's transform: words (0, 1) of a counter give columns 4b and 4b+1, words (2, 3) the
  /// next two. The radius sees uniforms of 2⁻³³ at least, so |x| ≤ √(66 ln 2) < 6.77.
  package func fillGaussian(_ matrix: MatrixView, step: Int, firstRow: Int) {
    fill(matrix, step: step, firstRow: firstRow) { words in
      let (a, b) = boxMuller(words.0, words.1)
      let (c, d) = boxMuller(words.2, words.3)
      return (a, b, c, d)
    }
  }

  /// Uniform numbers on [0, 1) at positions (firstRow + row, column) of draw `step`.
  package func fillUniform(_ matrix: MatrixView, step: Int, firstRow: Int) {
    fill(matrix, step: step, firstRow: firstRow) { words in
      (unit(words.0), unit(words.1), unit(words.2), unit(words.3))
    }
  }

  /// Zeros and ones at positions (firstRow + row, column) of draw `step`.
  package func fillBernoulli(
    _ matrix: MatrixView, probability: Float, step: Int, firstRow: Int
  ) {
    fill(matrix, step: step, firstRow: firstRow) { words in
      @inline(__always) func draw(_ word: SIMD16<UInt32>) -> Lanes {
        Lanes(repeating: 0).replacing(with: 1, where: unit(word) .< probability)
      }
      return (draw(words.0), draw(words.1), draw(words.2), draw(words.3))
    }
  }

  /// Turns probabilities into zeros and ones, in place: p becomes 1 with probability p (to 2⁻²⁴), so 0 stays
  /// 0 and 1 stays 1.
  ///
  /// Four words of sixteen counters serve 64 neighbours without an exchange between lanes: column c sees word
  /// (c mod 64) / 16 of block 16·⌊c / 64⌋ + c mod 16. A stream that is used for this is used for nothing else.
  ///
  /// - Parameters:
  ///   - values: probabilities, overwritten
  ///   - step: which draw
  ///   - row: whose draw
  package func binarise(_ values: VectorView, step: Int, row: Int) {
    let lanes = SIMD16<UInt32>(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
    let rowWord = SIMD16<UInt32>(repeating: UInt32(truncatingIfNeeded: row))
    let stepWord = SIMD16<UInt32>(repeating: UInt32(truncatingIfNeeded: step))
    let tagWord = SIMD16<UInt32>(repeating: tag)
    var index = 0
    var block: UInt32 = 0
    while index < values.count {
      let words = philox(
        lanes &+ SIMD16(repeating: block), rowWord, stepWord, tagWord, key: key)
      drawLanes(words.0, values, at: index)
      drawLanes(words.1, values, at: index &+ 16)
      drawLanes(words.2, values, at: index &+ 32)
      drawLanes(words.3, values, at: index &+ 48)
      index &+= 64
      block &+= 16
    }
  }

  @inline(__always)
  private func drawLanes(_ word: SIMD16<UInt32>, _ values: VectorView, at index: Int) {
    @inline(__always) func draw(_ probabilities: Lanes) -> Lanes {
      Lanes(repeating: 0).replacing(with: 1, where: unit(word) .< probabilities)
    }
    let rest = values.count &- index
    if rest >= 16 {
      values.setLanes(draw(values.lanes(at: index)), at: index)
    } else if rest > 0 {
      values.setPartialLanes(
        draw(values.partialLanes(at: index, count: rest)), at: index, count: rest)
    }
  }

  // Sixteen counters a turn, numbered through rows and blocks of four columns alike.
  @inline(__always)
  private func fill(
    _ matrix: MatrixView, step: Int, firstRow: Int,
    _ transform: (
      (SIMD16<UInt32>, SIMD16<UInt32>, SIMD16<UInt32>, SIMD16<UInt32>)
    ) -> (Lanes, Lanes, Lanes, Lanes)
  ) {
    let blocks = (matrix.columns + 3) / 4
    let total = blocks * matrix.rows
    let stepWord = SIMD16<UInt32>(repeating: UInt32(truncatingIfNeeded: step))
    let tagWord = SIMD16<UInt32>(repeating: tag)
    var (row, block) = (0, 0)
    var index = 0
    while index < total {
      var rowWord = SIMD16<UInt32>(repeating: 0)
      var blockWord = SIMD16<UInt32>(repeating: 0)
      let count = min(16, total - index)
      let (startRow, startBlock) = (row, block)
      for lane in 0..<count {
        rowWord[lane] = UInt32(truncatingIfNeeded: firstRow + row)
        blockWord[lane] = UInt32(truncatingIfNeeded: block)
        block += 1
        if block == blocks { (row, block) = (row + 1, 0) }
      }
      let values = transform(philox(blockWord, rowWord, stepWord, tagWord, key: key))
      (row, block) = (startRow, startBlock)
      for lane in 0..<count {
        let target = matrix.base + (row &* matrix.stride &+ block &* 4)
        let width = min(4, matrix.columns - block * 4)
        target[0] = values.0[lane]
        if width > 1 { target[1] = values.1[lane] }
        if width > 2 { target[2] = values.2[lane] }
        if width > 3 { target[3] = values.3[lane] }
        block += 1
        if block == blocks { (row, block) = (row + 1, 0) }
      }
      index += count
    }
  }
}

// The top 24 bits as a multiple of 2⁻²⁴ in [0, 1).
@inline(__always)
private func unit(_ word: SIMD16<UInt32>) -> Lanes {
  vector_from_int(unsafeBitCast(word &>> 8, to: SIMD16<Int32>.self)) * 5.9604644775390625e-8
}

// Two independent standard normals: r·cos θ and r·sin θ, r = √(−2 ln u), θ = 2πv. u is the word plus
// one half over 2³², in two exact parts so that the smallest values keep their precision.
@inline(__always)
private func boxMuller(_ first: SIMD16<UInt32>, _ second: SIMD16<UInt32>) -> (Lanes, Lanes) {
  let high = vector_from_int(unsafeBitCast(first &>> 16, to: SIMD16<Int32>.self))
  let low = vector_from_int(unsafeBitCast(first & 0xFFFF, to: SIMD16<Int32>.self))
  let u = high * 1.52587890625e-5 + (low + 0.5) * 2.3283064365386963e-10
  let radius = vector_sqrt(vector_max(-2 * log(u), Lanes(repeating: 0)))
  let (sine, cosine) = sineAndCosine(ofTurns: unit(second))
  return (radius * cosine, radius * sine)
}
