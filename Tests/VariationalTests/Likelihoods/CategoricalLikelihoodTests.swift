import Foundation
import Networks
import TestSupport
import Testing

@testable import Variational

@Suite struct CategoricalLikelihoodTests {
  static let groups = [1, 3, 17]

  static func oneHot(_ generator: inout SeededGenerator, rows: Int) -> [Float] {
    (0..<rows).flatMap { _ in
      groups.flatMap { size in
        let chosen = Int(generator.next() >> 33) % size
        return (0..<size).map { $0 == chosen ? 1 : 0 as Float }
      }
    }
  }

  // ln of the chosen class's probability in each group, in 64 bits.
  static func naive(_ x: ArraySlice<Float>, _ logits: [Double]) -> Double {
    var (total, first) = (0.0, 0)
    for size in groups {
      let part = logits[first..<first + size]
      let largest = part.max() ?? 0
      let sum = part.reduce(0) { $0 + Foundation.exp($1 - largest) }
      for index in first..<first + size where x[x.startIndex + index] == 1 {
        total += logits[index] - largest - Foundation.log(sum)
      }
      first += size
    }
    return total
  }

  @Test(arguments: [1, 40, 300] as [Float])
  func densityAndScoreMatchNaiveFormulasUpToLargeLogits(_ range: Float) {
    var generator = SeededGenerator(state: 21)
    let (rows, width) = (7, Self.groups.reduce(0, +))
    let x = Self.oneHot(&generator, rows: rows)
    let logits = generator.floats(rows * width, -range...range)
    let probe = LikelihoodProbe(
      .categorical(groups: Self.groups), dimensions: width, threads: 2)
    let quiet = probe.run(x, logits, writingScore: false)
    let result = probe.run(x, logits, writingScore: true)
    #expect(quiet.output == logits)
    for row in 0..<rows {
      let place = row * width..<(row + 1) * width
      let outputs = logits[place].map(Double.init)
      let expected = Self.naive(x[place], outputs)
      // Exponentials of 4 roundoffs and of rounded differences, range roundoffs; three groups.
      let allowed = 3 * (16 + 4 * Double(range)) * roundoff
      #expect(abs(result.densities[row] - expected) <= allowed)
      #expect(abs(quiet.densities[row] - expected) <= allowed)
      for column in 0..<width {
        func moved(_ h: Double) -> Double {
          var outputs = outputs
          outputs[column] += h
          return Self.naive(x[place], outputs)
        }
        let slope = (moved(1e-5) - moved(-1e-5)) / 2e-5
        // Differences: 2⁻⁵²·range/h of rounding, h² of the third derivative.
        #expect(
          abs(Double(result.output[row * width + column]) - slope)
            <= (16 + 4 * Double(range)) * roundoff + 1e-10 * Double(range) + 1e-10)
      }
    }
  }

  @Test func classesSumToOneInEveryGroupAndPixel() {
    var generator = SeededGenerator(state: 22)
    let probe = LikelihoodProbe(
      .categorical(groups: [2, 3]), shape: Shape(height: 2, width: 2, channels: 5))
    let mean = probe.mean(generator.floats(3 * 20, -9...9))
    for start in stride(from: 0, to: mean.count, by: 5) {
      // Quotients with 8 roundoffs each.
      #expect(abs(Double(mean[start] + mean[start + 1]) - 1) <= 16 * roundoff)
      #expect(abs(Double(mean[start + 2] + mean[start + 3] + mean[start + 4]) - 1) <= 24 * roundoff)
    }
  }

  @Test func drawsAreOneHotWithTheClassesProbabilities() {
    let logits: [Float] = [0.3, -1, 2, 0, 1]
    let spec = LikelihoodSpec.categorical(groups: [2, 3])
    let probe = LikelihoodProbe(spec, dimensions: 5)
    let rows = 20_000
    let drawn = probe.sample((0..<rows).flatMap { _ in logits })
    let expected = probe.mean(logits)
    for row in 0..<rows {
      let part = Array(drawn[row * 5..<(row + 1) * 5])
      #expect(part.allSatisfy { $0 == 0 || $0 == 1 })
      #expect(part[0] + part[1] == 1 && part[2] + part[3] + part[4] == 1)
    }
    for column in 0..<5 {
      let share =
        stride(from: column, to: drawn.count, by: 5).reduce(0.0) {
          $0 + Double(drawn[$1])
        } / Double(rows)
      let p = Double(expected[column])
      #expect(abs(share - p) <= 5 * (p * (1 - p) / Double(rows)).squareRoot())
    }
    #expect(
      probe.sample(logits + logits, firstRow: 3) == probe.sample(logits, firstRow: 3)
        + probe.sample(logits, firstRow: 4))
  }
}
