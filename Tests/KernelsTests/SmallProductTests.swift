import TestSupport
import Testing

@testable import Kernels

/// The product that stands in for the library's small one.
@Suite struct SmallProductTests {
  struct Sizes: Sendable, CustomTestStringConvertible {
    let m: Int
    let n: Int
    let k: Int
    var testDescription: String { "\(m)×\(k) by \(k)×\(n)" }
  }

  static let sizes: [Sizes] = [1, 2, 7, 8, 9, 17].flatMap { m in
    [1, 2, 4, 15, 16, 17, 20, 33, 40].flatMap { n in
      [1, 33, 100].map { Sizes(m: m, n: n, k: $0) }
    }
  }

  // |error| ≤ γₖ Σ|aᵢ||bᵢ| with γₖ ≈ (k + 1)·u and factors in [−1, 1].
  @Test(arguments: sizes, [false, true])
  func agreesWithThePlainSumInDouble(_ size: Sizes, accumulate: Bool) {
    let (m, n, k) = (size.m, size.n, size.k)
    func numbers(_ count: Int, _ seed: UInt64) -> [Float] {
      RandomStream(seed: seed).uniform(count: count).map { 2 * $0 - 1 }
    }
    let (a, b) = (numbers(m * k, 1), numbers(k * n, 2))
    // C lies in wider rows, whose rest must not be touched.
    let before = numbers(m * (n + 3), 3)
    let (aFixture, bFixture) = (
      MatrixFixture(rows: m, columns: k, a), MatrixFixture(rows: k, columns: n, b)
    )
    let cFixture = MatrixFixture(rows: m, columns: n + 3, before)
    multiplySmall(
      aFixture.view, bFixture.view, cFixture.view.columns(0..<n), accumulate: accumulate)
    let after = cFixture.values
    let bound = Double(k + 2) * roundoff * Double(k + 1)
    for i in 0..<m {
      for j in 0..<n + 3 {
        let old = Double(before[i * (n + 3) + j])
        var expected = j < n && !accumulate ? 0 : old
        if j < n { for l in 0..<k { expected += Double(a[i * k + l]) * Double(b[l * n + j]) } }
        let error = abs(Double(after[i * (n + 3) + j]) - expected)
        #expect(j < n ? error <= bound : error == 0)
      }
    }
  }
}
