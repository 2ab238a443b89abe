import Foundation
import TestSupport
import Testing

@testable import Kernels

@Suite struct ActivationTests {
  static let all: [Activation] = [
    .identity, .relu, .leakyReLU(slope: 0.01), .leakyReLU(slope: 0.3), .leakyReLU(slope: 0),
    .elu(alpha: 1), .elu(alpha: 0.5), .silu, .gelu, .sigmoid, .tanh, .softplus,
  ]
  static let reversible = all.filter(\.isReversible)

  static let points: [Float] =
    (-400...400).map { Float($0) / 16 + 1 / 64 } + [-88, -60, -30, 30, 60, 88]

  /// The definition in 64 bits.
  static func value(_ f: Activation, _ x: Double) -> Double {
    switch f {
    case .identity: x
    case .relu: max(x, 0)
    case .leakyReLU(let slope): x > 0 ? x : Double(slope) * x
    case .elu(let alpha): x > 0 ? x : Double(alpha) * (Foundation.exp(x) - 1)
    case .silu: x / (1 + Foundation.exp(-x))
    case .gelu: 0.5 * x * erfc(-x / 2.0.squareRoot())
    case .sigmoid: 1 / (1 + Foundation.exp(-x))
    case .tanh: Foundation.tanh(x)
    case .softplus: max(x, 0) + Foundation.log1p(Foundation.exp(-abs(x)))
    }
  }

  /// Central differences, extrapolated once (Richardson): with h = 2⁻¹⁰ the truncation is
  /// h⁴·|f⁗′|/30 < 10⁻¹², the rounding 2⁻⁵³·|f|/h < 10⁻¹¹ for |f| ≤ 88.
  static func derivative(_ f: Activation, _ x: Double) -> Double {
    func slope(_ h: Double) -> Double { (value(f, x + h) - value(f, x - h)) / (2 * h) }
    return (4 * slope(0x1p-11) - slope(0x1p-10)) / 3
  }

  private func apply(_ f: Activation, _ x: [Float]) -> [Float] {
    let (input, output) = (Arena(count: x.count), Arena(count: x.count))
    input.vector.assign(x)
    f.apply(input.vector, into: output.vector)
    #expect(input.vector.array == x)
    return output.vector.array
  }

  // The relative error of Φ is 5·10⁻⁶ (VectorMathTests), of the other functions at most 6·2⁻²³.
  private func tolerance(_ f: Activation) -> Double { f == .gelu ? 5e-6 : 7 * 0x1p-23 }

  @Test(arguments: all)
  func valuesMatchTheDefinition(_ f: Activation) {
    let points = Self.points.filter { f == .gelu ? $0 >= -9 : true }
    for (x, y) in zip(points, apply(f, points)) {
      let exact = Self.value(f, Double(x))
      #expect(abs(Double(y) - exact) <= tolerance(f) * abs(exact) + 0x1p-146, "at \(x)")
    }
  }

  /// The formulas in y (σ′ = y(1 − y), tanh′ = 1 − y²) lose digits near ±1: their error is absolute, that
  /// of y times the derivative in y, at most (2·5 + 2)·2⁻²³. SiLU's and GELU's add products with |x|, whose
  /// relative errors count in full.
  @Test(arguments: all)
  func derivativesMatchCentralDifferences(_ f: Activation) {
    let points = Self.points
    let vectors = VectorFixture(vectors: 4, count: points.count)
    let (x, y, dy, dx) = (vectors[0], vectors[1], vectors[2], vectors[3])
    x.assign(points)
    f.apply(x, into: y)
    dy.fill(1)
    f.pullBack(dy, input: x, output: y, into: dx)
    for (index, point) in points.enumerated() {
      let exact = Self.derivative(f, Double(point))
      let bound = max(12 * 0x1p-23, tolerance(f)) * (1 + abs(Double(y[index]))) + 1e-10
      #expect(abs(Double(dx[index]) - exact) <= bound, "at \(point)")
    }
  }

  @Test(arguments: reversible)
  func pullBackFromTheOutputEqualsThatFromTheInput(_ f: Activation) {
    let count = Self.points.count
    let vectors = VectorFixture(vectors: 5, count: count)
    let (x, y, dy, a, b) = (vectors[0], vectors[1], vectors[2], vectors[3], vectors[4])
    var numbers = TestNumbers(seed: 3)
    x.assign(Self.points)
    dy.assign(numbers.floats(count))
    f.apply(x, into: y)
    f.pullBack(dy, output: y, into: a)
    f.pullBack(dy, input: x, output: y, into: b)
    #expect(a.array == b.array)
    // In place: dX may be dY.
    f.pullBack(dy, output: y, into: dy)
    #expect(dy.array == a.array)
  }

  @Test(arguments: all)
  func inPlaceGivesTheSame(_ f: Activation) {
    for count in 0...40 {
      let values = Array(Self.points[380..<380 + count])
      let arena = Arena(count: count)
      arena.vector.assign(values)
      f.apply(arena.vector, into: arena.vector)
      #expect(arena.vector.array == apply(f, values))
    }
  }

  @Test(arguments: all)
  func notANumberStaysOne(_ f: Activation) {
    let arena = Arena(count: 2)
    arena.vector.assign([.nan, 1])
    f.apply(arena.vector, into: arena.vector)
    #expect(arena.vector[0].isNaN)
  }

  @Test func silentInputsPassNoGradient() {
    // At a kink the derivative from the left is taken, as in PyTorch.
    for (f, slope) in [
      (Activation.relu, Float(0)), (.leakyReLU(slope: 0.25), 0.25), (.elu(alpha: 2), 2),
    ] {
      let arena = Arena(count: 48)
      let (y, dy, dx) = (
        arena.vector(at: 0, count: 16), arena.vector(at: 16, count: 16),
        arena.vector(at: 32, count: 16)
      )
      dy.fill(3)
      f.pullBack(dy, output: y, into: dx)
      #expect(dx.array.allSatisfy { $0 == 3 * slope })
    }
  }

  static let columnCounts = Array(1...40) + [47, 48, 49, 63, 64, 65, 80, 127, 128, 129, 130]

  /// Windows in a wider matrix: nothing else may change.
  private func window(_ rows: Int, _ columns: Int, _ values: [Float]) -> (Arena, MatrixView) {
    let arena = Arena(count: rows * (columns + 9) + 32)
    arena.vector.fill(-555)
    let view = MatrixView(
      base: arena.vector.base + 3, rows: rows, columns: columns, stride: columns + 9)
    for row in 0..<rows {
      view.row(row).assign(Array(values[row * columns..<(row + 1) * columns]))
    }
    return (arena, view)
  }

  private func outsideIsIntact(_ arena: Arena, _ view: MatrixView) -> Bool {
    for (index, value) in arena.vector.array.enumerated() {
      let (row, column) = (index - 3).quotientAndRemainder(dividingBy: view.stride)
      let isInside = index >= 3 && row < view.rows && column < view.columns
      if !isInside && value != -555 { return false }
    }
    return true
  }

  @Test(arguments: [
    Activation.identity, .relu, .leakyReLU(slope: 0.3), .elu(alpha: 1), .tanh, .gelu,
  ])
  func addBiasIsSumThenActivation(_ f: Activation) {
    for columns in Self.columnCounts {
      var numbers = TestNumbers(seed: columns)
      let rows = 5
      let (values, bias) = (numbers.floats(rows * columns), numbers.floats(columns))
      let (arena, view) = window(rows, columns, values)
      let biasArena = Arena(count: columns)
      biasArena.vector.assign(bias)
      addBias(biasArena.vector, to: view, then: f)
      // The sums are exact; the function sees the same numbers.
      let sums = (0..<rows * columns).map { values[$0] + bias[$0 % columns] }
      #expect((0..<rows).flatMap { view.row($0).array } == apply(f, sums))
      #expect(outsideIsIntact(arena, view))
      let (bare, bareView) = window(rows, columns, values)
      addBias(nil, to: bareView, then: f)
      #expect((0..<rows).flatMap { bareView.row($0).array } == apply(f, values))
      #expect(outsideIsIntact(bare, bareView))
    }
  }

  /// Sums of 37 multiples of 2⁻¹⁰ are exact in float.
  @Test(arguments: columnCounts)
  func columnSumsAreAdded(columns: Int) {
    var numbers = TestNumbers(seed: 900 + columns)
    for rows in [0, 1, 2, 37] {
      let (values, start) = (numbers.floats(rows * columns), numbers.floats(columns))
      let (arena, view) = window(rows, columns, values)
      let (sumArena, sums) = window(1, columns, start)
      addColumnSums(of: view, to: sums.row(0))
      let expected = (0..<columns).map { column in
        Float(
          (0..<rows).reduce(Double(start[column])) { $0 + Double(values[$1 * columns + column]) })
      }
      #expect(sums.row(0).array == expected)
      #expect(outsideIsIntact(arena, view) && outsideIsIntact(sumArena, sums))
    }
  }

  @Test(arguments: [Activation.identity, .relu, .leakyReLU(slope: 0.25), .sigmoid])
  func pullBackBiasIsPullBackThenColumnSums(_ f: Activation) {
    for columns in Self.columnCounts {
      var numbers = TestNumbers(seed: 77 + columns)
      let rows = 6
      let (dy, x) = (numbers.floats(rows * columns), numbers.floats(rows * columns))
      let y = apply(f, x)
      let (arena, gradient) = window(rows, columns, dy)
      let (outputArena, output) = window(rows, columns, y)
      let bias = Arena(count: columns)
      bias.vector.fill(2)
      pullBackBias(gradient, through: f, output: output, biasGradient: bias.vector)
      let flat = VectorFixture([dy, y, dy])
      f.pullBack(flat[0], output: flat[1], into: flat[2])
      let expected = flat[2].array
      #expect((0..<rows).flatMap { gradient.row($0).array } == expected)
      #expect(outsideIsIntact(arena, gradient) && outsideIsIntact(outputArena, output))
      for column in 0..<columns {
        let terms = (0..<rows).map { Double(expected[$0 * columns + column]) }
        let bound = sumBound(rows + 1) * (2 + terms.reduce(0) { $0 + abs($1) })
        #expect(abs(Double(bias.vector[column]) - 2 - terms.reduce(0, +)) <= bound)
      }
    }
  }
}
