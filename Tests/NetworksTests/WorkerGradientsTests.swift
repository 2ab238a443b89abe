import Kernels
import Testing

@testable import Networks

@Suite struct WorkerGradientsTests {
  @Test func tilesCoverTheRangeInOrder() {
    func tiles(_ range: Range<Int>, size: Int) -> [Range<Int>] {
      var found: [Range<Int>] = []
      withoutActuallyEscaping({ found.append($0) }) { forEachTile(range, size: size, $0) }
      return found
    }
    #expect(tiles(3..<13, size: 4) == [3..<7, 7..<11, 11..<13])
    #expect(tiles(0..<8, size: 4) == [0..<4, 4..<8])
    #expect(tiles(5..<6, size: 100) == [5..<6])
    #expect(tiles(5..<5, size: 4).isEmpty)
  }

  /// As many images as give at most 384 rows, and one at least.
  @Test func tilesFillAProduct() {
    #expect([1, 64, 100, 256, 384, 385, 5000].map(imagesPerTile) == [384, 6, 3, 1, 1, 1, 1])
  }

  @Test func theFirstWorkerAddsToTheArenaAndTheOthersToTheirScratch() {
    let gradients = WorkerGradients(
      weights: ParameterSlot(offset: 16, count: 20), bias: ParameterSlot(offset: 48, count: 3))
    #expect(gradients.scratchCount == 32 + 16)
    let (arena, scratch) = (Arena(count: 64), Arena(count: 60))
    arena.vector.fill(1)
    scratch.vector.fill(2)
    gradients.clear(0, scratch: scratch.vector)
    #expect(scratch.vector.array.allSatisfy { $0 == 2 })
    gradients.clear(1, scratch: scratch.vector)
    #expect(scratch.vector.array == Array(repeating: 0, count: 48) + Array(repeating: 2, count: 12))
    let first = gradients.target(0, gradients: arena.vector, scratch: scratch.vector)
    #expect(first.weights.array == Array(repeating: 1, count: 20) && first.bias.count == 3)
    let second = gradients.target(1, gradients: arena.vector, scratch: scratch.vector)
    second.weights.fill(5)
    second.bias.fill(6)
    #expect(scratch.vector[0] == 5 && scratch.vector[19] == 5 && scratch.vector[20] == 0)
    #expect(scratch.vector[32] == 6 && scratch.vector[34] == 6 && scratch.vector[35] == 0)
    #expect(arena.vector.array.allSatisfy { $0 == 1 })
  }
}
