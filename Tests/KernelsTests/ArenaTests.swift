import TestSupport
import Testing

@testable import Kernels

@Suite struct ArenaTests {
  @Test(arguments: [0, 1, 15, 16, 17, 1000])
  func blocksAreZeroAndAligned(count: Int) {
    let arena = Arena(count: count)
    #expect(arena.count == count && arena.vector.count == count)
    #expect(arena.vector.array.allSatisfy { $0 == 0 })
    #expect(UInt(bitPattern: arena.vector.base) % 64 == 0)
  }

  @Test func countsAreRoundedUpToCacheLines() {
    #expect([0, 1, 15, 16, 17, 32, 33].map(Arena.aligned) == [0, 16, 16, 16, 32, 32, 48])
  }

  @Test func slicesSeeTheSameElements() {
    let arena = Arena(count: 100)
    arena.vector.assign((0..<100).map { Float($0) })
    let slice = arena.vector(at: 10, count: 30).slice(5, count: 4)
    #expect(slice.array == [15, 16, 17, 18])
    slice[1] = -1
    #expect(arena.vector[16] == -1)
    slice.fill(7)
    #expect(arena.vector(at: 14, count: 6).array == [14, 7, 7, 7, 7, 19])
    slice.copy(from: arena.vector(at: 50, count: 4))
    #expect(slice.array == [50, 51, 52, 53])
    #expect(arena.vector.slice(100, count: 0).array.isEmpty)
  }

  @Test func bytesAreTheElements() {
    let arena = Arena(count: 3)
    arena.vector.assign([1, -2, 0.5])
    let words = arena.vector.withBytes { bytes in
      (0..<3).map { bytes.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self) }
    }
    #expect(words == [0x3F80_0000, 0xC000_0000, 0x3F00_0000])
  }

  @Test func matricesAreRowMajorWindows() {
    let arena = Arena(count: 24)
    arena.vector.assign((0..<24).map { Float($0) })
    let matrix = arena.vector.matrix(rows: 4, columns: 6)
    #expect(matrix.count == 24 && matrix.stride == 6)
    #expect(matrix[2, 3] == 15)
    #expect(matrix.row(1).array == [6, 7, 8, 9, 10, 11])
    let window = matrix.rows(1..<3).columns(2..<4)
    #expect(window.rows == 2 && window.columns == 2 && window.stride == 6)
    #expect(window.row(0).array == [8, 9] && window.row(1).array == [14, 15])
    window[1, 0] = -3
    #expect(arena.vector[14] == -3)
    #expect(matrix.rows(2, count: 2).vector.array == arena.vector(at: 12, count: 12).array)
    #expect(matrix.reshaped(rows: 8, columns: 3)[5, 1] == 16)
    // One row is contiguous whatever the stride.
    #expect(window.rows(0, count: 1).vector.array == [8, 9])
    #expect(window.rows(0, count: 1).reshaped(rows: 2, columns: 1)[1, 0] == 9)
  }

  @Test(arguments: [1, 2, 3, 4, 7, 64])
  func partsCoverTheVectorOnceInWholeCacheLines(parts: Int) {
    for count in [0, 1, 15, 16, 17, 64, 100, 1000] {
      let arena = Arena(count: count)
      for index in 0..<parts {
        let part = arena.vector.part(index, of: parts)
        if part.count > 0 { #expect((part.base - arena.vector.base) % 16 == 0) }
        for element in 0..<part.count { part[element] += 1 }
      }
      #expect(arena.vector.array.allSatisfy { $0 == 1 })
    }
  }

  /// In order, without gaps, sizes at most one multiple apart.
  @Test(arguments: [1, 2, 3, 4, 7, 16, 33], [1, 2, 16])
  func partitionCoversExactly(parts: Int, multiple: Int) {
    for count in 0...200 {
      let ranges = (0..<parts).map { partition(count, into: parts, index: $0, multiple: multiple) }
      var next = 0
      for range in ranges {
        #expect(range.lowerBound == next)
        if !range.isEmpty { #expect(range.lowerBound % multiple == 0) }
        next = range.upperBound
      }
      #expect(next == count)
      let units = ranges.map { ($0.count + multiple - 1) / multiple }
      #expect(units.max()! - units.min()! <= 1)
    }
  }

  @Test func slicesBeyondTheEndTrap() async {
    await #expect(processExitsWith: .failure) { _ = Arena(count: 5).vector.slice(3, count: 3) }
    await #expect(processExitsWith: .failure) { _ = Arena(count: 5).vector[5] }
    await #expect(processExitsWith: .failure) {
      _ = Arena(count: 5).vector.matrix(rows: 2, columns: 3)
    }
    await #expect(processExitsWith: .failure) {
      _ = Arena(count: 6).vector.matrix(rows: 2, columns: 3).rows(1, count: 2)
    }
    await #expect(processExitsWith: .failure) {
      _ = Arena(count: 6).vector.matrix(rows: 2, columns: 3).columns(1..<4)
    }
    await #expect(processExitsWith: .failure) {
      _ = Arena(count: 6).vector.matrix(rows: 2, columns: 3).columns(0..<2).vector
    }
  }
}
