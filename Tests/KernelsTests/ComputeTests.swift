import TestSupport
import Testing

@testable import Kernels

@Suite struct ComputeTests {
  static let workerCounts = [1, 2, 3, 4, 7]

  /// (m, k, n), below and above the size from which products are shared out.
  static let sizes = [
    (1, 1, 1), (3, 5, 2), (17, 33, 9), (64, 64, 64), (128, 70, 200), (200, 70, 128), (1, 900, 400),
    (500, 700, 1), (5, 0, 7), (0, 4, 7), (33, 257, 130), (1000, 40, 17),
  ]

  /// A view of the given size with rows further apart than they are long.
  private func view(_ rows: Int, _ columns: Int, _ numbers: inout TestNumbers) -> (
    Arena, MatrixView
  ) {
    let arena = Arena(count: max(rows, 1) * (columns + 3) + 3)
    arena.vector.assign(numbers.floats(arena.count))
    return (
      arena,
      MatrixView(base: arena.vector.base + 3, rows: rows, columns: columns, stride: columns + 3)
    )
  }

  /// A sum of k products (and C's old value) is within `sumBound(k + 1)` of the exact one times
  /// Σ|terms|, whatever the order and the fusing.
  @Test(arguments: workerCounts)
  func productsMatchDouble(workers: Int) {
    let compute = computeForTest(threads: workers)
    #expect(compute.workers == workers)
    var numbers = TestNumbers(seed: workers)
    for (m, k, n) in Self.sizes {
      for flags in 0..<8 {
        let (transposeA, transposeB, accumulate) = (flags & 1 == 1, flags & 2 == 2, flags & 4 == 4)
        let (arenaA, a) = transposeA ? view(k, m, &numbers) : view(m, k, &numbers)
        let (arenaB, b) = transposeB ? view(n, k, &numbers) : view(k, n, &numbers)
        let (arenaC, c) = view(m, n, &numbers)
        let before = arenaC.vector.array
        let (left, right) = (
          transposeA ? a.transposed : a.operand, transposeB ? b.transposed : b.operand
        )
        compute.multiply(left, by: right, into: c, accumulate: accumulate)
        let after = arenaC.vector.array
        var expected = before.map { Double($0) }
        var isWithinBound = true
        for i in 0..<m {
          for j in 0..<n {
            let place = 3 + i * c.stride + j
            var sum = accumulate ? expected[place] : 0
            var magnitude = abs(sum)
            for p in 0..<k {
              let x = Double(arenaA.vector[3 + (transposeA ? p * a.stride + i : i * a.stride + p)])
              let y = Double(arenaB.vector[3 + (transposeB ? j * b.stride + p : p * b.stride + j)])
              sum += x * y
              magnitude += abs(x * y)
            }
            expected[place] = sum
            let error = abs(Double(after[place]) - sum)
            if !(error <= sumBound(k + 1) * magnitude) { isWithinBound = false }
          }
        }
        #expect(isWithinBound, "[\(m), \(k)] by [\(k), \(n)], flags \(flags)")
        // What lies between the rows of C stays as it was.
        let isOutside = (0..<after.count).map { index in
          let (row, column) = (index - 3).quotientAndRemainder(dividingBy: c.stride)
          return index < 3 || row >= m || column >= n
        }
        #expect((0..<after.count).allSatisfy { !isOutside[$0] || after[$0] == before[$0] })
      }
    }
  }

  @Test(arguments: workerCounts)
  func repeatedProductsAreBitwiseEqual(workers: Int) {
    let compute = computeForTest(threads: workers)
    var numbers = TestNumbers(seed: 3)
    let a = MatrixFixture(rows: 150, columns: 333, numbers.floats(150 * 333))
    let b = MatrixFixture(rows: 333, columns: 170, numbers.floats(333 * 170))
    let c = MatrixFixture(rows: 150, columns: 170)
    compute.multiply(a.view, by: b.view, into: c.view)
    let first = c.values
    for _ in 0..<20 {
      compute.multiply(a.view, by: b.view, into: c.view)
      #expect(c.values == first)
    }
  }

  /// The shares handed to `then` cover C once, and each sees the finished product there.
  @Test(arguments: workerCounts)
  func epilogueSeesEveryElementOnce(workers: Int) {
    let compute = computeForTest(threads: workers)
    var numbers = TestNumbers(seed: 4)
    for (m, k, n) in [(4, 4, 4), (130, 64, 90), (90, 64, 130), (3, 400, 500), (500, 400, 3)] {
      let a = MatrixFixture(rows: m, columns: k, numbers.floats(m * k))
      let b = MatrixFixture(rows: k, columns: n, numbers.floats(k * n))
      let (plain, c) = (MatrixFixture(rows: m, columns: n), MatrixFixture(rows: m, columns: n))
      compute.multiply(a.view, by: b.view, into: plain.view)
      compute.multiply(a.view, by: b.view, into: c.view, c.view) { c, rows, columns in
        for row in rows { for column in columns { c[row, column] += 1024 } }
      }
      #expect(c.values == plain.values.map { $0 + 1024 }, "[\(m), \(k), \(n)]")
    }
  }

  @Test(arguments: workerCounts)
  func sharesCoverTheCountOnce(workers: Int) {
    let compute = computeForTest(threads: workers)
    for count in [0, 1, 2, 5, 16, 17, 100, 1000] {
      for multiple in [1, 16] {
        for cost in [1, 1_000_000] {
          let seen = Arena(count: count)
          let calls = Arena(count: workers)
          compute.forEachShare(
            of: count, multiple: multiple, cost: cost, (seen.vector, calls.vector, multiple)
          ) { context, range, worker in
            let (seen, calls, multiple) = context
            precondition(range.lowerBound % multiple == 0)
            for index in range { seen[index] += 1 }
            calls[worker] += 1
          }
          #expect(seen.vector.array.allSatisfy { $0 == 1 })
          #expect(calls.vector.array.allSatisfy { $0 <= 1 })
          if count * cost < 1 << 14 { #expect(calls.vector[0] == 1) }
        }
      }
    }
  }

  @Test func shapesThatDoNotFitTrap() async {
    await #expect(processExitsWith: .failure) {
      let m = MatrixFixture(rows: 3, columns: 4)
      multiply(m.view, by: m.view, into: m.view)
    }
  }
}
