import Kernels
import Networks
import TestSupport
import Testing

@Suite struct ElementwiseLayersTests {
  static let features = 500
  static let rate: Float = 0.375

  private func mask(
    batch: Int = 8, lane: Int = 0, seed: UInt64 = 1, step: Int = 0, threads: Int = 1
  ) throws -> [Float] {
    let harness = try Harness(
      [.dropout(rate: Self.rate)], input: Shape(features: Self.features), capacity: batch,
      threads: threads, lane: lane)
    let ones = [Float](repeating: 1, count: batch * Self.features)
    let result = harness.run(ones, ones, seed: seed, step: step)
    #expect(result.output == result.inputGradient, "forward and backward share the mask")
    return result.output
  }

  /// 1/(1 − 0.375) = 1.6; a binomial count's deviation is √(n·p·(1 − p)), four of them 6 in 10⁵.
  @Test func dropoutRespectsItsRateAndKeepsTheMean() throws {
    let factors = try mask()
    #expect(Set(factors) == [0, 1.6])
    let n = Double(factors.count)
    let zeros = Double(factors.count { $0 == 0 })
    #expect(abs(zeros - 0.375 * n) <= 4 * (n * 0.375 * 0.625).squareRoot())
  }

  @Test func dropoutDependsOnSeedStepAndLayer() throws {
    let first = try mask()
    #expect(try mask() == first)
    #expect(try mask(seed: 2) != first)
    #expect(try mask(step: 1) != first)
    #expect(try mask(lane: 1) != first)
    let examples = (0..<8).map { Array(first[$0 * Self.features..<($0 + 1) * Self.features]) }
    #expect(Set(examples).count == 8)
  }

  @Test func dropoutDependsNeitherOnThreadsNorOnTheBatch() throws {
    let first = try mask()
    #expect(try mask(threads: 2) == first && mask(threads: 3) == first)
    #expect(try mask(batch: 3) == Array(first[..<(3 * Self.features)]))
  }

  /// The layer's index in the list is its lane: two dropouts of one network differ.
  @Test func twoDropoutsOfANetworkDiffer() throws {
    let harness = try Harness(
      [.dropout(rate: 0.5), .dropout(rate: 0.5)], input: Shape(features: 4000), capacity: 1)
    let y = harness.forward([Float](repeating: 1, count: 4000))
    // Independent: a quarter survives, 1000 ± 27; the same mask twice would leave half.
    #expect(abs(Double(y.count { $0 == 4 }) - 1000) <= 4 * 27.4)
    #expect(Set(y) == [0, 4])
  }

  @Test(arguments: [(Float(0.375), Mode.inference), (0, .training)])
  func dropoutIsTheIdentityOtherwise(rate: Float, mode: Mode) throws {
    let harness = try Harness([.dropout(rate: rate)], input: Shape(features: 9), capacity: 3)
    var numbers = TestNumbers(seed: 1)
    let (x, dy) = (numbers.floats(27), numbers.floats(27))
    let result = harness.run(x, dy, mode: mode)
    #expect(result.output == x && result.inputGradient == dy)
  }

  /// Pixel (y, x) channel c lies at (y·w + x)·C + c in NHWC and at c·h·w + y·w + x in NCHW.
  @Test(arguments: [1, 2])
  func flattenPutsChannelAfterChannel(threads: Int) throws {
    let (height, width, channels, batch) = (3, 4, 5, 2)
    let shape = Shape(height: height, width: width, channels: channels)
    let flatten = try Harness([.flatten], input: shape, capacity: batch, threads: threads)
    let reshape = try Harness(
      [.reshape(height: height, width: width, channels: channels)],
      input: Shape(features: shape.count), capacity: batch, threads: threads)
    var numbers = TestNumbers(seed: 2)
    let (x, dy) = (numbers.floats(batch * 60), numbers.floats(batch * 60))
    var (vector, imageGradient) = (x, dy)
    for image in 0..<batch {
      for pixel in 0..<height * width {
        for channel in 0..<channels {
          let inImage = image * 60 + pixel * channels + channel
          let inVector = image * 60 + channel * height * width + pixel
          vector[inVector] = x[inImage]
          imageGradient[inImage] = dy[inVector]
        }
      }
    }
    let result = flatten.run(x, dy)
    #expect(result.output == vector && result.inputGradient == imageGradient)
    #expect(reshape.forward(vector) == x)
    #expect(reshape.run(vector, x).inputGradient == vector)
  }
}
