import Foundation
import TestSupport
import Testing

@testable import Kernels

@Suite struct ChannelStatisticsTests {
  static let channelCounts = [1, 2, 15, 16, 17, 31, 33, 64]

  /// The two-pass moments in Double.
  static func exact(_ x: [Float], channels: Int, channel: Int) -> (mean: Double, squares: Double) {
    let values = stride(from: channel, to: x.count, by: channels).map { Double(x[$0]) }
    let mean = values.reduce(0, +) / Double(values.count)
    return (mean, values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) })
  }

  static func moments(
    _ x: MatrixView, tile: Int
  ) -> (mean: [Float], squares: [Float]) {
    let arena = Arena(count: 2 * x.columns)
    let (mean, squares) = (
      arena.vector(at: 0, count: x.columns), arena.vector(at: x.columns, count: x.columns)
    )
    var first = 0
    while first < x.rows {
      let count = min(tile, x.rows - first)
      mergeMoments(of: x.rows(first, count: count), count: first, mean: mean, squares: squares)
      first += count
    }
    return (mean.array, squares.array)
  }

  /// The error of a tile's mean is at most B = (γ(tile) + 4u·tiles)·max|x|: one sum, and per merge the
  /// roundings of the shift, the weight, and the new mean. With every mean off by at most B, squares taken
  /// about the computed means grow by n·B², those between tiles change by 2·√(S·n)·2B + n·(2B)² (Cauchy and
  /// Schwarz), and the additions themselves round by γ(tile + 4·tiles)·S.
  static func bounds(
    rows: Int, tile: Int, largest: Double, squares: Double
  ) -> (mean: Double, squares: Double) {
    let tiles = (rows + tile - 1) / tile
    let b = (sumBound(tile + 1) + 4 * Double(tiles) * roundoff) * largest
    let n = Double(rows)
    return (
      b, sumBound(tile + 4 * tiles) * squares + 4 * (squares * n).squareRoot() * b + 5 * n * b * b
    )
  }

  @Test(arguments: channelCounts)
  func momentsMatchTwoPassesInDouble(channels: Int) {
    for (mean, deviation, rows, tile) in [
      (0, 1, 1000, 128), (1e4, 1, 1000, 128), (1e4, 0.05, 640, 128), (-300, 0.5, 77, 16),
      (5, 2, 3, 128), (1, 1, 1, 128),
    ] as [(Float, Float, Int, Int)] {
      var numbers = TestNumbers(seed: channels)
      let x = numbers.floats(rows * channels).map { mean + deviation * $0 }
      let fixture = MatrixFixture(rows: rows, columns: channels, x)
      let found = Self.moments(fixture.view, tile: tile)
      for channel in 0..<channels {
        let exact = Self.exact(x, channels: channels, channel: channel)
        let bound = Self.bounds(
          rows: rows, tile: tile, largest: largestMagnitude(x), squares: exact.squares)
        #expect(abs(Double(found.mean[channel]) - exact.mean) <= bound.mean)
        #expect(abs(Double(found.squares[channel]) - exact.squares) <= bound.squares)
      }
    }
  }

  /// A mean of 10⁴ beside a deviation of 1: the one-pass formula Σx² − nm² would keep no digit of the
  /// variance (10⁸·2⁻²⁴ = 6), this must keep three.
  @Test func largeMeanDoesNotDrownTheVariance() {
    let rows = 4096
    var numbers = TestNumbers(seed: 1)
    let x = numbers.floats(rows).map { 10_000 + $0 }
    let fixture = MatrixFixture(rows: rows, columns: 1, x)
    let exact = Self.exact(x, channels: 1, channel: 0)
    let found = Self.moments(fixture.view, tile: 128)
    #expect(abs(Double(found.squares[0]) / exact.squares - 1) < 1e-3)
  }

  @Test(arguments: channelCounts)
  func mergedPartsMatchTheWhole(channels: Int) {
    var numbers = TestNumbers(seed: 20 + channels)
    let (rows, split) = (300, 120)
    let x = numbers.floats(rows * channels).map { 50 + $0 }
    let fixture = MatrixFixture(rows: rows, columns: channels, x)
    let a = Self.moments(fixture.view.rows(0, count: split), tile: 128)
    let b = Self.moments(fixture.view.rows(split, count: rows - split), tile: 128)
    let arena = Arena(count: 4 * channels)
    let parts = (0..<4).map { arena.vector(at: $0 * channels, count: channels) }
    for (part, values) in zip(parts, [a.mean, a.squares, b.mean, b.squares]) { part.assign(values) }
    mergeMoments(
      count: split, mean: parts[0], squares: parts[1], with: rows - split, otherMean: parts[2],
      otherSquares: parts[3])
    for channel in 0..<channels {
      let exact = Self.exact(x, channels: channels, channel: channel)
      let bound = Self.bounds(rows: rows, tile: 128, largest: 51, squares: exact.squares)
      #expect(abs(Double(parts[0][channel]) - exact.mean) <= bound.mean)
      #expect(abs(Double(parts[1][channel]) - exact.squares) <= bound.squares)
    }
    // Nothing merged into something, and something into nothing.
    let (mean, squares) = (parts[0].array, parts[1].array)
    mergeMoments(
      count: rows, mean: parts[0], squares: parts[1], with: 0, otherMean: parts[2],
      otherSquares: parts[3])
    #expect(parts[0].array == mean && parts[1].array == squares)
    parts[0].fill(0)
    parts[1].fill(0)
    mergeMoments(
      count: 0, mean: parts[0], squares: parts[1], with: rows - split, otherMean: parts[2],
      otherSquares: parts[3])
    #expect(parts[0].array == b.mean && parts[1].array == b.squares)
  }

  /// One subtraction, one product, one sum: 3 roundings of terms below 2·2 + 1.
  @Test(arguments: channelCounts)
  func columnsAreMapped(channels: Int) {
    var numbers = TestNumbers(seed: 40 + channels)
    let rows = 7
    let x = MatrixFixture(rows: rows, columns: channels, numbers.floats(rows * channels))
    let y = MatrixFixture(rows: rows, columns: channels)
    let columns = MatrixFixture(rows: 3, columns: channels, numbers.floats(3 * channels))
    mapColumns(
      x.view, centre: columns.view.row(0), scale: columns.view.row(1), offset: columns.view.row(2),
      into: y.view, then: .relu)
    for row in 0..<rows {
      for c in 0..<channels {
        let exact =
          (Double(x.view[row, c]) - Double(columns.view[0, c])) * Double(columns.view[1, c])
          + Double(columns.view[2, c])
        #expect(abs(Double(y.view[row, c]) - max(exact, 0)) <= sumBound(3) * 5)
      }
    }
  }

  @Test(arguments: channelCounts)
  func gradientSumsAreAdded(channels: Int) {
    var numbers = TestNumbers(seed: 60 + channels)
    let rows = 50
    let dy = MatrixFixture(rows: rows, columns: channels, numbers.floats(rows * channels))
    let x = MatrixFixture(rows: rows, columns: channels, numbers.floats(rows * channels))
    let columns = MatrixFixture(rows: 3, columns: channels, numbers.floats(3 * channels))
    let before = columns.values
    addGradientSums(
      dy.view, input: x.view, mean: columns.view.row(0), sums: columns.view.row(1),
      products: columns.view.row(2))
    for c in 0..<channels {
      var (sum, product, magnitude) = (
        Double(before[channels + c]), Double(before[2 * channels + c]), 1.0
      )
      for row in 0..<rows {
        let term = Double(dy.view[row, c]) * (Double(x.view[row, c]) - Double(before[c]))
        sum += Double(dy.view[row, c])
        product += term
        magnitude += abs(term)
      }
      // Sums of 51 multiples of 2⁻¹⁰ are exact.
      #expect(Double(columns.view[1, c]) == sum)
      #expect(abs(Double(columns.view[2, c]) - product) <= sumBound(rows + 2) * magnitude)
    }
  }

  /// dY·s + ((X − m)·k + c): 5 roundings of terms below 1 + 2 + 1.
  @Test(arguments: channelCounts)
  func columnsAreCombined(channels: Int) {
    var numbers = TestNumbers(seed: 80 + channels)
    let rows = 5
    let dy = MatrixFixture(rows: rows, columns: channels, numbers.floats(rows * channels))
    let x = MatrixFixture(rows: rows, columns: channels, numbers.floats(rows * channels))
    let v = MatrixFixture(rows: 4, columns: channels, numbers.floats(4 * channels))
    let result = MatrixFixture(rows: rows, columns: channels)
    combineColumns(
      dy.view, scale: v.view.row(0), x.view, centre: v.view.row(1), slope: v.view.row(2),
      offset: v.view.row(3), into: result.view)
    for row in 0..<rows {
      for c in 0..<channels {
        let exact =
          Double(dy.view[row, c]) * Double(v.view[0, c])
          + (Double(x.view[row, c]) - Double(v.view[1, c])) * Double(v.view[2, c])
          + Double(v.view[3, c])
        #expect(abs(Double(result.view[row, c]) - exact) <= sumBound(5) * 4)
      }
    }
  }
}
