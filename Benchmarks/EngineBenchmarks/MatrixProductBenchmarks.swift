// BLAS's matrix product on the layers' shapes, on one thread, and three plain loops beside it.

import Benchmark
import Measurement
import Variational

/// Floating-point operations a second, in millions.
private let rate = BenchmarkMetric.custom("MFLOP/s", polarity: .prefersLarger)

func matrixProductBenchmarks() {
  let configuration = Benchmark.Configuration(
    metrics: [rate], units: [rate: .count], warmupIterations: 10, maxDuration: .milliseconds(500))
  for product in LayerProduct.all {
    Benchmark("sgemm \(product.name)", configuration: configuration) { benchmark, factors in
      factors.measure(benchmark) { factors.multiply() }
    } setup: {
      Factors(product)
    }
  }
  for product in LayerProduct.small {
    Benchmark("loops \(product.name)", configuration: configuration) { benchmark, factors in
      factors.measure(benchmark) { factors.multiplyNaively() }
    } setup: {
      let factors = Factors(product)
      factors.checkNaiveProduct()
      return factors
    }
  }
}

/// The matrices of one product, made once: what is timed allocates nothing.
private final class Factors {
  let product: LayerProduct
  let a: Matrix<Float>  // [m×k], or [k×m]
  let b: Matrix<Float>  // [k×n], or [n×k]
  var c: Matrix<Float>  // [m×n]

  init(_ product: LayerProduct) {
    self.product = product
    let (m, k, n) = (product.m, product.k, product.n)
    let stream = RandomStream(seed: 1)
    let (left, right) = (stream.gaussian(count: m * k), stream.gaussian(count: k * n, step: 1))
    a =
      product.storage == .leftTransposed
      ? Matrix(rows: k, columns: m, left) : Matrix(rows: m, columns: k, left)
    b =
      product.storage == .rightTransposed
      ? Matrix(rows: n, columns: k, right) : Matrix(rows: k, columns: n, right)
    c = Matrix(rows: m, columns: n)
  }

  /// Runs the body and records its rate.
  ///
  /// The smallest products take a microsecond, the clock a twentieth of one: a sample is ten million
  /// operations or more.
  func measure(_ benchmark: Benchmark, _ body: () -> Void) {
    let repetitions = max(1, Int(1e7 / product.operations))
    let time = ContinuousClock().measure { for _ in 0..<repetitions { body() } }
    let operations = Double(repetitions) * product.operations
    benchmark.measurement(rate, Int(operations / (time / .seconds(1)) / 1e6))
  }

  func multiply() {
    // op(A) [m×k] · op(B) [k×n] → C [m×n], overwritten
    c.accumulateProduct(
      of: a, transposed: product.storage == .leftTransposed, by: b,
      transposed: product.storage == .rightTransposed, keeping: 0)
  }

  func multiplyNaively() {
    c = naiveProduct(a, b)
  }

  /// Traps if the loops and BLAS disagree by more than rounding.
  ///
  /// A sum of k products in any order errs by at most γ = k·u/(1 − k·u) times Σ|aᵢ||bᵢ|, u = 2⁻²⁴
  /// (Higham, 2002, section 3.1); two of them differ by at most twice that.
  func checkNaiveProduct() {
    multiply()
    let loops = naiveProduct(a, b)
    let bound = naiveProduct(a.map { abs($0) }, b.map { abs($0) })
    let ku = Float(product.k) * 0x1p-24
    for i in 0..<product.m {
      for j in 0..<product.n {
        precondition(
          abs(loops[i, j] - c[i, j]) <= 2 * ku / (1 - ku) * bound[i, j],
          "naiveProduct: \(product.name), element [\(i), \(j)]: \(loops[i, j]), not \(c[i, j])")
      }
    }
  }
}
