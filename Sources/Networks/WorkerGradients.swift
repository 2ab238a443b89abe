// Gradients of layers whose images are shared out among workers.
//
// The first worker adds to the arena itself; the others add to private copies in their scratch, which
// are summed in the order of the workers afterwards. So nothing is written by two, and the same number
// of threads gives the same bits.

import Kernels

struct WorkerGradients: Sendable {
  let weights: ParameterSlot
  let bias: ParameterSlot

  /// Floats that the private copies take at the start of a worker's scratch.
  var scratchCount: Int { Arena.aligned(weights.count) + Arena.aligned(bias.count) }

  /// Where a worker adds its share.
  func target(
    _ worker: Int, gradients: VectorView, scratch: VectorView
  ) -> (weights: VectorView, bias: VectorView) {
    if worker == 0 { return (weights.vector(in: gradients), bias.vector(in: gradients)) }
    return (
      scratch.slice(0, count: weights.count),
      scratch.slice(Arena.aligned(weights.count), count: bias.count)
    )
  }

  /// Zeroes a worker's private copy; worker 0 has none.
  func clear(_ worker: Int, scratch: VectorView) {
    if worker > 0 { scratch.slice(0, count: scratchCount).fill(0) }
  }

  /// Adds the private copies of workers 1, 2, … to the arena.
  func reduce(_ pass: LayerPass) {
    if pass.compute.workers == 1 { return }
    pass.compute.forEachShare(
      of: weights.count, multiple: 16, cost: pass.compute.workers, (self, pass)
    ) { context, range, _ in
      let (slots, pass) = context
      let target = slots.weights.vector(in: pass.parameters.gradients)
        .slice(range.lowerBound, count: range.count)
      for worker in 1..<pass.compute.workers {
        target.add(pass.scratch[worker].slice(range.lowerBound, count: range.count))
      }
    }
    let target = bias.vector(in: pass.parameters.gradients)
    for worker in 1..<pass.compute.workers {
      target.add(
        pass.scratch[worker].slice(Arena.aligned(weights.count), count: bias.count))
    }
  }
}

/// Images a tile: enough for GEMMs of 256 to 512 rows, few enough for the patches to stay in cache.
func imagesPerTile(positions: Int) -> Int { max(1, 384 / positions) }

/// The ranges of at most `size` that cover `range`, in order.
func forEachTile(_ range: Range<Int>, size: Int, _ body: (Range<Int>) -> Void) {
  var first = range.lowerBound
  while first < range.upperBound {
    let last = min(first + size, range.upperBound)
    body(first..<last)
    first = last
  }
}
