import Kernels
import Networks
import TestSupport
import Testing

@Suite struct BatchNormTests {
  static let shape = Shape(height: 3, width: 2, channels: 5)
  static let (epsilon, momentum): (Float, Float) = (1e-3, 0.25)

  private func harness(_ shape: Shape = shape, capacity: Int = 8, threads: Int = 1) throws
    -> Harness
  {
    let harness = try Harness(
      [.batchNorm(epsilon: Self.epsilon, momentum: Self.momentum)], input: shape,
      capacity: capacity, threads: threads)
    harness.scatterValues(seed: 6)
    return harness
  }

  private func moments(_ x: [Float], _ channel: Int, of channels: Int) -> (
    mean: Double, squares: Double, n: Double
  ) {
    let values = stride(from: channel, to: x.count, by: channels).map { Double(x[$0]) }
    let n = Double(values.count)
    let mean = values.reduce(0, +) / n
    return (mean, values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }, n)
  }

  private func statistic(_ harness: Harness, _ index: Int) -> VectorView {
    harness.layout.statistics[index].slot.vector(in: harness.statistics.vector)
  }

  /// 48 values a channel of size up to 2: sums of 48 roundings, twice for the squares, and a handful for
  /// the update; γ(128) times the largest square, 4, covers all. Three batches one after another.
  @Test(arguments: [1, 2, 3])
  func runningStatisticsFollowTheBatches(threads: Int) throws {
    let harness = try harness(threads: threads)
    var numbers = TestNumbers(seed: 9)
    var (mean, variance) = ([Double](repeating: 0, count: 5), [Double](repeating: 1, count: 5))
    for _ in 0..<3 {
      let x = numbers.floats(8 * Self.shape.count).map { $0 + 1 }
      _ = harness.forward(x)
      for channel in 0..<5 {
        let found = moments(x, channel, of: 5)
        mean[channel] += Double(Self.momentum) * (found.mean - mean[channel])
        variance[channel] +=
          Double(Self.momentum) * (found.squares / (found.n - 1) - variance[channel])
      }
      for channel in 0..<5 {
        #expect(abs(Double(statistic(harness, 0)[channel]) - mean[channel]) <= sumBound(128) * 4)
        #expect(
          abs(Double(statistic(harness, 1)[channel]) - variance[channel]) <= sumBound(128) * 4)
      }
    }
  }

  /// (x − mean)/√(variance + ε)·γ + β in Double. The mean is off by γ(48)·2 at most, the deviation above ½ by
  /// as much relatively, and |γ| ≤ 1½, |x̂| ≤ 4.
  @Test func outputIsNormalised() throws {
    let harness = try harness()
    var numbers = TestNumbers(seed: 10)
    let x = numbers.floats(8 * Self.shape.count).map { $0 + 1 }
    let y = harness.forward(x)
    let (scale, offset) = (parameter(harness, 0), parameter(harness, 1))
    for (index, value) in y.enumerated() {
      let channel = index % 5
      let found = moments(x, channel, of: 5)
      let deviation = (found.squares / found.n + Double(Self.epsilon)).squareRoot()
      #expect(deviation > 0.5)
      let exact =
        (Double(x[index]) - found.mean) / deviation * Double(scale[channel])
        + Double(offset[channel])
      #expect(abs(Double(value) - exact) <= sumBound(56) * 2 * (1.5 / 0.5 + 1.5 * 4 / 0.25))
    }
  }

  private func parameter(_ harness: Harness, _ index: Int) -> VectorView {
    harness.layout.trained[index].slot.vector(in: harness.values.vector)
  }

  private func setStatistics(_ harness: Harness) {
    for channel in 0..<statistic(harness, 0).count {
      statistic(harness, 0)[channel] = Float(channel) / 4
      statistic(harness, 1)[channel] = Float(channel + 1) / 2
    }
  }

  /// Six roundings of terms below 3·1½/½ + 1.
  private func expectRunningMapping(_ harness: Harness, _ x: [Float], _ y: [Float], _ channels: Int)
  {
    let (scale, offset) = (parameter(harness, 0), parameter(harness, 1))
    for (index, value) in y.enumerated() {
      let channel = index % channels
      let deviation = (Double(channel + 1) / 2 + Double(Self.epsilon)).squareRoot()
      let exact =
        (Double(x[index]) - Double(channel) / 4) / deviation * Double(scale[channel])
        + Double(offset[channel])
      #expect(abs(Double(value) - exact) <= sumBound(6) * 10)
    }
  }

  @Test func inferenceUsesTheRunningStatisticsAndLeavesThem() throws {
    let harness = try harness()
    setStatistics(harness)
    let before = harness.statistics.vector.array
    var numbers = TestNumbers(seed: 11)
    let x = numbers.floats(8 * Self.shape.count)
    expectRunningMapping(harness, x, harness.forward(x, mode: .inference), 5)
    #expect(harness.statistics.vector.array == before)
  }

  /// One example of one pixel: no variance to take. Its gradient is that of the affine map.
  @Test(arguments: [1, 2])
  func aBatchOfOneValueUsesTheRunningStatisticsAndLeavesThem(threads: Int) throws {
    let harness = try harness(Shape(features: 7), threads: threads)
    setStatistics(harness)
    let before = harness.statistics.vector.array
    var numbers = TestNumbers(seed: 12)
    let (x, dy) = (numbers.floats(7), numbers.floats(7))
    let result = harness.run(x, dy)
    expectRunningMapping(harness, x, result.output, 7)
    #expect(harness.statistics.vector.array == before)
    for channel in 0..<7 {
      let slope =
        Double(parameter(harness, 0)[channel])
        / (Double(channel + 1) / 2 + Double(Self.epsilon)).squareRoot()
      let exact = Double(dy[channel]) * slope
      #expect(abs(Double(result.inputGradient[channel]) - exact) <= sumBound(6) * abs(exact))
    }
  }

  /// One image has as many values a channel as pixels.
  @Test func aBatchOfOneImageTakesItsOwnMoments() throws {
    let harness = try harness()
    let before = harness.statistics.vector.array
    var numbers = TestNumbers(seed: 13)
    let x = numbers.floats(Self.shape.count)
    _ = harness.forward(x)
    #expect(harness.statistics.vector.array != before)
    let found = moments(x, 2, of: 5)
    #expect(
      abs(Double(statistic(harness, 0)[2]) - Double(Self.momentum) * found.mean) <= sumBound(20))
  }

  /// A mean of 10⁴: taking it off first keeps the output's unit variance. A mean off by δ shifts the output
  /// by δ/σ and δ ≤ γ(64)·10⁴ = 0.04; σ = 0.6.
  @Test func aLargeMeanDoesNotDrownTheOutput() throws {
    let harness = try Harness([.batchNorm()], input: Shape(features: 1), capacity: 64)
    var numbers = TestNumbers(seed: 14)
    let x = numbers.floats(64).map { 10_000 + $0 }
    let y = harness.forward(x)
    let found = moments(y, 0, of: 1)
    let shift = sumBound(64) * 1e4 / 0.5
    #expect(abs(found.mean) <= shift)
    #expect(abs((found.squares / found.n).squareRoot() - 1) <= shift * shift + 1e-3)
  }
}
