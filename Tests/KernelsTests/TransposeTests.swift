import TestSupport
import Testing

@testable import Kernels

@Suite struct TransposeTests {
  @Test(arguments: [0, 1, 2, 15, 16, 17, 33, 50], [0, 1, 3, 16, 17, 40])
  func rowsBecomeColumns(rows: Int, columns: Int) {
    var numbers = TestNumbers(seed: rows * 100 + columns)
    let source = Arena(count: max(rows, 1) * (columns + 2))
    source.vector.assign(numbers.floats(source.count))
    let target = Arena(count: max(columns, 1) * (rows + 3))
    target.vector.fill(-9)
    let a = MatrixView(base: source.vector.base, rows: rows, columns: columns, stride: columns + 2)
    let b = MatrixView(base: target.vector.base, rows: columns, columns: rows, stride: rows + 3)
    transpose(a, into: b)
    for i in 0..<columns {
      for j in 0..<rows { #expect(b[i, j] == a[j, i]) }
      for j in rows..<rows + 3 { #expect(target.vector[i * (rows + 3) + j] == -9) }
    }
  }

  @Test func shapesThatDoNotFitTrap() async {
    await #expect(processExitsWith: .failure) {
      let m = MatrixFixture(rows: 2, columns: 3)
      transpose(m.view, into: m.view)
    }
  }
}
