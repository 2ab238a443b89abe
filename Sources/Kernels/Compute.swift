// The one place where the engine multiplies matrices.

/// How matrix products are computed and by how many workers.
package struct Compute: Sendable {
  /// The workers that share each layer's work.
  package let pool: WorkerPool
  /// Who multiplies.
  package let backend: MatrixBackend

  /// A context of its own pool; OpenBLAS itself is held to one thread, the pool does the rest.
  ///
  /// - Throws: ``ResourceError`` if the system gives no threads or no memory for their products.
  package init(threads: Int, backend: MatrixBackend = .openBLAS) throws(ResourceError) {
    OpenBLAS.useOneThread()
    // Linear algebra goes to OpenBLAS whoever multiplies the layers' matrices.
    try OpenBLAS.takeBuffers(threads: backend == .openBLAS ? threads : 1)
    pool = try WorkerPool(workers: threads)
    self.backend = backend
  }

  /// The number of workers.
  package var workers: Int { pool.workers }
}

/// A factor of a matrix product: a view, or its transpose, which is a flag and moves nothing.
package struct MatrixOperand: Sendable {
  let view: MatrixView
  let isTransposed: Bool

  var rows: Int { isTransposed ? view.columns : view.rows }
  var columns: Int { isTransposed ? view.rows : view.columns }

  func rows(_ range: Range<Int>) -> MatrixOperand {
    MatrixOperand(
      view: isTransposed ? view.columns(range) : view.rows(range), isTransposed: isTransposed)
  }

  func columns(_ range: Range<Int>) -> MatrixOperand {
    MatrixOperand(
      view: isTransposed ? view.rows(range) : view.columns(range), isTransposed: isTransposed)
  }
}

/// What can stand as a factor: a view or `view.transposed`.
package protocol MatrixFactor: Sendable {
  var operand: MatrixOperand { get }
}

extension MatrixOperand: MatrixFactor {
  package var operand: MatrixOperand { self }
}

extension MatrixView: MatrixFactor {
  package var operand: MatrixOperand { MatrixOperand(view: self, isTransposed: false) }

  /// The same elements with rows and columns exchanged, for a product.
  package var transposed: MatrixOperand { MatrixOperand(view: self, isTransposed: true) }
}

/// C ← A·B, or C ← C + A·B, on the calling thread.
///
/// - Parameters:
///   - a: [m, k]
///   - b: [k, n]
///   - c: [m, n]
package func multiply(
  _ a: some MatrixFactor, by b: some MatrixFactor, into c: MatrixView, accumulate: Bool = false,
  on backend: MatrixBackend = .openBLAS
) {
  multiplyOperands(a.operand, b.operand, c, accumulate, backend)
}

private func multiplyOperands(
  _ a: MatrixOperand, _ b: MatrixOperand, _ c: MatrixView, _ accumulate: Bool,
  _ backend: MatrixBackend
) {
  let (m, n, k) = (a.rows, b.columns, a.columns)
  precondition(
    b.rows == k && c.rows == m && c.columns == n,
    "multiply: [\(m), \(k)] by [\(b.rows), \(n)] into [\(c.rows), \(c.columns)]")
  if m == 0 || n == 0 { return }
  if k == 0 {
    if !accumulate { for row in 0..<m { c.row(row).fill(0) } }
    return
  }
  switch backend {
  case .openBLAS where isSmallAndRagged(a, b, c):
    return multiplySmall(a.view, b.view, c, accumulate: accumulate)
  case .openBLAS: break
  case .naive: return multiplyNaively(a, b, c, accumulate: accumulate)
  case .blocked: return multiplyInBlocks(a, b, c, accumulate: accumulate)
  }
  BLAS.gemm(
    transposeA: a.isTransposed, transposeB: b.isTransposed, m: m, n: n, k: k, a: a.view.base,
    lda: max(a.view.stride, 1), b: b.view.base, ldb: max(b.view.stride, 1),
    beta: accumulate ? 1 : 0, c: c.base, ldc: max(c.stride, 1))
}

extension Compute {
  /// The same product with C cut among the workers along its longer side, so that no worker writes
  /// what another does. The same number of workers gives the same bits; another number agrees to
  /// rounding, as OpenBLAS chooses a kernel, and with it the order of the sums, by a share's size.
  ///
  /// - Parameter then: called on each worker with its rows and columns of C, while they are in cache.
  package func multiply<Context>(
    _ a: some MatrixFactor, by b: some MatrixFactor, into c: MatrixView, accumulate: Bool = false,
    _ context: Context, then: @escaping (Context, Range<Int>, Range<Int>) -> Void
  ) {
    // Waking a worker costs a few microseconds: what one thread does in less is not cut.
    if workers == 1 || c.count * a.operand.columns < 1 << 18 {
      multiplyOperands(a.operand, b.operand, c, accumulate, backend)
      then(context, 0..<c.rows, 0..<c.columns)
      return
    }
    let product = SharedProduct(
      a: a.operand, b: b.operand, c: c, accumulate: accumulate, backend: backend, workers: workers,
      context: context, then: then)
    pool.run(product)
  }

  /// The same without anything afterwards.
  package func multiply(
    _ a: some MatrixFactor, by b: some MatrixFactor, into c: MatrixView, accumulate: Bool = false
  ) {
    multiply(a, by: b, into: c, accumulate: accumulate, ()) { _, _, _ in }
  }

  /// Calls `body` once for each worker with its share of `0 ..< count`; on the caller alone when the
  /// work is small.
  ///
  /// - Parameters:
  ///   - count: the number of rows, images or elements to share
  ///   - multiple: shares begin at multiples of it
  ///   - cost: roughly how many float operations one of them takes
  package func forEachShare<Context>(
    of count: Int, multiple: Int = 1, cost: Int, _ context: Context,
    _ body: @escaping (Context, Range<Int>, Int) -> Void
  ) {
    if workers == 1 || count * cost < 1 << 14 {
      body(context, 0..<count, 0)
      return
    }
    let job = SharedLoop(
      count: count, multiple: multiple, workers: workers, context: context, body: body)
    pool.run(job)
  }
}

// What the workers do. Types with generic fields, because a closure in a tuple is wrapped anew, in a
// heap block, each time the tuple is handed over as a generic context.

private struct SharedProduct<Context>: PoolTask {
  let a: MatrixOperand
  let b: MatrixOperand
  let c: MatrixView
  let accumulate: Bool
  let backend: MatrixBackend
  let workers: Int
  let context: Context
  let then: (Context, Range<Int>, Range<Int>) -> Void

  func perform(worker: Int) {
    if c.columns >= c.rows {
      let range = partition(c.columns, into: workers, index: worker, multiple: 16)
      if range.isEmpty { return }
      multiplyOperands(a, b.columns(range), c.columns(range), accumulate, backend)
      then(context, 0..<c.rows, range)
    } else {
      let range = partition(c.rows, into: workers, index: worker, multiple: 16)
      if range.isEmpty { return }
      multiplyOperands(a.rows(range), b, c.rows(range), accumulate, backend)
      then(context, range, 0..<c.columns)
    }
  }
}

private struct SharedLoop<Context>: PoolTask {
  let count: Int
  let multiple: Int
  let workers: Int
  let context: Context
  let body: (Context, Range<Int>, Int) -> Void

  func perform(worker: Int) {
    let range = partition(count, into: workers, index: worker, multiple: multiple)
    if !range.isEmpty { body(context, range, worker) }
  }
}
