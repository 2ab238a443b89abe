import Kernels
import Networks
import TestSupport
import Testing

@Suite struct WorkspaceTests {
  private func data(_ test: NetworkCase, _ harness: Harness, batch: Int) -> ([Float], [Float]) {
    var numbers = TestNumbers(seed: 12)
    return (
      numbers.floats(batch * test.input.count),
      numbers.floats(batch * harness.network.outputShape.count)
    )
  }

  // Two orders of the same sums: both within n·u·Σ|terms| of the exact value on the path of n roundings, and
  // a gradient's path is forward's, its own, and a sum over the batch's pixels. Σ|terms| is taken for at
  // most √n times the largest value, as the sums' terms have random signs.
  private func bound(_ test: NetworkCase, batch: Int, _ values: [Float]) -> Double {
    let n = Double(2 * test.roundings + batch * test.input.pixels * 4 + 4)
    return 2 * n * n.squareRoot() * roundoff * max(1, largestMagnitude(values))
  }

  @Test(arguments: NetworkCase.all)
  func gradientsAccumulate(_ test: NetworkCase) throws {
    let harness = try Harness(test.specs, input: test.input, capacity: 4)
    harness.scatterValues(seed: 3)
    let (x, dy) = data(test, harness, batch: 4)
    let first = harness.run(x, dy).inputGradient
    let once = harness.gradients.vector.array
    let second = harness.run(x, dy).inputGradient
    let twice = harness.gradients.vector.array
    #expect(first == second, "activation gradients are overwritten")
    let difference = largestDifference(once.map { 2 * $0 }, twice)
    #expect(difference <= bound(test, batch: 4, twice))
    // And exactly where one product of few terms makes the whole sum: g + g rounds nothing.
    if case .dense = test.specs[0], test.specs.count == 1 {
      #expect(twice == once.map { 2 * $0 })
    }
  }

  @Test(arguments: NetworkCase.all)
  func inputGradientMayBeLeftOut(_ test: NetworkCase) throws {
    let harness = try Harness(test.specs, input: test.input, capacity: 4)
    harness.scatterValues(seed: 3)
    let (x, dy) = data(test, harness, batch: 4)
    harness.run(x, dy)
    let gradients = harness.gradients.vector.array
    harness.gradients.vector.fill(0)
    harness.run(x, dy, wantsInputGradient: false)
    #expect(harness.gradients.vector.array == gradients)
  }

  @Test(arguments: NetworkCase.all)
  func batchMayBeSmallerThanTheCapacity(_ test: NetworkCase) throws {
    for batch in [2, 3] {
      let exact = try Harness(test.specs, input: test.input, capacity: batch)
      let roomy = try Harness(test.specs, input: test.input, capacity: 9)
      exact.scatterValues(seed: 3)
      roomy.scatterValues(seed: 3)
      // What a larger batch left behind must not matter.
      let (before, beforeGradient) = data(test, roomy, batch: 9)
      roomy.run(before, beforeGradient)
      roomy.gradients.vector.fill(0)
      let (x, dy) = data(test, exact, batch: batch)
      let (a, b) = (exact.run(x, dy), roomy.run(x, dy))
      #expect(a.output == b.output)
      #expect(a.inputGradient == b.inputGradient)
      #expect(exact.gradients.vector.array == roomy.gradients.vector.array)
    }
  }

  @Test(arguments: NetworkCase.all)
  func threadCountsAgreeToRoundingAndRepeatsExactly(_ test: NetworkCase) throws {
    var reference: (output: [Float], inputGradient: [Float], gradients: [Float])?
    for threads in [1, 2, 3, 7] {
      let harness = try Harness(test.specs, input: test.input, capacity: 5, threads: threads)
      harness.scatterValues(seed: 3)
      let (x, dy) = data(test, harness, batch: 5)
      let first = harness.run(x, dy)
      let gradients = harness.gradients.vector.array
      for _ in 0..<3 {
        harness.gradients.vector.fill(0)
        let again = harness.run(x, dy)
        #expect(again == first)
        #expect(harness.gradients.vector.array == gradients)
      }
      guard let reference else {
        reference = (first.output, first.inputGradient, gradients)
        continue
      }
      for (a, b) in [
        (first.output, reference.output), (first.inputGradient, reference.inputGradient),
        (gradients, reference.gradients),
      ] {
        #expect(largestDifference(a, b) <= bound(test, batch: 5, b), "\(threads) threads")
      }
    }
  }

  /// Layers large enough to be shared out.
  @Test func largeLayersAgreeOverThreads() throws {
    let test = NetworkCase(
      "large",
      [
        .conv2D(filters: 32, stride: 2), .batchNorm(), .relu, .flatten, .dense(outputs: 200),
        .gatedDense(outputs: 144), .reshape(height: 3, width: 3, channels: 16),
        .convTranspose2D(filters: 24, stride: 2), .elu(), .convTranspose2D(filters: 2),
      ], Shape(height: 16, width: 16, channels: 3), roundings: 3_000)
    var reference: [[Float]] = []
    for threads in [1, 2, 3] {
      let harness = try Harness(test.specs, input: test.input, capacity: 40, threads: threads)
      let (x, dy) = data(test, harness, batch: 40)
      let first = harness.run(x, dy)
      let found = [first.output, first.inputGradient, harness.gradients.vector.array]
      harness.gradients.vector.fill(0)
      #expect(harness.run(x, dy) == first)
      #expect(harness.gradients.vector.array == found[2])
      if reference.isEmpty { reference = found }
      for (a, b) in zip(found, reference) {
        #expect(largestDifference(a, b) <= bound(test, batch: 40, b), "\(threads) threads")
      }
    }
  }

  @Test func anEmptyNetworkPassesItsInputOn() throws {
    let harness = try Harness([], input: Shape(features: 3), capacity: 2)
    #expect(harness.network.outputShape == Shape(features: 3))
    let (y, dx) = harness.run([1, 2, 3, 4, 5, 6], [6, 5, 4, 3, 2, 1])
    #expect(y == [1, 2, 3, 4, 5, 6] && dx == [6, 5, 4, 3, 2, 1])
  }

  @Test func inputsThatWereNotPlannedForTrap() async {
    await #expect(processExitsWith: .failure) {
      let harness = try! Harness([.dense(outputs: 2)], input: Shape(features: 3), capacity: 2)
      _ = harness.forward([Float](repeating: 0, count: 9))
    }
  }
}
