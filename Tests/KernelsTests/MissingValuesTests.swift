import TestSupport
import Testing

@testable import Kernels

@Suite struct MissingValuesTests {
  @Test(arguments: [0, 1, 15, 16, 17, 40, 5000])
  func runsAndCountsMatchAScan(_ count: Int) {
    var numbers = TestNumbers(seed: count + 1)
    for share in [0, 1, 3, 4] {
      let values = (0..<count).map { _ in
        numbers.integer(0...3) < share ? Float.nan : numbers.float()
      }
      let fixture = VectorFixture([values, [Float](repeating: 9, count: count)])
      let missing = values.count { $0.isNaN }
      #expect(fixture[0].hasMissing == (missing > 0))
      #expect(fixture[0].observedCount == count - missing)
      var (seen, last): ([Bool], Bool?) = ([], nil)
      fixture[0].forEachRun { range, isObserved in
        #expect(range.lowerBound == seen.count && !range.isEmpty && last != isObserved)
        seen += range.map { _ in isObserved }
        last = isObserved
      }
      #expect(seen == values.map { !$0.isNaN })
      fixture[1].copyObserved(from: fixture[0])
      #expect(fixture[1].array == values.map { $0.isNaN ? 0 : $0 })
    }
  }
}
